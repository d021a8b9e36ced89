"""What tasks hand to each other: typed on both sides, plain JSON in between.

A task says by its type hints what it takes and returns; pydantic writes and reads that. What a
stranger would get wrong: Airflow walks through every value of an XCom, and each mapped task is
handed the list of all entries. With the ids of a hundred thousand orders that would cost every task
half a second, so an entry of a list crosses as one text.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import is_dataclass
from functools import cache, wraps
from typing import Any, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError

from connectors.errors import Bilingual, ConfigurationError


def crossing(task: Callable[..., Any]) -> Callable[..., Any]:
    """Let a task take and return what its type hints say; goes below Airflow's own decorator."""

    @wraps(task)
    def crossed(*given: object, **named: object) -> object:
        hints = get_type_hints(task)
        taken = inspect.signature(task).bind(*given, **named).arguments
        returned = task(**{name: decoded(hints[name], value) for name, value in taken.items()})
        return encoded(hints["return"], returned)

    # Where the hints say that a dict is returned, Airflow would make an XCom of each of its keys.
    crossed.__annotations__ = {}
    return crossed


def what_it_returned(task: Callable[..., Any], crossed: object) -> object:
    """Return what a task returned, by its XCom."""
    return decoded(kind_returned(task), crossed)


def kind_returned(task: Callable[..., Any]) -> object:
    """Return the type of what a task returns, as its hints say."""
    kind: object = get_type_hints(inspect.unwrap(task)).get("return", Any)
    return kind


def encoded(kind: Any, value: object) -> Any:  # noqa: ANN401 - a type, and plain JSON
    """Return a value of this kind as it crosses XCom."""
    entry = _entry_of(kind)
    if isinstance(value, list) and entry:
        return [_adapter(entry).dump_json(one).decode() for one in value]
    return _adapter(kind).dump_python(value, mode="json")


def decoded(kind: Any, value: Any) -> Any:  # noqa: ANN401 - a type, and plain JSON
    """Return what crossed XCom as a value of this kind; None of a task that has failed.

    Raises ConfigurationError for what is none of that kind: as far as is known, it was left by an
    older version of this code, in a run that is cleared after an upgrade.
    """
    if value is None:
        return None
    if entry := _entry_of(kind):
        # What mapped tasks returned comes as a sequence of Airflow's own, an object each: a slice
        # is one request, one by one is a request for each task.
        return [decoded(entry, one) for one in value[:]]
    # An entry of a list comes as its text, as a mapped task is handed it.
    text = isinstance(value, str) and isinstance(kind, type) and is_dataclass(kind)
    read = _adapter(kind).validate_json if text else _adapter(kind).validate_python
    try:
        return read(value)
    except ValidationError:
        raise _of_another_version() from None  # pydantic's own words quote what was handed on


def _of_another_version() -> ConfigurationError:
    return ConfigurationError(
        "xcom",
        Bilingual(
            "读不出前面的任务交来的结果，多半是本次运行由旧版本开始、升级后才继续",
            "what the tasks before it handed on cannot be read: most likely this run began under "
            "an older version",
        ),
        Bilingual(
            "定时运行可以不管，下一次会接着读；否则先清除（Clear）本次运行里前面的任务",
            "a scheduled run may be left alone, the next one reads the same; else clear the tasks "
            "before it in this run",
        ),
    )


def _entry_of(kind: Any) -> Any:  # noqa: ANN401 - a type
    """Return the dataclass of which a kind is a list; None for any other kind."""
    for one in (kind, *get_args(kind)):
        if get_origin(one) is list and is_dataclass(entry := get_args(one)[0]):
            return entry
    return None


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:  # noqa: ANN401 - a type
    return TypeAdapter(kind)
