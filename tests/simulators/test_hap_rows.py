"""Writing rows: what is stored, what is refused, what the answers look like."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from include.simulators.faults import FaultRule, Kind
from include.simulators.hap.effects import rows_written
from include.simulators.hap.human import Person
from include.simulators.hap.model import Key
from include.simulators.hap.plain import plain_rows
from tests.simulators.hap_service import KEYS, TEXT, Hap, batch, condition, entries, group, quiet

ROWS = "/v3/app/worksheets/orders/rows"
BATCH = f"{ROWS}/batch"


@pytest.fixture
def orders(hap: Hap) -> Hap:
    hap.make(
        "orders",
        {"alias": "no", **TEXT, "isUnique": True, "required": True},
        {"alias": "amount", "type": "Number", "precision": 2},
        {"alias": "note", **TEXT},
    )
    return hap


def numbers(hap: Hap) -> list[str]:
    return hap.values("orders", "no")


def test_the_same_key_twice_makes_two_rows(orders: Hap) -> None:
    orders.add("orders", no="A1")
    orders.add("orders", no="A1")
    assert numbers(orders) == ["A1", "A1"]


def test_a_required_field_is_not_enforced_unless_forced(orders: Hap) -> None:
    row = orders.add("orders", amount=1)
    orders.store.sheet("orders").need("no").force_required = True
    assert orders.code("POST", ROWS, quiet(fields=entries({"amount": 1}))) == 430019
    blank = quiet(fields=entries({"no": ""}))
    assert orders.code("PATCH", f"{ROWS}/{row}", blank) == 430019


def test_a_protected_field_and_a_business_rule_refuse_the_write(orders: Hap) -> None:
    sheet = orders.store.sheet("orders")
    sheet.rules.append(group(condition("amount", "lt", 0)))
    assert orders.code("POST", ROWS, quiet(fields=entries({"amount": -1}))) == 430021
    sheet.need("amount").protected = True
    assert orders.code("POST", ROWS, quiet(fields=entries({"amount": 1}))) == 430014


def test_a_patch_changes_the_named_cells_alone(orders: Hap) -> None:
    row = orders.add("orders", no="A1", amount=1, note="mine")
    orders.store.clock.advance(60)
    assert orders.patch("orders", row, amount=2) == row
    [read] = plain_rows(orders.store, "orders")
    assert (read["no"], str(read["amount"]), read["note"]) == ("A1", "2.00", "mine")
    assert (read["ctime"], read["utime"]) == ("2026-11-20 12:00:00", "2026-11-20 12:01:00")


@pytest.mark.parametrize(
    ("mode", "answer"), [("string", "{row}"), ("id", {"id": "{row}"}), ("none", None)]
)
def test_the_answer_to_a_patch(orders: Hap, mode: Any, answer: Any) -> None:
    orders.settings.update_answer = mode
    row = orders.add("orders", no="A1")
    expected = {"string": row, "id": {"id": row}, "none": None}[mode]
    assert orders.patch("orders", row, amount=2) == expected


@pytest.mark.parametrize("code", [430002, 10007])
def test_a_row_that_is_not_there(orders: Hap, code: Any) -> None:
    orders.settings.missing_row_code = code
    gone = orders.add("orders", no="A1")
    orders.ok("DELETE", f"{ROWS}/{gone}")
    for method, body in [("GET", None), ("PATCH", quiet(fields=[])), ("DELETE", None)]:
        assert orders.code(method, f"{ROWS}/{gone}", body) == code
        assert orders.code(method, f"{ROWS}/0000", body) == code


def test_a_batch_create_keeps_the_order_of_its_ids(orders: Hap) -> None:
    made = orders.add_many("orders", [{"no": f"A{n}"} for n in range(5)])
    read = {row["rowId"]: row["no"] for row in orders.rows("orders")}
    assert [read[row] for row in made] == [f"A{n}" for n in range(5)]


def test_the_answer_to_a_batch_create_varies(orders: Hap) -> None:
    wanted = batch([{"no": f"A{n}"} for n in range(20)])
    orders.settings.batch_create_answer = "none"
    assert orders.ok("POST", BATCH, wanted) is None
    orders.settings.batch_create_answer = "rows"
    assert len(orders.ok("POST", BATCH, wanted)["rows"]) == 20
    orders.settings.batch_create_answer, orders.settings.batch_create_order = "rowIds", "shuffled"
    made = orders.ok("POST", BATCH, wanted)["rowIds"]
    read = {row["rowId"]: row["no"] for row in orders.rows("orders")}
    named = [read[row] for row in made]
    assert sorted(named) == sorted(f"A{n}" for n in range(20))
    assert named != [f"A{n}" for n in range(20)]


@pytest.mark.parametrize(
    ("mode", "code", "left"),
    [
        ("all_or_nothing", 100005, ["A1 old"]),
        ("partial", None, ["A0 new", "A1 old", "A2 new"]),
        ("partial_error", 100005, ["A0 new", "A1 old", "A2 new"]),
        ("last", None, ["A0 new", "A1 new", "A2 new"]),
    ],
)
def test_a_batch_with_a_duplicate_under_a_unique_index(
    orders: Hap, mode: Any, code: int | None, left: list[str]
) -> None:
    orders.store.sheet("orders").add_unique_index("no")
    orders.add("orders", no="A1", note="old")
    orders.settings.batch_duplicate = mode
    answer = orders.send("POST", BATCH, batch([{"no": f"A{n}", "note": "new"} for n in range(3)]))
    assert answer.json().get("error_code") == (code or 1)
    assert sorted(f"{row['no']} {row['note']}" for row in orders.rows("orders")) == left


@pytest.mark.parametrize("code", [100005, 10006, 99999, 0])
def test_a_unique_index_refuses_the_second_row_and_a_patch_into_its_place(
    orders: Hap, code: Any
) -> None:
    orders.settings.duplicate_code = code
    orders.store.sheet("orders").add_unique_index("no")
    orders.add("orders", no="A1")
    other = orders.add("orders", no="A2")
    assert orders.code("POST", ROWS, quiet(fields=entries({"no": "A1"}))) == code
    assert orders.code("PATCH", f"{ROWS}/{other}", quiet(fields=entries({"no": "A1"}))) == code
    orders.patch("orders", other, no="A3")
    orders.add("orders", no="A2")


def test_an_empty_value_counts_once_in_a_unique_index(orders: Hap) -> None:
    orders.store.sheet("orders").add_unique_index("no")
    orders.add("orders", amount=1)
    assert orders.code("POST", ROWS, quiet(fields=entries({"amount": 2}))) == 100005


def test_a_unique_index_may_span_two_fields(orders: Hap) -> None:
    orders.store.sheet("orders").add_unique_index("no", "amount")
    orders.add("orders", no="A1", amount=1)
    orders.add("orders", no="A1", amount=2)
    same = quiet(fields=entries({"no": "A1", "amount": "1.00"}))
    assert orders.code("POST", ROWS, same) == 100005


def test_existing_duplicates_block_a_unique_index_even_in_the_bin(orders: Hap) -> None:
    first = orders.add("orders", no="A1")
    orders.add("orders", no="A1")
    orders.ok("DELETE", f"{ROWS}/{first}")
    with pytest.raises(ValueError, match="twice"):
        orders.store.sheet("orders").add_unique_index("no")


def test_a_row_in_the_bin_still_holds_its_place_until_it_is_deleted_for_good(orders: Hap) -> None:
    orders.store.sheet("orders").add_unique_index("no")
    row = orders.add("orders", no="A1")
    orders.ok("DELETE", f"{ROWS}/{row}", {"permanent": False})
    assert numbers(orders) == []
    again = quiet(fields=entries({"no": "A1"}))
    assert orders.code("POST", ROWS, again) == 100005
    orders.settings.recycled_rows_collide = False
    other = orders.add("orders", no="A1")
    orders.ok("DELETE", f"{ROWS}/{other}", {"permanent": True})
    assert len(plain_rows(orders.store, "orders", recycled=True)) == 1


def test_the_no_duplicates_flag_binds_only_where_the_setting_says_so(orders: Hap) -> None:
    orders.add("orders", no="A1")
    orders.settings.unique_mode = "isUnique"
    assert orders.code("POST", ROWS, quiet(fields=entries({"no": "A1"}))) == 100005
    orders.add("orders", amount=1)
    orders.add("orders", amount=1)


@pytest.mark.parametrize(("mode", "expected"), [("off", 12), ("index", 1)])
def test_parallel_creates_of_one_key(orders: Hap, mode: Any, expected: int) -> None:
    orders.store.sheet("orders").add_unique_index("no")
    orders.settings.unique_mode = mode
    body = quiet(fields=entries({"no": "A1"}))

    def create(_: int) -> bool:
        answer = requests.post(orders.url + ROWS, json=body, headers=KEYS, timeout=60)
        return bool(answer.json()["success"])

    with ThreadPoolExecutor(12) as pool:
        assert sum(pool.map(create, range(12))) == expected
    assert numbers(orders) == ["A1"] * expected


def test_a_batch_update_gives_one_set_of_values_to_many_rows(orders: Hap) -> None:
    made = orders.add_many("orders", [{"no": "A1"}, {"no": "A2"}, {"no": "A3"}])
    body = quiet(rowIds=[*made[:2], "gone"], fields=entries({"note": "same"}))
    assert orders.ok("PATCH", BATCH, body) == {
        "failedRowIds": ["gone"],
        "successfulRowIds": made[:2],
    }
    assert orders.values("orders", "note") == ["", "same", "same"]
    orders.settings.batch_update_key = "succeededRowIds"
    assert orders.ok("PATCH", BATCH, body)["succeededRowIds"] == made[:2]
    orders.settings.batch_update_type_required = True
    assert orders.code("PATCH", BATCH, body) == 10001


def test_a_batch_delete_may_look_like_a_failure(orders: Hap) -> None:
    made = orders.add_many("orders", [{"no": "A1"}, {"no": "A2"}])
    assert orders.ok("DELETE", BATCH, {"rowIds": made[:1]}) is None
    orders.settings.batch_delete_answer = "quirk"
    answer = orders.send("DELETE", BATCH, {"rowIds": made[1:]}).json()
    assert answer == {"success": False, "error_code": 0, "error_msg": "成功"}
    assert numbers(orders) == []


def test_batches_above_a_thousand_rows_are_refused_or_cut(orders: Hap) -> None:
    body = batch([{"no": str(n)} for n in range(1001)])
    assert orders.code("POST", BATCH, body) == 10002
    orders.settings.oversized_batch = "truncate"
    assert len(orders.ok("POST", BATCH, body)["rowIds"]) == 1000


def test_a_batch_without_rows_is_a_parameter_error(orders: Hap) -> None:
    bodies: dict[str, Any] = {"POST": {"rows": []}, "PATCH": {"fields": []}, "DELETE": {}}
    for method, body in bodies.items():
        assert orders.code(method, BATCH, body) == 10001
    assert orders.code("POST", ROWS, {}) == 10001


def test_a_batch_that_stops_half_way_leaves_what_was_written(orders: Hap) -> None:
    orders.settings.partial_batch_after = 2
    assert orders.code("POST", BATCH, batch([{"no": f"A{n}"} for n in range(5)])) == 99999
    assert numbers(orders) == ["A0", "A1"]
    assert orders.simulation.journal.writes()[-1].effect == "create orders 2"


def test_one_bad_row_rejects_its_batch(orders: Hap) -> None:
    orders.settings.invalid_number = "refused"
    bad = batch([{"no": "A1", "amount": 1}, {"no": "A2", "amount": "many"}])
    assert orders.code("POST", BATCH, bad) == 10002
    assert numbers(orders) == []


def test_a_lost_write_is_acknowledged_and_never_applied(orders: Hap) -> None:
    orders.settings.lost_write_every = 2
    orders.add("orders", no="A1")
    orders.add("orders", no="A2")
    assert numbers(orders) == ["A1"]
    effects = [e.effect for e in orders.simulation.journal.entries("rows.create")]
    assert effects == ["create orders 1", ""]


def test_a_late_write_answers_504_and_lands_afterwards(orders: Hap) -> None:
    orders.settings.late_write_every, orders.settings.late_write_s = 1, 30
    assert orders.send("POST", ROWS, quiet(fields=entries({"no": "A1"}))).status_code == 504
    assert numbers(orders) == []
    orders.store.clock.advance(31)
    assert numbers(orders) == ["A1"]
    assert [e.fault for e in orders.simulation.journal.writes("rows.create")] == ["late_write"]


def test_a_row_cap_refuses_one_more(orders: Hap) -> None:
    orders.settings.row_cap, orders.settings.row_cap_code = 1, 99999
    orders.add("orders", no="A1")
    assert orders.code("POST", ROWS, quiet(fields=entries({"no": "A2"}))) == 99999


def test_workflows_run_unless_the_write_says_otherwise(orders: Hap) -> None:
    sheet = orders.store.sheet("orders")
    orders.add("orders", no="A1")
    assert sheet.workflow_runs == 0
    orders.settings.workflow_edits = True
    orders.ok("POST", ROWS, {"fields": entries({"no": "A2"})})
    assert sheet.workflow_runs == 1
    assert plain_rows(orders.store, "orders")[-1]["uaid"] == "user-workflow"


def test_the_owner_may_be_written(orders: Hap) -> None:
    made = orders.ok("POST", ROWS, quiet(fields=entries({"ownerid": ["user-li"]})))
    [row] = orders.rows("orders", fields=["ownerid"])
    assert row == {"rowId": made["id"], "_owner": row["_owner"]}
    assert row["_owner"]["accountId"] == "user-li"


def test_a_person_edits_deletes_restores_and_adds(orders: Hap) -> None:
    row = orders.add("orders", no="A1")
    person = Person(orders.store)
    orders.store.clock.advance(5)
    person.edit("orders", row, {"note": "校准"})
    [read] = plain_rows(orders.store, "orders")
    assert (read["note"], read["uaid"], read["caid"]) == ("校准", "user-li-na", "user-api")
    assert read["utime"] == "2026-11-20 12:00:05"
    person.delete("orders", row)
    assert numbers(orders) == []
    person.restore("orders", row)
    person.add("orders", {"no": "A2"})
    assert numbers(orders) == ["A1", "A2"]


def test_the_journal_counts_the_rows_of_each_write(orders: Hap) -> None:
    made = orders.add_many("orders", [{"no": f"A{n}"} for n in range(3)])
    orders.patch("orders", made[0], amount=1)
    orders.ok("DELETE", BATCH, {"rowIds": made})
    effects = [e.effect for e in orders.simulation.journal.writes("rows.*")]
    assert effects == ["create orders 3", "update orders 1", "delete orders 3"]
    assert {e.caller for e in orders.simulation.journal.writes()} == {"demo-appkey"}
    assert rows_written(orders.simulation.journal) == {
        ("structure", "orders"): 1,
        ("create", "orders"): 3,
        ("update", "orders"): 1,
        ("delete", "orders"): 3,
    }


def test_a_write_delivered_twice_is_counted_twice(orders: Hap) -> None:
    orders.simulation.faults.set([FaultRule(api="rows.create", kind=Kind.TWICE)])
    start = orders.simulation.journal.entries()[-1].sequence
    orders.add("orders", no="A1")
    assert rows_written(orders.simulation.journal, after=start) == {("create", "orders"): 2}
    assert numbers(orders) == ["A1", "A1"]


def test_a_second_key_of_the_app_reaches_the_same_rows(orders: Hap) -> None:
    orders.store.app.keys["second"] = Key("second", "sign-2")
    orders.add("orders", no="A1")
    second = {"HAP-Appkey": "second", "HAP-Sign": "sign-2"}
    data = orders.ok("POST", f"{ROWS}/list", {}, headers=second)
    assert [row["no"] for row in data["rows"]] == ["A1"]
