"""The user list shows 10,000 rows and no more: days are cut until each range fits."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from connectors.errors import ContractError
from include.simulators.clock import SHANGHAI
from include.source import full_lists
from include.source.full_lists import every_user_by_day
from tests.histories.history import History
from tests.histories.world import World

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=SHANGHAI)


def shop_with_users(days: list[int], total: str) -> World:
    switches = {"user_rows_cap": 6, "distorted_apis": "user.list", "total": total}
    world = World(History("update", NOW, switches=switches))
    world.stirring = False
    for number, ago in enumerate(days):
        world.source.register_user(f"用户{number}", at=NOW - timedelta(days=ago, seconds=number))
    return world


def read(world: World) -> list[str]:
    first = (NOW - timedelta(days=40)).date()
    users = every_user_by_day(world.context().xiaoe, first, NOW.date(), page_size=2)
    return sorted(user.user_id for user in users)


@pytest.fixture(autouse=True)
def low_limit(monkeypatch):
    monkeypatch.setattr(full_lists, "REACHABLE_USERS", 6)


@pytest.mark.parametrize("total", ["exact", "string", "missing"])
def test_users_beyond_the_limit_are_read_by_shorter_ranges(total):
    world = shop_with_users([day for day in range(1, 30, 3) for _ in range(3)], total)
    assert read(world) == sorted(world.source.users)


@pytest.mark.parametrize("total", ["exact", "missing"])
def test_a_single_day_beyond_the_limit_is_an_error(total):
    with pytest.raises(ContractError, match="只读到 6 条"):
        read(shop_with_users([2] * 9, total))
