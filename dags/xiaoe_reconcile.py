"""### 对账 · Reconciliation

**做什么** 每天 03:30 按下单日期核对最近 31 天：小鹅通与明道云的订单号、数量、实付与退款合计、内容逐项比较；缺少或不同的订单重新同步，重复行清理或标出，退款与售后列表交叉核对，「同步异常」里的记录重试，并核对全部用户（详情 31 天内轮流读完）、有变化的商品和下单之后才填写的表单。结果每天一行写入工作表「对账」；更早的日子若合计已变（新规则、较晚的退款），每晚重算一部分。

**可重复运行** 只写不同之处：没有差异时不写任何业务数据。小鹅通没有显示的订单只列为「多出」，绝不删除。手工运行可填 `since`、`until`（不带时区即北京时间），按整天核对。

**变红时** `settle` 的日志和「对账」里状态为「不一致」的行写明是哪些订单；原因和处理办法见「同步异常」。改正后重新运行即可。`compare` 变红并说数据突然变少：先在小鹅通后台核对数量和权限，此时没有写入任何内容。「多出」的行请核实后在明道云手工删除。

---

**What it does** every night at 03:30 it compares the last 31 days of order creation: ids, counts, paid and refunded sums and content, source against HAP. What is missing or different is synced again, duplicates are removed or marked, refunds are cross-checked with the after-sale list, `sync_errors` is retried, and the whole user list (details in turns within 31 days), changed goods and late answers are picked up. The worksheet 对账 gets one row a day; older rows whose sums have changed since (a new rule, a late refund) are counted anew in turns.

**Safe to repeat** only differences are written; a run that finds none writes no business data. Orders that the source does not show are listed as extra and never deleted. A manual run takes `since` and `until` (Beijing time where they carry no zone) and compares whole days.

**When it is red** the log of `settle`, and the rows in 对账 with the status 不一致, name the orders; 同步异常 says why and what to do. Correct it and run again. A red `compare` that says a stream has dried up has written nothing: check numbers and permissions in the shop's console first. Delete extra rows by hand once you have checked them.
"""

from __future__ import annotations

from airflow.sdk import task
from airflow.timetables.interval import CronDataIntervalTimetable

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
from airflow_extras.xcom import crossing
from include.flows.customers.audiences import refresh_audiences
from include.flows.orders.sync import Synced
from include.flows.reconcile.catch_up import catch_up_answers, catch_up_goods, catch_up_users
from include.flows.reconcile.days import open_days
from include.flows.reconcile.finish import finish_reconciliation
from include.flows.reconcile.plan import Compared, compare_days, repair_batch
from include.flows.run.batches import Batch
from include.flows.run.counts import Counts
from include.flows.run.watermark import WATERMARK
from include.flows.run.window import RunWindow
from include.shops import ShopConfig, read_shops

AT_ONCE = 4
READER = "compare"  # reads the app's structure and settings for the tasks after it
CALLING = ["compare", "repair", "new_users", "changed_goods", "late_answers"]


def xiaoe_reconcile(config: ShopConfig) -> None:
    """Declare the comparison, the repairs, the parts picked up, and the verdict."""
    orders = orders_asset(config)

    @task(task_id="open_days")
    @crossing
    def fix_days() -> RunWindow:
        """Fix the days of order creation that this run compares, once."""
        return open_days(**asked_window())

    @task(inlets=[orders])
    @crossing
    def compare(window: RunWindow) -> Compared:
        """Read both sides completely, find what differs, and stop when a stream has dried up."""
        with open_context(config, app_from=READER) as context:
            return compare_days(context, window, watermark=AssetState(orders).get(WATERMARK))

    @task
    @crossing
    def list_repairs(compared: Compared) -> list[Batch]:
        """Hand on the orders to repair, in batches; Airflow maps over a whole result alone."""
        return list(compared.batches)

    @task(map_index_template="{{ label }}", max_active_tis_per_dagrun=AT_ONCE)
    @crossing
    def repair(batch: Batch) -> Synced:
        """Sync orders again, comparing every cell; what is right already is not written."""
        label_task(batch.label)
        with open_context(config, tasks=AT_ONCE, app_from=READER) as context:
            return repair_batch(context, batch)

    @task
    @crossing
    def new_users() -> Counts:
        """Compare the whole user list, and read a share of the details."""
        with open_context(config, tasks=AT_ONCE) as context:
            return catch_up_users(context)

    @task
    @crossing
    def changed_goods() -> Counts:
        """Sync the goods and columns whose listing changed."""
        with open_context(config, tasks=AT_ONCE) as context:
            return catch_up_goods(context)

    @task
    @crossing
    def late_answers() -> Counts:
        """Sync what people filled into any form since."""
        with open_context(config, tasks=AT_ONCE) as context:
            return catch_up_answers(context)

    @task(trigger_rule="all_done", **notifies(config))
    @crossing
    def settle(
        window: RunWindow | None,
        compared: Compared | None,
        repaired: list[Synced] | None,
        users: Counts | None,
        goods: Counts | None,
        answers: Counts | None,
    ) -> dict[str, int]:
        """Compare again, write the ledger; red when source and HAP still disagree."""
        parts = {
            "user.list.cursor": users,
            "goods.list": goods,
            "information.form.result": answers,
        }
        with open_context(config, app_from=READER) as context:
            return finish_reconciliation(
                context,
                window,
                compared,
                repaired,
                parts,
                calls=calls_of_run(CALLING),
                run_url=run_url(),
            )

    @task(trigger_rule="all_done")
    def audiences() -> dict[str, int]:
        """Bring every customer's segment and the worksheet of audiences up to date."""
        with open_context(config, app_from=READER) as context:
            return refresh_audiences(context)

    window = fix_days()
    compared = compare(window)
    repaired = repair.expand(batch=list_repairs(compared))
    picked_up = [new_users(), changed_goods(), late_answers()]
    settle(window, compared, repaired, *picked_up)
    [repaired, *picked_up] >> audiences()


for shop_config in read_shops():
    with shop_dag(
        shop_config,
        "xiaoe_reconcile",
        doc=__doc__,
        tag="reconcile",
        schedule=CronDataIntervalTimetable("30 3 * * *", timezone="Asia/Shanghai"),
        params={"since": SINCE, "until": UNTIL},
    ):
        xiaoe_reconcile(shop_config)
