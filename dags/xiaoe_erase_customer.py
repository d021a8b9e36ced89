"""### 删除一位客户 · Erase a customer

**做什么** 按 `user_id` 从明道云永久删除这位客户:客户行和采集信息行不进回收站,直接删除;订单保留金额,解除与客户的关联。此后的同步不会再把这位客户带回来。

**可重复运行** 已删除的不会出错;再次运行只处理剩下的部分。打开 `preview` 时只列出数量,不删除。

**变红时** 日志写明哪一步没有完成;清除(Clear)任务即可继续。要恢复同步,在「同步异常」里删除对象为 erased 的那一行。

---

**What it does** erases one customer for good, by `user_id`: the customer row and the answered forms bypass the recycle bin, orders keep their sums and lose the person. Later runs do not bring the person back.

**Safe to repeat** what is gone is no error; a second run does what is left. With `preview` it only counts.

**When it is red** the log says which step is left; clear the task to go on. To sync the person again, delete the row of entity `erased` in 同步异常.
"""

from __future__ import annotations

from airflow.sdk import task

from airflow_extras.run import asked_user_id, open_shop
from airflow_extras.shop_dag import shop_dag
from airflow_extras.task_defaults import USER_ID
from include.flows.erase import erase_customer
from include.shops import ShopConfig, read_shops


def xiaoe_erase_customer(config: ShopConfig) -> None:
    """Declare the one task of erasing."""

    @task
    def erase() -> dict[str, int]:
        """Delete the person's rows for good, and report how many."""
        with open_shop(config) as shop:
            return erase_customer(shop, asked_user_id())

    erase()


for shop_config in read_shops():
    with shop_dag(
        shop_config, "xiaoe_erase_customer", doc=__doc__, tag="privacy", params={"user_id": USER_ID}
    ):
        xiaoe_erase_customer(shop_config)
