"""Who has been erased: remembered by a mark from which nobody can be read.

The shop goes on showing an erased user, so without this the next run would bring the person back.
The marks lie in `sync_errors` under the entity `erased`, as 忽略; deleting such a row by hand lets
the person be synced again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime

from include.destination.lookup import look_up
from include.destination.record import Record, Value
from include.destination.worksheets import IGNORED, SYNC_ERRORS
from include.flows.shop import Shop

ENTITY = "erased"


def erased_among(shop: Shop, user_ids: Iterable[str]) -> set[str]:
    """Return those of the users who have been erased."""
    keys = {_key(shop, user_id): user_id for user_id in user_ids}
    found = look_up(shop.hap, shop.sheet(SYNC_ERRORS), keys).rows
    return {keys[key] for key in found}


def remember_erased(shop: Shop, user_id: str) -> None:
    """Keep a user from being synced again."""
    key = _key(shop, user_id)
    now = datetime.now(UTC)
    values: dict[str, Value] = {
        "error_id": key,
        "record_id": key.split(":", 1)[1],
        "entity": ENTITY,
        "reason": "应本人要求已删除,不再同步",
        "action": "删除本行后可重新同步",
        "first_seen": now,
        "status": IGNORED,
    }
    shop.upsert(SYNC_ERRORS, [Record(key, values)])


def _key(shop: Shop, user_id: str) -> str:
    mark = hashlib.sha256(f"{shop.id}\n{user_id}".encode()).hexdigest()[:24]
    return f"{ENTITY}:{mark}"
