"""Calls about refunds and returns (contracts: xiaoe §6.7)."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from connectors.xiaoe.caller import page_of, rows_before
from connectors.xiaoe.calls.topic import Topic
from connectors.xiaoe.models import AfterSale, Page


class AfterSaleCalls(Topic):
    """After-sale cases."""

    def list_after_sales(
        self,
        since: date,
        until: date,
        page: int,
        page_size: int = 50,
        date_type: Literal["created_at", "updated_at", "refund_time", "apply_time"] = "updated_at",
        order_id: str | None = None,
    ) -> Page[AfterSale]:
        """List cases by day; money in 分.

        Args:
            since: First day in Beijing.
            until: Last day in Beijing, inclusive.
            page: From 1.
            page_size: The largest that the vendor takes is not documented.
            date_type: The time that the days mean.
            order_id: The cases of this order only.
        """
        api = "after_sale.list"
        sized = page_of(api, page, page_size)
        body: dict[str, Any] = {
            "created_at": f"{since.isoformat()}||{until.isoformat()}",
            "date_type": date_type,
            **sized,
            "page_index": sized["page"],  # which of the two page keys counts is not determined
        }
        if order_id:
            body["order_id"] = order_id
        before = rows_before(page, page_size)
        return self._list(api, body, AfterSale, rows_before=before, place=f"{since} {until}")
