"""Goods and columns: all for base data; for orders, those that they refer to and HAP lacks."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from connectors.errors import Bilingual, CallError, ConnectorError
from connectors.xiaoe.models import Goods, GoodsDetail, UnreadableRow
from include.destination.read.lookup import look_up
from include.destination.read.whole_rows import with_relations
from include.destination.sheets.fields import Worksheet
from include.destination.sheets.record import Record
from include.destination.sheets.worksheets import COLUMNS, GOODS
from include.destination.write.outcome import Outcome, in_words
from include.destination.write.plan import Action
from include.flows.goods_rows import ensure_goods, goods_detail, write_goods
from include.flows.run.batches import Batch, BatchRefs, goods_of
from include.flows.run.context import SyncContext
from include.flows.run.counts import Counts
from include.flows.run.error_rows import (
    Ignored,
    close_every,
    every_ignored_record,
    every_open_error_row,
)
from include.flows.run.missing import Missing, record_missing
from include.flows.run.partial_rows import close_interfaces, partial_rows
from include.flows.run.parts import CONTENTS, GOODS_DETAIL, INTERFACE
from include.flows.run.unknown_labels import tell_unknown
from include.flows.run.unreadable_rows import error_of, record_unreadable
from include.flows.run.volume_checks import expect_stream, rows_held
from include.mapping.goods import goods_record, sold_goods_record, type_alias, worksheet_of
from include.mapping.labels import RESOURCE_TYPES
from include.source.full_lists import column_contents, every_goods, every_resource

log = logging.getLogger(__name__)

GOODS_LISTS = ("goods.list", "resource.list", "goods.relation")
_SHEETS = (GOODS, COLUMNS)
_OWNERS = ("goods", "columns")


def sync_all_goods(context: SyncContext) -> Counts:
    """Sync every good and every column with its contents; goods first, a column points at them.

    Without details and contents, where these cannot be read: that is recorded, and made good by a
    later run. What a person has set to 忽略 is left alone, and pointed at where HAP holds it.
    """
    listed = list(_listed(context))
    _expect_goods(context, len(listed))
    ignored = every_ignored_record(context)
    plain = _wanted(listed, GOODS, ignored)
    columns = _wanted(listed, COLUMNS, ignored)
    missing = Missing()
    every = [*plain, *columns]
    reported = context.xiaoe.threads.map(
        lambda goods: goods_detail(context, goods.resource_id, goods.resource_type), every
    )
    details = {goods.resource_id: detail for goods, detail in zip(every, reported, strict=True)}
    contents: dict[str, Sequence[str] | None] = {}

    def record(goods: Goods) -> Record:
        return _record(context, goods, details, contents, missing)

    written = write_goods(context, GOODS, {one.resource_id: one for one in plain}, record)
    passed_over = ignored.of(GOODS.alias)
    known = {**written.row_ids, **_row_ids(context, GOODS, passed_over)}
    for one in columns:
        contents[one.resource_id] = _contents(context, one, known, passed_over, missing)
    of_columns = {one.resource_id: one for one in columns}
    written_columns = write_goods(context, COLUMNS, of_columns, record)
    lost = _lost_contents(context, contents, written_columns)
    written_columns.add(
        write_goods(
            replace(context, compare_all_cells=True),
            COLUMNS,
            {name: of_columns[name] for name in lost},
            record,
        )
    )
    record_missing(context, missing)
    _close(context, {GOODS: written, COLUMNS: written_columns}, missing)
    counts = written.counts()
    counts.update(written_columns.counts())
    counts["failed"] += record_unreadable(context, whole=GOODS_LISTS)
    tell_unknown(context.unknown)
    log.info("商品 %d 个，专栏 %d 个：%s", len(plain), len(columns), in_words(counts))
    return Counts(read=len(listed), missing=len(missing.noted), **counts)


def sync_goods_of(context: SyncContext, batches: Iterable[Batch | BatchRefs]) -> int:
    """Create what the orders of these batches refer to and HAP lacks.

    Then read the details again for want of which goods wait in `sync_errors`.
    """
    found = ensure_goods(context, goods_of(batches))
    record_missing(context, found.missing)
    _retry_details(context)
    return len(found.rows)


def _listed(context: SyncContext) -> Iterable[Goods]:
    # undetermined: xiaoe.md §13.6: is there a resource list?
    if context.enabled("resource.list"):
        return every_resource(context.xiaoe, context.settings.page_size("resource.list"))
    context.require("goods.list")
    return every_goods(context.xiaoe, context.settings.page_size("goods.list"))


def _wanted(listed: Iterable[Goods], definition: Worksheet, ignored: Ignored) -> list[Goods]:
    left_alone = ignored.of(definition.alias)
    return [
        goods
        for goods in listed
        if worksheet_of(goods.resource_type) is definition and goods.resource_id not in left_alone
    ]


def _row_ids(context: SyncContext, definition: Worksheet, keys: Iterable[str]) -> dict[str, str]:
    found = look_up(context.hap, context.sheet(definition), keys).rows
    return {key: row.id for key, row in found.items()}


def _expect_goods(context: SyncContext, listed: int) -> None:
    """Raise ContractError when the list has dried up beside what HAP holds."""
    held = [rows_held(context, definition) for definition in _SHEETS]
    counted = [rows for rows in held if rows is not None]
    known = sum(counted) if len(counted) == len(held) else None
    expect_stream(context, "goods.list", Bilingual("商品列表", "the goods list"), listed, known)


def _record(
    context: SyncContext,
    goods: Goods,
    details: Mapping[str, GoodsDetail | ConnectorError | None],
    contents: Mapping[str, Sequence[str] | None],
    missing: Missing,
) -> Record:
    """Return the record of one good, with the summary, which the goods list does not tell."""
    goods_id, detail = goods.resource_id, details[goods.resource_id]
    if isinstance(detail, ConnectorError):
        missing.note(GOODS_DETAIL, goods_id, detail)
        detail = None
    record = goods_record(
        context.id,
        goods,
        summary=detail.summary if detail else None,
        contents=contents.get(goods_id),
    )
    partly = missing.has(CONTENTS, goods_id)
    fill_blank_only = record.fill_blank_only | (
        {"goods"} if partly else set()
    )  # some of them fill a new row alone
    return replace(
        record,
        fill_blank_only=fill_blank_only,
        whole=not (partly or missing.has(GOODS_DETAIL, goods_id)),
    )


def _contents(
    context: SyncContext,
    column: Goods,
    known: Mapping[str, str],
    ignored: Collection[str],
    missing: Missing,
) -> Sequence[str] | None:
    """Return the row ids of what a column contains; None where that is not known.

    Where that is known of some alone, those are returned, and `missing` notes it. `known` are the
    row ids of the goods that were just listed, and of those `ignored` ones that HAP holds: the
    others among these are not created.
    """
    if not context.enabled("goods.relation"):
        return None
    unread: list[UnreadableRow] = []
    try:
        reported = context.interfaces.ask(
            CONTENTS.step, lambda: list(column_contents(context.xiaoe, column, unread))
        )
    except CallError as error:
        missing.note(CONTENTS, column.resource_id, error)
        return None
    if unread:
        missing.note(CONTENTS, column.resource_id, error_of(unread[0]))
    items = {item.resource_id: item.resource_type for item in reported}
    goods = {name: kind for name, kind in items.items() if worksheet_of(kind) is GOODS}
    fresh = goods.keys() - known.keys() - set(ignored)
    found = ensure_goods(context, [(name, kind) for name, kind in goods.items() if name in fresh])
    missing.add(found.missing)
    if found.failures:
        missing.note(CONTENTS, column.resource_id, next(iter(found.failures.values())))
        return None
    return [*(known[name] for name in goods if name in known), *found.rows.values()]


def _lost_contents(
    context: SyncContext, contents: Mapping[str, Sequence[str] | None], written: Outcome
) -> list[str]:
    """Return the columns that count as unchanged and do not hold the contents they once were given.

    HAP drops relations without a word (contracts: hap §8.3), and lists leave them out: one call for
    each column that has contents.
    """
    sheet = context.sheet(COLUMNS)
    if "goods" in sheet.left_out:
        return []
    unchanged = {
        name: sheet.canonical(sheet.definition.field("goods"), tuple(reported))
        for name, reported in contents.items()
        if reported and written.actions.get(name) is Action.UNCHANGED
    }
    rows = with_relations(context.hap, sheet, look_up(context.hap, sheet, unchanged).rows)
    return [name for name, row in rows.items() if sheet.read(row, "goods") != unchanged[name]]


def _close(context: SyncContext, written: Mapping[Worksheet, Outcome], missing: Missing) -> None:
    """Close the error rows of what is through."""
    done = {
        definition.alias: outcome.row_ids.keys() - outcome.failures.keys()
        for definition, outcome in written.items()
    }
    every = {name for names in done.values() for name in names}
    parts = {
        part.entity: {name for name in every if not missing.has(part, name)}
        for part in (GOODS_DETAIL, CONTENTS)
    }
    close_every(context, {**done, **parts, INTERFACE: [COLUMNS.alias]})
    close_interfaces(context, every_open_error_row(context), _SHEETS, _OWNERS)


def _retry_details(context: SyncContext) -> None:
    """Complete the goods that wait for their detail, themselves or with the whole interface."""
    error_rows = every_open_error_row(context)
    named = set(error_rows.get(GOODS_DETAIL.entity, ()))
    whole = GOODS_DETAIL.step in error_rows.get(INTERFACE, {})
    if not named and not whole:
        return
    missing, done = Missing(), set[str]()
    without_contents = set(error_rows.get(CONTENTS.entity, ()))
    for definition in _SHEETS:
        waiting = set(partial_rows(context, definition, _OWNERS)) if whole else set()
        if definition is COLUMNS and CONTENTS.step in error_rows.get(INTERFACE, {}):
            without_contents |= named | waiting
        reported = _told_again(context, definition, named | waiting, missing)
        to_record = partial(_completed, context, definition, without_contents)
        outcome = write_goods(context, definition, reported, to_record)
        done |= outcome.row_ids.keys() - outcome.failures.keys()
    record_missing(context, missing)
    close_every(context, {GOODS_DETAIL.entity: done})
    close_interfaces(context, every_open_error_row(context), _SHEETS, _OWNERS)


@dataclass(frozen=True)
class _Told:
    """What the detail tells of a row that lacked it; `listed` tells what the goods list does."""

    goods_id: str
    kind: int | None
    detail: GoodsDetail | None
    listed: bool


def _told_again(
    context: SyncContext, definition: Worksheet, goods_ids: Iterable[str], missing: Missing
) -> dict[str, _Told]:
    """Return what the details tell of rows that lack it; those that cannot be read are noted."""
    sheet = context.sheet(definition)
    kinds = {name: kind for kind, name in RESOURCE_TYPES.items()}
    reported: dict[str, _Told] = {}
    for goods_id, row in look_up(context.hap, sheet, goods_ids).rows.items():
        kind = kinds.get(str(sheet.read(row, type_alias(definition))))
        detail = goods_detail(context, goods_id, kind)
        if isinstance(detail, ConnectorError):
            missing.note(GOODS_DETAIL, goods_id, detail)
            continue
        listed = sheet.read(row, "created_at") is not None
        reported[goods_id] = _Told(goods_id, kind, detail, listed)
    return reported


def _completed(
    context: SyncContext, definition: Worksheet, without_contents: Collection[str], reported: _Told
) -> Record:
    """Return what completes a row; of a listed good the detail tells the summary alone."""
    record = sold_goods_record(context.id, reported.goods_id, reported.kind, None, reported.detail)
    names = {"summary"} if reported.listed else record.values.keys() - {definition.key}
    values = {name: value for name, value in record.values.items() if name in names and value}
    whole = None if reported.goods_id in without_contents else True
    return Record(reported.goods_id, values, whole=whole)
