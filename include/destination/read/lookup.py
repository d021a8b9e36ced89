"""Finds rows by key, and believes no answer that holds a row nobody asked for.

HAP drops a filter that it does not understand and answers with the whole worksheet and success
(contracts: hap §7.2). An upsert that trusted that would write over a stranger's row, so a foreign
key in the answer stops everything.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from connectors.errors import Bilingual, CallError, ContractError, RateLimited
from connectors.mingdao.client import MingdaoClient
from connectors.mingdao.filters import KEYS_PER_FILTER, Filter, any_equal
from connectors.mingdao.models import Row
from include.destination.rows import Unreadable, every_row
from include.destination.sheets.sheet import SHOP, Sheet

log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True)
class Found:
    """The row of each key; where a key has several, the oldest, and the others beside it.

    Of the `unreadable` keys HAP holds a row that cannot be read: they are not absent.
    """

    rows: dict[str, Row] = field(default_factory=dict)
    duplicates: dict[str, list[Row]] = field(default_factory=dict)
    unreadable: set[str] = field(default_factory=set)

    def of(self, keys: Set[str]) -> Found:
        """Return what was found of some of the keys."""
        return Found(
            {key: row for key, row in self.rows.items() if key in keys},
            {key: rows for key, rows in self.duplicates.items() if key in keys},
            self.unreadable & keys,
        )


def look_up(
    client: MingdaoClient,
    sheet: Sheet,
    keys: Iterable[str],
    *,
    set_apart: bool = False,
    fields: Sequence[str] = (),
) -> Found:
    """Return the rows that carry these keys, those of other shops aside.

    With `fields` they hold no others but these and what tells whose row it is.
    A row that cannot be read may be that of any key that was not found. With `set_apart` these keys
    are asked again, fewer and fewer at a time, so that it costs its own key alone. Raises
    ContractError for it otherwise, and when the answer holds a row with another key: the filter was
    dropped.
    """
    found = Found()
    if fields:
        fields = (sheet.definition.key, SHOP, *fields)
    chunks = chunked(sorted(set(keys)), client.keys_per_filter)

    def ask(chunk: Sequence[str]) -> tuple[dict[str, list[Row]], set[str]]:
        return _rows_of_many(client, sheet, chunk, fields, set_apart=set_apart)

    for by_key, unreadable in client.threads.map(ask, chunks):
        found.unreadable.update(unreadable)
        for key, rows in by_key.items():
            oldest, *others = sorted(rows, key=_age)
            found.rows[key] = oldest
            if others:
                found.duplicates[key] = others
    return found


def rows_as_keys_come(
    client: MingdaoClient, sheet: Sheet, keys: Iterable[str], fields: Sequence[str]
) -> Iterator[Mapping[str, Row]]:
    """Yield these cells of the rows of some keys after another, while further keys come.

    For more than fit into memory. A row that cannot be read is not among them: for who looks what
    is current, not what is absent.
    """

    def ask(turn: Sequence[str]) -> Mapping[str, Row]:
        return look_up(client, sheet, turn, set_apart=True, fields=fields).rows

    yield from client.threads.map(ask, chunked(keys, client.keys_per_filter))


def chunked(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield the items in lists of at most `size`, without holding all of them."""
    left = iter(items)
    while chunk := list(islice(left, size)):
        yield chunk


def _rows_of_many(
    client: MingdaoClient,
    sheet: Sheet,
    keys: Sequence[str],
    fields: Sequence[str],
    *,
    set_apart: bool,
) -> tuple[dict[str, list[Row]], set[str]]:
    """Do as `_rows_by_key`, with fewer keys at a time from then on if more of them do no good.

    That HAP heeds many was seen in a small worksheet: in a large one they may take too long, and
    longer keys, or all their rows, be too much for one call.
    """
    if len(keys) <= client.keys_per_filter:
        try:
            return _rows_by_key(client, sheet, keys, fields, set_apart=set_apart)
        except CallError as error:  # 403 is among them: a firewall may mind a long body
            if len(keys) <= KEYS_PER_FILTER or isinstance(error, RateLimited):
                raise
            log.warning(
                "一次查 %d 个编号未成功，改为每次 %d 个 / so many keys did not work, now fewer: %s",
                len(keys),
                KEYS_PER_FILTER,
                error,
            )
            client.keys_per_filter = KEYS_PER_FILTER
    rows: dict[str, list[Row]] = {}
    unreadable: set[str] = set()
    for part in chunked(keys, KEYS_PER_FILTER):
        found, unread = _rows_by_key(client, sheet, part, fields, set_apart=set_apart)
        rows |= found
        unreadable |= unread
    return rows, unreadable


def _rows_by_key(
    client: MingdaoClient,
    sheet: Sheet,
    keys: Sequence[str],
    fields: Sequence[str],
    *,
    set_apart: bool,
) -> tuple[dict[str, list[Row]], set[str]]:
    """Return the rows by key, and the keys of which a row cannot be read."""
    asked = {key.strip(): key for key in keys}
    folded = {key.casefold() for key in asked}
    rows: dict[str, dict[str, Row]] = {}
    unreadable = Unreadable()
    condition = any_equal(sheet.definition.key, keys)
    unread_rows = unreadable if set_apart else None
    for row in every_matching_row(client, sheet, condition, unread_rows, fields):
        key = sheet.key_of(row)
        if key in asked:
            if sheet.sees(row):
                rows.setdefault(asked[key], {})[row.id] = row
        # undetermined: hap.md §7.2: does `eq` heed case?
        elif key.casefold() not in folded:  # HAP may compare without regard to case
            raise _dropped(sheet)
    by_key = {key: list(by_id.values()) for key, by_id in rows.items()}
    unclear = set(keys) - by_key.keys() if unreadable.rows else set()
    if len(keys) == 1 or not unclear:
        return by_key, unclear
    still_unclear: set[str] = set()
    for part in chunked(sorted(unclear), max(1, len(unclear) // 10)):
        found, unread = _rows_by_key(client, sheet, part, fields, set_apart=True)
        by_key |= found
        still_unclear |= unread
    return by_key, still_unclear


def matching_rows(
    client: MingdaoClient,
    sheet: Sheet,
    condition: Filter | None,
    unreadable: Unreadable | None = None,
) -> Iterator[Row]:
    """Yield the rows of a filter that the sheet sees: those of other shops aside."""
    return filter(sheet.sees, every_matching_row(client, sheet, condition, unreadable))


def every_matching_row(
    client: MingdaoClient,
    sheet: Sheet,
    condition: Filter | None,
    unreadable: Unreadable | None = None,
    fields: Sequence[str] = (),
) -> Iterator[Row]:
    """Yield the rows of a filter, with HAP's own fields; the others are as in `every_row`.

    The filter is not proven here: HAP may have dropped it, so the caller checks each row.
    """
    return every_row(
        client,
        sheet,
        condition=condition,
        fields=fields,
        system_fields=True,
        unreadable=unreadable,
    )


def _age(row: Row) -> tuple[int, str, str]:
    """Order rows from the oldest: by the sheet's running number, then creation time, then id."""
    number = str(row.cells.get("autoid") or "")
    created = str(row.cells.get("_createdAt") or row.cells.get("ctime") or "")
    return (int(number) if number.isascii() and number.isdigit() else 0, created, row.id)


def _dropped(sheet: Sheet) -> ContractError:
    return ContractError(
        "rows.list",
        Bilingual(
            f"工作表「{sheet.definition.label}」返回了未查询的记录，说明查询条件被忽略，已停止写入",
            f"worksheet {sheet.definition.alias} answered with rows that were not asked for: "
            "the filter was ignored, nothing was written",
        ),
        Bilingual(
            f"在明道云这张工作表里检查字段 {sheet.definition.key} 是否存在且为文本，再运行 "
            "DAG xiaoe_doctor 核对",
            f"check in HAP that field {sheet.definition.key} exists and is a text field, then "
            "run the DAG xiaoe_doctor",
        ),
    )
