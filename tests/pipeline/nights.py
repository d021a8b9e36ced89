"""Runs the reconciliation as its DAG does, and reads what it left behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from connectors.errors import ConfigurationError
from include.flows.orders.finish import IncompleteRunError
from include.flows.reconcile.plan import Compared
from include.flows.run.watermark import WATERMARK
from include.simulators.hap.human import Person
from include.simulators.hap.plain import plain_rows
from include.simulators.hap.settings import HapSettings
from include.simulators.journal import Entry
from include.simulators.xiaoe.seed import demo_shop
from include.simulators.xiaoe.settings import XiaoeSettings
from include.simulators.xiaoe.shop import Shop
from include.simulators.xiaoe.shop.index import TimeIndex
from tests.dag_run import Memory
from tests.dag_runs import ReconcileRun
from tests.pipeline.copies import copied
from tests.pipeline.world import World, open_world

DAYS = 8


@dataclass
class Night:
    """What one run found and did."""

    compared: Compared
    counts: dict[str, int]
    error: str
    writes: list[Entry]
    asked: list[str] = field(default_factory=list)

    @property
    def green(self) -> bool:
        return not self.error


@contextmanager
def synced_world(
    tokens: Path,
    *,
    feed: str = "update",
    hap: dict[str, Any] | None = None,
    in_process: bool = True,
    orders_per_day: int = 3,
    **settings,
) -> Iterator[World]:
    """A small shop, all of it in HAP; `source.rules` are the simulator's own switches."""
    xiaoe = XiaoeSettings(rate_limits=False, **settings)
    app = HapSettings(qps=0, **(hap or {}))

    @contextmanager
    def make(first: Path) -> Iterator[World]:
        source = demo_shop(5, days=DAYS, orders_per_day=orders_per_day)
        take_off_what_nobody_bought(source)
        with open_world(source, first, xiaoe=xiaoe, hap=app, order_feed=feed) as world:
            world.set_up()
            world.base_data()
            # by creation time the orders that were imported with an old date lie far back
            world.all_orders(days=61 if feed == "update" else 330)
            yield world

    name = f"synced {feed} {orders_per_day} {xiaoe!r} {app!r}"
    with copied(name, tokens, make, in_process=in_process) as world:
        yield world


def take_off_what_nobody_bought(shop: Shop) -> None:
    """Leave goods that were bought, and what they contain: each costs a night several calls."""
    bought = {line.goods_id for order in shop.orders.current.values() for line in order.lines}
    inside = {name for goods_id in bought for name, _ in shop.goods[goods_id].contents}
    shop.goods = {name: goods for name, goods in shop.goods.items() if name in bought | inside}
    shop.goods_by_time = TimeIndex()
    for goods in shop.goods.values():
        shop.goods_by_time.add(goods.created_at, goods.number, goods.goods_id)


def night(
    world: World,
    *,
    watermark: str = "",
    now: datetime | None = None,
    goes_on: bool = False,
    while_asked: Callable[[], None] = lambda: None,
    state: Memory | None = None,
    **changes,
) -> Night:
    """Run the whole DAG once, without Airflow; what goes wrong before `settle` is raised.

    A person who is asked says 继续 where the night `goes_on`, else 停止. `state` is what nights
    leave to the next ones.
    """
    seen = last_sequence(world)
    now = now or world.source.clock.now() + timedelta(minutes=1)
    asked = {"run_type": "scheduled", "interval": None}
    state = Memory() if state is None else state
    state.set(WATERMARK, watermark)
    context = partial(world.context, **changes)
    answer = {"goes_on": goes_on, "while_asked": while_asked}
    run, error = ReconcileRun(context, asked, state, now=now, **answer), ""
    try:
        run.play(without=("audiences",))
    except IncompleteRunError as red:
        error = str(red)
    except ConfigurationError:
        if not run.asked:
            raise
        error = str(run.errors["settle"])  # of a night that a person has stopped
    counts = run.results.get("settle", {})
    return Night(run.results["compare"], counts, error, world.writes(after=seen), run.asked)


def last_sequence(world: World) -> int:
    entries = world.hap_journal.entries()
    return entries[-1].sequence if entries else 0


def ledger(world: World) -> dict[str, dict[str, Any]]:
    """Return the ledger's rows by day."""
    return {str(row["day"]).split(":")[1]: row for row in plain_rows(world.store, "sync_ledger")}


def told_in(world: World, column: str) -> set[str]:
    """Return all order ids that a column of the ledger names."""
    cells = (row[column] for row in plain_rows(world.store, "sync_ledger"))
    return {name for cell in cells if cell for name in str(cell).split(", ")}


def error_rows(world: World, status: str = "待处理") -> dict[str, dict[str, Any]]:
    """Return the rows of 同步异常 that stand so, by the record that they are about."""
    rows = plain_rows(world.store, "sync_errors")
    return {str(row["record_id"]): row for row in rows if row["status"] == status}


def order_row(world: World, order_id: str) -> dict[str, Any]:
    (row,) = (row for row in plain_rows(world.store, "orders") if row["order_id"] == order_id)
    return row


def switches(world: World) -> XiaoeSettings:
    """Return the simulated shop's own settings, which take effect with the next call."""
    settings = world.source.rules
    assert isinstance(settings, XiaoeSettings)
    return settings


def person(world: World) -> Person:
    return Person(world.store)
