"""The vendor's records, with the vendor's own field names."""

from connectors.xiaoe.models.after_sales import AfterSale
from connectors.xiaoe.models.goods import ColumnContents, ColumnItem, Goods, GoodsDetail
from connectors.xiaoe.models.information import Answer, Form
from connectors.xiaoe.models.order_details import (
    DetailOrderInfo,
    DistributeInfo,
    LegacyOrder,
    OrderDetail,
)
from connectors.xiaoe.models.orders import (
    BuyerInfo,
    Order,
    OrderInfo,
    OrderLine,
)
from connectors.xiaoe.models.purchases import Purchase
from connectors.xiaoe.models.record import Page, PartlyRead, Record, UnreadableRow
from connectors.xiaoe.models.users import User, UserCursor, UserInfo

__all__ = [
    "AfterSale",
    "Answer",
    "BuyerInfo",
    "ColumnContents",
    "ColumnItem",
    "DetailOrderInfo",
    "DistributeInfo",
    "Form",
    "Goods",
    "GoodsDetail",
    "LegacyOrder",
    "Order",
    "OrderDetail",
    "OrderInfo",
    "OrderLine",
    "Page",
    "PartlyRead",
    "Purchase",
    "Record",
    "UnreadableRow",
    "User",
    "UserCursor",
    "UserInfo",
]
