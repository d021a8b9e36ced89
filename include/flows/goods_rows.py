"""The rows of goods and columns that orders and columns point at; those that HAP lacks are created.

A good's detail is secondary: the row is made without it. And a good is secondary to the orders that
point at it: one that HAP refuses is named with its reason, and stops nobody.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from connectors.errors import CallError, ConnectorError, RejectedError
from connectors.xiaoe.models import GoodsDetail, OrderLine
from include.destination.read.lookup import look_up
from include.destination.sheets.fields import Worksheet
from include.destination.sheets.record import Record
from include.destination.sheets.worksheets import COLUMNS, GOODS
from include.destination.write.outcome import Outcome
from include.flows.run.batches import GoodsRef, types_of
from include.flows.run.context import SyncContext
from include.flows.run.error_rows import Failure, open_error_rows, record_failures
from include.flows.run.isolation import each_isolated
from include.flows.run.missing import Missing
from include.flows.run.parts import GOODS_DETAIL
from include.mapping.goods import sold_goods_record, type_alias, worksheet_of
from include.mapping.labels import RESOURCE_TYPES, is_unnamed, label

T = TypeVar("T")

# The worksheet's alias and the goods id. Lines may tell two types of one good, and each order
# points at the row of its own: HAP drops a relation to a row of another worksheet without a word.
GoodsKey = tuple[str, str]

log = logging.getLogger(__name__)

# Goods detail 3.0.0 takes these types alone (contracts: xiaoe §5.6).
DETAILED_TYPES = frozenset({1, 2, 3, 4, 5, 6, 8, 20})


@dataclass
class GoodsFound:
    """The row ids of goods, why others have none, and what rows were made without."""

    rows: dict[GoodsKey, str] = field(default_factory=dict)
    failures: dict[GoodsKey, ConnectorError] = field(default_factory=dict)
    missing: Missing = field(default_factory=Missing)


def goods_key(goods_id: str, kind: int | None) -> GoodsKey:
    """Return under what a good of this type is found."""
    return worksheet_of(kind).alias, goods_id


def ensure_goods(
    context: SyncContext,
    refs: Collection[GoodsRef],
    lines: Mapping[GoodsKey, OrderLine] | None = None,
) -> GoodsFound:
    """Create the goods and columns that HAP lacks; return the rows of all that it holds then.

    Rows that are there stay as they are: base data and reconciliation keep them current. Raises
    AuthenticationError alone.
    """
    found = GoodsFound()
    for definition in (GOODS, COLUMNS):
        wanted = _of_worksheet(definition, refs)
        if not wanted:
            continue
        try:
            context.interfaces.ask(
                definition.alias, _ensuring(context, definition, wanted, lines or {}, found)
            )
        except CallError as error:
            found.missing.note_interface(definition.alias, error)
            keys = _keyed(definition, dict.fromkeys(wanted, error))
            found.failures |= {key: error for key in keys if key not in found.rows}
    return found


def goods_held(context: SyncContext, refs: Collection[GoodsRef]) -> dict[GoodsKey, str]:
    """Return the row ids of those goods and columns that HAP holds.

    Without those whose type had no name when they were written and has one by now: what an order
    sold and the goods list does not show, such as a bundle, nothing else would write again.
    """
    rows: dict[GoodsKey, str] = {}
    for definition in (GOODS, COLUMNS):
        wanted = _of_worksheet(definition, refs)
        rows |= _keyed(definition, _held(context, definition, wanted))
    return rows


def goods_detail(
    context: SyncContext, goods_id: str, kind: int | None
) -> GoodsDetail | ConnectorError | None:
    """Return a good's detail, or why it cannot be read.

    None for a type that the interface does not take, or a good that is gone.
    """
    if kind not in DETAILED_TYPES or not context.enabled("goods.detail"):
        return None
    try:
        return context.interfaces.ask(
            GOODS_DETAIL.step, lambda: context.xiaoe.goods_detail(goods_id, kind)
        )
    except RejectedError as error:
        log.info("商品 %s 没有详情 / no detail: %s", goods_id, error)
        return None
    except CallError as error:
        return error


def write_goods(
    context: SyncContext,
    definition: Worksheet,
    reported: Mapping[str, T],
    to_record: Callable[[T], Record],
) -> Outcome:
    """Write goods or columns; those that fail are recorded.

    `reported` is what is known of each, by goods id, and `to_record` maps it.

    What was refused before is not waited for: a key that lies in the recycle bin under a unique
    index would cost every run the seconds after which a new row must be visible.
    """
    records, unmapped = each_isolated(definition.alias, reported, to_record)
    waiting = open_error_rows(context, definition.alias) if records else {}
    outcome = Outcome(failures=unmapped)
    for patient in (True, False):
        part = [record for key, record in records.items() if (key not in waiting) is patient]
        outcome.add(context.upsert(definition, part, patient=patient))
    record_failures(
        context,
        [
            Failure(definition.alias, key, definition.alias, error)
            for key, error in outcome.failures.items()
        ],
    )
    return outcome


def _ensuring(
    context: SyncContext,
    definition: Worksheet,
    wanted: Mapping[str, int | None],
    lines: Mapping[GoodsKey, OrderLine],
    found: GoodsFound,
) -> Callable[[], None]:
    def ensure() -> None:
        held = _held(context, definition, wanted)
        found.rows |= _keyed(definition, held)
        lacking = [name for name in wanted if name not in held]
        details = context.xiaoe.threads.map(
            lambda name: goods_detail(context, name, wanted[name]), lacking
        )
        reported = dict(zip(lacking, details, strict=True))

        def record(name: str) -> Record:
            line = lines.get((definition.alias, name))
            return _sold(context, name, wanted[name], line, reported[name], found.missing)

        if lacking:
            written = write_goods(context, definition, {name: name for name in lacking}, record)
            found.rows |= _keyed(definition, written.row_ids)
            found.failures |= _keyed(definition, written.failures)

    return ensure


def _of_worksheet(definition: Worksheet, refs: Iterable[GoodsRef]) -> dict[str, int | None]:
    """Return the goods of that worksheet, with their types."""
    return types_of(ref for ref in refs if worksheet_of(ref[1]) is definition)


def _keyed(definition: Worksheet, by_id: Mapping[str, T]) -> dict[GoodsKey, T]:
    return {(definition.alias, goods_id): one for goods_id, one in by_id.items()}


def _sold(
    context: SyncContext,
    goods_id: str,
    kind: int | None,
    line: OrderLine | None,
    detail: GoodsDetail | ConnectorError | None,
    missing: Missing,
) -> Record:
    if isinstance(detail, ConnectorError):
        missing.note(GOODS_DETAIL, goods_id, detail)
        return replace(sold_goods_record(context.id, goods_id, kind, line, None), whole=False)
    return replace(sold_goods_record(context.id, goods_id, kind, line, detail), whole=True)


def _held(
    context: SyncContext, definition: Worksheet, types: Mapping[str, int | None]
) -> dict[str, str]:
    sheet = context.sheet(definition)
    found = look_up(context.hap, sheet, types, set_apart=True).rows if types else {}
    rows = {}
    for goods_id, row in found.items():
        held = str(sheet.read(row, type_alias(definition)) or "")
        if not is_unnamed(held) or held == label(RESOURCE_TYPES, types[goods_id]):
            rows[goods_id] = row.id
    return rows
