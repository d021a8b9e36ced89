"""What all records of the vendor share, a page of them, and the rows that could not be read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, Self, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)

from connectors.xiaoe.values import to_block

T = TypeVar("T")


class Record(BaseModel):
    """A record as the vendor sends it: its own field names, those that nothing reads left out.

    Printing a record shows its type alone, because most of them hold personal data. `id_path` leads
    to the vendor's id of a row, empty where it has none.
    """

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)
    id_path: ClassVar[tuple[str, ...]] = ()

    @model_validator(mode="before")
    @classmethod
    def _accept_empty_list(cls, value: Any) -> Any:  # noqa: ANN401 - any JSON value
        return value if isinstance(value, cls) else to_block(value)

    @property
    def row_id(self) -> str:
        """Return the vendor's id of a row; empty where it has none."""
        value: Any = self
        for name in self.id_path:
            value = getattr(value, name)
        return value if isinstance(value, str) else ""

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        return ()


class PartlyRead(Record):
    """A record that is read although some of its fields cannot be.

    These are None and named in `unreadable`: whoever writes the record must not believe them. Only
    a field that must be there makes the record as a whole unreadable.
    """

    unreadable: tuple[str, ...] = ()

    @model_validator(mode="wrap")
    @classmethod
    def _note_unreadable(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:  # noqa: ANN401
        try:
            return handler(value)
        except ValidationError as error:
            bad = [str(one["loc"][0]) for one in error.errors(include_url=False)]
            if any(cls.model_fields[name].is_required() for name in bad):
                raise
        block = to_block(value)
        kept = block if isinstance(block, dict) else {}
        return handler({**kept, **{key: [] for key in bad}, "unreadable": tuple(bad)})


@dataclass(frozen=True)
class UnreadableRow:
    """A row of a list that could not be read; tells what identifies it, and never a value.

    `id` is the vendor's id, empty where the row has no usable one; then `place` says where it stood
    and `mark` is a hash of it, the same for equal rows. `field` is what could not be read. `part`
    is what has to be asked for again to see whether the row is still there: a user, a column, some
    days; empty where that is the whole list.
    """

    api: str
    id: str
    place: str
    mark: str
    field: str
    part: str = ""

    @property
    def key(self) -> str:
        """Return what tells this row from the others of its list."""
        return self.id or (f"{self.part}/{self.mark}" if self.part else self.mark)


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of rows; ``total`` counts those of all pages, None when the vendor left it out.

    `unreadable` are the rows of the page that could not be read; they count like the others.
    """

    rows: list[T]
    total: int | None
    unreadable: list[UnreadableRow] = field(default_factory=list)
