"""Control routes of this simulator alone: its contents, a person's edits, indexes, business rules.

They serve the demo, which drives the simulator from another process. Tests in the same process
use `plain`, `human` and `Worksheet` directly.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter
from starlette.requests import Request
from starlette.routing import Route

from include.simulators.control import answering
from include.simulators.hap.errors import HapError
from include.simulators.hap.human import Person
from include.simulators.hap.plain import PlainRow, plain_rows
from include.simulators.hap.store import HapStore


class HumanEdit(BaseModel):
    """What a person changes; `row` None adds a row, `delete` removes it."""

    model_config = ConfigDict(extra="forbid")

    sheet: str
    row: str | None = None
    cells: dict[str, Any] = {}
    delete: bool = False
    permanent: bool = False


class UniqueIndexWanted(BaseModel):
    """The fields of a unique index, by alias."""

    model_config = ConfigDict(extra="forbid")

    sheet: str
    fields: list[str]


_RULES = TypeAdapter(list[dict[str, Any]])  # business rules: filters of rows that are refused


def state(store: HapStore) -> dict[str, Any]:
    """Return the number of rows of each worksheet, for `GET /_sim/state`."""
    with store.lock:
        sheets = {
            sheet.label: {
                "id": sheet.id,
                "name": sheet.name,
                "rows": len(sheet.table.live()),
                "recycled": len(sheet.table.rows) - len(sheet.table.live()),
                "workflow_runs": sheet.workflow_runs,
            }
            for sheet in store.sheets()
        }
        return {"app": store.app.name, "worksheets": sheets}


def hap_routes(store: HapStore) -> list[Route]:
    """Return the routes `/_sim/{rows,human,indexes,rules}`."""

    def rows(request: Request, body: bytes) -> list[PlainRow]:
        with _explained():
            recycled = request.query_params.get("recycled") == "true"
            return plain_rows(store, request.path_params["sheet"], recycled=recycled)

    def human(request: Request, body: bytes) -> dict[str, str]:
        edit = HumanEdit.model_validate_json(body)
        with _explained():
            return {"row": _carried_out(store, edit)}

    def index(request: Request, body: bytes) -> dict[str, str]:
        wanted = UniqueIndexWanted.model_validate_json(body)
        with _explained(), store.lock:
            store.sheet(wanted.sheet).add_unique_index(*wanted.fields)
        return {"index": "+".join(wanted.fields)}

    def rules(request: Request, body: bytes) -> dict[str, int]:
        wanted = _RULES.validate_json(body)
        with _explained(), store.lock:
            store.sheet(request.path_params["sheet"]).rules[:] = wanted
        return {"rules": len(wanted)}

    def refused(request: Request, body: bytes) -> list[dict[str, Any]]:
        with _explained(), store.lock:
            return list(store.sheet(request.path_params["sheet"]).rules)

    return [
        Route("/_sim/rules/{sheet}", answering(rules), methods=["PUT"]),
        Route("/_sim/rules/{sheet}", answering(refused), methods=["GET"]),
        Route("/_sim/rows/{sheet}", answering(rows), methods=["GET"]),
        Route("/_sim/human", answering(human), methods=["POST"]),
        Route("/_sim/indexes", answering(index), methods=["POST"]),
    ]


def _carried_out(store: HapStore, edit: HumanEdit) -> str:
    person = Person(store)
    if edit.row is None:
        return person.add(edit.sheet, edit.cells)
    if edit.delete:
        person.delete(edit.sheet, edit.row, permanent=edit.permanent)
    else:
        person.edit(edit.sheet, edit.row, edit.cells)
    return edit.row


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except (HapError, KeyError) as error:
        raise ValueError(str(error)) from None
