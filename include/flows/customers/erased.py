"""Who has been erased: remembered by a mark from which nobody can be read.

The shop goes on showing an erased user, so without this the next run would bring the person back.
The marks lie in `sync_errors` under the entity `erased`, as 忽略; deleting such a row by hand lets
the person be synced again. Shops that share their customers share the marks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime

from include.destination.read.lookup import look_up
from include.destination.sheets.record import Record, Value
from include.destination.sheets.worksheets import IGNORED, SYNC_ERRORS
from include.flows.run.context import SyncContext
from include.flows.run.error_names import entity_name

ENTITY = "erased"
EVERY_SHOP = "shared"


def erased_among(context: SyncContext, user_ids: Iterable[str]) -> set[str]:
    """Return those of the users who have been erased."""
    keys = {key: user_id for user_id in user_ids for key in _keys(context, user_id)}
    found = look_up(context.hap, context.sheet(SYNC_ERRORS), keys).rows
    return {keys[key] for key in found}


def remember_erased(context: SyncContext, user_id: str) -> None:
    """Keep a user from being synced again."""
    key = _keys(context, user_id)[0]
    now = datetime.now(UTC)
    values: dict[str, Value] = {
        "error_id": key,
        "record_id": key.split(":", 1)[1],
        "entity": entity_name(ENTITY).zh,
        "reason": "应本人要求已删除，不再同步",
        "action": "删除本行后可重新同步",
        "first_seen": now,
        "status": IGNORED,
    }
    context.upsert(SYNC_ERRORS, [Record(key, values)])


def _keys(context: SyncContext, user_id: str) -> tuple[str, ...]:
    """Return the keys under which a mark may lie; a new one is kept under the first."""
    own = _key(context.id, user_id)
    return (_key(EVERY_SHOP, user_id), own) if context.config.shared_customers else (own,)


def _key(scope: str, user_id: str) -> str:
    mark = hashlib.sha256(f"{scope}\n{user_id}".encode()).hexdigest()[:24]
    return f"{ENTITY}:{mark}"
