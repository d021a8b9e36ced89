"""An audience tells the last thirty days beside the thirty before, by the day of the order."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from include.mapping.audiences import Audience, audience_record

TODAY = datetime(2026, 11, 24, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize(
    ("age", "recent", "before"),
    [
        (timedelta(hours=-9), 0, 0),  # today, of which nobody knows the whole
        (timedelta(seconds=1), 1, 0),
        (timedelta(days=30), 1, 0),
        (timedelta(days=30, seconds=1), 0, 1),
        (timedelta(days=60), 0, 1),
        (timedelta(days=61), 0, 0),
    ],
)
def test_an_order_counts_in_one_span_or_in_none(age, recent, before):
    audience = Audience(TODAY)
    audience.add_order("row1", Decimal("9.90"), Decimal("1.00"), TODAY - age)
    values = audience_record("app", "管理者", "全部", audience).values
    assert (values["recent_customers"], values["before_customers"]) == (recent, before)
    assert values["recent_paid"] == Decimal("9.90") * recent
    assert values["before_refunded"] == Decimal("1.00") * before
    assert values["paid"] == Decimal("9.90")


def test_who_buys_twice_is_one_customer():
    audience = Audience(TODAY)
    for _ in range(2):
        audience.add_order("row1", Decimal(5), Decimal(0), TODAY - timedelta(days=3))
    assert audience_record("app", "管理者", "全部", audience).values["recent_customers"] == 1
