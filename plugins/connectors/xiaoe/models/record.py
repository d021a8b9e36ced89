"""What all records of the vendor share, and a page of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, model_validator

from connectors.xiaoe.values import to_block

T = TypeVar("T")


class Record(BaseModel):
    """A record as the vendor sends it: its own field names, unknown ones left out.

    Printing a record shows its type alone, because most of them hold personal data.
    """

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def _accept_empty_list(cls, value: Any) -> Any:  # noqa: ANN401 - any JSON value
        return value if isinstance(value, cls) else to_block(value)

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        return ()


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of rows; ``total`` counts those of all pages, None when the vendor left it out."""

    rows: list[T]
    total: int | None
