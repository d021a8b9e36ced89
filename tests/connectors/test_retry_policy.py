"""What Airflow does with each of our errors."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from airflow.sdk import DAG, RetryAction, task
from airflow.serialization.serialized_objects import DagSerialization

from connectors.errors import (
    AlreadyExists,
    AuthenticationError,
    Bilingual,
    ConfigurationError,
    ContractError,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    RejectedError,
    RetryableError,
)
from connectors.retry_policy import CONNECTOR_RETRIES, RETRY_DELAY, ConnectorRetryPolicy

WHY, DO = Bilingual("因", "why"), Bilingual("做", "do")


def decided(error: BaseException) -> Any:
    return CONNECTOR_RETRIES.evaluate(error, try_number=1, max_tries=3)


@pytest.mark.parametrize(
    "kind",
    [
        *(ConfigurationError, AuthenticationError, RejectedError, ContractError),
        *(NotFound, AlreadyExists),
    ],
)
def test_a_permanent_error_fails_at_once_with_its_reason(kind: type[Any]) -> None:
    decision = decided(kind("order.list", WHY, DO, "2017"))
    assert decision.action is RetryAction.FAIL
    assert decision.reason == "order.list: 因 / why (2017) — 做 / do"


@pytest.mark.parametrize("kind", [RetryableError, RateLimited, OutcomeUnknown])
@pytest.mark.parametrize(
    ("wait", "delay"),
    [(None, RETRY_DELAY), (5.0, RETRY_DELAY), (3600.0, timedelta(hours=1))],
)
def test_a_temporary_error_is_tried_again_after_the_longer_wait(
    kind: type[Any], wait: float | None, delay: timedelta
) -> None:
    decision = decided(kind("order.list", WHY, DO, None, wait))
    assert (decision.action, decision.retry_delay) == (RetryAction.RETRY, delay)


def test_other_exceptions_follow_the_tasks_own_settings() -> None:
    decision = decided(ValueError("x"))
    assert (decision.action, decision.retry_delay) == (RetryAction.DEFAULT, None)


def test_the_policy_survives_in_a_dags_default_args() -> None:
    arguments = {"retries": 2, "retry_policy": CONNECTOR_RETRIES}
    with DAG("d", start_date=datetime(2024, 1, 1), default_args=arguments) as dag:

        @task
        def work() -> None:
            pass

        work()
    assert dag.task_dict["work"].retry_policy is CONNECTOR_RETRIES
    kept = json.loads(json.dumps(DagSerialization.to_dict(dag)))
    assert DagSerialization.from_dict(kept).task_dict["work"].has_retry_policy is True


def test_the_policy_can_be_written_down_and_read_again() -> None:
    again = ConnectorRetryPolicy.deserialize(CONNECTOR_RETRIES.serialize())
    assert isinstance(again, ConnectorRetryPolicy)
    decision = again.evaluate(NotFound("x", WHY, DO), 1, 3)
    assert decision.action is RetryAction.FAIL
