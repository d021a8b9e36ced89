"""What the DAGs have in common: owner, tags, retries and params."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import Param, RetryAction, RetryRule

from airflow_extras.last_line import ENDINGS
from connectors.retry_policy import CONNECTOR_RETRIES, RETRY_DELAY, ConnectorRetryPolicy
from include.flows.orders.finish import IncompleteRunError
from include.flows.run.failed_batch import BatchFailedError, RetryableBatchError

TAGS = ["xiaoe", "mingdao"]

# The first rule that fits decides: only a batch with a temporary failure is tried again.
_RULES = [
    RetryRule(exception=RetryableBatchError, action=RetryAction.RETRY, retry_delay=RETRY_DELAY),
    RetryRule(exception=[BatchFailedError, IncompleteRunError], action=RetryAction.FAIL),
    *CONNECTOR_RETRIES.rules,
]

DEFAULT_ARGS: dict[str, Any] = {
    "owner": "data-engineering",
    "retries": 2,
    "retry_delay": timedelta(minutes=1),
    "retry_policy": ConnectorRetryPolicy(_RULES),
    **ENDINGS,
}

PREVIEW = Param(
    False,
    type="boolean",
    title="只预览 Preview",
    description=(
        "读取并比较，在日志里列出将要写入的内容，但什么也不写。 "
        "Read and compare, show in the log what would be written, and write nothing."
    ),
)

SHAPES = Param(
    False,
    type="boolean",
    title="格式报告 Shapes",
    description=(
        "在日志里另写一份两个系统真实回答的格式（一行 JSON），不含任何人的数据，可发给维护者。 "
        "Write also how the two systems really answer, one line of JSON in the log; it holds "
        "nobody's data and may be sent to the maintainers."
    ),
)


def _moment(title: str, description: str) -> Param:
    return Param(
        None, type=["null", "string"], format="date-time", title=title, description=description
    )


SINCE = _moment(
    "开始 Since",
    "从这一刻起有变化的订单；不带时区即北京时间；留空则用本次运行的数据区间。 "
    "Orders changed from this moment on; empty: the run's own interval.",
)
UNTIL = _moment(
    "结束 Until",
    "到这一刻为止（不含）；留空则到现在。 Up to, not including, this moment; empty: until now.",
)

USER_ID = Param(
    "",
    type="string",
    title="用户ID User id",
    description="要删除的小鹅通用户ID(u_…)。 The id of the Xiaoe user to be erased.",
)

ORDER_ID = Param(
    "",
    type="string",
    title="订单号 Order id",
    description="要查看的小鹅通订单号。 The id of the Xiaoe order to be explained.",
)
