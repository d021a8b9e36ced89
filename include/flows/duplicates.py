"""Several rows for one key: which go, and which a person has to decide about.

HAP enforces no unique keys on API writes, so a crash or a copy by hand can leave two rows for one
order. The oldest wins. A younger one is moved to the recycle bin only if the API made it and nobody
edited it; every other is reported in `sync_errors` and stays.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping

from connectors.errors import RejectedError, Words
from connectors.mingdao.models import Row
from include.destination.lookup import chunked, look_up
from include.destination.schema import Worksheet
from include.destination.worksheets import WORKSHEETS
from include.flows.dead_letters import open_letters
from include.flows.reconcile_rows import made_and_kept_by_pipeline
from include.flows.shop import Shop
from include.flows.standing_letters import keep_letters

log = logging.getLogger(__name__)

ENTITY = "duplicate"
ROWS_PER_DELETE = 100


def remove_own_duplicates(
    shop: Shop, definition: Worksheet, doubled: Mapping[str, list[Row]]
) -> int:
    """Move the younger rows that are the pipeline's own work to the recycle bin; returns how many.

    Only for worksheets that no other one points at: rows that nobody looks at here could point at
    the removed one.
    """
    own = [row.id for rows in doubled.values() for row in rows if made_and_kept_by_pipeline(row)]
    for row_ids in chunked(own, ROWS_PER_DELETE):
        shop.hap.delete_rows(
            shop.sheet(definition).id, list(row_ids), permanent=False, trigger_workflow=False
        )
    if own:
        label = definition.label
        log.info("工作表「%s」:%d 行重复已移入回收站 / duplicates removed", label, len(own))
    return len(own)


def report_duplicates(shop: Shop, names: Iterable[str]) -> int:
    """Record keys, as `<worksheet>:<key>`, that have several rows; close what is solved.

    Returns how many there are.
    """
    asked = {*names, *open_letters(shop, ENTITY)}
    numbers = {name: _rows_now(shop, name) for name in sorted(asked)}
    errors = {name: _doubled(number) for name, number in numbers.items() if number > 1}
    keep_letters(shop, ENTITY, errors, asked)
    return len(errors)


def _rows_now(shop: Shop, name: str) -> int:
    alias, _, key = name.partition(":")
    definition = next(sheet for sheet in WORKSHEETS if sheet.alias == alias)
    found = look_up(shop.hap, shop.sheet(definition), [key])
    return len(found.rows) + len(found.duplicates.get(key, ()))


def _doubled(number: int) -> RejectedError:
    return RejectedError(
        "rows.list",
        Words(
            f"同一个键有 {number} 行,其中有人工创建或修改过的行,没有自动删除",
            f"{number} rows carry this key; a person made or edited one, so none was removed",
        ),
        Words("在明道云保留一行,删除其余的行", "keep one of the rows in HAP, delete the others"),
    )
