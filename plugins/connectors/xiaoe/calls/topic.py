"""What every topic of calls has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from connectors.xiaoe.caller import Caller
from connectors.xiaoe.envelope import read_page
from connectors.xiaoe.models.record import Page, Record
from connectors.xiaoe.rows import UnreadableRows

R = TypeVar("R", bound=Record)


class Topic:
    """A group of calls that share one caller, and the notes of what could not be read."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self.unreadable = UnreadableRows()

    def _list(
        self,
        api: str,
        body: Mapping[str, Any],
        model: type[R],
        *,
        rows_before: int | None = 0,
        place: str = "",
        part: str = "",
        of_one: bool = False,
        prepare: Callable[[Mapping[str, Any]], Mapping[str, Any]] = dict,
    ) -> Page[R]:
        """Call a list and read its page, see `read_page`; rows that cannot be read are noted."""
        page = read_page(
            api,
            self._caller.call(api, body),
            model,
            rows_before=rows_before,
            place=place,
            part=part,
            of_one=of_one,
            prepare=prepare,
        )
        self.unreadable.add_page(api, page)
        return page
