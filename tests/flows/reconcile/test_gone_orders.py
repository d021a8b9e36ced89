"""Whether the shop still shows an order whose detail does not tell when it was made."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from connectors.errors import Bilingual, RejectedError
from include.flows.reconcile import gone_orders
from include.source.order_rows import LONGEST

# Past midnight of the first day in Beijing, while UTC still has the last day of the year before.
EARLY = datetime(2014, 12, 31, 20, tzinfo=UTC)


def test_an_order_of_the_very_first_day_in_beijing_is_found(monkeypatch):
    def no_detail(_):
        raise RejectedError(
            "order.detail", Bilingual("原因", "why"), Bilingual("办法", "what to do")
        )

    def found(_, order_id, since, until):
        return order_id if since <= EARLY <= until else None

    monkeypatch.setattr(gone_orders, "read_order_row", found)
    shop = SimpleNamespace(xiaoe=SimpleNamespace(order_detail=no_detail))
    now = EARLY + timedelta(hours=1) + 100 * LONGEST
    assert gone_orders._is_shown(shop, "o_1", now)
