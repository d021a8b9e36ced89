"""What people change in HAP, and what base data, orders and a backfill make of it, by policy."""

from __future__ import annotations

import pytest

from include.simulators.hap.human import Person
from include.simulators.hap.plain import plain_rows
from tests.crash.child import run_steps
from tests.crash.scene import first_day, second_day
from tests.pipeline.nights import night
from tests.pipeline.world import open_world

FLOWS = {
    "base data": ("base_data",),
    "orders": ("orders",),
    "everything": ("set_up", "base_data", "orders"),
}

# worksheet, key field, how to find the row in the scene, field, what a person writes, what stands
# there after a run over an unchanged source; ... = what the pipeline had written.
UNCHANGED_SOURCE = [
    ("customers", "user_id", ("users", 1), "name", "李娜女士", "李娜女士"),
    ("customers", "user_id", ("users", 1), "phone", "13700000000", "13700000000"),
    ("customers", "user_id", ("users", 1), "company", "更正公司", "更正公司"),
    ("customers", "user_id", ("users", 1), "segment", "其他", "其他"),
    ("customers", "user_id", ("users", 1), "nickname", "手改", "手改"),
    ("goods", "goods_id", ("goods", 0), "summary", "手写简介", "手写简介"),
    ("orders", "order_id", ("orders", 2), "promoter", "手填", "手填"),
    ("sync_config", "api", "order.list", "page_size", 20, 20),
    ("sync_config", "api", "after_sale.list", "enabled", "停用", "停用"),
]
# The same edits, with a source that has changed in between (see `second_day`).
CHANGED_SOURCE = [
    ("customers", "user_id", ("users", 1), "company", "更正公司", "更正公司"),
    ("customers", "user_id", ("users", 1), "phone", "", "13900000002"),
    ("customers", "user_id", ("users", 0), "nickname", "手改", "王总"),
    ("orders", "order_id", ("orders", 0), "goods_name", "手改", ...),
    ("orders", "order_id", ("orders", 0), "order_state", "已关闭", "已完成"),
]


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    scene = first_day()
    with open_world(scene.shop, tmp_path_factory.mktemp("w") / "tokens") as world:
        run_steps(world)
        yield scene, world


def key_of(scene, where) -> str:
    return where if isinstance(where, str) else getattr(scene, where[0])[where[1]]


def cell(world, sheet: str, key_field: str, key: str, field: str):
    (row,) = (row for row in plain_rows(world.store, sheet) if row[key_field] == key)
    return row[field], str(row["rowid"])


@pytest.mark.parametrize("flow", FLOWS.values(), ids=FLOWS.keys())
@pytest.mark.parametrize(
    ("sheet", "key_field", "where", "field", "typed", "wanted"),
    UNCHANGED_SOURCE,
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_an_edit_stands_while_the_source_stands_still(
    filled, sheet, key_field, where, field, typed, wanted, flow
):
    scene, world = filled
    key = key_of(scene, where)
    before, row_id = cell(world, sheet, key_field, key, field)
    person = Person(world.store)
    person.edit(sheet, row_id, {field: typed})
    try:
        run_steps(world, flow)
        assert cell(world, sheet, key_field, key, field)[0] == wanted
    finally:
        person.edit(sheet, row_id, {field: "" if before is None else before})


def test_edits_end_as_their_policy_says_when_the_source_has_changed(tmp_path):
    scene = first_day()
    with open_world(scene.shop, tmp_path / "tokens") as world:
        run_steps(world)
        second_day(scene)
        written = {}
        for sheet, key_field, where, field, typed, _ in CHANGED_SOURCE:
            key = key_of(scene, where)
            written[sheet, key, field], row_id = cell(world, sheet, key_field, key, field)
            Person(world.store).edit(sheet, row_id, {field: typed})
        for _ in range(2):
            run_steps(world)
        for sheet, key_field, where, field, _, wanted in CHANGED_SOURCE:
            key = key_of(scene, where)
            expected = written[sheet, key, field] if wanted is ... else wanted
            assert cell(world, sheet, key_field, key, field)[0] == expected, field


def test_a_column_of_a_person_s_own_is_never_touched(tmp_path):
    scene = first_day()
    with open_world(scene.shop, tmp_path / "tokens") as world:
        run_steps(world)
        extra = {"name": "跟进记录", "alias": "follow_up", "type": "Text", "required": False}
        world.hap().edit_worksheet("customers", add_fields=[extra])
        _, row_id = cell(world, "customers", "user_id", scene.users[0], "nickname")
        Person(world.store).edit("customers", row_id, {"follow_up": "已电话沟通"})
        second_day(scene)
        run_steps(world)
        now, _ = cell(world, "customers", "user_id", scene.users[0], "follow_up")
        assert now == "已电话沟通"


def test_a_row_that_a_person_deleted_comes_back_once(tmp_path):
    scene = first_day()
    with open_world(scene.shop, tmp_path / "tokens") as world:
        run_steps(world)
        _, row_id = cell(world, "customers", "user_id", scene.users[1], "nickname")
        Person(world.store).delete("customers", row_id)
        for _ in range(2):
            run_steps(world)
        cell(world, "customers", "user_id", scene.users[1], "nickname")


def test_the_nightly_run_keeps_corrections_and_restores_what_the_pipeline_owns_of_orders(tmp_path):
    scene = first_day()
    with open_world(scene.shop, tmp_path / "tokens") as world:
        run_steps(world)
        written = {}
        for sheet, key_field, where, field, typed, _ in UNCHANGED_SOURCE:
            key = key_of(scene, where)
            written[sheet, field], row_id = cell(world, sheet, key_field, key, field)
            Person(world.store).edit(sheet, row_id, {field: typed})
        # What the pipeline owns of an order, and of the buyer of an order that a person touched,
        # is compared whole; elsewhere an edit stands until the source changes.
        restored = {("orders", "promoter"), ("customers", "nickname")}
        for step in range(2):
            ended = night(world)
            assert ended.green
            assert step == 0 or ended.writes == []
            for sheet, key_field, where, field, _, typed in UNCHANGED_SOURCE:
                wanted = written[sheet, field] if (sheet, field) in restored else typed
                now, _ = cell(world, sheet, key_field, key_of(scene, where), field)
                assert now == wanted, (sheet, field)
