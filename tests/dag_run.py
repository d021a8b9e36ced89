"""What a DAG without Airflow is made of: its steps, what they share, and who waits for whom."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, get_type_hints

from airflow_extras.xcom import decoded, encoded
from include.flows.run.context import SyncContext
from include.flows.run.failed_batch import BatchFailedError
from include.flows.run.known_app import KnownApp, still_known
from include.flows.run.watermark import State


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
        self._app: KnownApp | None = None
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
        of_dag = next(kind for kind in type(self).__mro__ if "steps" in vars(kind))
        return get_type_hints(getattr(of_dag, task_id)).get("return", Any)

    @contextmanager
    def context(self, app_from: str = "") -> Iterator[SyncContext]:
        """Open a shop, as every task opens one, and count its calls, whether or not it succeeds."""
        known = self._app if app_from and app_from != self._task else None
        context = self._open_context(known if known and known.is_trusted() else None)
        try:
            yield context
        finally:
            self.calls.update(context.calls())
            if app_from == self._task:
                self._app = still_known(encoded(KnownApp, context.known_app()))  # as it crosses

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
