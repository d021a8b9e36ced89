"""### 建立明道云工作表 · Set up the worksheets in HAP

**做什么** 在明道云应用里建立十张工作表（客户、商品、专栏、订单、采集信息、账号合并、第三方应用配置、同步异常、对账、客群分析）及其字段、选项和关联。首次同步之前手工运行一次。

**可重复运行** 已有且相符的工作表和字段一律不动；只补缺少的。有任何不符时什么都不改，并在日志里列出一张表。

**变红时** 打开任务日志：表中 ✗ 的行写明哪张表、哪个字段、应当是什么。在明道云改正后重新运行。连接被拒绝时，用连接页面的「测试」按钮查看原因。

---

**What it does** creates the ten worksheets with their fields, options and relations. Run it by hand once, before the first sync.

**Safe to repeat** what exists and fits is left alone; only what is missing is added. If anything does not fit, nothing is changed and the log shows one table.

**When it is red** the log's table marks with ✗ which worksheet and field must be corrected, and how.
"""

from __future__ import annotations

from airflow.sdk import task

from airflow_extras.run import is_preview, open_app
from airflow_extras.shop_dag import shop_dag
from include.flows.setup import set_up
from include.shops import ShopConfig, read_shops


def mingdao_setup(config: ShopConfig) -> None:
    """Declare the one task of the set-up."""

    @task
    def provision() -> dict[str, int]:
        """Create what the app lacks, and show one table of what is right and what is wrong."""
        return set_up(open_app(config), config, preview=is_preview())

    provision()


for shop_config in read_shops():
    with shop_dag(
        shop_config,
        "mingdao_setup",
        doc=__doc__,
        tag="setup",
    ):
        mingdao_setup(shop_config)
