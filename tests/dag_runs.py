"""The DAGs without Airflow: what each task does, and which one waits for which, written once.

Every harness that plays a flow goes through here, so that none has an order of steps of its own.
`tests/dags/test_dag_runs.py` holds this file to the DAG files: the same tasks, waiting for the same
ones, each calling the same functions of `include`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, ClassVar, get_type_hints

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
from include.flows.run.batches import Batch
from include.flows.run.context import SyncContext
from include.flows.run.counts import Counts
from include.flows.run.failed_batch import BatchFailedError
from include.flows.run.known_app import KnownApp, still_known
from include.flows.run.watermark import WATERMARK, State, fix_window, move_watermark
from include.flows.run.window import RunWindow


@dataclass(frozen=True)
class Step:
    """A task by its id: the tasks whose results it takes, and those it only waits for.

    `over` is the task over whose result it is mapped; `always` is the trigger rule `all_done`, and
    `though_skipped` is `none_failed`. A task that was skipped has returned nothing here.
    """

    task_id: str
    takes: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    over: str = ""
    always: bool = False
    though_skipped: bool = False

    @property
    def upstream(self) -> set[str]:
        """Return every task that this one waits for."""
        return {*self.takes, *self.after, self.over} - {""}


class Memory(dict[str, str]):
    """What Airflow keeps of an asset, for as long as a test lasts."""

    def get(self, name: str) -> str:  # type: ignore[override]
        return super().get(name, "")

    def set(self, name: str, text: str) -> None:
        self[name] = text

    def delete(self, name: str) -> None:
        self.pop(name, None)


class DagRun:
    """One run of a DAG. Each step is the method of its name; what tasks share is what XCom carries.

    As in Airflow a step is left out when one that it waits for has failed, unless it `always` runs,
    and the run is red when a step at an end has not succeeded.
    """

    steps: ClassVar[tuple[Step, ...]]

    def __init__(
        self, open_context: Callable[[KnownApp | None], SyncContext], state: State | None = None
    ) -> None:
        self._open_context = open_context
        self._app: Any = None
        self._task = ""
        self.state = Memory() if state is None else state
        self.results: dict[str, Any] = {}
        self.errors: dict[str, Exception] = {}
        self.calls: Counter[str] = Counter()
        self._not_done: set[str] = set()

    def play(self, *, without: Sequence[str] = ()) -> None:
        """Run the steps one after another; raises what made the run red.

        `without` names steps at an end that a test can do without, for the time they take.
        """
        played = [step for step in self.steps if step.task_id not in without]
        for step in played:
            self._do(step)
        waited_for = {name for step in played for name in step.upstream}
        if self._not_done & ({step.task_id for step in played} - waited_for):
            raise self._reason()

    def perform(self, task_id: str, *arguments: Any) -> Any:
        """Do the work of one task; return what the tasks after it read of its XCom."""
        self._task = task_id
        returned = getattr(self, task_id)(*arguments)
        kind = self._returns(task_id)
        return decoded(kind, json.loads(json.dumps(encoded(kind, returned))))

    def _returns(self, task_id: str) -> Any:
        """Return what the run of the DAG says that a task returns, whatever a test makes of it."""
        of_dag = next((kind for kind in type(self).__mro__ if kind in RUNS.values()), type(self))
        return get_type_hints(getattr(of_dag, task_id)).get("return", Any)

    @contextmanager
    def context(self, app_from: str = "") -> Iterator[SyncContext]:
        """Open a shop, as every task opens one, and count its calls, whether or not it succeeds."""
        handed_on = self._app if app_from != self._task else None
        context = self._open_context(still_known(handed_on) if app_from else None)
        try:
            yield context
        finally:
            self.calls.update(context.calls())
            if app_from == self._task:
                self._app = encoded(KnownApp, context.known_app())

    def _do(self, step: Step) -> None:
        if not step.always and step.upstream & self._not_done:
            self._not_done.add(step.task_id)
            return
        taken = [self.results.get(name) for name in step.takes]
        if not step.over:
            with self._noting(step):
                self.results[step.task_id] = self.perform(step.task_id, *taken)
            return
        done = self.results[step.task_id] = []
        for entry in self.results[step.over]:
            with self._noting(step):
                done.append(self.perform(step.task_id, entry, *taken))

    @contextmanager
    def _noting(self, step: Step) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # whatever it is, the other tasks go on
            self._not_done.add(step.task_id)
            known = self.errors.get(step.task_id)
            if known is None or isinstance(known, BatchFailedError):
                self.errors[step.task_id] = error

    def _reason(self) -> Exception:
        """Return the first error; of failed orders, which are recorded, the last step tells."""
        errors = list(self.errors.values())
        causes = [error for error in errors if not isinstance(error, BatchFailedError)]
        return (causes or errors)[0]


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

    def sync_goods(self, batches: list[Batch]) -> int:
        with self.context("list_orders") as context:
            return sync_goods_of(context, batches)

    def sync_buyers(self, batches: list[Batch]) -> list[str] | None:
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
