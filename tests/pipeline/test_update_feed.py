"""Which orders changed, where the shop refuses in the middle of the list."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.errors import RejectedError
from include.simulators.clock import VirtualClock
from include.simulators.faults import FaultRule, Kind
from include.simulators.xiaoe.shop import Shop as SimulatedShop
from include.source.update_feed import UpdateFeed
from include.source.windows import SECOND, Window
from tests.moment import MOMENT
from tests.pipeline.busy_shop import unpaced
from tests.pipeline.world import World, open_world

ORDERS = 40


def paid_from_both_ends() -> SimulatedShop:
    """Return a shop in which the oldest and the newest order were paid first, and so on inwards."""
    shop = SimulatedShop(clock=VirtualClock(MOMENT, frozen=True), seed=1)
    opened = MOMENT - timedelta(days=50)
    course = shop.add_goods("高效沟通", 3, 9900, line_price=0, at=opened, valid_days=30)
    buyer = shop.register_user("客户", at=opened, bind_phone="13800000000").user_id
    placed = [MOMENT - timedelta(days=20) + n * timedelta(hours=6) for n in range(ORDERS)]
    orders = [shop.place_order(buyer, course.goods_id, at=at).order_id for at in placed]
    for number in range(ORDERS):
        end = number // 2 if number % 2 else -1 - number // 2
        shop.pay(orders[end], at=MOMENT - timedelta(hours=5) + timedelta(minutes=number))
    return shop


@pytest.fixture
def world(tmp_path):
    switches = unpaced(page_size_cap=5, several_times="and")
    with open_world(paid_from_both_ends(), tmp_path, xiaoe=switches) as world:
        world.set_up()
        yield world


def read_with_refusal(world: World, nth: int) -> set[str]:
    refused = FaultRule(api="order.list", kind=Kind.CODE, code=4711, nth=nth)
    world.xiaoe_faults.set([refused])
    window = Window(MOMENT - timedelta(days=2), MOMENT - SECOND)
    return {ref.order_id for ref in UpdateFeed(world.context().xiaoe).read(window)}


def test_a_first_answer_may_be_refused_for_want_of_creation_times(world):
    assert read_with_refusal(world, 1) == set(world.source.orders.current)


@pytest.mark.parametrize("nth", [3, 9])
def test_a_refusal_in_the_middle_of_the_list_leaves_out_no_order(world, nth):
    """Orders have been shown without creation times: what is refused is something else."""
    with pytest.raises(RejectedError, match="4711"):
        read_with_refusal(world, nth)
