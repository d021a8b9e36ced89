"""Maps one record at a time, so that what goes wrong in one costs that one alone.

Nobody knows what the next odd record does to a mapping. Whatever it raises is an error of that
record: recorded under the record's id with the exception's type, its place and a digest of the
traceback, and counted. Where more than a few records fail, the run is red as for any other reason.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import TypeVar

from connectors.errors import (
    AuthenticationError,
    Bilingual,
    ConfigurationError,
    ConnectorError,
    ContractError,
)
from connectors.unforeseen import Unforeseen

log = logging.getLogger(__name__)

T = TypeVar("T")
R = TypeVar("R")


class MappingError(ContractError):
    """The code that maps records fails on this one; `code` is the exception's type and digest."""


def isolated(step: str, record_id: str, act: Callable[[T], R], item: T) -> R | ConnectorError:
    """Return what `act` makes of one record, or the error that says why it makes nothing of it.

    `step` is the interface or worksheet that the error is told of. Raises what makes every record
    fail alike: credentials, settings, memory that has run out.
    """
    try:
        return act(item)
    except (AuthenticationError, ConfigurationError, MemoryError):
        raise
    except ConnectorError as error:
        return error
    except Exception as error:
        return _mapping_error(step, record_id, Unforeseen.of(error))


def each_isolated(
    step: str, records: Mapping[str, T], act: Callable[[T], R]
) -> tuple[dict[str, R], dict[str, ConnectorError]]:
    """Return what `act` makes of each record, by id, and why it makes nothing of others."""
    made: dict[str, R] = {}
    failures: dict[str, ConnectorError] = {}
    for record_id, item in records.items():
        outcome = isolated(step, record_id, act, item)
        if isinstance(outcome, ConnectorError):
            failures[record_id] = outcome
        else:
            made[record_id] = outcome
    return made, failures


def _mapping_error(step: str, record_id: str, fault: Unforeseen) -> MappingError:
    log.error(
        "%s %s 程序出错：%s / the code fails on this record\n%s",
        *(step, record_id, fault.code, fault.calls),
    )
    return MappingError(
        step,
        Bilingual(
            f"程序转换这条记录时出错：{fault.kind}，位置 {fault.place}",
            f"the mapping of this record raised {fault.kind} at {fault.place}",
        ),
        Bilingual(
            "把错误代码和位置告诉维护者；其它记录不受影响，这条会自动重试并关闭",
            "tell the maintainers code and place; the record is tried again by itself",
        ),
        fault.code,
    )
