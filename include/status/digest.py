"""The digest of a day: what the page shows, in a few lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from include.flows.reconcile.ledger import DISAGREES
from include.status.links import page_url
from include.status.messages import Message

_TOP = 3
_YESTERDAY = -2


def digest_of(picture: Mapping[str, Any], airflow: str) -> Message:
    """Return the digest of a picture made by `read_snapshot`; counts and sums alone."""
    lines = [line for shop in picture["shops"] for line in _shop(shop)]
    errors = picture["errors"]
    lines.append(f"未解决异常 open errors: {errors['total']}")
    lines += [f"· {cause['count']} × {cause['reason']}" for cause in errors["causes"][:_TOP]]
    lines += ["", f"概况 page: {page_url(airflow)}"] if airflow else []
    return Message("小鹅通同步日报 / Xiaoe sync, daily digest", "\n".join(lines))


def _shop(shop: Mapping[str, Any]) -> Iterator[str]:
    days = shop["days"]
    yesterday = days[_YESTERDAY]
    yield f"店铺 shop {shop['shop']} · {yesterday['day']}"
    if yesterday["source"]:
        yield f"· 小鹅通 shop: {_side(yesterday['source'])}"
        yield f"· 明道云 HAP: {_side(yesterday['hap'])}"
    else:
        yield "· 尚未对账 not reconciled"
    differing = [day["day"] for day in days if day["status"] == DISAGREES]
    reported = "、".join(differing) or "无 none"
    yield f"· 30 天内不一致 days that differ: {reported}"
    if shop["outdated"]:
        yield f"· 待按新规则更正的较早订单 older orders to be corrected: {shop['outdated']}"
    yield f"· 客户 customers: {'?' if shop['customers'] is None else shop['customers']}"


def _side(side: Mapping[str, Any]) -> str:
    return (
        f"{side['orders']} 单 orders, 实付 paid {side['paid']:,.2f}, "
        f"退款 refunded {side['refunded']:,.2f}"
    )
