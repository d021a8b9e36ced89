"""Which cells of one order's row are not what the pipeline would write now."""

from __future__ import annotations

from connectors.errors import NotFound
from connectors.mingdao.models import Row
from connectors.xiaoe.models import Order, OrderDetail, Purchase
from include.destination.read.lookup import look_up
from include.destination.read.whole_rows import with_relations
from include.destination.sheets.fields import Field
from include.destination.sheets.record import Value
from include.destination.sheets.sheet import Unreadable
from include.destination.sheets.worksheets import COLUMNS, CUSTOMERS, GOODS, ORDERS
from include.destination.write.plan import differences, owned_values
from include.flows.customers.fetch import FactFinder
from include.flows.run.context import SyncContext
from include.flows.run.parts import DETAIL, VALIDITY
from include.mapping.goods import worksheet_of
from include.mapping.listed_orders import left_to_detail, left_to_purchases
from include.mapping.orders import Links, order_record
from include.source.full_lists import user_purchases

Difference = tuple[Field, Value | Unreadable, Value]


def cell_differences(context: SyncContext, order: Order, row: Row) -> list[Difference]:
    """Return each owned cell that differs: the field, what HAP holds, what the shop says."""
    sheet, key = context.sheet(ORDERS), order.order_info.order_id
    whole = with_relations(context.hap, sheet, {key: row})[key]
    asks_detail = context.enabled(DETAIL.step)
    detail = FactFinder(context).detail(order) if asks_detail else OrderDetail.empty(key)
    record = order_record(
        context.id, order, detail, _purchases(context, order), _links(context, order)
    )
    untold = _switched_off(context, order)
    owned = owned_values(sheet, record)
    told = {alias: value for alias, value in owned.items() if alias not in untold}
    different = differences(sheet, whole, told)
    return [
        (sheet.definition.field(alias), sheet.read(whole, alias), value)
        for alias, value in different.items()
    ]


def _switched_off(context: SyncContext, order: Order) -> frozenset[str]:
    """Return the fields that nobody is asked for: people have switched off what would tell them."""
    left = {DETAIL: left_to_detail(order), VALIDITY: left_to_purchases(order)}
    return frozenset[str]().union(
        *(fields for part, fields in left.items() if not context.enabled(part.step))
    )


def _purchases(context: SyncContext, order: Order) -> list[Purchase]:
    user_id = order.order_info.user_id
    if not user_id or not context.enabled("purchase"):
        return []
    try:
        return list(user_purchases(context.xiaoe, user_id, context.settings.page_size("purchase")))
    except NotFound:
        return []


def _links(context: SyncContext, order: Order) -> Links:
    """Return the rows in HAP that the order should point at; missing ones are left out."""
    user_id = context.merged_accounts.of_order(order).order_info.user_id
    people = look_up(context.hap, context.sheet(CUSTOMERS), [user_id] if user_id else []).rows
    lines = [(line.resource_id, line.resource_type) for line in order.good_list if line.resource_id]
    rows = {}
    for definition in (GOODS, COLUMNS):
        names = [name for name, kind in lines if worksheet_of(kind) is definition]
        found = look_up(context.hap, context.sheet(definition), names).rows
        rows[definition.alias] = tuple(found[name].id for name in names if name in found)
    customer = people[user_id].id if user_id and user_id in people else None
    return Links(customer, rows["goods"], rows["columns"])
