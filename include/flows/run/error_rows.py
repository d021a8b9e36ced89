"""`sync_errors`: one row for each record that could not be synced, until it is through.

A record is tried again by every run with the source's current version. A person may set 重试 or
忽略; the pipeline never changes 忽略, and sets 已解决 by itself. No run takes up a record in 忽略,
not for a new change either, until the status changes; but a customer with forms, or a good, that
an order points at comes with the order. No personal data goes in: ids, codes and the sentences of
the error table alone. A shop sees its own rows only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import PlainSerializer, PlainValidator, TypeAdapter

from connectors.errors import Bilingual, ConnectorError, RejectedError
from connectors.mingdao.filters import any_equal
from connectors.mingdao.models import Row
from include.destination.read.lookup import look_up, matching_rows
from include.destination.read.typed_cells import number_in
from include.destination.sheets.record import Record
from include.destination.sheets.sheet import Sheet
from include.destination.sheets.worksheets import IGNORED, OPEN, RESOLVED, RETRY, SYNC_ERRORS
from include.destination.write.upsert import Writer
from include.flows.run.context import SyncContext
from include.flows.run.error_names import entity_name, entity_of, step_name


@dataclass(frozen=True)
class ErrorWords:
    """An error as it crosses XCom: code and the words of the error table, nothing of a record."""

    api: str
    code: str
    explanation: Bilingual
    action: Bilingual

    @classmethod
    def of(cls, error: ConnectorError) -> ErrorWords:
        """Return the words of an error; what has no code goes by the name of its kind."""
        return cls(error.api, error.code or type(error).__name__, error.explanation, error.action)

    def as_error(self) -> RejectedError:
        """Return an error of these words; of what kind it was is not told."""
        return RejectedError(self.api, self.explanation, self.action, self.code)


_WORDS = TypeAdapter(ErrorWords)
ReportedError = Annotated[
    ConnectorError,
    PlainValidator(lambda words: _WORDS.validate_python(words).as_error()),
    PlainSerializer(ErrorWords.of, return_type=ErrorWords),
]


@dataclass(frozen=True)
class Failure:
    """A record that could not be synced, and why; `step` is the API or worksheet that refused."""

    entity: str
    record_id: str
    step: str
    error: ReportedError


@dataclass(frozen=True)
class Ignored:
    """What a person has set to 忽略: record ids by entity."""

    records: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def of(self, entity: str) -> frozenset[str]:
        """Return the ids of one entity."""
        return self.records.get(entity, frozenset())


def record_failures(context: SyncContext, failures: Iterable[Failure]) -> None:
    """Write each failure into its row: counted on, or begun."""
    by_id = {error_row_id(context, one.entity, one.record_id): one for one in failures}
    if not by_id or context.preview:
        return
    sheet = context.sheet(SYNC_ERRORS)
    now = datetime.now(UTC)
    rows = look_up(context.hap, sheet, by_id).rows
    write_error_rows(
        context,
        [
            _error_row(sheet, key, failure, rows.get(key), now, context.run_url)
            for key, failure in by_id.items()
        ],
    )


def write_error_rows(context: SyncContext, records: Sequence[Record]) -> None:
    """Write rows of `sync_errors`, of whatever is known of them; the next who asks reads anew."""
    if not records:
        return
    try:
        Writer(context.hap).upsert(context.sheet(SYNC_ERRORS), records)
    finally:
        context.unresolved.forget()


def open_error_rows(context: SyncContext, entity: str) -> Mapping[str, Row]:
    """Return the rows in 待处理 or 重试 of one entity, by record id."""
    return every_open_error_row(context).get(entity, {})


def every_open_error_row(context: SyncContext) -> Mapping[str, Mapping[str, Row]]:
    """Return the rows in 待处理 or 重试 by entity and record id, a minute old at most."""
    return _error_rows_in(context, (OPEN, RETRY))


def ignored_records(context: SyncContext, entity: str) -> frozenset[str]:
    """Return the records of one entity that a person has set to 忽略: no run takes them up."""
    return every_ignored_record(context).of(entity)


def every_ignored_record(context: SyncContext) -> Ignored:
    """Return what a person has set to 忽略, whatever it is, a minute old at most."""
    found = _error_rows_in(context, (IGNORED,))
    return Ignored({entity: frozenset(by_id) for entity, by_id in found.items()})


def ignored(context: SyncContext, entities: Iterable[str], record_ids: Collection[str]) -> set[str]:
    """Return those of the records that people have set to 忽略 under one of the entities."""
    sheet = context.sheet(SYNC_ERRORS)
    keys = {error_row_id(context, entity, name): name for entity in entities for name in record_ids}
    found = look_up(context.hap, sheet, keys).rows
    return {keys[key] for key, row in found.items() if sheet.read(row, "status") == IGNORED}


def _error_rows_in(context: SyncContext, statuses: Collection[str]) -> dict[str, dict[str, Row]]:
    sheet = context.sheet(SYNC_ERRORS)
    found: dict[str, dict[str, Row]] = {}
    for row in context.unresolved.get(lambda: _unresolved(context)):
        if sheet.read(row, "status") in statuses:
            entity = entity_of(sheet.key_of(row), str(sheet.read(row, "entity") or ""))
            by_id = found.setdefault(entity, {})
            by_id[str(sheet.read(row, "record_id"))] = row
    return found


def _unresolved(context: SyncContext) -> list[Row]:
    """Return this shop's rows that are not solved: every part of a task asks for some of them."""
    sheet, statuses = context.sheet(SYNC_ERRORS), (OPEN, RETRY, IGNORED)
    keys = sheet.option_keys("status", statuses)
    matching = matching_rows(context.hap, sheet, any_equal("status", keys)) if keys else ()
    return [
        row
        for row in matching
        if sheet.read(row, "status") in statuses and context.config.owns_key(sheet.key_of(row))
    ]


def recorded(context: SyncContext, entity: str, record_ids: Iterable[str]) -> set[str]:
    """Return those of the records whose failure is on record; a solved one is not."""
    sheet = context.sheet(SYNC_ERRORS)
    keys = (error_row_id(context, entity, record_id) for record_id in record_ids)
    found = look_up(context.hap, sheet, keys).rows
    return {
        key.split(":", 1)[1] for key, row in found.items() if sheet.read(row, "status") != RESOLVED
    }


def close_error_rows(context: SyncContext, entity: str, done: Iterable[str]) -> int:
    """Set 已解决 on the rows of records that are through; returns how many were closed."""
    return close_every(context, {entity: done})


def close_every(context: SyncContext, done: Mapping[str, Iterable[str]]) -> int:
    """Do the same for the records of several entities, which are read at once."""
    return 0 if context.preview else close_among(context, every_open_error_row(context), done)


def close_among(
    context: SyncContext,
    error_rows: Mapping[str, Mapping[str, Row]],
    done: Mapping[str, Iterable[str]],
) -> int:
    """Do the same among rows that were read a while ago: what is among them is read again.

    A person may have set one of them to 忽略 since.
    """
    if context.preview or not _to_close(error_rows, done):
        return 0
    context.unresolved.forget()
    error_rows = every_open_error_row(context)
    records = [
        Record(
            error_row_id(context, entity, record_id),
            {"status": RESOLVED, "last_seen": datetime.now(UTC)},
        )
        for entity, record_id in _to_close(error_rows, done)
    ]
    write_error_rows(context, records)
    return len(records)


def _to_close(
    error_rows: Mapping[str, Mapping[str, Row]], done: Mapping[str, Iterable[str]]
) -> list[tuple[str, str]]:
    """Return entity and id of those records that are done and have a row."""
    return [
        (entity, record_id)
        for entity, record_ids in done.items()
        for record_id in sorted(error_rows.get(entity, {}).keys() & set(record_ids))
    ]


def error_row_id(context: SyncContext, entity: str, record_id: str) -> str:
    """Return the key of a record's row."""
    return f"{context.config.scoped(entity)}:{record_id}"


def _error_row(
    sheet: Sheet, key: str, failure: Failure, row: Row | None, now: datetime, run_url: str
) -> Record:
    attempts = number_in(sheet, row, "attempts") if row else 0
    ignored = row is not None and sheet.read(row, "status") == IGNORED
    error = failure.error
    return Record(
        key,
        {
            "error_id": key,
            "record_id": failure.record_id,
            "entity": entity_name(failure.entity).zh,
            "step": step_name(failure.step).zh,
            "code": error.code or type(error).__name__,
            "reason": error.explanation.zh,
            "action": error.action.zh,
            "attempts": Decimal(attempts + 1),
            "first_seen": now,
            "last_seen": now,
            "status": IGNORED if ignored else OPEN,
            "run_url": run_url,
        },
    )
