"""### 删除一位客户 · Erase a customer

**做什么** 按 `user_id` 从明道云永久删除这位客户：客户行和采集信息行不进回收站，直接删除；订单保留金额，解除与客户的关联。此后的同步不会再把这位客户带回来。删除不能撤销，所以先数一数（`count`），再请人选择 同意 或 拒绝（`ask`，在界面的 Required Actions 里回答），然后才删除（`erase`）。

**可重复运行** 已删除的不会出错；再次运行只处理剩下的部分。打开 `preview` 时只列出数量，不询问，不删除。选择 拒绝 时 `erase` 显示为跳过，什么也不删。

**变红时** 一天内没有人回答时 `erase` 变红，什么也没有删，请重新运行；其他情况日志写明哪一步没有完成，清除（Clear）任务即可继续。要恢复同步，在「同步异常」里删除对象为「已删除的客户」的那一行。Airflow 自己的日志和记录里还留有用户ID，清除办法见 docs/operations.md「个人信息」。

---

**What it does** erases one customer for good, by `user_id`: the customer row and the answered forms bypass the recycle bin, orders keep their sums and lose the person. Later runs do not bring the person back. It cannot be undone, so it first counts, then asks a person, 同意 (agree) or 拒绝 (refuse), under Required Actions, and only then erases.

**Safe to repeat** what is gone is no error; a second run does what is left. With `preview` it only counts and asks nobody. Where 拒绝 is chosen, `erase` is skipped and nothing is erased.

**When it is red** `erase` is red when nobody answered within a day: nothing was erased, run it again. Otherwise the log says which step is left; clear the task to go on. To sync the person again, delete the row whose 对象 is 已删除的客户 in 同步异常. Airflow's own logs and records still hold the user id: docs/operations.md, 个人信息, says how to remove it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import task

from airflow_extras.approval import Question, insist_on
from airflow_extras.run import asked_user_id, open_context
from airflow_extras.shop_dag import shop_dag
from airflow_extras.task_defaults import USER_ID
from connectors.errors import Bilingual
from include.flows.customers.erase import count_customer, erase_customer
from include.shops import ShopConfig, read_shops

AGREE, REFUSE = "同意", "拒绝"
UNDONE = Bilingual("什么也没有删", "nothing was erased")
WHAT_GOES = """\
不能撤销。被删除的是本次运行的参数 `user_id` 所指的客户（订单保留金额，只解除关联）：
*This cannot be undone. It is about the customer of this run's param `user_id`; orders keep their sums and lose the person:*

| 工作表 worksheet | 行数 rows |
|---|---|
{% for worksheet, rows in ti.xcom_pull(task_ids="count").items() %}| {{ worksheet }} | {{ rows }} |
{% endfor %}"""


def xiaoe_erase_customer(config: ShopConfig) -> None:
    """Declare the counting, the question and the erasing."""

    @task
    def count() -> dict[str, int]:
        """Count the rows that would be erased; write nothing."""
        with open_context(config) as context:
            return count_customer(context, asked_user_id())

    ask = Question(
        task_id="ask",
        subject="永久删除这位客户？ / Erase this customer for good?",
        body=WHAT_GOES,
        go_on=AGREE,
        stop=REFUSE,
        within=timedelta(days=1),
        doc_md="Ask a person, who has a day to agree.",
    )

    @task
    def erase(answer: Any) -> dict[str, int]:
        """Delete the person's rows for good where a person agreed, and report how many."""
        insist_on(AGREE, answer, UNDONE)
        with open_context(config) as context:
            return erase_customer(context, asked_user_id())

    count() >> ask
    erase(ask.output)


for shop_config in read_shops():
    with shop_dag(
        shop_config, "xiaoe_erase_customer", doc=__doc__, tag="privacy", params={"user_id": USER_ID}
    ):
        xiaoe_erase_customer(shop_config)
