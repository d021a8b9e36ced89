"""Tries every interface once with a harmless question, for the Test button of the connection.

A refusal such as "no such order" proves that the interface may be used, so it counts as working.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from connectors.errors import Bilingual, ConnectorError, RejectedError
from connectors.xiaoe.calls.orders import OrderQuery
from connectors.xiaoe.values import BEIJING

if TYPE_CHECKING:
    from connectors.xiaoe.client import XiaoeClient

_NOBODY = "u_connection_test"
_NOTHING = "connection_test"
_COLUMN = 6
_AT_ONCE = 4  # a person waits for the result
_WORKS = Bilingual("可用", "works")


class Checked(NamedTuple):
    """The result of one interface; ``message`` is Chinese with English beside."""

    api: str
    ok: bool
    message: str


def check_interfaces(client: XiaoeClient) -> list[Checked]:
    """Ask each interface that the pipeline uses, in the order in which a failure matters."""
    questions = _questions()
    asks = [partial(ask, client) for ask in questions.values()]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(_tried, questions, asks))


def check_token(verify: Callable[[], object]) -> Checked:
    """Fetch a token, which proves app id, secret and IP whitelist."""
    return _tried("token", verify)


def _tried(api: str, ask: Callable[[], object]) -> Checked:
    try:
        ask()
    except RejectedError:
        return Checked(api, True, str(_WORKS))
    except ConnectorError as error:
        return Checked(api, False, str(error))
    return Checked(api, True, str(_WORKS))


def _questions() -> dict[str, Callable[[XiaoeClient], object]]:
    now = datetime.now(BEIJING)
    hour_ago = now - timedelta(hours=1)
    return {
        "user.list": lambda c: c.list_users(1, 1),
        "user.list.cursor": lambda c: c.list_users_after(None, 1),
        "user.by_id": lambda c: c.users_by_id([_NOBODY]),
        "user.info": lambda c: c.user_info(_NOBODY),
        "goods.list": lambda c: c.list_goods(1, 1),
        "goods.detail": lambda c: c.goods_detail(_NOTHING, _COLUMN),
        "goods.relation": lambda c: c.column_contents(_NOTHING, _COLUMN),
        "order.list": lambda c: c.list_orders(OrderQuery("update", hour_ago, now), 1, 1),
        "order.list.created": lambda c: c.list_orders_created(hour_ago, now, 1, 1),
        "order.detail": lambda c: c.order_detail(_NOTHING),
        "after_sale.list": lambda c: c.list_after_sales(now.date(), now.date(), 1, 1),
        "purchase": lambda c: c.list_purchases(_NOBODY, page_size=1),
        "information.form": lambda c: c.list_forms(1, 1),
        "information.form.result": lambda c: c.list_form_answers(_NOTHING, 1, 1),
        "information.user": lambda c: c.list_user_answers(_NOBODY, 1, 1),
    }
