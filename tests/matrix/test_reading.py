"""Every field of every model × every odd value, in one row among ten, as the client reads it.

Nine rows are read as they are without the odd one; the odd one is read, or set apart under its id
and with the field's name. Nothing else is raised, and nothing takes long.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from connectors.http.json_text import decode_json
from connectors.xiaoe import models
from connectors.xiaoe.envelope import read_page
from connectors.xiaoe.models.purchases import named
from tests.matrix.odd_values import ODD

TIME = "2024-02-01 09:10:11"
ROWS: dict[str, tuple[type[Any], dict[str, Any], str]] = {
    "order.list": (
        models.Order,
        {
            "order_info": {"order_id": "o_0", "created_time": TIME, "update_time": TIME},
            "good_list": [{"resource_id": "p_1"}],
            "buyer_info": {},
            "promoter_info": {},
        },
        "order_info.order_id",
    ),
    "order.list.created": (
        models.LegacyOrder,
        {"order_id": "o_0", "created_time": TIME},
        "order_id",
    ),
    "user.list.cursor": (models.User, {"user_id": "u_0", "es_skip": {"id": 1}}, "user_id"),
    "goods.list": (models.Goods, {"resource_id": "p_0"}, "resource_id"),
    "goods.relation": (models.ColumnItem, {"resource_id": "p_0"}, "resource_id"),
    "information.form.result": (models.Answer, {"id": "7"}, "id"),
    "information.form": (models.Form, {"form_id": "in_0"}, "form_id"),
    "after_sale.list": (
        models.AfterSale,
        {"aftersale_id": "A_0", "order_id": "o_1"},
        "aftersale_id",
    ),
    "purchase": (models.Purchase, {"resource_id": "p_1"}, ""),
}
ODD_AT = 4
MARK = '"@odd@"'


def fields_of(model: type[BaseModel], before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the path of each field, of the blocks and lines in it too."""
    for name, field in model.model_fields.items():
        path = (*before, field.alias or name)
        yield path
        inner = [field.annotation, *get_args(field.annotation)]
        for kind in inner:
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from fields_of(kind, path)


def combinations() -> list[tuple[str, tuple[str, ...], str]]:
    return [
        (api, path, odd)
        for api, (model, _, _) in ROWS.items()
        for path in fields_of(model)
        if path not in {("raw",), ("unreadable",), ("order_info", "unreadable")}
        for odd in ODD
    ]


def share(number: int) -> list[tuple[str, tuple[str, ...], str]]:
    """Return a share drawn by a fixed seed that shows each field and each value at least once."""
    every = combinations()
    drawn = random.Random(12).sample(every, len(every))
    fields = {(api, path): one for one in drawn for api, path, _ in [one]}
    values = {one[2]: one for one in drawn}
    return list(dict.fromkeys([*fields.values(), *values.values(), *drawn[:number]]))


def answer_of(api: str, path: tuple[str, ...], odd: str) -> bytes:
    _, row, id_path = ROWS[api]
    rows = []
    for number in range(10):
        one = json.loads(json.dumps(row))
        if id_path:
            block = one
            *blocks, last = id_path.split(".")
            for name in blocks:
                block = block[name]
            block[last] = f"{block[last]}{number}"
        rows.append(one)
    target: Any = rows[ODD_AT]
    for name in path[:-1]:
        target = target[0] if isinstance(target, list) else target
        target = target.setdefault(name, {})
    target = target[0] if isinstance(target, list) else target
    target[path[-1]] = MARK[1:-1]
    text = json.dumps({"code": 0, "data": {"total": 10, "list": rows}}, ensure_ascii=False)
    assert text.count(MARK) == 1
    return text.replace(MARK, odd).encode("utf-8", "surrogatepass")


def read(api: str, body: bytes) -> models.Page[Any]:
    model = ROWS[api][0]
    prepare: Any = named if api == "purchase" else dict
    data = decode_json(body)["data"]
    return read_page(api, data, model, prepare=prepare)


def others(page: models.Page[Any]) -> list[Any]:
    """Return the nine rows beside the odd one, which may have been set apart."""
    return [row for number, row in enumerate(page.rows) if page.unreadable or number != ODD_AT]


def check(api: str, path: tuple[str, ...], odd: str) -> None:
    page = read(api, answer_of(api, path, odd))
    assert len(page.rows) + len(page.unreadable) == page.total
    assert others(page) == others(read(api, answer_of(api, path, "null")))
    for row in page.unreadable:
        assert row.id or row.mark
        assert set(path) & set(row.field.split("."))


def test_one_odd_field_costs_its_row_alone(capsys: pytest.CaptureFixture[str]) -> None:
    every = combinations()
    chosen = every if "MATRIX" in os.environ else share(600)
    begun = time.process_time()
    for api, path, odd in chosen:
        try:
            check(api, path, odd)
        except Exception as error:
            pytest.fail(f"{api} {path} {odd[:40]}: {type(error).__name__} {error}"[:400])
    spent = time.process_time() - begun
    with capsys.disabled():
        sys.stdout.write(f"{len(chosen)} of {len(every)} combinations, {len(ODD)} values\n")
    assert len(ODD) >= 40
    assert spent < 0.2 * len(chosen)
