"""Compares the keys that came with the fields of our models, in both directions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, get_args

from pydantic import AliasChoices
from pydantic.fields import FieldInfo

from connectors.xiaoe.endpoints import ENDPOINTS
from connectors.xiaoe.models import (
    AfterSale,
    Answer,
    ColumnItem,
    Form,
    Goods,
    GoodsDetail,
    LegacyOrder,
    Order,
    OrderDetail,
    Purchase,
    Record,
    User,
    UserInfo,
)
from connectors.xiaoe.models.purchases import NAMES
from include.doctor.shape_report.shape import Shape

ROWS: Mapping[str, type[Record]] = {
    "user.list": User,
    "user.list.cursor": User,
    "user.by_id": User,
    "goods.list": Goods,
    "goods.relation": ColumnItem,
    "order.list": Order,
    "order.list.created": LegacyOrder,
    "after_sale.list": AfterSale,
    "purchase": Purchase,
    "information.user": Answer,
    "information.form.result": Answer,
    "information.form": Form,
}
"""What the rows of each list are read as."""
ONE: Mapping[str, tuple[type[Record], tuple[str, ...]]] = {
    "user.info": (UserInfo, ()),
    "goods.detail": (GoodsDetail, ("resource_info",)),
    "order.detail": (OrderDetail, ()),
}
"""What each single record is read as, and where in ``data`` it is."""
_OUR_OWN = frozenset({"raw", "unreadable"})


def compared(api: str, answer: Shape) -> dict[str, list[str]]:
    """Return the keys that no model reads and the fields that never came; {} without records."""
    place, record, model = _record(api, answer.at("data"))
    if model is None or not record.keys:
        return {}
    walked = list(_walk(model, record, place))
    return {
        name: [path for kind, path in walked if kind == name]
        for name in ("without_field", "not_seen")
    }


def names_of(model: type[Record]) -> dict[str, str]:
    """Return the field of a model for each name that the vendor has for it."""
    return {
        name: field
        for field, info in model.model_fields.items()
        if field not in _OUR_OWN
        for name in _names(model, field, info)
    }


def _record(api: str, data: Shape) -> tuple[str, Shape, type[Record] | None]:
    """Return where the records of an answer are, their shape, and the model that reads them."""
    if api in ONE:
        model, path = ONE[api]
        return ".".join(("data", *path)), data.at(*path), model
    if api not in ROWS:
        return "", Shape(), None
    key, rows = _list(api, data)
    return f"data{key}[]", rows, ROWS[api]


def _list(api: str, data: Shape) -> tuple[str, Shape]:
    """Find the list of an answer under each name that it may have, or instead of an object."""
    for name in ENDPOINTS[api].list_keys:
        for key, shape in data.keys.items():
            fits = key.startswith(name[:-1]) if name.endswith("*") else key == name
            if fits and (shape.items or shape.keys):
                return f".{key}", _entries(shape)
    return "", data.items or Shape()


def _entries(shape: Shape) -> Shape:
    """Return what a list holds; PHP writes one with gaps as an object of numbers."""
    numbered = [one for key, one in shape.keys.items() if key.startswith("<digits")]
    return shape.items or next(iter(numbered), Shape())


def _walk(model: type[Record], shape: Shape, place: str) -> Iterator[tuple[str, str]]:
    names = {
        field: _names(model, field, info)
        for field, info in model.model_fields.items()
        if field not in _OUR_OWN
    }
    read = set(chain.from_iterable(names.values()))
    for key in shape.keys:
        if key not in read:
            yield "without_field", f"{place}.{key}"
    for field, keys in names.items():
        found = [key for key in keys if key in shape.keys]
        if not found:
            yield "not_seen", f"{place}.{field}"
        nested = _record_in(model.model_fields[field].annotation)
        for key in found if nested else ():
            below, rows = shape.keys[key], shape.keys[key].items
            where = f"{place}.{key}" if rows is None else f"{place}.{key}[]"
            if nested and (rows or below).keys:
                yield from _walk(nested, rows or below, where)


def _names(model: type[Record], field: str, info: FieldInfo) -> tuple[str, ...]:
    """Return the vendor's names of a field."""
    if model is Purchase:
        return NAMES.get(field, (field,))
    if isinstance(info.validation_alias, AliasChoices):
        return tuple(str(one) for one in info.validation_alias.choices)
    return (str(info.validation_alias or info.alias or field),)


def _record_in(annotation: Any) -> type[Record] | None:  # noqa: ANN401 - any type at all
    """Return the model that a field holds, alone or in a list."""
    if isinstance(annotation, type) and issubclass(annotation, Record):
        return annotation
    found = (_record_in(one) for one in get_args(annotation))
    return next((one for one in found if one), None)
