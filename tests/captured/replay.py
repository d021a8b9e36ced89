"""Reads what a report of shapes tells with the real client and models, and names what they cannot.

Out of each SHAPE come answers in which one place after the other takes every kind and sentinel that
was reported there. Each is read as the pipeline reads it. A place is named where reading fails, and
where a field of ours takes something that says something for nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from connectors.errors import ConnectorError, NotFound
from connectors.mingdao import cells
from connectors.mingdao.models import App, Row, RowPage, Worksheet
from connectors.xiaoe.calls.orders import OrderQuery
from connectors.xiaoe.client import XiaoeClient
from connectors.xiaoe.endpoints import ENDPOINTS
from connectors.xiaoe.models import ColumnContents, Page
from include.doctor.shape_report import FORMAT
from include.doctor.shape_report.enumerations import is_blank
from include.doctor.shape_report.known_fields import ONE, names_of
from include.mapping.answers import field_of, read_answers
from tests.captured.synthetic import Shape, removals, unmasked, usual, variants

_NOON = datetime(2025, 8, 1, 12, tzinfo=UTC)
_DAY = date(2025, 8, 1)
_QUERY = OrderQuery("update", _NOON - timedelta(days=1), _NOON)
CALLS: Mapping[str, Callable[[Any], Any]] = {
    "user.list": lambda shop: shop.list_users(1),
    "user.list.cursor": lambda shop: shop.list_users_after(None),
    "user.by_id": lambda shop: shop.users_by_id(["u_1"]),
    "user.info": lambda shop: shop.user_info("u_1"),
    "goods.list": lambda shop: shop.list_goods(1),
    "goods.detail": lambda shop: shop.goods_detail("p_1", 6),
    "goods.relation": lambda shop: shop.column_contents("p_1", 6),
    "order.list": lambda shop: shop.list_orders(_QUERY, 1),
    "order.list.created": lambda shop: shop.list_orders_created(_NOON, _NOON, 1),
    "order.detail": lambda shop: shop.order_detail("o_1"),
    "after_sale.list": lambda shop: shop.list_after_sales(_DAY, _DAY, 1),
    "purchase": lambda shop: shop.list_purchases("u_1"),
    "information.user": lambda shop: shop.list_user_answers("u_1", 1),
    "information.form.result": lambda shop: shop.list_form_answers("f_1", 1),
    "information.form": lambda shop: shop.list_forms(1),
}
_ZONE = ZoneInfo("Asia/Shanghai")
_CELLS: Mapping[str, Callable[[Any], object]] = {
    "Text": cells.text,
    "Number": cells.number,
    "DateTime": lambda cell: cells.datetime(cell, _ZONE),
    "SingleSelect": cells.option_labels,
    "Relation": lambda cell: cells.relation_ids(cell) or None,
}
_PARSE: Mapping[str, Callable[[Any], object]] = {
    "hap.app": App.parse,
    "hap.worksheet": Worksheet.parse,
    "hap.rows.list": RowPage.parse,
    "hap.row.get": Row.parse,
    "hap.row.relations": RowPage.parse,
}
_SAYS_NO = ("0", 0, "-1", -1, False, "false")


def read_report(content: str) -> dict[str, Any] | None:
    """Return the report in a text, such as a log that was copied whole; None without one."""
    for line in (content, *content.splitlines()):
        start = line.find("{")
        try:
            found = json.loads(line[start:]) if start >= 0 else None
        except ValueError:
            continue
        if isinstance(found, dict) and str(found.get("format", "")).startswith("xiaoe-mingdao"):
            assert found["format"] == FORMAT, f"a report of the format {found['format']}"
            return found
    return None


def unread_answers(api: str, shape: Shape) -> list[str]:
    """Return each place of an interface's answers that the client or a model cannot read."""
    data = shape.get("keys", {}).get("data", {})
    if api not in CALLS or (not data.get("keys") and not data.get("items")):
        return []
    always, _ = _blamed(api, usual(data))
    problems = [f"{api} data{path} in no kind" for path in _culprits(api, data, always)]
    for variant in variants(data):
        if not (variant.path or variant.value) and _refused_once(shape):
            continue  # what came with the refusal
        blamed, record = _blamed(api, variant.value)
        place = f"{api} data{variant.path} {variant.kind}"
        if blamed - always or _in_row(api, variant.path) in blamed:
            problems.append(f"{place}: {', '.join(sorted(blamed))}")
        elif variant.path and _is_lost(variant.put, _read_at(api, record, variant.path)):
            problems.append(f"{place}: read as nothing")
    return list(dict.fromkeys(problems))


def _refused_once(shape: Shape) -> bool:
    """Tell whether one of the answers that were put together said no."""
    code = shape["keys"].get("code", {"seen": 0})
    well = sum(code.get("exact", {}).get(text, 0) for text in ("0", '"0"'))
    return bool(code["seen"] > well)


def _culprits(api: str, data: Shape, always: set[str]) -> list[str]:
    """Return the places without which a usual answer could be read."""
    healing = [path for path, value in removals(data) if _blamed(api, value)[0] < always]
    return (
        [
            path
            for path in healing
            if not any(one.startswith(f"{path}.") or one.startswith(f"{path}[") for one in healing)
        ]
        if always
        else []
    )


def unread_cells(alias: str, field: Mapping[str, Any]) -> list[str]:
    """Return the kinds of cells of a field that cannot be read as its type."""
    read = _CELLS.get(field["type"])
    if read is None or not field["cells"]["kinds"]:
        return []
    return [
        f"{alias}{one.path} {one.kind}"
        for one in variants(field["cells"])
        if _fails(read, one.value) or (one.path == "" and _is_lost(one.put, read(one.value)))
    ]


def unread_structure(api: str, shape: Shape) -> list[str]:
    """Return each place of an answer of HAP that its model cannot read."""
    data = shape.get("keys", {}).get("data")
    if api not in _PARSE or not data:
        return []
    return [
        f"{api} data{one.path} {one.kind}"
        for one in variants(data)
        if one.path and _fails(_PARSE[api], one.value)
    ]


def unread_form(form: Mapping[str, Any]) -> list[str]:
    """Return the questions of a form that are read otherwise than where the report was made.

    Not those to which the example says nothing, such as 无: unmasked, they have no answer at all.
    """
    read = [title for title, _ in read_answers(unmasked(form["layout"]))]
    answered = (one for one in form["read"] if not one["answer"].endswith(":nothing"))
    told = [unmasked(one["title"]) for one in answered]
    moved = [f"{one['title']} is no longer {one['field']}" for one in form["read"] if _moved(one)]
    return moved if read == told else [f"{told} is read as {read}", *moved]


def _moved(asked: Mapping[str, Any]) -> bool:
    return "<" not in asked["title"] and field_of(asked["title"]) != asked["field"]


class Reader(*XiaoeClient.__bases__):
    """The client's calls and what reads their answers, without the network below."""


class Answering:
    """Stands where calls leave; answers each with the same data."""

    def __init__(self, data: Any) -> None:
        self.data = data

    def call(self, _: str, __: Mapping[str, Any]) -> Any:
        return self.data


def _blamed(api: str, data: Any) -> tuple[set[str], Any]:
    """Return the fields for which an answer cannot be read as a whole, and its first record."""
    try:
        read = CALLS[api](Reader(Answering(_counted(api, data))))
    except NotFound:  # an answer like any other
        return set(), None
    except ConnectorError as error:
        return {str(error)}, None
    page = read.page if isinstance(read, ColumnContents) else read
    if isinstance(page, Page) and page.unreadable:
        return {_INDEX.sub("", row.field) for row in page.unreadable}, None
    record = next(iter(_rows(page)), None)
    return set(_marked(record)), record


def _rows(page: Any) -> list[Any]:
    return page.rows if isinstance(page, Page) else page if isinstance(page, list) else [page]


def _counted(api: str, data: Any) -> Any:
    """Let the total of a list be the number of its rows, whatever number was made up."""
    if not isinstance(data, dict):
        return data
    rows = next((one for one in data.values() if isinstance(one, list)), [])
    return {
        key: type(one)(len(rows))
        if key in ENDPOINTS[api].total_keys and isinstance(one, int | str)
        else one
        for key, one in data.items()
    }


def _marked(record: Any, place: str = "") -> Iterator[str]:
    """Return the fields that a record says it could not read, at any depth."""
    if isinstance(record, BaseModel):
        yield from (f"{place}{name}" for name in getattr(record, "unreadable", ()))
        for name in type(record).model_fields:
            yield from _marked(getattr(record, name), f"{place}{name}.")
    elif isinstance(record, list):
        for one in record:
            yield from _marked(one, place)


_UNREAD = object()
_INDEX = re.compile(r"\.\d+")


def _in_row(api: str, path: str) -> str:
    """Return a path without what leads to the record, and without the marks of lists."""
    keys = path.strip(".").split(".")
    if api in ONE:
        keys = keys[len(ONE[api][1]) :]
    else:
        row = next((number for number, key in enumerate(keys) if key.endswith("[]")), len(keys))
        keys = keys[row + 1 :]
    return ".".join(keys).replace("[]", "")


def _read_at(api: str, record: Any, path: str) -> Any:
    """Return what a model made of a place of its row; `_UNREAD` where it reads no such place."""
    place = _in_row(api, path)
    found = record if place else _UNREAD
    for key in place.split("."):
        field = names_of(type(found)).get(key) if _is_record(found) else None
        if field is None:
            return _UNREAD
        found = getattr(found, field)
        if isinstance(found, list):
            found = found[0] if found else None
    return found


def _is_record(value: Any) -> bool:
    return isinstance(value, BaseModel)


def _is_lost(put: Any, read: Any) -> bool:
    blank = is_blank(put) or put in _SAYS_NO
    return not blank and read is not _UNREAD and read in (None, "", [])


def _fails(read: Callable[[Any], object], value: Any) -> bool:
    try:
        read(value)
    except (ConnectorError, ValueError):
        return True
    return False
