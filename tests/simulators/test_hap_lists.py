"""Lists: pages, order, projection, names of the row id, and rows that are not visible yet."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulators.hap_service import TEXT, Hap, condition, group

LIST = "/v3/app/worksheets/orders/rows/list"


@pytest.fixture
def orders(hap: Hap) -> Hap:
    hap.make(
        "orders",
        {"alias": "no", **TEXT},
        {"alias": "", "name": "没有别名", **TEXT},
        {"alias": "amount", "type": "Number", "precision": 0},
    )
    hap.add_many("orders", [{"no": f"A{n}", "amount": n // 2} for n in range(5)])
    return hap


def listed(hap: Hap, **body: Any) -> list[str]:
    return [row["no"] for row in hap.rows("orders", **body)]


def test_pages_are_counted_from_one(orders: Hap) -> None:
    pages = [listed(orders, pageSize=2, pageIndex=index) for index in (1, 2, 3, 4)]
    assert pages == [["A4", "A3"], ["A2", "A1"], ["A0"], []]
    orders.settings.default_order = "oldest_first"
    assert listed(orders, pageSize="2", pageIndex="1") == ["A0", "A1"]


@pytest.mark.parametrize("body", [{"pageIndex": 0}, {"pageSize": 0}, {"pageSize": "many"}])
def test_a_bad_page_is_refused(orders: Hap, body: dict[str, Any]) -> None:
    assert orders.code("POST", LIST, body) == 10002


def test_a_missing_page_size_has_a_default_or_is_refused(orders: Hap) -> None:
    orders.settings.default_page_size = 3
    assert len(orders.ok("POST", LIST, {})["rows"]) == 3
    orders.settings.default_page_size = None
    assert orders.code("POST", LIST, {}) == 10001


def test_a_page_above_a_thousand_is_cut_or_refused(orders: Hap) -> None:
    orders.add_many("orders", [{"no": str(n)} for n in range(1000)])
    assert len(orders.rows("orders", pageSize=2000)) == 1000
    orders.settings.oversized_page = "refuse"
    assert orders.code("POST", LIST, {"pageSize": 1001}) == 10002


def test_deep_pages_may_be_refused(orders: Hap) -> None:
    orders.settings.max_page_depth = 4
    assert orders.code("POST", LIST, {"pageSize": 2, "pageIndex": 3}) == 10002


def test_the_total_is_given_on_request_in_either_spelling(orders: Hap) -> None:
    assert "total" not in orders.page("orders")
    assert orders.page("orders", pageSize=1, includeTotalCount=True)["total"] == 5
    orders.settings.total = "tab_string"
    assert orders.page("orders", includeTotalCount=True)["total\t"] == "5"


def test_sorting_is_descending_unless_said_otherwise(orders: Hap) -> None:
    assert listed(orders, sorts=[{"field": "no"}])[0] == "A4"
    both = [{"field": "amount", "isAsc": True}, {"field": "no", "isAsc": False}]
    assert listed(orders, sorts=both) == ["A1", "A0", "A3", "A2", "A4"]
    assert listed(orders, sorts=[{"field": "ctime", "isAsc": True}]) == listed(orders)


def test_rows_that_tie_may_change_places_between_pages(orders: Hap) -> None:
    tie = [{"field": "ctime", "isAsc": True}]
    assert len({tuple(listed(orders, sorts=tie)) for _ in range(10)}) == 1
    orders.settings.sort_ties = "shuffled"
    assert len({tuple(listed(orders, sorts=tie)) for _ in range(10)}) > 1


@pytest.mark.parametrize(
    ("mode", "ids_as_keys", "name"),
    [
        ("live", False, "rowId"),
        ("live", True, "rowid"),
        ("rowId", True, "rowId"),
        ("rowid", False, "rowid"),
        ("id", False, "id"),
    ],
)
def test_the_row_id_goes_by_several_names(
    orders: Hap, mode: Any, ids_as_keys: bool, name: str
) -> None:
    orders.settings.row_key = mode
    [row] = orders.rows("orders", pageSize=1, useFieldIdAsKey=ids_as_keys)
    sheet = orders.store.sheet("orders")
    assert row[name] == sheet.table.live()[-1].rowid
    assert row[sheet.need("no").id if ids_as_keys else "no"] == "A4"


def test_a_field_without_an_alias_is_keyed_by_its_id(orders: Hap) -> None:
    [row] = orders.rows("orders", pageSize=1)
    unnamed = next(f.id for f in orders.store.sheet("orders").fields if not f.alias)
    assert set(row) == {"rowId", "no", unnamed, "amount"}


def test_the_object_id_is_shown_but_is_no_row_id(orders: Hap) -> None:
    orders.settings.row_object_id = True
    [row] = orders.rows("orders", pageSize=1)
    assert orders.code("GET", f"/v3/app/worksheets/orders/rows/{row['_id']}") == 430002


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        (["no"], {"rowId", "no"}),
        (["no", "nope"], {"rowId", "no"}),
        (["nope"], {"rowId"}),
        (["没有别名"], {"rowId"}),
        (["utime", "no"], {"rowId", "no", "_updatedAt"}),
        (["rowid"], {"rowId"}),
    ],
)
def test_a_projection_drops_unknown_names(orders: Hap, fields: list[str], shown: set[str]) -> None:
    assert set(orders.rows("orders", fields=fields)[0]) == shown


def test_system_fields_come_on_request_in_two_styles(orders: Hap) -> None:
    plain = orders.rows("orders", includeSystemFields=True)[0]
    assert plain["_createdAt"] == "2026-11-20 12:00:00"
    assert (plain["autoid"], plain["_createdBy"]["accountId"]) == (5, "user-api")
    by_id = orders.rows("orders", includeSystemFields=True, useFieldIdAsKey=True)[0]
    assert {"ctime", "utime", "caid", "uaid", "ownerid", "wfstatus"} <= set(by_id)
    orders.settings.created_at_key, orders.settings.user_id_key = "_createAt", "id"
    orders.settings.owner_as, orders.settings.datetime_read = "array", "iso_z"
    other = orders.rows("orders", includeSystemFields=True)[0]
    assert other["_createAt"] == "2026-11-20T04:00:00Z"
    assert other["_owner"][0]["id"] == "user-api"
    orders.settings.system_fields_readable = False
    assert "_createAt" not in orders.rows("orders", includeSystemFields=True)[0]


def test_search_finds_text_anywhere_and_may_lag(orders: Hap) -> None:
    assert listed(orders, search="a3") == ["A3"]
    orders.settings.search_lag_s = 5
    assert listed(orders, search="a3") == []
    orders.store.clock.advance(6)
    assert listed(orders, search="a3") == ["A3"]


@pytest.mark.parametrize(("mode", "code"), [("10005", 10005), ("empty", None)])
def test_a_list_without_a_view_may_be_refused_or_empty(
    orders: Hap, mode: Any, code: int | None
) -> None:
    orders.settings.view_null = mode
    answer = orders.send("POST", LIST, {}).json()
    assert answer.get("error_code") == (code or 1)
    assert code or answer["data"]["rows"] == []
    assert len(orders.rows("orders", viewId=orders.store.sheet("orders").views[0].id)) == 5


def test_markdown_is_one_text(orders: Hap) -> None:
    assert "A4" in str(orders.page("orders", responseFormat="md")["rows"])


def test_a_new_row_shows_in_lists_only_after_the_lag(orders: Hap) -> None:
    orders.settings.visibility_lag_s = 10
    row = orders.add("orders", no="B1")
    by_key = {"filter": group(condition("no", "eq", "B1"))}
    assert listed(orders, **by_key) == []
    assert orders.row("orders", row)["no"] == "B1"
    orders.store.clock.advance(11)
    assert listed(orders, **by_key) == ["B1"]


def test_lists_show_the_old_row_until_an_update_or_delete_becomes_visible(orders: Hap) -> None:
    first = orders.rows("orders", sorts=[{"field": "no", "isAsc": True}])[0]["rowId"]
    orders.settings.visibility_lag_s = 10
    orders.patch("orders", first, no="B0")
    orders.store.clock.advance(6)
    orders.ok("DELETE", f"/v3/app/worksheets/orders/rows/{first}", {"permanent": True})
    assert "A0" in listed(orders)
    orders.store.clock.advance(5)
    assert "B0" in listed(orders)
    orders.store.clock.advance(6)
    assert sorted(listed(orders)) == ["A1", "A2", "A3", "A4"]


def test_a_page_follows_the_writes_between_two_calls(orders: Hap) -> None:
    by_no = {"sorts": [{"field": "no", "isAsc": True}], "pageSize": 2}
    assert listed(orders, **by_no, pageIndex=1) == ["A0", "A1"]
    orders.add("orders", no="A00")
    assert listed(orders, **by_no, pageIndex=2) == ["A1", "A2"]


def test_counting_and_summing_by_field(orders: Hap) -> None:
    body = {
        "rows": ["amount"],
        "values": [{"field": "no", "aggregation": "COUNT"}]
        + [{"field": "amount", "aggregation": kind} for kind in ("sum", "avg", "min", "max")],
        "filter": group(condition("no", "isnotempty")),
    }
    data = orders.ok("POST", "/v3/app/worksheets/orders/rows/pivot", body)["data"]
    assert [(group["amount"], group["no_count"]) for group in data] == [
        ("0", 2),
        ("1", 2),
        ("2", 1),
    ]
    assert [data[1][f"amount_{kind}"] for kind in ("sum", "avg", "min", "max")] == list("2111")
    days = {"rows": [{"field": "ctime", "granularity": 1}]}
    assert orders.ok("POST", "/v3/app/worksheets/orders/rows/pivot", days)["data"] == [
        {"ctime": "2026-11-20", "count": 5}
    ]
