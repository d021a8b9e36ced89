"""### 一个订单的来龙去脉 · Explain an order

**做什么** 填写 `order_id`，几秒钟内在任务日志里说明：小鹅通现在怎么说（版本、状态、金额），明道云里是哪一行、哪些项不同，有没有同步异常，上次运行的结果，哪个窗口会读到它，以及立即同步它要填的参数。个人信息不显示。

**可重复运行** 只读，什么也不写。命令行：`make explain ORDER=订单号`。

**变红时** 多半是没有填写订单号，或连接不可用：日志写明怎么办。

---

**What it does** give `order_id`, and within seconds the task's log tells what the shop says now (version, states, sums), which row HAP holds and what differs in it, a recorded error, the last run, the window that sees the order, and the parameters that sync it now. Personal data is not shown.

**Safe to repeat** it reads only. On a command line: `make explain ORDER=<order id>`.

**When it is red** the order id is missing, or a connection does not work; the log says what to do.
"""

from __future__ import annotations

import logging

from airflow.sdk import task

from airflow_extras.run import asked_order_id, open_context
from airflow_extras.shop_dag import shop_dag
from airflow_extras.task_defaults import ORDER_ID
from include.flows.orders.explain import explain_order
from include.shops import ShopConfig, read_shops

log = logging.getLogger(__name__)


def xiaoe_explain_order(config: ShopConfig) -> None:
    """Declare the one task of explaining."""

    @task
    def explain() -> None:
        """Tell the order's story in the log."""
        with open_context(config) as context:
            log.info("\n".join(explain_order(context, asked_order_id())))

    explain()


for shop_config in read_shops():
    with shop_dag(
        shop_config, "xiaoe_explain_order", doc=__doc__, tag="doctor", params={"order_id": ORDER_ID}
    ):
        xiaoe_explain_order(shop_config)
