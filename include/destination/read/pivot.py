"""HAP's own count and sums of a worksheet's rows, day by day, from one pivot call.

What a stranger would get wrong: the request is public (clients of the vendor's MCP gateway carry
its schema: COUNT takes `record_count` alone, granularity 1 is a day), the answer is not. So the
answer is read in the shapes that were seen, and whoever asks must compare it with the rows and
believe the rows. One user reports that a server wanted a view beside it (430028).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from connectors.errors import ConnectorError
from connectors.mingdao.client import MingdaoClient
from connectors.mingdao.filters import Filter
from include.destination.rows import pivot
from include.destination.sheets.sheet import Sheet

log = logging.getLogger(__name__)

_COUNT = "record_count"
_BY_DAY = 1
_PAGE = 1000
_PARTS = ("rows", "columns", "values")


def pivot_sums(
    client: MingdaoClient, sheet: Sheet, moment: str, fields: Sequence[str], asked: Filter
) -> dict[date, tuple[Decimal, ...]] | None:
    """Return the number of rows and the sum of each field by the day of `moment`, in HAP's zone.

    None where HAP refuses the call, or answers in a shape that nobody has seen.
    """
    body = {
        "pageSize": _PAGE,
        "pageIndex": 1,
        "rows": [{"field": moment, "granularity": _BY_DAY}],
        "values": [
            {"field": _COUNT, "aggregation": "COUNT"},
            *({"field": field, "aggregation": "SUM"} for field in fields),
        ],
        "filter": asked,
    }
    try:
        answer = pivot(client, sheet, body)
        return dict(_day(sheet, moment, fields, group) for group in _groups(answer))
    except (ConnectorError, KeyError, ValueError, InvalidOperation) as error:
        log.info(
            "明道云没有给出自己的合计 / HAP gives no sums of its own: %s", type(error).__name__
        )
        return None


def _groups(answer: object) -> Iterator[Mapping[str, Any]]:
    """Yield each group as one flat object, whether or not the answer nests its parts."""
    # undetermined: hap.md §7: which shape has the answer of a pivot?
    groups = answer.get("data") if isinstance(answer, dict) else answer
    if not isinstance(groups, list):
        raise ValueError("no list of groups")
    for group in groups:
        flat = dict(group)
        for part in _PARTS:
            inner = flat.pop(part, None)
            flat |= inner if isinstance(inner, dict) else {}
        yield flat


def _day(
    sheet: Sheet, moment: str, fields: Sequence[str], group: Mapping[str, Any]
) -> tuple[date, tuple[Decimal, ...]]:
    cells = [_cell(sheet, name, group) for name in (_COUNT, *fields)]
    day = date.fromisoformat(str(_cell(sheet, moment, group)).replace("/", "-")[:10])
    return day, tuple(Decimal(str(cell or 0)) for cell in cells)


def _cell(sheet: Sheet, name: str, group: Mapping[str, Any]) -> object:
    """Return a group's cell by the field's alias or id, with or without a suffix behind it."""
    there = sheet.fields.get(name)
    for known in (sheet.column(name), there.id if there else name):
        for key, value in group.items():
            if key == known or key.startswith((f"{known}-", f"{known}_")):
                return value
    raise KeyError(name)
