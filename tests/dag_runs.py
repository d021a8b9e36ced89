"""The DAGs without Airflow: what each task does, and which one waits for which, written once.

Every harness that plays a flow goes through here, so that none has an order of steps of its own.
`tests/dags/test_dag_runs.py` holds this file to the DAG files: the same tasks, waiting for the same
ones, each calling the same functions of `include`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from airflow_extras.xcom import decoded, encoded
from connectors.errors import Bilingual, ConfigurationError
from include.destination.sheets.worksheets import WORKSHEETS
from include.flows.customers.audiences import refresh_audiences
from include.flows.customers.base_data import sync_all_customers
from include.flows.customers.bulk_sync import bulk_sync_customers
from include.flows.customers.user_list import USERS
from include.flows.goods import sync_all_goods, sync_goods_of
from include.flows.orders.finish import finish_base_data, finish_orders
from include.flows.orders.list import list_orders
from include.flows.orders.pushed import (
    Pushed,
    Work,
    finish_pushed,
    list_pushed,
    refresh_pushed,
    sync_listed,
)
from include.flows.orders.sync import BatchResult, Synced, sync_batch
from include.flows.reconcile.catch_up import (
    ANSWERS,
    GOODS,
    PARTS,
    catch_up_answers,
    catch_up_goods,
    catch_up_users,
)
from include.flows.reconcile.days import open_days
from include.flows.reconcile.finish import finish_reconciliation
from include.flows.reconcile.plan import Compared, compare_days, repair_batch
from include.flows.reconcile.review import (
    Held,
    PickedUp,
    Review,
    pick_up,
    pick_up_held,
    review_night,
    undone,
)
from include.flows.run.batches import Batch, BatchRefs
from include.flows.run.context import SyncContext
from include.flows.run.counts import Counts
from include.flows.run.known_app import KnownApp
from include.flows.run.watermark import WATERMARK, State, fix_window, move_watermark
from include.flows.run.window import RunWindow
from tests.dag_run import DagRun, Step


class OrdersRun(DagRun):
    """`dags/xiaoe_orders.py`; `asked` is as `asked_window` returns it, perhaps with `now`."""

    steps = (
        Step("open_window"),
        Step("list_orders", takes=("open_window",)),
        Step("sync_goods", takes=("list_orders",)),
        Step("sync_buyers", takes=("list_orders",)),
        Step("sync_orders", over="list_orders", takes=("sync_buyers",), after=("sync_goods",)),
        Step("settle", takes=("open_window", "list_orders", "sync_orders"), always=True),
    )

    def __init__(
        self,
        open_context: Callable[[KnownApp | None], SyncContext],
        asked: Mapping[str, Any],
        state: State | None = None,
    ) -> None:
        super().__init__(open_context, state)
        self.asked = asked

    def open_window(self) -> RunWindow:
        return fix_window(self.state, **self.asked)

    def list_orders(self, window: RunWindow) -> list[Batch]:
        with self.context("list_orders") as context:
            return list_orders(context, window)

    def sync_goods(self, batches: list[BatchRefs]) -> int:
        with self.context("list_orders") as context:
            return sync_goods_of(context, batches)

    def sync_buyers(self, batches: list[BatchRefs]) -> list[str] | None:
        with self.context("list_orders") as context:
            return bulk_sync_customers(context, batches)

    def sync_orders(self, batch: Batch, unsynced_buyers: list[str] | None) -> BatchResult:
        with self.context("list_orders") as context:
            return sync_batch(context, batch, unsynced_buyers=unsynced_buyers)

    def settle(
        self,
        window: RunWindow | None,
        batches: list[Batch] | None,
        synced: list[BatchResult] | None,
    ) -> None:
        calls = dict(self.calls)
        with self.context("list_orders") as context:
            watermark = finish_orders(context, window, batches, synced, calls=calls)
        move_watermark(self.state, watermark)


class ReconcileRun(DagRun):
    """`dags/xiaoe_reconcile.py`; `now` stands for the present, `goes_on` for a person's answer.

    What happens `while_asked` happens before that answer; `asked` afterwards holds the questions,
    as the person reads them.
    """

    steps = (
        Step("open_days"),
        Step("compare", takes=("open_days",)),
        Step("new_users", after=("open_days",)),
        Step("changed_goods", after=("open_days",)),
        Step("late_answers", after=("open_days",)),
        Step(
            "review",
            takes=("compare", "new_users", "changed_goods", "late_answers"),
            always=True,
        ),
        Step("ask", takes=("review",)),
        Step("decide", takes=("review", "ask"), though_skipped=True),
        Step("list_repairs", takes=("compare",)),
        Step("repair", over="list_repairs"),
        Step("held_back", over="decide", takes=("compare", "review")),
        Step(
            "settle",
            takes=(
                "open_days",
                "compare",
                "repair",
                "new_users",
                "changed_goods",
                "late_answers",
                "decide",
                "held_back",
            ),
            always=True,
        ),
        Step("audiences", after=("repair", "held_back"), always=True),
    )

    def __init__(
        self,
        open_context: Callable[[KnownApp | None], SyncContext],
        asked: Mapping[str, Any],
        state: State | None = None,
        *,
        now: datetime | None = None,
        goes_on: bool = False,
        while_asked: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(open_context, state)
        self.asked_for = asked
        self.now = now
        self.goes_on = goes_on
        self.while_asked = while_asked
        self.asked: list[str] = []

    def open_days(self) -> RunWindow:
        window = open_days(**self.asked_for, now=self.now)
        with self.context("open_days") as context:
            context.open_sheets(WORKSHEETS)
        return window

    def compare(self, window: RunWindow) -> Compared:
        with self.context("open_days") as context:
            return compare_days(context, window, watermark=self.state.get(WATERMARK), now=self.now)

    def new_users(self) -> PickedUp:
        with self.context("open_days") as context:
            return pick_up(context, USERS, partial(catch_up_users, now=self.now), self.state)

    def changed_goods(self) -> PickedUp:
        with self.context("open_days") as context:
            return pick_up(context, GOODS, catch_up_goods, self.state)

    def late_answers(self) -> PickedUp:
        with self.context("open_days") as context:
            return pick_up(context, ANSWERS, catch_up_answers, self.state)

    def review(
        self,
        compared: Compared | None,
        users: PickedUp | None,
        goods: PickedUp | None,
        answers: PickedUp | None,
    ) -> Review:
        return review_night(compared, dict(zip(PARTS, (users, goods, answers), strict=True)))

    def ask(self, reviewed: Review) -> bool | None:
        if not reviewed.body:
            return None
        self.asked.append(reviewed.body)
        self.while_asked()
        return self.goes_on

    def decide(self, reviewed: Review, answer: bool | None) -> list[str]:
        if reviewed.body and not answer:
            raise ConfigurationError("approval", undone(reviewed.doubts), Bilingual("", ""))
        return list(reviewed.held)

    def list_repairs(self, compared: Compared) -> list[Batch]:
        return [] if compared.doubts else list(compared.batches)

    def repair(self, batch: Batch) -> Synced:
        with self.context("open_days") as context:
            return repair_batch(context, batch)

    def held_back(self, api: str, compared: Compared, reviewed: Review) -> Held:
        with self.context("open_days") as context:
            return pick_up_held(context, api, compared, reviewed, self.state)

    def settle(
        self,
        window: RunWindow | None,
        compared: Compared | None,
        repaired: list[Synced] | None,
        users: PickedUp | None,
        goods: PickedUp | None,
        answers: PickedUp | None,
        decided: list[str] | None,
        held: list[Held] | None,
    ) -> dict[str, int]:
        parts = dict(zip(PARTS, (users, goods, answers), strict=True))
        calls, goes_on = dict(self.calls), decided is not None
        with self.context("open_days") as context:
            return finish_reconciliation(
                context, window, compared, repaired, parts, held, goes_on=goes_on, calls=calls
            )

    def audiences(self) -> Any:
        with self.context("open_days") as context:
            return refresh_audiences(context)


class BaseDataRun(DagRun):
    """`dags/xiaoe_base_data.py`."""

    steps = (
        Step("sync_goods"),
        Step("sync_customers"),
        Step("settle", takes=("sync_goods", "sync_customers"), always=True),
        Step("audiences", after=("sync_goods", "sync_customers"), always=True),
    )

    def sync_goods(self) -> Counts:
        with self.context("sync_goods") as context:
            return sync_all_goods(context)

    def sync_customers(self) -> Counts:
        with self.context() as context:
            return sync_all_customers(context)

    def settle(self, goods: Counts | None, customers: Counts | None) -> None:
        calls = dict(self.calls)
        with self.context("sync_goods") as context:
            finish_base_data(context, goods, customers, calls=calls)

    def audiences(self) -> Any:
        with self.context("sync_goods") as context:
            return refresh_audiences(context)


class PushRun(DagRun):
    """`dags/xiaoe_push.py`; `read` returns what was pushed, `done` how far that is done."""

    steps = (Step("sync_pushed"), Step("settle", takes=("sync_pushed",), always=True))

    def __init__(
        self, open_context: Callable[[KnownApp | None], SyncContext], read: Callable[[], Pushed]
    ) -> None:
        super().__init__(open_context)
        self.read = read
        self.handed_on: Any = None
        self.done: Pushed | None = None

    def sync_pushed(self) -> BatchResult | None:
        with self.context("sync_pushed") as context:
            listed = list_pushed(context, self.read())
            refresh_pushed(context, listed)
            self.handed_on = encoded(Work, listed.work)
            return sync_listed(context, listed)

    def settle(self, synced: BatchResult | None) -> None:
        work, calls = decoded(Work, self.handed_on), dict(self.calls)
        with self.context("sync_pushed") as context:
            self.done = finish_pushed(context, work, synced, calls=calls)


RUNS: dict[str, type[DagRun]] = {
    "xiaoe_orders": OrdersRun,
    "xiaoe_reconcile": ReconcileRun,
    "xiaoe_base_data": BaseDataRun,
    "xiaoe_push": PushRun,
}
