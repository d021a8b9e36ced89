"""Calls about what users own and until when (contracts: xiaoe §7)."""

from __future__ import annotations

from typing import Any

from connectors.xiaoe.caller import page_of, rows_before
from connectors.xiaoe.calls.topic import Topic
from connectors.xiaoe.models import Page, Purchase
from connectors.xiaoe.models.purchases import named


class PurchaseCalls(Topic):
    """Purchases and their validity."""

    def list_purchases(
        self, user_id: str, product_id: str | None = None, page: int = 1, page_size: int = 50
    ) -> Page[Purchase]:
        """List what a user bought, newest first; the answer's fields are not documented.

        Args:
            user_id: Whose purchases.
            product_id: This good only.
            page: From 1.
            page_size: At most 50.
        """
        api = "purchase"
        sized = page_of(api, page, page_size)
        wanted: dict[str, Any] = {
            "user_id": user_id,
            "page_index": sized["page"],
            "page_size": sized["page_size"],
            "order_by": "created_at:desc",
        }
        if product_id:
            wanted["product_id"] = product_id
        return self._list(
            api,
            {"data": wanted},
            Purchase,
            rows_before=rows_before(page, page_size),
            place=user_id,
            part=user_id,
            of_one=True,
            prepare=named,
        )
