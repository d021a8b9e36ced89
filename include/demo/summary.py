"""The end of the demo: what arrived, what failed, what to open where."""

from __future__ import annotations

from rich.table import Table

from include.demo.screen import Screen
from include.demo.simulators import NO_REFUND, Simulators
from include.demo.steps import RunsFailedError

FILLED = ("customers", "goods", "columns", "orders", "collected_info", "sync_config")


def check(simulators: Simulators) -> list[str]:
    """Return the aliases of worksheets that should have rows and have none."""
    rows = {sheet.alias: sheet.rows for sheet in simulators.worksheets()}
    return [alias for alias in FILLED if not rows.get(alias)]


def print_failures(screen: Screen, failed: RunsFailedError) -> None:
    """Print which tasks failed, the ends of their logs, and where the logs are."""
    screen.error(failed)
    for task, path in failed.reports:
        label = f" [{task.label or task.map_index}]" if task.map_index >= 0 else ""
        screen.note(f"\n  任务 / task {task.task_id}{label}")
        for line in task.last_lines:
            screen.note(f"  │ {line}")
        screen.note(f"  日志 / log: {path}")


def print_summary(
    screen: Screen, simulators: Simulators, url: str, password: str, missing: list[str]
) -> None:
    """Print rows per worksheet, orders and refunds, the time it took, and the addresses."""
    table = Table(title="明道云中的工作表 / worksheets in HAP", title_justify="left")
    table.add_column("工作表 worksheet")
    table.add_column("别名 alias")
    table.add_column("行 rows", justify="right")
    for sheet in simulators.worksheets():
        style = "red" if sheet.alias in missing else None
        table.add_row(sheet.name, sheet.alias, f"{sheet.rows:,}", style=style)
    screen.console.print()
    screen.console.print(table)
    refunds = simulators.orders_by_refund()
    total = sum(refunds.values())
    refunded = total - refunds[NO_REFUND]
    facts = {
        "订单 / orders": f"{total:,}，其中有售后 {refunded:,} with a refund",
        "本次写入 / writes in this run": f"{simulators.writes():,} 次请求 requests",
        "用时 / time": f"{screen.elapsed:.0f} s",
        "Airflow": f"{url}  （用户 user admin，密码 password {password}）",
        "工作表页面 / worksheet page": simulators.page,
    }
    grid = Table.grid(padding=(0, 2))
    for name, value in facts.items():
        grid.add_row(name, value)
    screen.console.print(grid)
    if missing:
        screen.note(f"缺少数据 / rows are missing in: {', '.join(missing)}")
