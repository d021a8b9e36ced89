"""Of two rows for one key the oldest wins; only the pipeline's own work is ever removed."""

from __future__ import annotations

import itertools
import json
from contextlib import suppress
from typing import Any

import pytest

from connectors.errors import Bilingual, RejectedError
from include.destination.sheets.fingerprint import filled_mark
from include.flows.customers.audiences import refresh_audiences
from include.flows.reconcile.duplicates import doubled_names, repair_duplicates
from include.flows.run.error_rows import Failure, record_failures
from include.simulators.faults import FaultRule, Kind
from include.simulators.hap.model import Field as MadeField
from include.simulators.hap.plain import plain_rows
from include.simulators.simulation import Exchange
from tests.error_rows import entity_of
from tests.pipeline.nights import last_sequence, night, order_row, person, synced_world, told_in
from tests.pipeline.oracle import duplicates, order_differences
from tests.pipeline.world import World


@pytest.fixture
def world(tmp_path):
    with synced_world(tmp_path) as opened:
        yield opened


@pytest.fixture
def order(world):
    return max(world.source.orders.current.values(), key=lambda order: order.created_at)


NONE = Bilingual("", "")
KEYS = {
    "customers": "user_id",
    "goods": "goods_id",
    "columns": "column_id",
    "orders": "order_id",
    "collected_info": "record_id",
    "audiences": "audience",
    "sync_config": "api",
    "sync_errors": "error_id",
    "sync_ledger": "day",
}
COPIED = ("shop", "source_hash", "filled", "name", "phone", "company", "job_title", "email")


def doubled_in(world: World) -> list[dict[str, Any]]:
    return [r for r in plain_rows(world.store, "sync_errors") if entity_of(r) == "duplicate"]


def copy_by_api(world: World, sheet: str, key: str, **cells: object) -> str:
    """Add a younger row for a key, with the marks of the pipeline's own work."""
    oldest = rows_of(world, sheet, key)[0]
    marks = {alias: oldest[alias] for alias in COPIED if oldest.get(alias)}
    made = {KEYS[sheet]: key, **marks, **cells}
    row_id = world.hap().create_row(sheet, made, trigger_workflow=False)
    assert row_id
    return row_id


def rows_of(world: World, sheet: str, key: str) -> list[dict]:
    return [dict(row) for row in plain_rows(world.store, sheet) if row[KEYS[sheet]] == key]


Pointer = tuple[str, str, str]  # worksheet, field, row id


def pointers(world: World) -> dict[str, list[Pointer]]:
    """Return every relation, by the row that it points at."""
    relations = {"orders": ("customer", "goods", "columns"), "collected_info": ("customer",)}
    relations["columns"] = ("goods",)
    found: dict[str, list[Pointer]] = {}
    for sheet, aliases in relations.items():
        for row in plain_rows(world.store, sheet):
            for alias in aliases:
                for target in row[alias] or ():
                    found.setdefault(target, []).append((sheet, alias, str(row["rowid"])))
    return found


def pointing_at(world: World, row_id: str) -> list[Pointer]:
    return pointers(world).get(row_id, [])


def point(world: World, relations: list[Pointer], old: str, new: str) -> None:
    """Make relations point at another row, as a run that saw the younger row alone would."""
    rows = {r["rowid"]: r for sheet in KEYS for r in plain_rows(world.store, sheet)}
    for sheet, alias, row_id in relations:
        row = rows[row_id]
        ids = [new if one == old else one for one in row[alias]]
        world.hap().update_row(sheet, row_id, {alias: ids}, trigger_workflow=False)


def duplicate_issues(world: World) -> dict[str, str]:
    """Return the reason of each duplicate that waits for a person."""
    return {
        str(r["record_id"]): str(r["reason"])
        for r in plain_rows(world.store, "sync_errors")
        if entity_of(r) == "duplicate" and r["status"] == "待处理"
    }


def heal(world: World) -> None:
    context = world.context()
    repair_duplicates(context, doubled_names(context))


@pytest.fixture
def pointed_at(world):
    """Return, by worksheet, the key of a row that others point at, and its row id."""
    found, known = {}, pointers(world)
    for sheet in ("customers", "goods", "columns"):
        rows = plain_rows(world.store, sheet)
        referred = [row for row in rows if str(row["rowid"]) in known]
        row = min(referred, key=lambda row: abs(len(known[str(row["rowid"])]) - 2))
        found[sheet] = (str(row[KEYS[sheet]]), str(row["rowid"]))
    return found


@pytest.mark.parametrize("sheet", ["customers", "goods", "columns"])
def test_relations_move_to_the_oldest_and_the_younger_row_goes(world, pointed_at, sheet):
    key, oldest = pointed_at[sheet]
    copied = copy_by_api(world, sheet, key)
    relations = pointing_at(world, oldest)
    point(world, relations, oldest, copied)
    heal(world)
    assert [row["rowid"] for row in rows_of(world, sheet, key)] == [oldest]
    assert pointing_at(world, oldest) == relations
    assert pointing_at(world, copied) == []
    assert [r["rowid"] for r in plain_rows(world.store, sheet, recycled=True)] == [copied]
    assert duplicate_issues(world) == {}
    after = night(world)
    assert (after.green, after.writes) == (True, [])
    assert order_differences(world.source, world.store) == []


def test_every_worksheet_is_looked_through_for_doubled_keys(world):
    record_failures(
        world.context(), [Failure("goods", "g", "goods", RejectedError("x", NONE, NONE))]
    )
    night(world)
    refresh_audiences(world.context())
    copied = {}
    for sheet, alias in KEYS.items():
        key = str(plain_rows(world.store, sheet)[0][alias])
        copied[sheet] = copy_by_api(world, sheet, key)
    assert night(world).green
    assert duplicates(world.store) == []
    gone = {r["rowid"] for sheet in KEYS for r in plain_rows(world.store, sheet, recycled=True)}
    assert gone == set(copied.values())
    assert duplicate_issues(world) == {}
    assert night(world).writes == []


def test_a_customer_whom_nobody_refers_to_is_healed_too(world):
    bought = {order.user_id for order in world.source.orders.current.values()}
    users = world.source.users.values()
    user_id = next(user.user_id for user in users if user.listed and user.user_id not in bought)
    copy_by_api(world, "customers", user_id)
    assert night(world).green
    assert len(rows_of(world, "customers", user_id)) == 1


def own_field(world: World, sheet: str, name: str, **settings: object) -> str:
    """Add a field of a person's own to a worksheet; returns its id."""
    made = MadeField(world.store.ids.object_id(), name, "", **{"type": "Text", **settings})
    world.store.sheet(sheet).add_field(made)
    return made.id


def typed_over(world: World, key: str, copied: str) -> str:
    person(world).edit("customers", copied, {"phone": "13700000000"})
    # later the pipeline writes the row again, and HAP names the API as the last one
    world.hap().update_row("customers", copied, {"channel": "x"}, trigger_workflow=False)
    return "手机"


def typed_beside(world: World, key: str, copied: str) -> str:
    field = own_field(world, "customers", "跟进记录")
    person(world).edit("customers", copied, {field: "已回访"})
    world.hap().update_row("customers", copied, {"channel": "x"}, trigger_workflow=False)
    return "跟进记录"


def edited(world: World, key: str, copied: str) -> str:
    person(world).edit("customers", copied, {"nickname": "x"})
    return "修改过"


def by_something_else(world: World, key: str, copied: str) -> str:
    world.hap().update_row("customers", copied, {"source_hash": ""}, trigger_workflow=False)
    return "指纹"


def tells_more(world: World, key: str, copied: str) -> str:
    oldest = rows_of(world, "customers", key)[0]
    marks = json.loads(oldest["filled"]) | {"email": filled_mark(key, "email", "a@example.com")}
    cells = {"email": "a@example.com", "filled": json.dumps(marks)}
    world.hap().update_row("customers", copied, cells, trigger_workflow=False)
    world.hap().update_row("customers", oldest["rowid"], {"email": ""}, trigger_workflow=False)
    return "邮箱"


def related_from_outside(world: World, key: str, copied: str) -> str:
    sheet = world.store.add_sheet(world.store.app, "工单", "", world.store.app.sections[0])
    field = MadeField(world.store.ids.object_id(), "客户", "", "Relation")
    field.sub_type, field.data_source = 1, world.store.sheet("customers").id
    sheet.add_field(field)
    return "工单·客户"


def related_by_hand(world: World, key: str, copied: str) -> str:
    target = world.store.sheet("goods")
    field = own_field(world, "customers", "意向商品", type="Relation", data_source=target.id)
    goods = plain_rows(world.store, "goods")[0]["rowid"]
    world.hap().update_row("customers", copied, {field: [goods]}, trigger_workflow=False)
    return "意向商品"


REASONS = [
    typed_over, typed_beside, edited, by_something_else, tells_more,
    related_from_outside, related_by_hand,
]  # fmt: skip


@pytest.mark.parametrize("touch", REASONS, ids=lambda touch: touch.__name__)
def test_a_younger_customer_that_may_hold_more_stays_and_the_reason_is_told(
    world, pointed_at, touch
):
    key, oldest = pointed_at["customers"]
    relations = pointing_at(world, oldest)
    copied = copy_by_api(world, "customers", key)
    reason = touch(world, key, copied)
    point(world, relations, oldest, copied)
    heal(world)
    assert {row["rowid"] for row in rows_of(world, "customers", key)} == {oldest, copied}
    assert pointing_at(world, oldest) == relations
    assert reason in duplicate_issues(world)[f"customers:{key}"]
    seen = last_sequence(world)
    heal(world)
    assert [entry for entry in world.hap_journal.writes() if entry.sequence > seen] == []


def test_a_relation_that_could_not_be_moved_keeps_the_row(world, pointed_at):
    key, oldest = pointed_at["customers"]
    copied = copy_by_api(world, "customers", key)
    point(world, pointing_at(world, oldest)[:1], oldest, copied)
    world.hap_faults.set([FaultRule(api="rows.update", kind=Kind.STATUS, status=500, first=1)])
    heal(world)
    assert len(rows_of(world, "customers", key)) == 2
    assert f"customers:{key}" in duplicate_issues(world)
    world.hap_faults.clear()
    assert night(world).green
    assert [row["rowid"] for row in rows_of(world, "customers", key)] == [oldest]
    assert pointing_at(world, copied) == []
    assert duplicate_issues(world) == {}


def test_a_younger_row_that_the_pipeline_made_is_moved_to_the_recycle_bin(world, order):
    oldest = order_row(world, order.order_id)["rowid"]
    copy_by_api(world, "orders", order.order_id)
    ended = night(world)
    assert ended.green, ended.error
    assert order_row(world, order.order_id)["rowid"] == oldest
    assert [r["order_id"] for r in plain_rows(world.store, "orders", recycled=True)] == [
        order.order_id
    ]
    assert told_in(world, "extra") == {f"{order.order_id} ×2"}
    assert order_differences(world.source, world.store) == []
    assert night(world).writes == []


def test_a_row_that_a_person_made_or_touched_stays_and_is_named(world, order):
    copied = copy_by_api(world, "orders", order.order_id)
    person(world).edit("orders", copied, {"goods_name": "备注"})
    for _ in range(2):
        ended = night(world)
        assert order.order_id in ended.error
        assert ended.writes == []
    assert duplicates(world.store) == [f"orders:{order.order_id}"]
    (error_row,) = (
        r for r in plain_rows(world.store, "sync_errors") if entity_of(r) == "duplicate"
    )
    assert error_row["record_id"] == f"orders:{order.order_id}"
    assert error_row["attempts"] == 1

    person(world).delete("orders", copied)
    assert night(world).green
    (error_row,) = (
        r for r in plain_rows(world.store, "sync_errors") if entity_of(r) == "duplicate"
    )
    assert error_row["status"] == "已解决"


class Killed(BaseException):
    """The process is gone: nothing of the pipeline's catches this."""


def kill(_: World) -> None:
    raise Killed


def heal_interrupted(world: World, number: int, act) -> bool:
    """Heal, and act before the request to HAP of this number; False once there are fewer."""
    shop, reached = world.context(), []
    requests = itertools.count(1)

    def before(_: Exchange) -> None:
        if next(requests) == number:
            reached.append(number)
            act(world)

    listeners = world.apps[1].simulation.before
    listeners.append(before)
    with suppress(Killed):
        repair_duplicates(shop, doubled_names(shop))
    listeners.remove(before)
    return bool(reached)


@pytest.mark.parametrize("act", [kill, heal], ids=["killed", "another one at once"])
def test_wherever_a_reconciliation_is_interrupted_the_oldest_ends_with_everything(
    world, pointed_at, act
):
    key, oldest = pointed_at["customers"]
    relations = pointing_at(world, oldest)
    number = 0
    interrupted = True
    while interrupted:
        number += 1
        copied = copy_by_api(world, "customers", key)
        point(world, relations, oldest, copied)
        interrupted = heal_interrupted(world, number, act)
        if act is kill:
            heal(world)
        assert [row["rowid"] for row in rows_of(world, "customers", key)] == [oldest]
        assert pointing_at(world, oldest) == relations
        assert duplicate_issues(world) == {}
    assert number > 20
