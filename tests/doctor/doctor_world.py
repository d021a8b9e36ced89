"""One shop and one app to examine, and how a report is read."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass

from include.doctor.context import AirflowSide, DoctorContext, PushSide
from include.doctor.examine import examine
from include.doctor.findings import Finding, Report, State
from include.doctor.settings import settings_or_defaults
from include.flows.run.context import SyncContext
from include.shops import ShopConfig
from include.simulators.hap.plain import plain_rows
from include.simulators.hap.settings import HapSettings
from include.simulators.xiaoe.seed import demo_shop
from include.simulators.xiaoe.settings import XiaoeSettings
from tests.pipeline.world import World, open_world

SHEETS = ("customers", "goods", "columns", "orders", "collected_info", "sync_errors", "audiences")
RIGHT, WRONG, UNKNOWN = State.RIGHT, State.WRONG, State.UNKNOWN
ENOUGH = {"core.max_map_length": 1024, "core.parallelism": 32}
HEALTHY = AirflowSide({"xiaoe_orders": False}, ENOUGH)


@dataclass
class DoctorWorld:
    """One shop and one app whose switches are turned while they run."""

    world: World
    xiaoe: XiaoeSettings
    hap: HapSettings

    def examine(
        self,
        *,
        push: PushSide | None = None,
        airflow: AirflowSide | None = HEALTHY,
        **changes,
    ) -> Report:
        """Examine both; `changes` are as in a SyncContext."""
        hap = self.world.hap()
        settings = settings_or_defaults(hap, ShopConfig())
        xiaoe = self.world.xiaoe(settings.paths)
        sync = SyncContext(xiaoe, hap, settings, **changes)
        return examine(DoctorContext(sync, push or PushSide(), airflow))

    @contextmanager
    def switched(self, **switches):
        """Turn switches of either simulator, and turn them back."""
        before = []
        for name, value in switches.items():
            system = self.xiaoe if name in XiaoeSettings.model_fields else self.hap
            if name.startswith("hap_"):  # both systems have a switch of this name
                system, name = self.hap, name.removeprefix("hap_")
            before.append((system, name, getattr(system, name)))
            setattr(system, name, value)
        try:
            yield
        finally:
            for system, name, value in before:
                setattr(system, name, value)

    def scratch_rows(self) -> list[str]:
        store = self.world.store
        return [
            f"{sheet}: {value}"
            for sheet in SHEETS
            for recycled in (False, True)
            for row in plain_rows(store, sheet, recycled=recycled)
            for value in row.values()
            if "doctor" in str(value)
        ]


@contextmanager
def open_doctor_world(tokens, **switches):
    xiaoe = XiaoeSettings(rate_limits=False)
    hap = HapSettings(qps=0)
    source = demo_shop(5, days=45, orders_per_day=2)
    with open_world(source, tokens, xiaoe=xiaoe, hap=hap) as world:
        world.set_up()
        doctor_world = DoctorWorld(world, xiaoe, hap)
        with doctor_world.switched(**switches):
            yield doctor_world


def line(report: Report, check: str) -> Finding:
    found = [one for one in report.findings if check in str(one.check)]
    assert found, f"no finding about {check}:\n{report.table()}"
    return found[0]


def settings(report: Report) -> set[str]:
    return {one.text for one in report.settings}
