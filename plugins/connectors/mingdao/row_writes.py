"""Calls that write rows (contracts: hap §8). None of them is ever repeated, see `calls`.

What a stranger would get wrong: a batch update stores *one* set of values in many rows, a
misspelled alias is ignored with success, and uniqueness is not enforced. Neither is it documented
whether a batch is all-or-nothing, nor whether the returned ids keep the order of the rows: look
the keys up afterwards.

`cells` maps an alias to a value in its written form, or to a `NewOption` (see `cells`). Every write
says whether it triggers the app's workflows, because HAP's own default is yes; None takes the
client's setting. Empty batches are no calls. All methods raise `OutcomeUnknown` when the answer is
lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.mingdao.calls import HapCalls, ignored, segment, worksheet_path
from connectors.mingdao.cells import NewOption
from connectors.mingdao.envelope import data_of_delete
from connectors.mingdao.models import CreatedRow, CreatedRows, UpdatedRows

Cells = Mapping[str, Any]

# undetermined: hap.md §8.1: is a longer batch refused or cut?
MAX_BATCH = 1000
"""Rows of one batch call; whether HAP refuses or truncates a longer one is not documented."""


class RowWrites:
    """Creations, updates and deletions of rows."""

    _calls: HapCalls
    trigger_workflow: bool

    def create_row(
        self, ws: str, cells: Cells, *, trigger_workflow: bool | None = None
    ) -> str | None:
        """Create a row and return its id, or None when the answer does not name it.

        Raises:
            AlreadyExists: A unique index refuses the row.
        """
        body = {"fields": _created(cells), **self._workflow(trigger_workflow)}
        path = worksheet_path(ws, "rows")
        return self._calls.write(
            "hap.row.create", "POST", path, body, lambda data: CreatedRow.parse(data).id or None
        )

    def create_rows(
        self, ws: str, rows: Sequence[Cells], *, trigger_workflow: bool | None = None
    ) -> list[str]:
        """Create up to 1000 rows and return the ids that the answer names, possibly none.

        The vendor advises 100 rows a call, and 30 to 50 when relations are written.

        Raises:
            AlreadyExists: A unique index refuses a row; which, and what became of the others, is
                not told.
            PayloadTooLarge: Halve the batch.
        """
        if not rows:
            return []
        _check_batch(rows)
        body = {
            "rows": [{"fields": _created(cells)} for cells in rows],
            **self._workflow(trigger_workflow),
        }
        path = worksheet_path(ws, "rows", "batch")
        return self._calls.write(
            "hap.rows.create", "POST", path, body, lambda data: CreatedRows.parse(data).ids
        )

    def update_row(
        self, ws: str, row_id: str, cells: Cells, *, trigger_workflow: bool | None = None
    ) -> None:
        """Store the given cells in a row; the others stay as they are.

        Raises:
            NotFound: The row is missing, deleted or not permitted.
        """
        body = {"fields": _updated(cells), **self._workflow(trigger_workflow)}
        path = worksheet_path(ws, "rows", segment(row_id))
        self._calls.write("hap.row.update", "PATCH", path, body, ignored)

    def update_rows(
        self,
        ws: str,
        row_ids: Sequence[str],
        cells: Cells,
        *,
        trigger_workflow: bool | None = None,
    ) -> list[str]:
        """Store the *same* cells in up to 1000 rows; return the ids of those that failed."""
        if not row_ids:
            return []
        _check_batch(row_ids)
        body = {
            "rowIds": list(row_ids),
            "fields": _updated(cells),
            **self._workflow(trigger_workflow),
        }
        path = worksheet_path(ws, "rows", "batch")
        updated = self._calls.write("hap.rows.update", "PATCH", path, body, UpdatedRows.parse)
        return updated.failed_of(row_ids)

    def delete_rows(
        self,
        ws: str,
        row_ids: Sequence[str],
        *,
        permanent: bool,
        trigger_workflow: bool | None = None,
    ) -> None:
        """Delete up to 1000 rows, into the recycle bin unless `permanent`.

        Rows in the bin stay for 60 days and still occupy a unique index. List the rows again where
        it matters that they are gone.
        """
        if not row_ids:
            return
        _check_batch(row_ids)
        body = {
            "rowIds": list(row_ids),
            "permanent": permanent,
            **self._workflow(trigger_workflow),
        }
        path = worksheet_path(ws, "rows", "batch")
        self._calls.write("hap.rows.delete", "DELETE", path, body, ignored, outcome=data_of_delete)

    def _workflow(self, asked: bool | None) -> dict[str, bool]:
        return {"triggerWorkflow": self.trigger_workflow if asked is None else asked}


def _created(cells: Cells) -> list[dict[str, Any]]:
    return [_cell(alias, value) for alias, value in _some(cells).items()]


def _updated(cells: Cells) -> list[dict[str, Any]]:
    """Updates replace ("0") the old value; the batch schema demands to say so for each field."""
    return [{**_cell(alias, value), "updateType": "0"} for alias, value in _some(cells).items()]


def _cell(alias: str, value: object) -> dict[str, Any]:
    if isinstance(value, NewOption):
        return {"id": alias, "value": [value.label], "allowNewOptions": True}
    return {"id": alias, "value": value}


def _some(cells: Cells) -> Cells:
    if not cells:
        raise ValueError("a write without cells")
    return cells


def _check_batch(batch: Sequence[object]) -> None:
    if len(batch) > MAX_BATCH:
        raise ValueError(f"a batch holds at most {MAX_BATCH} rows")
