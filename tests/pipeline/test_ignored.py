"""What a person has set to 忽略 is left alone by base data and by the night, until it changes."""

from __future__ import annotations

import pytest

from connectors.errors import Bilingual, RejectedError
from include.flows.run.error_rows import Failure, record_failures
from include.simulators.hap.plain import plain_rows
from tests.error_rows import entity_of
from tests.pipeline.nights import night, person, synced_world
from tests.pipeline.world import World

KEYS = {
    "customer": ("customers", "user_id"),
    "collected_info": ("collected_info", "record_id"),
    "goods": ("goods", "goods_id"),
    "columns": ("columns", "column_id"),
}


@pytest.fixture
def world(tmp_path):
    with synced_world(tmp_path) as opened:
        yield opened


def new_in_the_shop(world: World, entity: str) -> str:
    """Let something appear that no order points at; return its key."""
    shop = world.source
    good = shop.add_goods("新课", 3, 100)
    column = shop.add_goods("新专栏", 6, 100, contents=[good])
    user = shop.register_user("新同学")
    form = next(iter(shop.forms.values()))
    answer = shop.answer_form(form.form_id, user.user_id, {form.questions[0]: "新同学"})
    return {
        "customer": user.user_id,
        "collected_info": str(answer.number),
        "goods": good.goods_id,
        "columns": column.goods_id,
    }[entity]


def set_status(world: World, entity: str, record_id: str, status: str) -> None:
    error = RejectedError(entity, Bilingual("原因", "why"), Bilingual("办法", "what to do"))
    record_failures(world.context(), [Failure(entity, record_id, entity, error)])
    (row,) = (
        row
        for row in plain_rows(world.store, "sync_errors")
        if (entity_of(row), row["record_id"]) == (entity, record_id)
    )
    person(world).edit("sync_errors", row["rowid"], {"status": status})


def held(world: World, alias: str, key: str) -> bool:
    (column,) = (column for sheet, column in KEYS.values() if sheet == alias)
    return key in {row[column] for row in plain_rows(world.store, alias)}


@pytest.mark.parametrize("entity", KEYS)
def test_what_a_person_ignores_is_left_alone_by_base_data_and_by_the_night(world, entity):
    alias, key = KEYS[entity][0], new_in_the_shop(world, entity)
    set_status(world, entity, key, "忽略")
    world.base_data()
    ended = night(world)
    assert ended.green, ended.error
    assert not held(world, alias, key)
    set_status(world, entity, key, "重试")
    world.base_data()
    assert held(world, alias, key)
    statuses = {row["record_id"]: row["status"] for row in plain_rows(world.store, "sync_errors")}
    assert statuses[key] == "已解决"
