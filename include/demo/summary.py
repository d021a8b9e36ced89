"""The end of the demo: what arrived, what failed, what to open where."""

from __future__ import annotations

from collections import Counter

from rich.table import Table

from include.demo.ports import DEFAULTS, Ports
from include.demo.screen import Screen
from include.demo.settings import LOGIN
from include.demo.simulators import NO_REFUND, Simulators
from include.demo.steps import RunsFailedError, Window

REPORTS = "sync_"  # worksheets in which each run reports on itself
FILLED = ("customers", "orders", "sync_config")


def missing_rows(simulators: Simulators, window: Window) -> list[str]:
    """Say in words what the shop has and HAP lacks; empty when all arrived."""
    rows = Counter({sheet.alias: sheet.rows for sheet in simulators.worksheets()})
    shop = simulators.shop_counts()
    changed = simulators.shop_orders_changed(window.since, window.until)
    expected = [
        ("orders", rows["orders"], changed),
        ("goods + columns", rows["goods"] + rows["columns"], shop["goods"]),
        ("collected_info", rows["collected_info"], shop["answers"]),
        *((alias, rows[alias], 1) for alias in FILLED),
    ]
    return [
        f"✘ {name}：明道云 {found} 行，应有 {wanted} 行 / HAP has {found} rows, the shop {wanted}"
        for name, found, wanted in expected
        if found < wanted
    ]


def print_failures(screen: Screen, failed: RunsFailedError) -> None:
    """Print which tasks failed, the ends of their logs, and where the logs are."""
    screen.error(failed)
    for task, path in failed.reports:
        label = f" [{task.label or task.map_index}]" if task.map_index >= 0 else ""
        screen.note(f"\n  任务 / task {task.task_id}{label}")
        for line in task.last_lines:
            screen.note(f"  │ {line}")
        screen.note(f"  日志 / log: {path}")


def print_summary(screen: Screen, simulators: Simulators, url: str, password: str) -> None:
    """Print rows per worksheet, orders and refunds, the time it took, and the addresses."""
    table = Table(title="明道云中的工作表 / worksheets in HAP", title_justify="left")
    table.add_column("工作表 worksheet")
    table.add_column("别名 alias")
    table.add_column("行 rows", justify="right")
    table.add_column("本次写入 written now", justify="right")
    written = simulators.rows_written()
    for sheet in simulators.worksheets():
        table.add_row(sheet.name, sheet.alias, f"{sheet.rows:,}", f"{written[sheet.alias]:,}")
    screen.console.print()
    screen.console.print(table)
    refunds = simulators.orders_by_refund()
    total = sum(refunds.values())
    data = sum(written[alias] for alias in written if not alias.startswith(REPORTS))
    refunded = total - refunds[NO_REFUND]
    facts = {
        "订单 / orders": f"{total:,}，其中有售后 {refunded:,} with a refund",
        "本次写入 / written now": f"{data:,} 行数据 rows of data",
        "用时 / time": f"{screen.elapsed:.0f} s",
        "Airflow": url,
        "用户 / user": LOGIN,
        "密码 / password": password,
        "工作表页面 / worksheet page": simulators.page,
    }
    grid = Table.grid(padding=(0, 2))
    for name, value in facts.items():
        grid.add_row(name, value)
    screen.console.print(grid)


def print_next_steps(screen: Screen, ports: Ports, url: str, page: str) -> None:
    """Print three things to try, a failure among them, with the ports where they are not usual."""
    act = ".venv/bin/python -m include.simulators.act"
    for name, usual in DEFAULTS.items():
        if getattr(ports, name) != usual:
            act += f" --{name}-port {getattr(ports, name)}"
    screen.console.print(
        f"""
三件可以试的事 / three things to try
  1. 让一个新订单到来 / let an order arrive
       {act} order
  2. 让一个订单失败，再修好它 / let an order fail, and repair it
       {act} fail
  3. 在工作表页面改一格、把异常改为 忽略、删一行，再运行 xiaoe_reconcile，看同步怎么处理
     / edit a cell, set an error to 忽略 or delete a row, run xiaoe_reconcile, see what it does
       {page}
概况页 / the page: {url}/plugin/xiaoe/xiaoe/
再次运行 make demo 会接着用这些数据，make clean 从头开始
  / make demo goes on with this data, make clean begins anew""",
        highlight=False,
        soft_wrap=True,
    )
