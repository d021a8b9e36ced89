"""One shop and the app that its work goes to: everything that a step of a flow needs."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from connectors.errors import ConfigurationError, Words
from connectors.mingdao.client import MingdaoClient
from connectors.xiaoe.client import XiaoeClient
from include.destination.lookup import Found
from include.destination.preview import show_plan
from include.destination.record import Record
from include.destination.schema import Worksheet
from include.destination.sheet import NoWorksheetError, Sheet, open_sheet
from include.destination.worksheets import CUSTOMERS, MERGED_ACCOUNTS, ORDERS
from include.destination.writer import Outcome, Writer
from include.flows.interfaces import Interfaces
from include.flows.merged_accounts import MergedAccounts, read_merged_accounts
from include.flows.settings import ApiSettings, RunReport, report_run
from include.flows.unknown_labels import unknown_labels
from include.shops import ShopConfig

_OF_PEOPLE = (CUSTOMERS, MERGED_ACCOUNTS)  # what shops may share


@dataclass(frozen=True)
class Shop:
    """The two clients of one shop, the settings in force and how this run writes.

    `config` is the shop's entry in the list of shops; other shops may write to the same app, and
    what they wrote is not seen through `sheet`.
    `trigger_workflow` starts the app's own workflows for the orders that this run writes, and for
    nothing else; `preview` reads and decides everything and writes nothing; `exact` compares every
    owned cell (see Writer). `unknown` collects the numbers of the vendor's that no table explains;
    `interfaces` knows which of the secondary interfaces do not answer in this task.
    """

    xiaoe: XiaoeClient
    hap: MingdaoClient
    settings: ApiSettings
    config: ShopConfig = field(default_factory=ShopConfig)
    order_feed: str = "update"
    trigger_workflow: bool = False
    preview: bool = False
    exact: bool = False
    unknown: set[str] = field(default_factory=set, repr=False, compare=False)
    interfaces: Interfaces = field(default_factory=Interfaces, repr=False, compare=False)
    _sheets: dict[str, Sheet] = field(default_factory=dict, repr=False, compare=False)
    _merged: list[MergedAccounts] = field(default_factory=list, repr=False, compare=False)

    @property
    def id(self) -> str:
        """Return the shop's app_id, which every row carries as `shop`."""
        return self.xiaoe.app_id

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
        sheet = self.sheet(definition)
        wanted = list(records)
        self.unknown.update(unknown_labels(definition.alias, wanted))
        asked = self.trigger_workflow and definition is ORDERS
        outcome = self.writer(trigger_workflow=asked, patient=patient).upsert(sheet, wanted, held)
        if self.preview:
            show_plan(sheet, outcome)
        return outcome

    def writer(self, *, trigger_workflow: bool = False, patient: bool = True) -> Writer:
        """Return what writes the rows of this run."""
        return Writer(
            self.hap,
            trigger_workflow=trigger_workflow,
            preview=self.preview,
            exact=self.exact,
            sleep=time.sleep if patient else _no_pause,
        )

    def open_sheets(self, definitions: Iterable[Worksheet]) -> None:
        """Read the structure of several worksheets at once, which is as slow as any call."""
        self.hap.threads.each(self.sheet, definitions)

    def sheet(self, definition: Worksheet) -> Sheet:
        """Return a worksheet as this shop sees it; its structure is read once."""
        if definition.alias not in self._sheets:
            self._sheets[definition.alias] = replace(
                open_sheet(self.hap, definition, self.settings.option_keys),
                others=frozenset(self.config.others),
                shared=definition in _OF_PEOPLE and self.config.shared_customers,
            )
        return self._sheets[definition.alias]

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
        """Write what a run did into this shop's rows of `sync_config`."""
        report_run(self.hap, self.config, report, self.settings.option_keys)

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
                Words(
                    f"接口 {api} 在工作表「第三方应用配置」里是停用状态,本次运行没有它无法进行",
                    f"{api} is switched off in the worksheet sync_config, and this run needs it",
                ),
                Words(
                    "把启用状态改回 启用;要暂停同步,请在 Airflow 里暂停 DAG",
                    "switch it on again; to pause the sync, pause the DAG in Airflow",
                ),
            )


def _no_pause(_: float) -> None:
    """Go on at once."""
