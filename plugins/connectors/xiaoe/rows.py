"""Reads one row of a list, and sets a row apart that cannot be read.

The one place that isolates a row: what identifies it and which field could not be read are kept,
and never a value, because values are people's data.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Mapping
from threading import Lock
from typing import Any, TypeVar

from pydantic import ValidationError

from connectors.unforeseen import Unforeseen
from connectors.xiaoe.models.record import Page, Record, UnreadableRow
from connectors.xiaoe.values import to_block, to_id

log = logging.getLogger(__name__)

R = TypeVar("R", bound=Record)

NO_RECORD = "row"
"""Stands for the field where something is no record at all."""


class UnreadableFieldError(Exception):
    """A record cannot be read because of this field."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


def read_row(
    value: object,
    model: type[R],
    prepare: Callable[[Mapping[str, Any]], Mapping[str, Any]] = dict,
) -> R:
    """Return the record that a row holds; `prepare` may rename its keys first.

    Raises:
        UnreadableFieldError: It cannot be read.
    """
    row = to_block(value)
    if not isinstance(row, dict) or (not row and value not in ({}, [])):
        raise UnreadableFieldError(NO_RECORD)
    try:
        return model.model_validate(prepare(row))
    except ValidationError as error:
        where = error.errors(include_input=False, include_url=False, include_context=False)[0]
    except Exception as error:
        fault = Unforeseen.of(error)
        log.error("程序读取记录时出错：%s / the code fails on a row\n%s", fault.code, fault.calls)
        raise UnreadableFieldError(f"{NO_RECORD} ({fault.code}, {fault.place})") from None
    raise UnreadableFieldError(".".join(map(str, where["loc"])) or NO_RECORD)


def set_apart(
    api: str, value: object, model: type[Record], place: str, field: str, part: str = ""
) -> UnreadableRow:
    """Return what is told of a row that could not be read."""
    return UnreadableRow(api, _id_of(value, model), place, mark_of(value), field, part)


def mark_of(value: object) -> str:
    """Return a short hash of a row, the same for equal rows."""
    try:
        text = json.dumps(value, sort_keys=True, default=str)
    except RecursionError:
        text = "nested too deeply"
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _id_of(value: object, model: type[Record]) -> str:
    for key in model.id_path:
        block = to_block(value)
        value = block.get(key) if isinstance(block, Mapping) else None
    try:
        return (to_id(value) or "") if model.id_path else ""
    except ValueError:
        return ""


class UnreadableRows:
    """The rows that could not be read so far, each once, and those that could; thread safe."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], UnreadableRow] = {}
        self._well: dict[str, set[str]] = {}
        self._lock = Lock()

    def add(self, rows: Iterable[UnreadableRow]) -> None:
        """Note rows; of two with the same key the later one counts."""
        with self._lock:
            self._rows.update({(row.api, row.key): row for row in rows})

    def add_page(self, api: str, page: Page[Any]) -> None:
        """Note the rows of a page that could not be read, and the ids of those that could."""
        well = [row.row_id for row in page.rows] if page.rows and page.rows[0].id_path else ()
        with self._lock:
            self._well.setdefault(api, set()).update(well)
        self.add(page.unreadable)

    def was_read(self, api: str, row_id: str) -> bool:
        """Tell whether a row with this id was read well."""
        with self._lock:
            return row_id in self._well.get(api, ())

    def all(self) -> list[UnreadableRow]:
        """Return every row noted so far."""
        with self._lock:
            return list(self._rows.values())

    def find(self, api: str, row_id: str) -> UnreadableRow | None:
        """Return the row of a list with this id; None where none is noted."""
        with self._lock:
            return self._rows.get((api, row_id))
