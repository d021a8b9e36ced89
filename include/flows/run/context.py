"""One shop and the app that its work goes to: everything that a step of a flow needs."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from connectors.errors import Bilingual, CallError, ConfigurationError, ContractError
from connectors.mingdao.client import MingdaoClient
from connectors.mingdao.models import Row
from connectors.mingdao.models import Worksheet as LiveWorksheet
from connectors.xiaoe.client import XiaoeClient
from connectors.xiaoe.endpoints import ENDPOINTS
from include.destination.read.long_filters import LONG, heeds_long_filters
from include.destination.read.lookup import Found
from include.destination.sheets.fields import Worksheet
from include.destination.sheets.record import Record
from include.destination.sheets.sheet import NoWorksheetError, Sheet, open_sheet
from include.destination.sheets.worksheets import (
    COLLECTED_INFO,
    COLUMNS,
    CUSTOMERS,
    GOODS,
    MERGED_ACCOUNTS,
    ORDERS,
    SYNC_CONFIG,
    SYNC_ERRORS,
)
from include.destination.write.change_limit import ChangeLimit
from include.destination.write.outcome import Outcome
from include.destination.write.preview import Planned, planned_of, show_plan
from include.destination.write.upsert import Writer
from include.flows.run.api_settings import ApiSettings, RunReport, report_run
from include.flows.run.interfaces import Interfaces
from include.flows.run.known_app import KnownApp
from include.flows.run.merged_accounts import MergedAccounts, read_merged_accounts
from include.flows.run.recent import Recent
from include.flows.run.unknown_labels import unknown_labels
from include.shops import ShopConfig

log = logging.getLogger(__name__)

OF_ORDERS = (ORDERS, CUSTOMERS, COLLECTED_INFO, SYNC_ERRORS, GOODS, COLUMNS, MERGED_ACCOUNTS)
"""The worksheets that orders are written to, or looked up in."""

_OF_PEOPLE = (CUSTOMERS, MERGED_ACCOUNTS)  # what shops may share


@dataclass(frozen=True)
class SyncContext:
    """The two clients of one shop, the settings in force and how this run writes.

    `config` is the shop's entry in the list of shops; other shops may write to the same app, and
    what they wrote is not seen through `sheet`. `trigger_workflow` starts the app's own workflows
    for the orders that this run writes, and for nothing else; `preview` reads and decides
    everything and writes nothing; `compare_all_cells` compares every owned cell (see Writer).
    `run_url` is where Airflow shows the log of what is done here, for `sync_errors`.
    `unknown` collects the numbers of the vendor's that no table explains; `interfaces` knows which
    of the secondary interfaces do not answer in this task. `worksheets` is the app's structure as
    far as it has been read, by the name that was asked for; what an earlier task has `handed_on`
    may be out of date, and is read anew at the first sign. `limit` stops a run before it changes
    more rows than it may; with `confirmed` a person has seen what is odd about the source, and no
    stream is too short any more. `reports` are those of this task, `planned` is what a preview
    would have written, by worksheet; `unresolved` are the rows of `sync_errors` that wait or that a
    person has set to 忽略.
    """

    xiaoe: XiaoeClient
    hap: MingdaoClient
    settings: ApiSettings
    config: ShopConfig = field(default_factory=ShopConfig)
    order_feed: str = "update"
    trigger_workflow: bool = False
    preview: bool = False
    compare_all_cells: bool = False
    limit: ChangeLimit | None = None
    confirmed: bool = False
    run_url: str = ""
    unknown: set[str] = field(default_factory=set, repr=False, compare=False)
    interfaces: Interfaces = field(default_factory=Interfaces, repr=False, compare=False)
    worksheets: dict[str, LiveWorksheet] = field(default_factory=dict, repr=False, compare=False)
    handed_on: KnownApp | None = field(default=None, repr=False, compare=False)
    planned: dict[str, Planned] = field(default_factory=dict, repr=False, compare=False)
    reports: list[RunReport] = field(default_factory=list, repr=False, compare=False)
    unresolved: Recent[list[Row]] = field(default_factory=Recent, repr=False, compare=False)
    _read_anew: set[str] = field(default_factory=set, repr=False, compare=False)
    _sheets: dict[str, Sheet] = field(default_factory=dict, repr=False, compare=False)
    _long_filters: list[bool] = field(default_factory=list, repr=False, compare=False)
    _merged: list[MergedAccounts] = field(default_factory=list, repr=False, compare=False)

    @property
    def id(self) -> str:
        """Return the shop's app_id, which every row carries as `shop`."""
        return self.xiaoe.app_id

    @property
    def order_api(self) -> str:
        """Return the list by which this shop's changed orders are found."""
        return "order.list" if self.order_feed == "update" else "order.list.created"

    def upsert(
        self,
        definition: Worksheet,
        records: Iterable[Record],
        *,
        patient: bool = True,
        held: Found | None = None,
    ) -> Outcome:
        """Make a worksheet say what the records say; in a preview, show what would be written.

        Without `patient`, what HAP does not show at once is not waited for. `held` are the rows of
        these keys, where they have just been looked up.
        """
        wanted = list(records)
        self.unknown.update(unknown_labels(definition.alias, wanted))
        if any(self.sheet(definition).lacks_option(record.values) for record in wanted):
            self._renew(definition)
        asked = self.trigger_workflow and definition is ORDERS
        writer = self.writer(trigger_workflow=asked, patient=patient)
        outcome = self._upsert(writer, definition, wanted, held)
        if self.preview:
            show_plan(self.sheet(definition), outcome)
            planned = self.planned.setdefault(definition.label, Planned())
            planned.add(planned_of(self.sheet(definition), outcome))
        return outcome

    def _upsert(
        self, writer: Writer, definition: Worksheet, wanted: Sequence[Record], held: Found | None
    ) -> Outcome:
        """Upsert, and once more where the worksheet turns out to have changed meanwhile."""
        try:
            outcome = writer.upsert(self.sheet(definition), wanted, held)
        except (ConfigurationError, ContractError):
            if not self._renew(definition):
                raise
            outcome = writer.upsert(self.sheet(definition), wanted)
        if (outcome.failures or outcome.unseen) and self._renew(definition):
            outcome.failures.clear()
            # What was written into a field that is gone stands in the row's fingerprint.
            writer.compare_all_cells = True
            outcome.add(writer.upsert(self.sheet(definition), wanted))
        return outcome

    def writer(self, *, trigger_workflow: bool = False, patient: bool = True) -> Writer:
        """Return what writes the rows of this run."""
        return Writer(
            self.hap,
            trigger_workflow=trigger_workflow,
            preview=self.preview,
            compare_all_cells=self.compare_all_cells,
            limit=self.limit,
            sleep=time.sleep if patient else _no_pause,
        )

    def open_sheets(self, definitions: Iterable[Worksheet]) -> None:
        """Read the structure of several worksheets at once, which is as slow as any call.

        One that does not fit is told when it is to be written.
        """
        self.hap.threads.each(self._try_to_open, definitions)

    def _try_to_open(self, definition: Worksheet) -> None:
        try:
            self.sheet(definition)
        except NoWorksheetError:
            return
        except CallError as error:
            log.warning("工作表 %s 打不开 / cannot be opened: %s", definition.alias, error)

    def sheet(self, definition: Worksheet) -> Sheet:
        """Return a worksheet as this shop sees it; its structure is read once."""
        if definition.alias not in self._sheets:
            self._sheets[definition.alias] = replace(
                open_sheet(self.hap, definition, self.settings.option_keys, self.worksheets),
                others=frozenset(self.config.others),
                shared=definition in _OF_PEOPLE and self.config.shared_customers,
            )
        return self._sheets[definition.alias]

    def known_app(self) -> KnownApp:
        """Return what this task has read of the app, for the next ones.

        It is as old as what was handed on to this task.
        """
        read_at = self.handed_on.read_at if self.handed_on else datetime.now(UTC)
        return KnownApp(self.settings, self.worksheets, read_at, self.hap.keys_per_filter)

    def try_long_filters(self, keys: int) -> None:
        """Before so many keys are looked up, find out whether HAP takes more of them in one filter.

        Costs one call, where they are more than a usual filter holds and it is not known yet.
        """
        if keys <= self.hap.keys_per_filter or self._long_filters:
            return
        ends = (self.config.scoped(api) for api in (min(ENDPOINTS), max(ENDPOINTS)))
        heeded = heeds_long_filters(self.hap, self.sheet(SYNC_CONFIG), *ends)
        self._long_filters.append(heeded)
        if heeded:
            self.hap.keys_per_filter = LONG

    def _renew(self, definition: Worksheet) -> bool:
        """Read a worksheet anew that was handed on, once a task; tell whether it has changed."""
        before = self.sheet(definition).live
        handed_on = self.handed_on.worksheets.keys() if self.handed_on else set()
        names = {name for name, live in self.worksheets.items() if live is before}
        if not names & (handed_on - self._read_anew):
            return False
        self._read_anew.update(names)
        for name in names:
            del self.worksheets[name]
        del self._sheets[definition.alias]
        return self.sheet(definition).live != before

    def has(self, definition: Worksheet) -> bool:
        """Tell whether the app has a worksheet; one set up before lacks what was added later."""
        try:
            self.sheet(definition)
        except NoWorksheetError:
            return False
        return True

    @property
    def merged_accounts(self) -> MergedAccounts:
        """Return which accounts went into which; read once, until they are forgotten."""
        if not self._merged and not self.has(MERGED_ACCOUNTS):
            self._merged.append(MergedAccounts())
        if not self._merged:
            sheets = self.sheet(MERGED_ACCOUNTS), self.sheet(CUSTOMERS)
            self._merged.append(read_merged_accounts(self.hap, *sheets))
        return self._merged[0]

    def forget_merged_accounts(self) -> None:
        """Read the merges anew when they are asked for again: some have been added."""
        self._merged.clear()

    def report(self, report: RunReport) -> None:
        """Write what a run did into this shop's rows of `sync_config`; a preview only tells it."""
        self.reports.append(report)
        if self.preview:
            return
        report_run(self.hap, self.config, report, self.settings.option_keys, self.worksheets)

    def calls(self) -> dict[str, int]:
        """Return how many requests this shop's client has sent so far, by api."""
        return self.xiaoe.transport.sent()

    def enabled(self, api: str) -> bool:
        """Tell whether people have left an API switched on."""
        return self.settings.enabled(api)

    def require(self, api: str) -> None:
        """Raise ConfigurationError when people have switched off what this run cannot do without.

        A green run that did nothing would look like a shop without orders.
        """
        if not self.enabled(api):
            raise ConfigurationError(
                api,
                Bilingual(
                    f"接口 {api} 在工作表「第三方应用配置」里是停用状态，本次运行没有它无法进行",
                    f"{api} is switched off in the worksheet sync_config, and this run needs it",
                ),
                Bilingual(
                    "在工作表「第三方应用配置」把它的「启用状态」改回 启用；"
                    "要暂停同步，请在 Airflow 里暂停 DAG",
                    "switch it on again; to pause the sync, pause the DAG in Airflow",
                ),
            )


def _no_pause(_: float) -> None:
    """Go on at once."""
