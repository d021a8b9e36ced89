"""Whatever a client sends, it gets HAP's envelope or a plain HTTP refusal, and never a crash."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.simulators.hap_service import TEXT, Hap, options, served_hap

FIELDS = st.sampled_from(["no", "amount", "at", "state", "who", "rowid", "ctime", "nope", ""])
OPERATORS = st.sampled_from(
    ["eq", "NE", "between", "in", "contains", "gt", "isempty", "concurrent"]
)
ODDITIES = st.sampled_from(["-1", "²", "9" * 5000, "1e999", "\ud800", "2026-11-20", ""]) | (
    st.sampled_from(["0001-01-01T00:00:00+14:00", "2026-01-01T00:00:00+99:99"])
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | ODDITIES
VALUES: st.SearchStrategy[Any] = SCALARS | st.lists(SCALARS, max_size=3)
CONDITIONS = st.fixed_dictionaries(
    {"type": st.just("condition") | VALUES, "field": FIELDS, "operator": OPERATORS, "value": VALUES}
)
GROUPS: st.SearchStrategy[Any] = st.recursive(
    CONDITIONS | VALUES,
    lambda inner: st.fixed_dictionaries(
        {
            "type": st.just("group"),
            "logic": st.sampled_from(["AND", "or", "nor"]),
            "children": st.lists(inner, max_size=3),
        }
    ),
    max_leaves=6,
)
ENTRIES = VALUES | st.lists(
    st.fixed_dictionaries(
        {"id": FIELDS | SCALARS, "value": VALUES, "updateType": VALUES, "allowNewOptions": VALUES}
    ),
    max_size=4,
)
SPECS = VALUES | st.lists(
    st.fixed_dictionaries(
        {"id": FIELDS, "name": VALUES, "type": SCALARS | st.just("Text"), "alias": SCALARS},
        optional={"precision": SCALARS, "options": VALUES, "relation": VALUES, "subType": SCALARS},
    ),
    max_size=3,
)
V2_FILTERS = VALUES | st.lists(
    st.fixed_dictionaries(
        {"controlId": FIELDS, "filterType": st.integers(0, 40) | SCALARS, "value": VALUES},
        optional={"isGroup": VALUES, "groupFilters": VALUES, "minValue": SCALARS},
    ),
    max_size=3,
)
BODIES: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "filter": GROUPS,
        "fields": ENTRIES | SPECS | VALUES,
        "rows": VALUES | st.lists(st.fixed_dictionaries({"fields": ENTRIES}), max_size=2),
        "rowIds": VALUES,
        "sorts": VALUES | st.lists(st.fixed_dictionaries({"field": FIELDS}), max_size=2),
        "pageSize": SCALARS,
        "pageIndex": SCALARS,
        "search": VALUES,
        "name": SCALARS,
        "alias": SCALARS,
        "addFields": SPECS,
        "editFields": SPECS,
        "removeFields": VALUES,
        "options": VALUES,
        "values": VALUES,
        "controls": VALUES | SPECS,
        "filters": V2_FILTERS,
    },
)
V3 = "/v3/app/worksheets"
CALLS = [
    ("POST", f"{V3}/orders/rows/list"),
    ("POST", f"{V3}/orders/rows/pivot"),
    ("POST", f"{V3}/orders/rows"),
    ("POST", f"{V3}/orders/rows/batch"),
    ("PATCH", f"{V3}/orders/rows/batch"),
    ("DELETE", f"{V3}/orders/rows/batch"),
    ("PATCH", f"{V3}/orders/rows/{{row}}"),
    ("POST", V3),
    ("POST", f"{V3}/scrap"),
    ("POST", "/v3/app/optionsets"),
]


@pytest.fixture(scope="module")
def service() -> Iterator[Hap]:
    with served_hap() as hap:
        scrap = hap.make("scrap", {"alias": "no", **TEXT})
        hap.make(
            "orders",
            {"alias": "no", **TEXT},
            {"alias": "amount", "type": "Number", "precision": 2},
            {"alias": "at", "type": "DateTime"},
            {"alias": "state", "type": "SingleSelect", "options": options("a")},
            {"alias": "who", "type": "Relation", "dataSource": scrap.id},
        )
        hap.add("orders", no="A1", amount=1, at="2026-11-20")
        yield hap


@settings(max_examples=150, deadline=None, derandomize=True)
@given(call=st.sampled_from(CALLS), body=BODIES)
def test_nonsense_is_answered_in_the_envelope(
    service: Hap, call: tuple[str, str], body: dict[str, Any]
) -> None:
    method, path = call
    row = next(iter(service.store.sheet("orders").table.rows))
    keys = {"appKey": "demo-appkey", "sign": "demo-sign", "worksheetId": "orders"}
    text = json.dumps({**body, **keys})
    url = service.url + path.format(row=row)
    answer = service.session.request(method, url, data=text, timeout=60)
    assert answer.status_code in {200, 400}
    assert answer.json()["success"] in {True, False}
    service.page("orders")


@pytest.mark.parametrize("body", [b"[" * 100_000, b'"text"', b"\xff\xfe", b"[1]", b'{"a": NaN}'])
def test_a_body_that_is_no_object_is_a_parameter_error(service: Hap, body: bytes) -> None:
    url = f"{service.url}{V3}/orders/rows/list"
    answer = service.session.post(url, data=body, timeout=60)
    assert answer.json()["error_code"] == 10001
