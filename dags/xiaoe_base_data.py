"""### 基础数据 · Base data

**做什么** 把小鹅通的全部商品、专栏（含内容）、用户和表单采集信息同步到明道云的「商品」「专栏」「客户」「采集信息」，再按职位更新每位客户的客群，并算出「客群分析」。手工运行，一次即可；之后订单同步会补齐新出现的商品和客户。

**可重复运行** 按 ID 对照：没有变化的记录不产生任何写入；人工修正过的姓名、手机、公司、职位不会被覆盖。

**变红时** 看失败任务的日志，里面写明发生了什么、怎么办；改正后清除(Clear)该任务即可，已完成的部分不会重复写入。单条记录的失败记在工作表「同步异常」。

---

**What it does** syncs all goods, columns with their contents, users and answered forms into HAP, then works out every customer's segment and the sums by segment and type of goods. Run it by hand; once is enough.

**Safe to repeat** rows are matched by id: nothing unchanged is written, and a person's corrections are kept.

**When it is red** the failed task's log says what happened and what to do; then clear that task. Single records that failed are in the worksheet 同步异常.
"""

from __future__ import annotations

from airflow.sdk import task

from airflow_extras.notify import notifies
from airflow_extras.run import calls_of_run, open_context, run_url
from airflow_extras.shop_dag import shop_dag
from airflow_extras.xcom import crossing
from include.flows.customers.audiences import refresh_audiences
from include.flows.customers.base_data import sync_all_customers
from include.flows.goods import sync_all_goods
from include.flows.orders.finish import finish_base_data
from include.flows.run.counts import Counts
from include.shops import ShopConfig, read_shops

AT_ONCE = 2
READER = "sync_goods"  # reads the app's structure and settings for the tasks after it


def xiaoe_base_data(config: ShopConfig) -> None:
    """Declare goods and customers side by side, the report, and the audiences."""

    @task
    @crossing
    def sync_goods() -> Counts:
        """Sync goods, then columns with what they contain."""
        with open_context(config, tasks=AT_ONCE, app_from=READER) as context:
            return sync_all_goods(context)

    @task
    @crossing
    def sync_customers() -> Counts:
        """Sync every user and every answered form."""
        with open_context(config, tasks=AT_ONCE) as context:
            return sync_all_customers(context)

    @task(trigger_rule="all_done", **notifies(config))
    @crossing
    def settle(goods: Counts | None, customers: Counts | None) -> None:
        """Report the run in `sync_config`; fail it when a part is missing."""
        calls = calls_of_run(["sync_goods", "sync_customers"])
        with open_context(config, app_from=READER) as context:
            finish_base_data(context, goods, customers, calls=calls, run_url=run_url())

    @task(trigger_rule="all_done")
    def audiences() -> dict[str, int]:
        """Bring every customer's segment and the worksheet of audiences up to date."""
        with open_context(config, app_from=READER) as context:
            return refresh_audiences(context)

    goods, customers = sync_goods(), sync_customers()
    settle(goods, customers)
    [goods, customers] >> audiences()


for shop_config in read_shops():
    with shop_dag(
        shop_config,
        "xiaoe_base_data",
        doc=__doc__,
        tag="base-data",
    ):
        xiaoe_base_data(shop_config)
