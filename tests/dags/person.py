"""A person who answers what a run asks, by Airflow's own API, while `dag.test` waits for it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Event

from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from airflow.api_fastapi.core_api.datamodels.hitl import UpdateHITLDetailPayload
from airflow.api_fastapi.core_api.routes.public.hitl import update_hitl_detail
from airflow.jobs.job import Job
from airflow.jobs.scheduler_job_runner import SchedulerJobRunner
from airflow.models.hitl import HITLDetail
from airflow.models.taskinstance import TaskInstance
from airflow.utils.session import create_session
from airflow.utils.state import TaskInstanceState
from sqlalchemy import select, update

OPERATOR = SimpleAuthManagerUser(username="operator", role="OP")
WAITING = TaskInstance.state == TaskInstanceState.AWAITING_INPUT
# Airflow takes note of an answer a moment after it was given: until then the task waits on.
OPEN = (WAITING, HITLDetail.responded_at.is_(None))


@contextmanager
def person_answering(option: str | None) -> Iterator[list[str]]:
    """Choose an option whenever somebody is asked; with None, a day goes by without an answer.

    With a state, somebody marks the question so by hand.
    Yields the questions as they are asked: subject and body in one text.
    """
    asked: list[str] = []
    over = Event()

    def watch() -> None:
        try:
            while not over.wait(0.1):
                asked.extend(one for one in _answer(option) if one not in asked)
        except BaseException:
            _fail_what_waits()  # or `dag.test` would wait for ever
            raise

    with ThreadPoolExecutor(1) as pool:
        person = pool.submit(watch)
        try:
            yield asked
        finally:
            over.set()
        person.result()


def _answer(option: str | None) -> list[str]:
    with create_session() as session:
        waiting = session.execute(select(TaskInstance, HITLDetail).join(HITLDetail).where(*OPEN))
        found = [(one, f"{notifies.subject}\n{notifies.body}") for one, notifies in waiting]
        for one, _ in found:
            if isinstance(option, TaskInstanceState):
                one.state = option
                continue
            if option is None:
                one.trigger_timeout = datetime.now(UTC) - timedelta(seconds=1)
                continue
            names = one.dag_id, one.run_id, one.task_id
            payload = UpdateHITLDetailPayload(chosen_options=[option], params_input={})
            update_hitl_detail(*names, payload, OPERATOR, session)
    if found and option is None:
        SchedulerJobRunner(Job()).check_awaiting_input_timeouts()
    return [question for _, question in found]


def _fail_what_waits() -> None:
    with create_session() as session:
        session.execute(update(TaskInstance).where(WAITING).values(state=TaskInstanceState.FAILED))
