"""### 体检 · Doctor

**做什么** 逐项检查两个系统，在日志里先列出阻断的 ✗，再列建议，每行写明原因和怎么办，正常的只列名称：凭据、IP 白名单、用到的每个权限集、时钟、按更新时间查询是否有效（单独、与下单时间同用、两端是否包含）、各接口未写入文档的格式和单位、明道云授权、工作表与字段、查询条件是否被忽略、关联和日期时间能否正确写入并读回、唯一索引是否缺少、消息推送（启用时）的密钥、DAG 和地址。最后列出由此得出的设置，例如 `order_feed=create`。

**可重复运行** 只在明道云写入几行临时数据（键为 doctor-scratch），检查完立即永久删除，不触发工作流。打开 `preview` 时完全不写入。命令行：`make doctor`。

**第一次接入真实店铺** 打开 `shapes`：日志里另有一行 JSON，夹在 BEGIN SHAPES 与 END SHAPES 之间，写明两个系统的每个接口真实回答的字段、类型、长度、枚举代码，以及我们的模型不认识和没见到的字段。里面没有任何人的数据，可以放心发给维护者。命令行：`make doctor SHAPES=report.json`。

**变红时** 有 ✗（阻断）：按该行的办法处理后重新运行。! 是建议，例如手工建立唯一索引，不会使本次运行变红。

---

**What it does** checks both systems point by point and prints in the log what blocks (✗), then advice (!), each line with its cause and what to do, and the names of what is fine: credentials, whitelist, every permission set in use, clock, whether the filter by update time works (alone, beside creation times, with inclusive ends), shapes and units that no document tells, HAP's authorisation, worksheets and fields, whether filters are ignored, whether relations and date-times are stored as written, missing unique indexes, and where pushes are wanted their keys, DAG and address. It ends with the settings that follow, such as `order_feed=create`.

**Safe to repeat** it writes a few scratch rows in HAP (key doctor-scratch) and deletes them for good at once; workflows are not started. With `preview` it writes nothing. On a command line: `make doctor`.

**The first real shop** switch `shapes` on: the log also holds one line of JSON, between BEGIN SHAPES and END SHAPES, that tells the keys, types, lengths and codes with which each interface really answers, and the fields that our models do not know or did not see. It holds nobody's data and is safe to mail to the maintainers. On a command line: `make doctor SHAPES=report.json`.

**When it is red** there is a ✗: do what the line says and run it again. A ! is advice, such as making a unique index by hand, and does not turn the run red.
"""

from __future__ import annotations

import logging

from airflow.sdk import task

from airflow_extras.run import open_doctor_context, wants_shapes
from airflow_extras.shop_dag import shop_dag
from airflow_extras.task_defaults import SHAPES
from connectors.errors import Bilingual
from include.doctor.examine import examine, raise_if_blocking
from include.doctor.shape_report.report import for_a_log, shapes_of
from include.shops import ShopConfig, read_shops

log = logging.getLogger(__name__)


def xiaoe_doctor(config: ShopConfig) -> None:
    """Declare the one task of the examination."""

    @task(retries=0)
    def check_everything() -> Bilingual:
        """Show one table of what works and what does not; red when something is blocking."""
        context = open_doctor_context(config)
        report = examine(context)
        log.info("体检结果 / findings:\n%s", report.table())
        if wants_shapes():
            log.info("%s", for_a_log(shapes_of(context)))
        raise_if_blocking(report)
        return report.conclusion()

    check_everything()


for shop_config in read_shops():
    with shop_dag(
        shop_config,
        "xiaoe_doctor",
        doc=__doc__,
        tag="doctor",
        params={"shapes": SHAPES},
    ):
        xiaoe_doctor(shop_config)
