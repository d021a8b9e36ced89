"""The page at `/`, the control routes, and a content that survives a restart."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests

from include.simulators.hap import snapshot
from include.simulators.hap.human import Person
from include.simulators.hap.plain import plain_rows
from include.simulators.hap.store import HapStore
from tests.simulators.hap_service import TEXT, Hap, entries, options, quiet


@pytest.fixture
def orders(hap: Hap) -> Hap:
    people = hap.make("people", {"alias": "name", **TEXT}, name="客户")
    who = {"alias": "who", "type": "Relation", "dataSource": people.id}
    hap.make(
        "orders",
        {"alias": "no", **TEXT},
        {"alias": "amount", "type": "Number", "precision": 2},
        {"alias": "state", "type": "SingleSelect", "options": options("paid", "closed")},
        {**who, "relation": {"showFields": [], "bidirectional": True}},
        name="订单",
    )
    return hap


def view(hap: Hap, path: str) -> dict[str, object]:
    return dict(requests.get(f"{hap.url}/_sim/view/{path}", timeout=60).json())


def test_the_page_and_its_files_need_no_key_and_no_network(hap: Hap) -> None:
    page = requests.get(f"{hap.url}/", timeout=60)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "http://" not in page.text.replace("http://www.w3.org/2000/svg", "")
    for name in ("style.css", "page.js", "cells.js", "table.js", "detail.js"):
        answer = requests.get(f"{hap.url}/_sim/view/assets/{name}", timeout=60)
        assert answer.status_code == 200
        assert "https://" not in answer.text
    missing = requests.get(f"{hap.url}/_sim/view/assets/../page.py", timeout=60)
    assert missing.status_code == 404


def test_the_page_lists_worksheets_with_their_rows(orders: Hap) -> None:
    orders.add("people", name="李雷")
    sheets = view(orders, "sheets")["sheets"]
    assert isinstance(sheets, list)
    assert [(s["name"], s["alias"], s["rows"]) for s in sheets] == [
        ("客户", "people", 1),
        ("订单", "orders", 0),
    ]


def test_the_page_shows_cells_ready_to_print(orders: Hap) -> None:
    li = orders.add("people", name="李雷")
    row = orders.add("orders", no="A1", amount=1.5, who=[li], state=["a label"])
    sheet = orders.store.sheet("orders")
    shown = view(orders, f"rows/orders/{row}")
    cells = shown["cells"]
    assert isinstance(cells, dict)
    assert cells[sheet.need("amount").id] == "1.50"
    assert cells[sheet.need("state").id] == ["a label"]
    assert cells[sheet.need("who").id]["rows"] == [{"row": li, "title": "李雷"}]
    assert shown["updated"] == "2026-11-20 12:00:00 · API"


def test_the_page_searches_sorts_and_pages(orders: Hap) -> None:
    orders.add_many("orders", [{"no": f"A{n}"} for n in range(5)])
    no = orders.store.sheet("orders").need("no").id
    page = view(orders, f"rows/orders?size=2&page=2&sort={no}&asc=true&search=a")
    rows = page["rows"]
    assert isinstance(rows, list)
    assert ([row["cells"][no] for row in rows], page["total"]) == (["A2", "A3"], 5)
    assert requests.get(f"{orders.url}/_sim/view/rows/nope", timeout=60).status_code == 404


def test_the_state_counts_rows_and_workflow_runs(orders: Hap) -> None:
    orders.ok("POST", "/v3/app/worksheets/orders/rows", {"fields": entries({"no": "A1"})})
    gone = orders.add("orders", no="A2")
    orders.ok("DELETE", f"/v3/app/worksheets/orders/rows/{gone}")
    state = requests.get(f"{orders.url}/_sim/state", timeout=60).json()["worksheets"]["orders"]
    assert (state["rows"], state["recycled"], state["workflow_runs"]) == (1, 1, 1)


def test_a_person_can_act_over_the_control_route(orders: Hap) -> None:
    def human(**edit: object) -> requests.Response:
        return requests.post(f"{orders.url}/_sim/human", json=edit, timeout=60)

    row = human(sheet="orders", cells={"no": "A1", "state": "paid"}).json()["row"]
    human(sheet="orders", row=row, cells={"amount": "2"}).raise_for_status()
    [read] = requests.get(f"{orders.url}/_sim/rows/orders", timeout=60).json()
    assert (read["no"], read["state"], read["amount"]) == ("A1", "paid", "2.00")
    human(sheet="orders", row=row, delete=True).raise_for_status()
    assert requests.get(f"{orders.url}/_sim/rows/orders", timeout=60).json() == []
    assert human(sheet="orders", row=row, cells={}).status_code == 422
    assert human(sheet="nope", cells={}).json()["detail"].startswith("430022")


def test_a_unique_index_can_be_made_over_the_control_route(orders: Hap) -> None:
    body = {"sheet": "orders", "fields": ["no"]}
    requests.post(f"{orders.url}/_sim/indexes", json=body, timeout=60).raise_for_status()
    orders.add("orders", no="A1")
    again = quiet(fields=entries({"no": "A1"}))
    assert orders.code("POST", "/v3/app/worksheets/orders/rows", again) == 100005


def test_business_rules_can_be_set_and_lifted_over_the_control_route(orders: Hap) -> None:
    def insist_on(*rules: object) -> None:
        url = f"{orders.url}/_sim/rules/orders"
        requests.put(url, json=rules, timeout=60).raise_for_status()

    refused = {"type": "condition", "field": "no", "operator": "eq", "value": ["A1"]}
    insist_on({"type": "group", "logic": "AND", "children": [refused]})
    row = quiet(fields=entries({"no": "A1"}))
    assert orders.code("POST", "/v3/app/worksheets/orders/rows", row) == 430021
    insist_on()
    orders.ok("POST", "/v3/app/worksheets/orders/rows", row)


def test_the_content_survives_a_restart(orders: Hap, tmp_path: Path) -> None:
    li = orders.add("people", name="李雷")
    orders.add_many("orders", [{"no": "A1", "amount": "1.50", "who": [li]}, {"no": "A2"}])
    orders.store.sheet("orders").add_unique_index("no")
    path = tmp_path / "hap.json"
    snapshot.save(orders.store, path)
    again = HapStore.demo()
    snapshot.load(again, path)
    for sheet in ("people", "orders"):
        assert plain_rows(again, sheet) == plain_rows(orders.store, sheet)
    kept = again.sheet("orders")
    assert kept.next_autoid() == 3
    assert [index.field_ids for index in kept.table.uniques] == [(kept.need("no").id,)]
    assert again.app == orders.store.app
    before = set(kept.table.rows)
    Person(again).add("orders", {"no": "A3"})
    assert len(kept.table.rows) == len(before) + 1
