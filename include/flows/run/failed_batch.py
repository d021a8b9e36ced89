"""How a batch of orders ends that did not get through as a whole."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.errors import RetryableError
from include.flows.run.error_rows import Failure


class BatchFailedError(Exception):
    """Orders of this batch could not be synced; they are recorded in `sync_errors`."""

    def __init__(self, message: str, failures: Sequence[Failure] = ()) -> None:
        super().__init__(message)
        self.failures = failures


class RetryableBatchError(BatchFailedError):
    """As above, and a later try may succeed."""


def batch_error(failures: Sequence[Failure]) -> BatchFailedError:
    """Return the error that names these orders, with the reason of the first one."""
    temporary = any(isinstance(failure.error, RetryableError) for failure in failures)
    kind = RetryableBatchError if temporary else BatchFailedError
    names = ", ".join(failure.record_id for failure in failures[:10])
    first = failures[0]
    return kind(
        f"{len(failures)} 个订单未能同步，已记入工作表「同步异常」/ these orders failed: {names}\n"
        f"原因 why: {first.error.explanation} ({first.error.code}, {first.step})\n"
        f"办法 what to do: {first.error.action}",
        failures,
    )
