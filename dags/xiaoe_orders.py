"""### 订单 · Orders

**做什么** 每 15 分钟读取小鹅通里有变化的订单，逐单取得详情、有效期和买家填写的信息（姓名、手机、公司、职位），先更新客户，再更新订单。

**可重复运行** 按订单号对照，没有变化的订单不产生写入，旧版本不会覆盖新版本。回填(Backfill)按天运行；手工运行可填 `since`、`until`（不带时区即北京时间），这两种运行都不移动水位。

**变红时** 红色方块就是出错的订单，日志写明原因和处理办法，同样的内容也在工作表「同步异常」。改正后清除(Clear)该方块；或等下一次运行，它会自动重试。`settle` 变红表示有订单既未写入也未记录：水位不会移动，下次运行会重新读取。

---

**What it does** every 15 minutes it reads the orders that changed, fetches detail, validity and collected info of each, and upserts the customer and then the order.

**Safe to repeat** rows are matched by order id; nothing unchanged is written and an older version never replaces a newer one. A backfill makes one run a day; a manual run takes `since` and `until` (Beijing time where they carry no zone). Neither moves the watermark.

**When it is red** a red square is an order that failed; its log, and the worksheet 同步异常, say why and what to do. Clear the square, or wait: the next run tries it again. A red `settle` means that orders are missing: the watermark stays and the next run takes them again.
"""

from __future__ import annotations

from airflow.sdk import task

from airflow_extras.notify import notifies
from airflow_extras.run import (
    AssetState,
    asked_window,
    calls_of_run,
    label_task,
    open_context,
    run_url,
)
from airflow_extras.shop_dag import orders_asset, shop_dag
from airflow_extras.task_defaults import SINCE, UNTIL
from airflow_extras.timetable import QuarterHoursOrWholeDays
from airflow_extras.xcom import crossing
from include.flows.customers.bulk_sync import bulk_sync_customers
from include.flows.goods import sync_goods_of
from include.flows.orders.finish import finish_orders
from include.flows.orders.list import list_orders
from include.flows.orders.sync import BatchResult, sync_batch
from include.flows.run.batches import AT_ONCE, Batch, BatchRefs
from include.flows.run.watermark import fix_window, move_watermark
from include.flows.run.window import RunWindow
from include.shops import ShopConfig, read_shops

READER = "list_orders"  # reads the app's structure and settings for the tasks after it


def xiaoe_orders(config: ShopConfig) -> None:
    """Declare the way from the window to the watermark."""
    orders = orders_asset(config)

    @task(task_id="open_window", inlets=[orders])
    @crossing
    def fix_span() -> RunWindow:
        """Fix the span of time that this run reads, once."""
        return fix_window(AssetState(orders), **asked_window())

    @task(task_id=READER)
    @crossing
    def list_changed(window: RunWindow) -> list[Batch]:
        """Read which orders changed, and group them into batches of ids and times."""
        with open_context(config, app_from=READER) as context:
            return list_orders(context, window)

    @task
    @crossing
    def sync_goods(batches: list[BatchRefs]) -> int:
        """Create the goods and columns that these orders refer to and HAP lacks."""
        with open_context(config, app_from=READER) as context:
            return sync_goods_of(context, batches)

    @task
    @crossing
    def sync_buyers(batches: list[BatchRefs]) -> list[str] | None:
        """Sync the buyers with what they typed into forms, if that is cheaper as a whole."""
        with open_context(config, app_from=READER) as context:
            return bulk_sync_customers(context, batches)

    @task(map_index_template="{{ label }}", max_active_tis_per_dagrun=AT_ONCE)
    @crossing
    def sync_orders(batch: Batch, unsynced_buyers: list[str] | None) -> BatchResult:
        """Sync one order, or a batch of them where there are many."""
        label_task(batch.label)
        with open_context(config, tasks=AT_ONCE, app_from=READER) as context:
            return sync_batch(context, batch, unsynced_buyers=unsynced_buyers)

    @task(trigger_rule="all_done", outlets=[orders], **notifies(config))
    @crossing
    def settle(
        window: RunWindow | None, batches: list[Batch] | None, synced: list[BatchResult] | None
    ) -> None:
        """Compare what was asked with what was done; a live run then moves the watermark."""
        calls = calls_of_run([READER, "sync_goods", "sync_buyers", "sync_orders"])
        with open_context(config, app_from=READER) as context:
            watermark = finish_orders(
                context, window, batches, synced, calls=calls, run_url=run_url()
            )
        move_watermark(AssetState(orders), watermark)

    window = fix_span()
    batches = list_changed(window)
    synced = sync_orders.partial(unsynced_buyers=sync_buyers(batches)).expand(batch=batches)
    sync_goods(batches) >> synced
    settle(window, batches, synced)


for shop_config in read_shops():
    with shop_dag(
        shop_config,
        "xiaoe_orders",
        doc=__doc__,
        tag="orders",
        schedule=QuarterHoursOrWholeDays(),
        params={"since": SINCE, "until": UNTIL},
    ):
        xiaoe_orders(shop_config)
