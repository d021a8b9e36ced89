"""Reads what the pipeline told about itself in HAP: the last runs, and what is still wrong.

For the page and for messages. Only the columns named here are asked for, none of which holds a
person's data; links are cut down to their path, because a person can type anything into a cell.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors.errors import Bilingual
from connectors.mingdao.filters import any_equal
from connectors.mingdao.models import Row
from connectors.mingdao.row_reads import Sort
from connectors.xiaoe.endpoints import ENDPOINTS
from include.destination.read.typed_cells import count_in, moment_in, text_in
from include.destination.sheets.sheet import Sheet
from include.destination.sheets.worksheets import (
    FAILED,
    OPEN,
    PARTLY_FAILED,
    RETRY,
    SYNC_CONFIG,
    SYNC_ERRORS,
)
from include.flows.run.error_names import entity_of, step_of_cell
from include.shops import ShopConfig
from include.status.app import App
from include.status.links import run_path, task_path

MOST_ERRORS = 1000  # one page; the number beyond is counted, not read
_ERROR_FIELDS = (
    "error_id",
    "record_id",
    "entity",
    "step",
    "code",
    "reason",
    "action",
    "attempts",
    "first_seen",
    "last_seen",
    "status",
    "run_url",
)


@dataclass(frozen=True)
class LastRun:
    """What the last run that called an API told about it; `run_path` is relative to Airflow."""

    api: str
    name: str
    status: str
    ran_at: datetime | None
    window: tuple[datetime | None, datetime | None]
    rows_read: int
    rows_written: int
    calls: int
    message: str
    run_path: str


@dataclass(frozen=True)
class OpenError:
    """A record that waits to be synced, and why; `shop` is its name, "" for the first one.

    `entity` is a code, `step` what people call it.
    """

    entity: str
    shop: str
    record_id: str
    step: Bilingual
    code: str
    reason: str
    action: str
    attempts: int
    first_seen: datetime | None
    last_seen: datetime | None
    status: str
    row_id: str = ""
    run_path: str = ""


@dataclass(frozen=True)
class Cause:
    """One reason that several records share."""

    reason: str
    action: str
    code: str
    count: int


@dataclass(frozen=True)
class OpenErrors:
    """The newest open errors; `total` also counts those that were not read."""

    total: int
    newest: Sequence[OpenError]
    worksheet_id: str = ""


def read_last_runs(app: App, shops: Iterable[ShopConfig]) -> list[LastRun]:
    """Return the last run of every API of these shops that has run, newest first."""
    sheet = app.sheet(SYNC_CONFIG)
    rows = app.rows_of(sheet, [shop.scoped(api) for shop in shops for api in ENDPOINTS])
    runs = [_last_run(sheet, row) for row in rows.values()]
    ended = [(run.ran_at, run) for run in runs if run.ran_at]
    return [run for _, run in sorted(ended, key=lambda pair: (pair[0], pair[1].api), reverse=True)]


def read_open_errors(app: App, shops: Collection[ShopConfig]) -> OpenErrors:
    """Return the rows of `sync_errors` of these shops in 待处理 or 重试, newest first."""
    sheet = app.sheet(SYNC_ERRORS)
    keys = sheet.option_keys("status", (OPEN, RETRY))
    if not keys:
        return OpenErrors(0, [])
    page = app.page(
        sheet,
        condition=any_equal("status", keys),
        fields=_ERROR_FIELDS,
        sorts=[Sort("last_seen", ascending=False)],
        page_size=MOST_ERRORS,
        count=True,
    )
    # The filter may have been dropped (contracts: hap §7.2): only rows that fit are believed.
    fitting = [
        row
        for row in page.rows
        if sheet.read(row, "status") in (OPEN, RETRY)
        and any(shop.owns_key(sheet.key_of(row)) for shop in shops)
    ]
    total = page.total if page.total is not None and len(fitting) == len(page.rows) else None
    errors = [_open_error(sheet, row) for row in fitting]
    return OpenErrors(total or len(fitting), errors, sheet.live.id)


def causes_of(errors: Iterable[OpenError]) -> list[Cause]:
    """Return the reasons with the number of records of each, the commonest first."""
    counted = Counter((error.reason, error.action, error.code) for error in errors)
    return [Cause(*reported, count) for reported, count in counted.most_common()]


def worst(runs: Sequence[LastRun]) -> LastRun | None:
    """Return the run that ended worst; None where there is none."""
    order = (FAILED, PARTLY_FAILED)
    by_status = {run.status: run for run in runs}
    return next(
        (by_status[status] for status in order if status in by_status), next(iter(runs), None)
    )


def _last_run(sheet: Sheet, row: Row) -> LastRun:
    return LastRun(
        api=sheet.key_of(row),
        name=text_in(sheet, row, "name"),
        status=text_in(sheet, row, "last_status"),
        ran_at=moment_in(sheet, row, "last_run_at"),
        window=(moment_in(sheet, row, "window_start"), moment_in(sheet, row, "window_end")),
        rows_read=count_in(sheet, row, "rows_read"),
        rows_written=count_in(sheet, row, "rows_written"),
        calls=count_in(sheet, row, "calls"),
        message=text_in(sheet, row, "message"),
        run_path=run_path(text_in(sheet, row, "run_url")),
    )


def _open_error(sheet: Sheet, row: Row) -> OpenError:
    return OpenError(
        entity=entity_of(sheet.key_of(row), text_in(sheet, row, "entity")),
        shop=sheet.key_of(row).partition(":")[0].partition("@")[2],
        record_id=text_in(sheet, row, "record_id"),
        step=step_of_cell(text_in(sheet, row, "step")),
        code=text_in(sheet, row, "code"),
        reason=text_in(sheet, row, "reason"),
        action=text_in(sheet, row, "action"),
        attempts=count_in(sheet, row, "attempts"),
        first_seen=moment_in(sheet, row, "first_seen"),
        last_seen=moment_in(sheet, row, "last_seen"),
        status=text_in(sheet, row, "status"),
        row_id=row.id,
        run_path=task_path(text_in(sheet, row, "run_url")),
    )
