"""What each DAG is called in Airflow's list, in the order in which a person meets them."""

from __future__ import annotations

from typing import NamedTuple


class Title(NamedTuple):
    """A name whose number sorts the list, and a line about what the DAG does."""

    zh: str
    en: str
    description_zh: str
    description_en: str


# The order is the list's: Airflow sorts by the name that it shows.
TITLES: dict[str, Title] = {
    "mingdao_setup": Title(
        "建表",
        "Set up",
        "在明道云建立十张工作表；首次运行前手工执行一次",
        "creates the ten worksheets in HAP; by hand, before the first run",
    ),
    "xiaoe_base_data": Title(
        "基础数据",
        "Base data",
        "商品、专栏、用户和表单采集信息；手工，可重复",
        "goods, columns, users and answered forms; by hand, safe to repeat",
    ),
    "xiaoe_orders": Title(
        "订单",
        "Orders",
        "每 15 分钟同步有变化的订单，先客户后订单",
        "every 15 minutes: the orders that changed, each customer before the order",
    ),
    "xiaoe_reconcile": Title(
        "对账",
        "Reconcile",
        "每晚 03:30 两边逐单核对，缺的补、不同的改",
        "every night: compares both sides order by order and repairs what differs",
    ),
    "xiaoe_push": Title(
        "推送",
        "Push",
        "收到小鹅通推送后几秒内同步；可选，默认关闭",
        "seconds after a pushed message; optional, off by default",
    ),
    "xiaoe_doctor": Title(
        "体检",
        "Doctor",
        "逐项检查两个系统是否就绪，不行的说明怎么办",
        "checks both systems point by point and says what to do",
    ),
    "xiaoe_explain_order": Title(
        "订单来龙去脉",
        "Explain an order",
        "一个订单在两边的版本、差异、异常和窗口；只读",
        "one order's versions, differences, errors and window; reads only",
    ),
    "xiaoe_erase_customer": Title(
        "删除客户",
        "Erase a customer",
        "按用户 ID 永久删除一位客户，订单保留金额；先问再删",
        "erases one customer for good after asking; orders keep their sums",
    ),
}


def display_name(name: str, dag_id: str) -> str:
    """Return e.g. `3 订单 Orders · xiaoe_orders`: every document names a DAG by its id."""
    step = list(TITLES).index(name) + 1
    return f"{step} {TITLES[name].zh} {TITLES[name].en} · {dag_id}"


def description(name: str) -> str:
    """Return what the DAG does, in a line."""
    return f"{TITLES[name].description_zh} / {TITLES[name].description_en}"
