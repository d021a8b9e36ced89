"""Until when something is valid: by the purchase record of this very order."""

from __future__ import annotations

from datetime import datetime

import pytest

from connectors.xiaoe.models import Order, Purchase
from include.mapping.validity import own_purchases, validity
from include.source.windows import SHOP_ZONE


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHOP_ZONE)


def order(order_id: str, paid: str, good: str = "p_1", user: str = "u_1") -> Order:
    info = {"order_id": order_id, "user_id": user, "pay_state": 1, "pay_state_time": paid}
    info |= {"created_time": paid, "update_time": paid}
    return Order.model_validate({"order_info": info, "good_list": [{"resource_id": good}]})


def record(created: str, until: str, good: str = "p_1") -> Purchase:
    facts = {"resource_id": good, "created_at": created, "expire_at": until, "raw": {}}
    return Purchase.model_validate(facts)


FIRST = order("o_1", "2025-01-10 09:00:00")
RENEWAL = order("o_2", "2025-12-20 09:00:00")
OF_FIRST = record("2025-01-10 09:00:01", "2026-01-10 09:00:00")
OF_RENEWAL = record("2025-12-20 08:59:59", "2027-01-10 09:00:00")


def ends(one: Order, purchases: list[Purchase], others: tuple[Order, ...] = ()) -> datetime | None:
    own = own_purchases(one, purchases, others)
    return validity(one, own, one.order_info.pay_state_time)[1]


@pytest.mark.parametrize("records", [[OF_FIRST, OF_RENEWAL], [OF_RENEWAL, OF_FIRST]])
def test_a_renewal_leaves_the_validity_of_older_orders_alone(records):
    before = ends(FIRST, [OF_FIRST])
    assert ends(FIRST, records) == before == moment("2026-01-10 09:00:00")
    assert ends(RENEWAL, records) == moment("2027-01-10 09:00:00")


def test_the_record_of_another_good_is_nobodys_validity():
    assert ends(FIRST, [record("2025-01-10 09:00:00", "2030-01-01 00:00:00", "p_2")]) is None


def test_a_record_that_is_nearer_to_another_order_is_that_ones():
    assert ends(FIRST, [OF_RENEWAL], (FIRST, RENEWAL)) is None
    assert ends(RENEWAL, [OF_RENEWAL], (FIRST, RENEWAL)) == moment("2027-01-10 09:00:00")


@pytest.mark.parametrize("other", [order("o_2", "2025-12-20 09:00:00", "p_2"), FIRST])
def test_orders_of_other_goods_take_no_record_away(other):
    assert ends(FIRST, [OF_RENEWAL], (FIRST, other)) == moment("2027-01-10 09:00:00")


def test_a_record_without_a_time_counts_where_there_is_no_other():
    undated = Purchase.model_validate(
        {"resource_id": "p_1", "expire_at": "2026-05-01 00:00:00", "raw": {}}
    )
    assert ends(FIRST, [undated]) == moment("2026-05-01 00:00:00")
    assert ends(FIRST, [undated, OF_FIRST]) == moment("2026-01-10 09:00:00")


def test_records_without_a_time_count_for_nobody_where_they_may_be_anothers():
    facts = [{"resource_id": "p_1", "expire_at": f"20{year}-05-01 00:00:00"} for year in (26, 27)]
    two = [Purchase.model_validate({**one, "raw": {}}) for one in facts]
    assert ends(FIRST, two) is None
    assert ends(FIRST, two[:1], (FIRST, RENEWAL)) is None
    assert ends(FIRST, two[:1], (FIRST, order("o_3", "2025-12-20 09:00:00", "p_2"))) is not None
