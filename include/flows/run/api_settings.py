"""What people set in `sync_config`, and what a run reports there.

A person may change page size, switch and the version in the path of every API; it takes effect with
the next run. Another interface than the API's own is refused by the client.
The pipeline writes the rest once a run. Each shop of an app has rows of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from connectors.errors import Bilingual, ConfigurationError
from connectors.mingdao.client import MingdaoClient
from connectors.mingdao.models import Row
from connectors.mingdao.models import Worksheet as LiveWorksheet
from connectors.xiaoe.endpoints import DISABLED_BY_DEFAULT, ENDPOINTS
from include.destination.read.lookup import look_up
from include.destination.sheets.options import (
    OptionKeys,
    merged,
    place_options,
    read_option_keys,
    to_text,
)
from include.destination.sheets.record import Record, Value
from include.destination.sheets.sheet import NoWorksheetError, Sheet, open_sheet
from include.destination.sheets.worksheets import DISABLED, ENABLED, SYNC_CONFIG, WORKSHEETS
from include.destination.write.outcome import Outcome
from include.destination.write.upsert import Writer
from include.flows.run.counts import Counts
from include.shops import ShopConfig, read_shops

Known = MutableMapping[str, LiveWorksheet]
"""Worksheets that have been read already, see `open_sheet`."""

_KEEPER = "token"  # the row of a shop that keeps the keys of options


@dataclass(frozen=True)
class ApiSettings:
    """The settings in force: paths that differ from the default, APIs switched off, page sizes.

    `option_keys` is no setting, but what the set-up remembers there of the app's options.
    """

    paths: Mapping[str, str] = field(default_factory=dict)
    disabled: frozenset[str] = DISABLED_BY_DEFAULT
    page_sizes: Mapping[str, int] = field(default_factory=dict)
    option_keys: OptionKeys = field(default_factory=dict)

    def enabled(self, api: str) -> bool:
        """Tell whether an API may be called."""
        return api not in self.disabled

    def page_size(self, api: str) -> int:
        """Return how many rows a page of this API holds."""
        return self.page_sizes.get(api) or ENDPOINTS[api].asked


@dataclass
class ApiReport:
    """What one run did with one API."""

    rows_read: int = 0
    rows_written: int = 0
    calls: int = 0
    rows_unchanged: int = 0
    rows_failed: int = 0

    @classmethod
    def of(cls, counts: Counts, calls: int = 0) -> ApiReport:
        """Return what a part of a run did, as it was counted."""
        return cls(counts.read, counts.written, calls, counts.unchanged, counts.failed)


@dataclass(frozen=True)
class RunReport:
    """What one run did, for `sync_config`; `message` is for people, in Chinese."""

    apis: Mapping[str, ApiReport]
    status: str
    message: str
    ran_at: datetime
    run_url: str = ""
    window: tuple[datetime, datetime] | None = None


def read_settings(
    client: MingdaoClient,
    config: ShopConfig,
    known: Known | None = None,
) -> ApiSettings:
    """Read what people set for one shop; `known` as in `open_sheet`.

    Raises ConfigurationError when the worksheet is not set up.
    """
    sheet = open_sheet(client, SYNC_CONFIG, known=known)
    rows = look_up(client, sheet, map(config.scoped, ENDPOINTS)).rows
    if not rows:
        raise _nothing_shown()
    option_keys = _option_keys(sheet, rows.get(config.scoped(_KEEPER)))
    sheet = replace(sheet, option_keys_made=option_keys.get(SYNC_CONFIG.alias, {}))
    paths: dict[str, str] = {}
    disabled: set[str] = set()
    sizes: dict[str, int] = {}
    for api, endpoint in ENDPOINTS.items():
        row = rows.get(config.scoped(api))
        switch = sheet.read(row, "enabled") if row else None
        off = api in DISABLED_BY_DEFAULT if switch is None else switch == DISABLED
        if off:
            disabled.add(api)
        if row is None:
            continue
        path, size = sheet.read(row, "path"), sheet.read(row, "page_size")
        if isinstance(path, str) and path.strip() != endpoint.path:
            paths[api] = path.strip()
        if isinstance(size, Decimal) and 0 < size < endpoint.asked:
            sizes[api] = int(size)
    return ApiSettings(paths, frozenset(disabled), sizes, option_keys)


def write_default_settings(client: MingdaoClient, config: ShopConfig, known: Known) -> Outcome:
    """Create the shop's row of each API that has none; rows that are there stay as they are."""
    sheet = open_sheet(client, SYNC_CONFIG, kept_option_keys(client, [config], known), known)
    return Writer(client).upsert(
        sheet, (Record(config.scoped(api), _once(config, api)) for api in ENDPOINTS)
    )


def kept_option_keys(
    client: MingdaoClient, configs: Iterable[ShopConfig], known: Known | None = None
) -> OptionKeys:
    """Return which option each label stands for, as the set-up of these shops has kept it.

    Nothing where the app is not set up yet. `known` is as in `open_sheet`.
    """
    try:
        sheet = open_sheet(client, SYNC_CONFIG, known=known)
    except NoWorksheetError:
        return {}
    rows = look_up(client, sheet, {config.scoped(_KEEPER) for config in configs}).rows
    return merged([_option_keys(sheet, row) for _, row in sorted(rows.items())])


def remember_options(client: MingdaoClient, config: ShopConfig, known: Known) -> list[str]:
    """Keep which option each label stands for, and return what people should know of it.

    What any shop of the app has remembered goes before what an option is called today.
    """
    shops = [config, *(shop for shop in read_shops() if shop.mingdao == config.mingdao)]
    kept = kept_option_keys(client, shops, known)
    sheets = list(client.threads.map(lambda one: open_sheet(client, one, kept, known), WORKSHEETS))
    sheet = next(one for one in sheets if one.definition.alias == SYNC_CONFIG.alias)
    placed, notes = place_options(sheets, kept)
    values: dict[str, Value] = {**_once(config, _KEEPER), "option_keys": to_text(placed)}
    Writer(client).upsert(sheet, [Record(config.scoped(_KEEPER), values)])
    return notes


def _option_keys(sheet: Sheet, row: Row | None) -> OptionKeys:
    return read_option_keys(sheet.read(row, "option_keys")) if row else {}


def report_run(
    client: MingdaoClient,
    config: ShopConfig,
    report: RunReport,
    option_keys: OptionKeys,
    known: Known | None = None,
) -> None:
    """Write one run of a shop into its rows of the APIs that the run called.

    `option_keys` and `known` as in `open_sheet`.
    """
    sheet = open_sheet(client, SYNC_CONFIG, option_keys, known)
    Writer(client).upsert(sheet, _reported(config, report))


def reports_of(calls: Mapping[str, int], known: Mapping[str, ApiReport]) -> dict[str, ApiReport]:
    """Return a report for each API that was called, with the rows where they are known."""
    reports = {key: ApiReport(calls=number) for key, number in calls.items() if number}
    for key, report in known.items():
        reports[key] = replace(report, calls=calls.get(key, 0))
    return {key: report for key, report in reports.items() if key in ENDPOINTS}


def _reported(config: ShopConfig, report: RunReport) -> Iterable[Record]:
    for key, api in report.apis.items():
        values: dict[str, Value] = {
            "last_run_at": report.ran_at,
            "last_status": report.status,
            "rows_read": Decimal(api.rows_read),
            "rows_written": Decimal(api.rows_written),
            "calls": Decimal(api.calls),
            "message": report.message,
            "run_url": report.run_url,
        }
        if report.window:
            values |= {"window_start": report.window[0], "window_end": report.window[1]}
        once = _once(config, key)
        yield Record(config.scoped(key), {**once, **values})


def _once(config: ShopConfig, api: str) -> dict[str, Value]:
    endpoint = ENDPOINTS[api]
    return {
        "api": config.scoped(api),
        "name": config.scoped(endpoint.name),
        "path": endpoint.path,
        "enabled": DISABLED if api in DISABLED_BY_DEFAULT else ENABLED,
        "page_size": Decimal(endpoint.asked) if endpoint.asked else None,
    }


def _nothing_shown() -> ConfigurationError:
    """No row at all: writing now would double every row that HAP holds and does not show."""
    return ConfigurationError(
        "rows.list",
        Bilingual(
            f"工作表「{SYNC_CONFIG.label}」里一行也读不到，没有写入任何数据",
            f"not one row of {SYNC_CONFIG.alias} can be read, nothing was written",
        ),
        Bilingual(
            "先运行 DAG mingdao_setup；若已运行过，关闭该授权的「视图参数为空时不返回数据」",
            "run the DAG mingdao_setup first; if you have, switch off the authorisation's "
            "'no data when the view is empty'",
        ),
    )
