"""Which cells of one order's row are not what the pipeline would write now.

The order goes the way of a batch, up to where customers, goods and the order itself are written.
"""

from __future__ import annotations

from connectors.errors import ConnectorError
from connectors.mingdao.models import Row
from connectors.xiaoe.models import Order
from include.destination.read.whole_rows import with_relations
from include.destination.sheets.fields import Field
from include.destination.sheets.record import Value
from include.destination.sheets.sheet import Unreadable
from include.destination.sheets.worksheets import ORDERS
from include.destination.write.plan import Plan, differences
from include.flows.customers.fetch import FactFinder
from include.flows.goods_rows import goods_held
from include.flows.orders.fetch import OrderFetch
from include.flows.orders.write import OrderWrite
from include.flows.run.batches import BatchOrder
from include.flows.run.context import SyncContext
from include.flows.run.missing import Missing

Difference = tuple[Field, Value | Unreadable, Value]


def cell_differences(
    context: SyncContext, order: Order, row: Row, missing: Missing
) -> list[Difference]:
    """Return each owned cell that differs: the field, what HAP holds, what the shop says.

    What the shop does not tell now is noted in `missing`, and no difference. Raises ConnectorError
    where the order cannot be mapped.
    """
    sheet, key = context.sheet(ORDERS), order.order_info.order_id
    whole = with_relations(context.hap, sheet, {key: row})[key]
    fetched = OrderFetch(
        FactFinder(context), {key: BatchOrder(key)}, [key], None, missing, _unmapped
    ).run({key: order})
    lines = fetched.orders[key].order.good_list
    goods = goods_held(
        context, [(line.resource_id, line.resource_type) for line in lines if line.resource_id]
    )
    write = OrderWrite(context, fetched, missing, _unmapped, goods_synced=True)
    [record] = write.mapped(fetched.known, goods)
    return [
        (sheet.definition.field(alias), sheet.read(whole, alias), value)
        for alias, value in differences(sheet, whole, Plan(sheet, record).owned).items()
    ]


def _unmapped(_order_id: str, _step: str, error: ConnectorError) -> None:
    raise error
