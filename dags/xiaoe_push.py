"""### 推送 · Push

**做什么** 小鹅通推送一条消息后几秒内，只同步消息里的订单和客户，走的是与 `xiaoe_orders` 相同的步骤，但都在一个任务里，所以快。默认关闭：先按 docs/push.md 在连接里填写密钥、在小鹅通后台填写推送地址，再打开本 DAG。推送只是更快；丢失、重复、乱序的推送由每 15 分钟的 `xiaoe_orders` 和每晚的对账补齐。

**可重复运行** 推送只带来编号，内容重新从接口读取；已是最新的订单不产生写入。同一分钟的许多推送合成少数几次运行。手工运行处理上次成功之后的推送，最多一天。

**变红时** 与 `xiaoe_orders` 相同：红色方块的日志写明原因和办法，也在工作表「同步异常」。不处理也不会丢：`xiaoe_orders` 会重新读取。

---

**What it does** within seconds of a pushed message it syncs just the orders and customers that the message names, by the same steps as `xiaoe_orders`, all in one task to be quick. Off by default: put the keys into the connection and the address into the shop's console first (docs/push.md), then unpause this DAG. A push only makes it sooner; what is lost, doubled or out of order is made good by `xiaoe_orders` every 15 minutes and by the nightly reconciliation.

**Safe to repeat** a push brings ids alone, and everything is read from the API again; an order that is up to date costs no write. Many pushes of one minute make a few runs. A manual run takes the pushes since the last successful one, at most a day.

**When it is red** as with `xiaoe_orders`: the red square's log says why and what to do, and so does the worksheet 同步异常. Nothing is lost meanwhile: `xiaoe_orders` reads the same changes.
"""

from __future__ import annotations

from airflow.sdk import task

from airflow_extras.push.assets import push_asset
from airflow_extras.push.pushes import move_cursor, read_pushes
from airflow_extras.run import calls_of_run, hand_on, handed_on, open_context, run_url
from airflow_extras.shop_dag import shop_dag
from airflow_extras.xcom import crossing
from include.flows.orders.pushed import (
    Work,
    finish_pushed,
    list_pushed,
    refresh_pushed,
    sync_listed,
)
from include.flows.orders.sync import BatchResult
from include.shops import ShopConfig, read_shops

READER = "sync_pushed"  # reads the app's structure and settings for the task after it


def xiaoe_push(config: ShopConfig) -> None:
    """Declare the way from the pushes to the cursor: one task, because each costs a second."""
    pushes = push_asset(config)

    @task(inlets=[pushes])
    @crossing
    def sync_pushed() -> BatchResult | None:
        """Sync what was pushed since the last successful run: customers first, then orders."""
        pushed = read_pushes(pushes)
        with open_context(config, app_from=READER) as context:
            listed = list_pushed(context, pushed)
            refresh_pushed(context, listed)
            hand_on(listed.work)
            return sync_listed(context, listed)

    # No outlet: the event of this task would start the next run, for ever.
    @task(trigger_rule="all_done", inlets=[pushes])
    @crossing
    def settle(synced: BatchResult | None) -> None:
        """Compare what was asked with what was done; remember how far the pushes are dealt with."""
        work, calls = handed_on("sync_pushed", Work), calls_of_run(["sync_pushed"])
        with open_context(config, app_from=READER) as context:
            done = finish_pushed(context, work, synced, calls=calls, run_url=run_url())
        if done:
            move_cursor(pushes, done)

    settle(sync_pushed())


for shop_config in read_shops():
    with shop_dag(
        shop_config, "xiaoe_push", doc=__doc__, tag="push", schedule=[push_asset(shop_config)]
    ):
        xiaoe_push(shop_config)
