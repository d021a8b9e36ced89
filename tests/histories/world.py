"""Plays a history: the real orders flow on the simulated shop, by a clock that nobody waits for.

It goes through the DAG's steps as `tests.dag_runs` has them. Real are `open_window`, `list_orders`,
`settle`, the clients, the reading of order rows and the error rows. What is left out is what an
order brings along (details, customers, goods), and HAP is a small stand-in. The clock stands still
but for what the history lets pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from connectors.errors import Bilingual, ConnectorError, NotFound, RejectedError
from connectors.http.retries import RetryRules
from connectors.http.transport import Transport
from connectors.xiaoe.client import XiaoeClient
from include.destination.sheets.record import Record
from include.destination.sheets.worksheets import ORDERS
from include.flows.orders.finish import IncompleteRunError
from include.flows.orders.sync import BatchResult
from include.flows.run.api_settings import ApiSettings
from include.flows.run.batches import Batch
from include.flows.run.context import SyncContext
from include.flows.run.counts import Counts
from include.flows.run.error_rows import Failure, record_failures
from include.flows.run.known_app import KnownApp
from include.flows.run.watermark import WATERMARK
from include.flows.run.window import LIVE_INTERVAL as QUARTER
from include.flows.run.window import live_interval
from include.simulators.clock import VirtualClock
from include.simulators.faults import FaultRule, Kind
from include.simulators.simulation import Exchange
from include.simulators.xiaoe.app import create_app
from include.simulators.xiaoe.settings import XiaoeSettings
from include.simulators.xiaoe.shop import Shop as SimulatedShop
from include.source.order_rows import read_order_rows
from tests.dag_run import Memory
from tests.dag_runs import OrdersRun
from tests.histories.acts import Actor
from tests.histories.history import Backfill, History, Run
from tests.histories.shelf import Shelf
from tests.in_process import mount

SECOND = timedelta(seconds=1)
MOST_SLICES = 20
# What a person would wait before asking whether all is there: a day for the rhythm of `create`.
QUIET = (timedelta(hours=25), timedelta(minutes=45))
HORIZON = timedelta(days=180)


DYING = {"sync": "sync_goods", "settle": "settle"}

Interval = tuple[datetime, datetime]


class Killed(BaseException):
    """The run died where the history says so; no step of it goes on."""


class NotHealed(AssertionError):  # noqa: N818 - the verdict of a test
    """After an outage the runs do not come nearer to the present."""


class World:
    """A shop, what is stored of it, and the watermark."""

    def __init__(self, history: History) -> None:
        self.history = history
        self.clock = VirtualClock(history.start, frozen=True)
        self.source = SimulatedShop(clock=self.clock)
        settings = XiaoeSettings(rate_limits=False, **history.switches)
        self.app = create_app(self.source, settings)
        self.url = mount(self.app)
        self.app.simulation.before.append(self._between)
        self.actor = Actor(self.source)
        self.shelf = Shelf()
        self.state = Memory()
        self.since = history.start
        self.first = True
        self.stirs = list(history.stirs)
        self.until_stir = self.stirs[0].requests if self.stirs else 0
        self.requests = 0
        self.beside: Backfill | None = None
        self.stirring = True
        for days, act in sorted(history.past, key=lambda entry: -entry[0]):
            self.clock.set(history.start - timedelta(days=days))
            self.actor.do(act)
        self.clock.set(history.start)

    @property
    def watermark(self) -> str:
        """Return up to where the live runs have done everything; empty before the first one has."""
        return self.state.get(WATERMARK)

    # -- the history ------------------------------------------------------------------------------

    def play(self) -> None:
        """Let everything happen, then a quiet time without faults."""
        for run in self.history.runs:
            self._wait_and_run(run)
        self.stirring = False
        for wait in QUIET:
            self.clock.set(self.clock.now() + wait)
            self.scheduled_run()
            self.catch_up()

    def catch_up(self) -> None:
        """Run quarter hour by quarter hour until an outage is healed, slice by slice."""
        for _ in range(MOST_SLICES):
            if self.clock.now() - datetime.fromisoformat(self.watermark) < 2 * QUARTER:
                return
            self.clock.set(self.clock.now() + QUARTER)
            self.scheduled_run()
        raise NotHealed("the watermark stays behind")

    def differences(self) -> list[str]:
        """Return which orders that the lists show are not stored in that version or a newer one."""
        lag = timedelta(seconds=self.app.settings.list_lag)
        self.source.orders.reveal(self.clock.now() - lag)
        stored = {cells["order_id"]: cells for cells in self.shelf.rows["orders"].values()}
        told = []
        for order_id, order in self.source.orders.listed.items():
            if order.updated_at < self.since:
                continue  # untouched since before the first run: a backfill's
            if self.limited and order.updated_at - order.created_at > HORIZON:
                continue  # the nightly reconciliation's
            held = stored.get(order_id, {}).get("source_updated_at")
            newest = order.updated_at.strftime("%Y-%m-%d %H:%M:%S")
            if held is None:
                told.append(f"{order_id} is lost (created {order.created_at}, updated {newest})")
            elif held < newest:
                told.append(f"{order_id} is stale: {held} instead of {newest}")
        return told

    @property
    def limited(self) -> bool:
        """Tell whether the feed can see no change of an order older than its horizon."""
        settings = self.app.settings
        return self.history.feed == "create" or (
            settings.several_times == "and"
            and (
                settings.update_requires_created
                or settings.update_filter == "within_created_default"
            )
        )

    def _wait_and_run(self, run: Run) -> None:
        start = self.clock.now()
        end = interval_end(start) + run.quarters * QUARTER
        due = max(end + run.delay * SECOND, start)
        closed = min(end, due - 30 * SECOND)
        moments = [
            (start + part.part * (due - start), part.act)
            if part.edge is None
            else (closed + part.edge * SECOND, part.act)
            for part in run.meanwhile
        ]
        for moment, act in sorted(moments, key=lambda entry: entry[0]):
            self.clock.set(min(max(moment, self.clock.now()), due))
            self.actor.do(act)
        self.clock.set(due)
        self.beside = run.backfill
        try:
            self.scheduled_run(run)
        except (ConnectorError, IncompleteRunError, Killed):
            if run.vendor_fails_at is None and run.dies_before is None:
                raise
        finally:
            self.beside = None
            self.app.simulation.faults.clear()

    # -- what Airflow does ------------------------------------------------------------------------

    def scheduled_run(self, run: Run | None = None) -> None:
        """Run the newest interval that is over; moves the watermark when it succeeds."""
        self.requests = 0
        if run and run.vendor_fails_at is not None:
            rule = FaultRule(kind=Kind.CODE, code=1002, after=run.vendor_fails_at)
            self.app.simulation.faults.set([rule])
        end = interval_end(self.clock.now())
        HistoryRun(self, "scheduled", (end - QUARTER, end), run).play()

    def backfill(self, days: int) -> None:
        """Run one backfill of whole days up to now; it never moves the watermark."""
        now, before = self.clock.now(), self.watermark
        for day in range(days, 0, -1):
            interval = (now - timedelta(days=day), now - timedelta(days=day - 1))
            HistoryRun(self, "backfill", interval).play()
        assert self.watermark == before

    def sync(self, context: SyncContext, batch: Batch) -> BatchResult:
        """Store the present list row of each order of a batch, as the orders flow does."""
        created = dict(self._creation_times(context, batch))
        rows = {row.order_info.order_id: row for row in read_order_rows(context.xiaoe, created)}
        missing = [name for name in batch.orders if name.order_id not in rows]
        record_failures(
            context, [Failure("order", ref.order_id, "order.list", _gone()) for ref in missing]
        )
        records = [
            Record(
                order_id,
                {
                    "order_id": order_id,
                    "shop": context.id,
                    "created_at": row.order_info.created_time,
                    "amount_refunded": Decimal(row.order_info.refund_fee or 0) / 100,
                },
                updated_at=row.order_info.update_time,
            )
            for order_id, row in rows.items()
        ]
        counts = Counts(**context.upsert(ORDERS, records).counts())
        return BatchResult("" if missing else batch.label, counts)

    def _creation_times(self, context: SyncContext, batch: Batch) -> Sequence[tuple[str, datetime]]:
        times = []
        for ref in batch.orders:
            moment = ref.created_at
            if moment is None:
                try:
                    moment = context.xiaoe.order_detail(ref.order_id).order_info.created_at
                except RejectedError:
                    continue
            if moment is not None:
                times.append((ref.order_id, moment))
        return times

    def context(self, handed_on: KnownApp | None = None) -> SyncContext:
        """Return a shop with clients of its own, as every task opens one."""
        size = self.history.page_size
        settings = ApiSettings(page_sizes={"order.list": size, "order.list.created": size})
        once = RetryRules(tries=1, throttled_tries=1)
        transport = Transport(self.url, allow_http=True, retries=once)
        client = XiaoeClient(transport, _Tokens(self.app), app_id=self.source.app_id)
        return SyncContext(
            client, self.shelf, settings, order_feed=self.history.feed, handed_on=handed_on
        )

    # -- between two requests ---------------------------------------------------------------------

    def _between(self, exchange: Exchange) -> None:
        if not self.stirring or exchange.api == "token":
            return
        self.requests += 1
        if self.beside and self.requests >= self.beside.request:
            beside, self.beside = self.beside, None
            try:
                self.backfill(beside.days)
            except ConnectorError:
                if not self.app.simulation.faults.rules:
                    raise
        while self.stirs and self.until_stir <= 0:
            stir = self.stirs.pop(0)
            self.clock.set(self.clock.now() + stir.seconds * SECOND)
            self.actor.do(stir.act)
            self.until_stir = self.stirs[0].requests if self.stirs else 0
        self.until_stir -= 1


class HistoryRun(OrdersRun):
    """The orders flow as a history plays it: it may die before a step, the whole of it.

    What an order brings along is left out: it is the business of other tests, and takes long.
    """

    def __init__(
        self, world: World, run_type: str, interval: Interval, run: Run | None = None
    ) -> None:
        asked = {"run_type": run_type, "interval": interval, "now": world.clock.now()}
        super().__init__(world.context, asked, world.state)
        self.world = world
        self.dies_before = DYING.get(run.dies_before or "") if run else None

    def perform(self, task_id: str, *arguments: Any) -> Any:
        if task_id == self.dies_before:
            raise Killed
        return super().perform(task_id, *arguments)

    def open_window(self) -> Any:
        window, world = super().open_window(), self.world
        if world.first and window.moves_watermark:
            world.first, world.since = False, window.since
        return window

    def sync_goods(self, batches: Any) -> int:
        return 0

    def sync_buyers(self, batches: Any) -> None:
        return None

    def sync_orders(self, batch: Batch, unsynced_buyers: Any) -> BatchResult:
        with self.context() as context:
            return self.world.sync(context, batch)


class _Tokens:
    """Tokens straight from the desk: how they are shared and renewed is tested elsewhere."""

    def __init__(self, app: Any) -> None:
        self.app = app

    def current(self) -> str:
        return str(self.app.tokens.issue()[0].value)

    def replace(self, refused: str) -> str:
        raise AssertionError("a fresh token was refused")


def interval_end(now: datetime) -> datetime:
    """Return the end of the newest live interval that is over."""
    return live_interval(now)[0]


def _gone() -> NotFound:
    return NotFound("order.list", Bilingual("查不到", "not shown"), Bilingual("核对", "check"))
