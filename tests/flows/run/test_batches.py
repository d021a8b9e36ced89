"""Which orders go into one mapped task, and how small that is on its way there."""

from __future__ import annotations

import json
import random
from datetime import timedelta
from itertools import pairwise

import pytest

from airflow_extras.xcom import decoded, encoded
from connectors.errors import ConfigurationError
from include.flows.run.batches import (
    Batch,
    BatchOrder,
    BatchRefs,
    buyers_of,
    goods_of,
    make_batches,
)
from include.simulators.clock import parse_time
from include.source.orders import OrderRef

NOON = parse_time("2026-11-20 12:00:00")


def refs(number: int, customers: int = 0) -> list[OrderRef]:
    rng = random.Random(number)
    return [
        OrderRef(
            f"o_{1763600000 + n}_{n:013x}_{n:08d}",
            f"u_{rng.randrange(customers or number // 3 + 1):013x}_AbCdEf01",
            NOON + timedelta(seconds=n),
            NOON + timedelta(seconds=n + 30),
            ((f"p_{n % 40:013x}_Col00001", 6),),
        )
        for n in range(number)
    ]


def brought(batches: list[Batch]) -> list[str]:
    """Return who is brought along by a batch, once for each batch that does."""
    return [user_id for batch in batches for user_id in batch.buyers]


@pytest.mark.parametrize(
    ("orders", "most"), [(1, 1), (50, 50), (51, 3), (1000, 4), (10_000, 20), (100_000, 200)]
)
def test_many_orders_make_few_tasks(orders, most):
    batches = make_batches(refs(orders))
    assert len(batches) <= most
    assert sorted(ref.order_id for batch in batches for ref in batch.orders) == sorted(
        ref.order_id for ref in refs(orders)
    )


def test_a_million_orders_stay_below_airflows_map_length():
    shared = [OrderRef(f"o_{n}", "", NOON, NOON) for n in range(300_000)]
    assert len(make_batches(shared)) <= 1024


def test_up_to_fifty_orders_are_a_task_each():
    assert [batch.label for batch in make_batches(refs(50))] == [ref.order_id for ref in refs(50)]


@pytest.mark.parametrize("orders", [51, 400, 1000])
def test_all_orders_of_a_customer_are_in_one_batch(orders):
    batches = make_batches(refs(orders))
    whose = {ref.order_id: ref.user_id for ref in refs(orders)}
    homes = [{whose[order.order_id] for order in batch.orders} for batch in batches]
    assert sum(map(len, homes)) == len(set().union(*homes))
    assert not any(batch.customer_elsewhere for batch in batches)


@pytest.mark.parametrize("orders", [30, 700, 5000])
def test_a_customer_is_brought_along_by_one_batch_alone(orders):
    batches = make_batches(refs(orders))
    assert sorted(brought(batches)) == sorted({ref.user_id for ref in refs(orders)})


def test_the_batches_of_very_many_orders_follow_their_time():
    batches = make_batches(refs(5000))
    spans = [[ref.created_at for ref in batch.orders] for batch in batches]
    assert all(max(one) < min(two) for one, two in pairwise(spans))


def test_ids_and_times_alone_cross_and_come_back():
    batches = make_batches(refs(5000))
    back = decoded(list[Batch], json.loads(json.dumps(encoded(list[Batch], batches))))
    assert back == batches
    told = {
        order.order_id: (order.created_at, order.updated_at) for b in back for order in b.orders
    }
    assert told == {ref.order_id: (ref.created_at, ref.updated_at) for ref in refs(5000)}
    assert goods_of(back) == {goods for ref in refs(5000) for goods in ref.goods}
    assert buyers_of(back) == sorted({ref.user_id for ref in refs(5000)})
    assert sum(len(batch.buyers) for batch in back) == len(buyers_of(back))


def test_what_the_orders_refer_to_is_read_without_the_orders():
    batches = make_batches(refs(5000))
    read = decoded(list[BatchRefs], json.loads(json.dumps(encoded(list[Batch], batches))))
    assert (goods_of(read), buyers_of(read)) == (goods_of(batches), buyers_of(batches))
    assert not any(hasattr(one, "with_customer") for one in read)


def test_batches_that_do_not_say_what_they_refer_to_are_no_batches_without_buyers():
    """As a version left them that named the fields otherwise."""
    with pytest.raises(ConfigurationError):
        decoded(list[BatchRefs], ['{"with_customer": [], "users": ["u_1"]}'])


def test_an_order_without_times_comes_back_without_times():
    (batch,) = make_batches([OrderRef("o_1", "", None, None)])
    (back,) = decoded(list[Batch], encoded(list[Batch], [batch]))
    assert back.orders == [BatchOrder("o_1", None, None)]
    assert back.orders[0].is_retried


@pytest.mark.parametrize("few", [True, False])
def test_a_line_without_the_type_of_its_good_stops_no_run_and_hides_no_type(few):
    lines = ((("g_1", 6),), (("g_1", None),), (("g_2", None), ("g_2", 3)), (("g_3", None),))
    orders = [OrderRef(f"o_{n}", f"u_{n}", NOON, NOON, lines[n % 4]) for n in range(60)]
    batches = make_batches(orders, few=few)
    assert goods_of(batches) == {("g_1", 6), ("g_2", 3), ("g_3", None)}
    # Of the batches of single orders, some know the type and others do not.
    assert goods_of(make_batches(orders[:8])) == goods_of(batches)


def test_a_hundred_thousand_orders_are_a_few_megabytes():
    crossed = json.dumps(encoded(list[Batch], make_batches(refs(100_000))))
    assert len(crossed) < 8_000_000
