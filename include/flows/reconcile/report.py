"""What a reconciliation tells: its rows in `sync_config`, and the error that makes it red."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime

from include.destination.sheets.worksheets import FAILED, PARTLY_FAILED, SUCCEEDED
from include.flows.orders.finish import IncompleteRunError
from include.flows.reconcile.ledger import named
from include.flows.reconcile.refunds import API as AFTER_SALES
from include.flows.run.api_settings import ApiReport, RunReport
from include.flows.run.context import SyncContext
from include.flows.run.counts import Counts


def report_parts(
    context: SyncContext,
    picked_up: Mapping[str, Counts | None],
    calls: Mapping[str, int],
    run_url: str,
) -> None:
    """Write each part that ended into `sync_config`; one that failed keeps its last run's time."""
    for api, counts in picked_up.items():
        if counts is not None:
            partly = counts.failed or counts.missing
            report = RunReport(
                {api: ApiReport.of(counts, calls.get(api, 0))},
                FAILED if counts.too_many_failed else PARTLY_FAILED if partly else SUCCEEDED,
                f"对账时补齐，{counts.failed} 条失败"
                + (f"，{counts.missing} 项暂缺" if counts.missing else ""),
                datetime.now(UTC),
                run_url,
            )
            context.report(report)


def report_orders(
    context: SyncContext,
    counts: Mapping[str, int],
    window: tuple[datetime, datetime],
    calls: Mapping[str, int],
    run_url: str,
) -> None:
    """Write the comparison into the row of the after-sale list, which no other DAG reads."""
    left = counts["still_differing"] + counts["extra"]
    uneven, partly = counts["uneven"], counts["missing"] or counts["doubtful"]
    report = RunReport(
        {
            AFTER_SALES: ApiReport(
                counts["differing"],
                counts["repaired"],
                calls.get(AFTER_SALES, 0),
                rows_failed=left,
            )
        },
        FAILED if left or uneven else PARTLY_FAILED if partly else SUCCEEDED,
        f"对账：不同 {counts['differing']}，已修复 {counts['repaired']}，仍不一致 {left}"
        + (f"，{counts['missing']} 项暂缺" if counts["missing"] else "")
        + (f"，更早的 {counts['stale_days']} 天待重算" if counts["stale_days"] else "")
        + (f"，{counts['doubtful']} 个订单的金额小鹅通没有给出" if counts["doubtful"] else ""),
        datetime.now(UTC),
        run_url,
        window,
    )
    context.report(report)


def judge(
    still: Collection[str],
    extra: Collection[str],
    uneven: Collection[date],
    picked_up: Mapping[str, Counts | None],
    repairs: Collection[str] = (),
    stopped: Collection[str] = (),
) -> None:
    """Raise IncompleteRunError when anything is left or any of `repairs` failed, naming it.

    Also when anything was `stopped` at the question; it is told first.
    """
    failed = [api for api, counts in picked_up.items() if counts is None]
    too_many = [api for api, counts in picked_up.items() if counts and counts.too_many_failed]
    reported = list(stopped)
    if still:
        reported.append(
            f"{len(still)} 个订单在小鹅通和明道云仍不一致：{named(still)}，"
            "原因见工作表「同步异常」 / these orders still differ; see sync_errors for the reasons"
        )
    if extra:
        reported.append(
            f"明道云多出 {len(extra)} 行：{named(extra)}，小鹅通没有显示或重复，"
            "没有删除；核实后请在明道云手工删除 / rows that the source does not show, or that are "
            "there twice; nothing was deleted, check them and delete them by hand"
        )
    if uneven:
        reported.append(
            f"{len(uneven)} 天的数量或金额合计不同：{named(map(str, uneven))}，见工作表「对账」 "
            "/ counts or sums of these days differ; see the worksheet 对账"
        )
    if failed:
        reported.append(f"未完成：{'、'.join(failed)}，见相应任务的日志 / these parts failed")
    if too_many:
        reported.append(
            f"失败的记录超过上限：{'、'.join(too_many)}，先看工作表「同步异常」的原因 "
            "/ too many records of these parts failed"
        )
    reported += [f"修复失败 / repair failed: {one}" for one in repairs]
    if reported:
        raise IncompleteRunError("; ".join(reported))
