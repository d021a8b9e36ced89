"""Asks the shop, as the pipeline asks it, for a little of everything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial

from connectors.errors import ConnectorError
from connectors.xiaoe.calls.orders import OrderQuery
from connectors.xiaoe.models import Goods, Order
from connectors.xiaoe.values import BEIJING
from include.doctor.context import SPAN, DoctorContext
from include.doctor.shape_report.recorder import Recorder

Question = tuple[str, Callable[[], object]]
_PEOPLE, _DETAILS, _GOODS, _FORMS = 10, 20, 20, 20
_MONTHS, _WEEKS = 3, 4
_WEEK, _REFUNDS = timedelta(days=7), timedelta(days=180)
_COLUMNS = frozenset({5, 6, 8})  # the types of a good that contains others


def ask_shop(context: DoctorContext, recorder: Recorder) -> None:
    """Put every question; what one refuses keeps no other from being asked."""
    with recorder.watching(context.xiaoe.transport):
        for api, question in _questions(context):
            recorder.ask(api, question)


def _questions(context: DoctorContext) -> Iterator[Question]:
    shop = context.xiaoe
    yield "token", shop.verify
    yield from _orders(context)
    yield "user.list", partial(shop.list_users, 1)
    yield "user.list.cursor", partial(shop.list_users_after, None)
    yield from _people(context)
    yield from _goods(context)
    yield from _forms(context)


def _orders(context: DoctorContext) -> Iterator[Question]:
    shop, now = context.xiaoe, context.shop_now()
    for number in range(_MONTHS):
        since, until = now - (number + 1) * SPAN, now - number * SPAN
        for query in (OrderQuery("created", since, until), OrderQuery("update", since, until)):
            yield "order.list", partial(shop.list_orders, query, 1)
    for number in range(_WEEKS):
        since, until = now - (number + 1) * _WEEK, now - number * _WEEK
        yield "order.list.created", partial(shop.list_orders_created, since, until, 1, 100)
    for order_id in _orders_of_each_kind(context):
        yield "order.detail", partial(shop.order_detail, order_id)
    today = now.astimezone(BEIJING).date()
    yield "after_sale.list", partial(shop.list_after_sales, today - _REFUNDS, today, 1)


def _people(context: DoctorContext) -> Iterator[Question]:
    shop, buyers = context.xiaoe, _buyers(context)
    if buyers:
        yield "user.by_id", partial(shop.users_by_id, buyers[:50])
    for user_id in buyers[:_PEOPLE]:
        yield "user.info", partial(shop.user_info, user_id)
        yield "purchase", partial(shop.list_purchases, user_id)
        yield "information.user", partial(shop.list_user_answers, user_id, 1)


def _goods(context: DoctorContext) -> Iterator[Question]:
    shop, seen = context.xiaoe, list[Goods]()
    yield "goods.list", lambda: seen.extend(shop.list_goods(1).rows)
    yield "resource.list", partial(shop.list_resources, 1, 1)
    for good in seen[:_GOODS]:
        kind = good.resource_type or 0
        yield "goods.detail", partial(shop.goods_detail, good.resource_id, kind)
        if kind in _COLUMNS:
            yield "goods.relation", partial(shop.column_contents, good.resource_id, kind)


def _forms(context: DoctorContext) -> Iterator[Question]:
    shop, seen = context.xiaoe, list[str]()
    listed = partial(shop.list_forms, 1)
    yield "information.form", lambda: seen.extend(form.form_id for form in listed().rows)
    for form_id in seen[:_FORMS]:
        yield "information.form.result", partial(shop.list_form_answers, form_id, 1)


def _known_orders(context: DoctorContext) -> list[Order]:
    try:
        return context.orders
    except ConnectorError:  # recorded where the list was asked for its shapes
        return []


def _buyers(context: DoctorContext) -> list[str]:
    return context.buyers if _known_orders(context) else []


def _orders_of_each_kind(context: DoctorContext) -> list[str]:
    """Return orders that differ in what happened to them, one of each kind."""
    kinds: dict[tuple[object, ...], str] = {}
    for order in _known_orders(context):
        info = order.order_info
        promoted = bool(info.share_user_id)
        states = (info.order_state, info.pay_state, info.aftersale_show_state, info.settle_state)
        kinds.setdefault((*states, len(order.good_list), promoted), info.order_id)
    return list(kinds.values())[:_DETAILS]
