from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from include.simulators.xiaoe.seed import demo_shop
from tests.matrix.ten import Ten, shop_of_ten
from tests.pipeline.copies import copied
from tests.pipeline.world import World, open_world


@pytest.fixture
def world(tmp_path) -> Iterator[World]:
    """A small shop with a history of ten days, and an app that is set up and empty."""

    @contextmanager
    def make(first: Path) -> Iterator[World]:
        with open_world(demo_shop(5, days=10, orders_per_day=2), first) as opened:
            opened.set_up()
            yield opened

    with copied("ten days and an empty app", tmp_path, make) as opened:
        yield opened


@pytest.fixture(scope="module")
def filled(tmp_path_factory) -> Iterator[World]:
    """A small shop with a promoted order, and an app that holds all of it; a module shares it."""
    source = demo_shop(5, days=6, orders_per_day=2)
    buyer, promoter, *_ = source.users.values()
    promoted = source.place_order(
        buyer.user_id,
        next(iter(source.goods)),
        share_user_id=promoter.user_id,
        share_nickname=promoter.nickname,
    )
    source.pay(promoted.order_id)
    with open_world(source, tmp_path_factory.mktemp("tokens")) as opened:
        opened.fill()
        yield opened


@pytest.fixture
def ten() -> Ten:
    """A shop that has ten of everything."""
    return shop_of_ten()


@pytest.fixture
def world_of_ten(ten: Ten, tmp_path) -> Iterator[World]:
    """The shop of ten, and an app that is set up and empty."""
    with open_world(ten.shop, tmp_path) as opened:
        opened.set_up()
        yield opened
