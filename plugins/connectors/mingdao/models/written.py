"""What HAP answers to a write (contracts: hap §5, §8).

Documents and servers disagree on each of these answers, and the write is done by then. So whatever
does not name what was written names nothing, and the caller looks it up.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import AliasChoices, BeforeValidator, Field, model_validator

from connectors.mingdao.models.record import Record
from connectors.mingdao.models.rows import ROW_ID_KEYS
from connectors.mingdao.values import Id, Text, to_ids


def _entries(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


Ids = Annotated[list[str], BeforeValidator(to_ids)]


class CreatedWorksheet(Record):
    """`{worksheetId}`; V2 and some builds answer the bare id. Here the id must be there."""

    id: Id = Field(validation_alias=AliasChoices("worksheetId", "id"))

    @model_validator(mode="before")
    @classmethod
    def _named(cls, value: Any) -> Any:  # noqa: ANN401 - any JSON value
        return {"id": value} if isinstance(value, str) else value


class CreatedRow(Record):
    """`{id}`, `{rowId}`, a bare id, or nothing; `id` is "" where the row is not named."""

    id: Text = Field("", validation_alias=AliasChoices(*ROW_ID_KEYS))

    @model_validator(mode="before")
    @classmethod
    def _named(cls, value: Any) -> Any:  # noqa: ANN401 - any JSON value
        return value if isinstance(value, dict) else {"id": value}


_Rows = Annotated[list[CreatedRow], BeforeValidator(_entries)]


class CreatedRows(Record):
    """The schema says `rowIds`, the example beside it `rows`, and both may be missing."""

    row_ids: _Rows = Field(default_factory=list)
    rows: _Rows = Field(default_factory=list)

    @model_validator(mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:  # noqa: ANN401 - any JSON value
        return value if isinstance(value, dict) else {"rows": value}

    @property
    def ids(self) -> list[str]:
        """Return the ids that are named."""
        return [row.id for row in self.row_ids or self.rows if row.id]


class UpdatedRows(Record):
    """Which rows of a batch were updated, as far as the answer tells."""

    failed_row_ids: Ids = Field(default_factory=list)
    successful_row_ids: Ids = Field(default_factory=list)
    succeeded_row_ids: Ids = Field(default_factory=list)

    @model_validator(mode="before")
    @classmethod
    def _reported(cls, value: Any) -> Any:  # noqa: ANN401 - any JSON value
        return value if isinstance(value, dict) else {}

    def failed_of(self, asked: Sequence[str]) -> list[str]:
        """Return which of the rows failed.

        An id named neither as failed nor as done has failed, unless none is named as done.
        """
        done = {*self.successful_row_ids, *self.succeeded_row_ids} or set(asked)
        done -= set(self.failed_row_ids)
        return [row_id for row_id in asked if row_id not in done]
