"""Which errors let Airflow try a task again: the tree of `errors`, as a retry policy.

A person has to act on a permanent error, so it fails the task at its first try, with the reason in
the log. A temporary one is tried again after the time that the vendor asked for, or two minutes.

Only a flag of the policy is serialized with a DAG; `evaluate` runs in the worker, on the exception.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryDecision, RetryRule

from connectors.errors import (
    AuthenticationError,
    ConfigurationError,
    ConnectorError,
    ContractError,
    RejectedError,
    RetryableError,
)

if TYPE_CHECKING:
    from airflow.sdk import Context

RETRY_DELAY = timedelta(minutes=2)
"""Delay before a temporary error is tried again, unless the vendor asked for longer."""

_PERMANENT = (ConfigurationError, AuthenticationError, RejectedError, ContractError)


class ConnectorRetryPolicy(ExceptionRetryPolicy):
    """The rules for `ConnectorError`; every other exception follows the task's own settings."""

    def evaluate(
        self,
        exception: BaseException,
        try_number: int,
        max_tries: int,
        context: Context | None = None,
    ) -> RetryDecision:
        """Decide by the first rule that fits, with the vendor's wait and the error's own words."""
        decision = super().evaluate(exception, try_number, max_tries, context)
        if isinstance(exception, RetryableError) and exception.wait:
            delay = max(decision.retry_delay or RETRY_DELAY, timedelta(seconds=exception.wait))
            decision = replace(decision, retry_delay=delay)
        if isinstance(exception, ConnectorError):
            decision = replace(decision, reason=str(exception))
        return decision


CONNECTOR_RETRIES = ConnectorRetryPolicy(
    [
        RetryRule(exception=list(_PERMANENT), action=RetryAction.FAIL),
        RetryRule(exception=RetryableError, action=RetryAction.RETRY, retry_delay=RETRY_DELAY),
    ]
)
"""The policy to put into a DAG's ``default_args``."""
