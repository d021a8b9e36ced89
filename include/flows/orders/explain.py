"""One order's story: what the shop says now, what HAP holds, what went wrong, who sees it next.

Reads only. Each chapter stands alone, so that a shop that does not answer hides nothing that HAP
tells. Personal cells are masked; ids of orders, rows and goods are shown, because they are what an
operator searches by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from connectors.errors import Bilingual, ConfigurationError, ConnectorError, RejectedError
from connectors.mingdao.models import Row
from connectors.typed import typed
from connectors.xiaoe.models import Order
from include.destination.read.lookup import look_up
from include.destination.read.typed_cells import moment_in
from include.destination.sheets.record import Value
from include.destination.sheets.sheet import UNREADABLE, Sheet, Unreadable
from include.destination.sheets.worksheets import ORDERS, RESOLVED, SYNC_CONFIG, SYNC_ERRORS
from include.flows.orders.explain_cells import cell_differences
from include.flows.run.context import SyncContext
from include.flows.run.error_rows import error_row_id
from include.flows.run.missing import Missing
from include.flows.run.parts import PARTS, entities_of
from include.flows.run.window import live_interval
from include.mapping.labels import ORDER_STATES, REFUND_STATES, label
from include.mapping.listed_orders import needs_detail
from include.mapping.money import yuan_of_fen
from include.mapping.payment import amount_due, amount_paid
from include.source.order_rows import read_order_row
from include.source.windows import SHOP_ZONE

_TOLD = ("entity", "step", "code", "reason", "action", "attempts", "first_seen", "last_seen")
_SUMMARY = frozenset(
    {"order_state", "refund_state", "amount_due", "amount_paid", "amount_refunded"}
)


@dataclass
class Case:
    """What is known of one order as the chapters are told."""

    context: SyncContext
    order_id: str
    row: Row | None = None
    order: Order | None = None
    created_at: datetime | None = None

    @property
    def sheet(self) -> Sheet:
        """Return the worksheet of orders."""
        return self.context.sheet(ORDERS)


def explain_order(context: SyncContext, order_id: str, now: datetime | None = None) -> list[str]:
    """Return the story of an order, a line each; raises ConfigurationError without an order id."""
    order_id = typed(order_id)
    if not order_id:
        raise ConfigurationError(
            "explain",
            Bilingual("没有填写订单号", "no order id was given"),
            Bilingual(
                "填写参数 order_id，或 make explain ORDER=订单号",
                "give order_id, or ORDER=<order id>",
            ),
        )
    case = Case(context, order_id)
    chapters: tuple[tuple[str, Callable[[Case], Iterator[str]]], ...] = (
        ("明道云 · In HAP", _in_hap),
        ("小鹅通现在 · In the shop now", _in_shop),
        ("逐项比较 · Cell by cell", _compared),
        ("同步异常 · Recorded error", _recorded),
        ("上次运行 · Last run", _last_run),
        ("哪个窗口会读到它 · Which window sees it", lambda reported: _windows(reported, now)),
    )
    lines = [f"订单 {case.order_id} / order"]
    for title, tell in chapters:
        lines += ["", f"■ {title}", *(f"  {line}" for line in _told(case, tell))]
    return lines


def _told(case: Case, tell: Callable[[Case], Iterator[str]]) -> list[str]:
    lines: list[str] = []
    try:
        lines.extend(tell(case))
    except ConnectorError as error:
        lines.append(f"✗ {error}")
    return lines


def _in_hap(case: Case) -> Iterator[str]:
    sheet = case.sheet
    found = look_up(case.context.hap, sheet, [case.order_id])
    case.row = found.rows.get(case.order_id)
    if case.row is None:
        yield "✗ 没有这一行 / no row"
        return
    case.created_at = moment_in(sheet, case.row, "created_at")
    yield f"行 row: {case.row.id}"
    for alias, name in (("source_updated_at", "版本 version"), ("synced_at", "写入 last write")):
        yield f"{name}: {shown(sheet.read(case.row, alias))}"
    for field in sheet.definition.fields:
        if field.alias in _SUMMARY:
            yield f"{field.label} {field.alias}: {shown(sheet.read(case.row, field.alias))}"
    others = found.duplicates.get(case.order_id, ())
    if others:
        yield f"✗ 另有 {len(others)} 行同号 / duplicates: {', '.join(row.id for row in others)}"


def _in_shop(case: Case) -> Iterator[str]:
    created = case.created_at or _created_in_detail(case)
    case.order = read_order_row(case.context.xiaoe, case.order_id, created) if created else None
    if case.order is None:
        yield "✗ 订单列表里查不到（已删除、隐藏，或订单号有误）/ the order list does not show it"
        return
    info = case.order.order_info
    yield f"版本 version (update_time): {shown(info.update_time)}"
    yield f"下单 created: {shown(info.created_time)}"
    yield f"订单状态 state: {label(ORDER_STATES, info.order_state) or '—'}"
    yield f"售后状态 after-sale: {label(REFUND_STATES, info.aftersale_show_state) or '—'}"
    yield f"应付 due: {shown(amount_due(info))} 元"
    yield f"实付 paid: {shown(amount_paid(info))} 元"
    yield f"退款 refunded: {shown(yuan_of_fen(info.refund_fee))} 元"
    yield (
        "订单详情 detail: 列表留有空白，每次都读 / always read: the list leaves something open"
        if needs_detail(case.order)
        else "订单详情 detail: 列表已齐全，成批首次写入时不读 "
        "/ not read in a first load of many: the list tells everything"
    )


def _created_in_detail(case: Case) -> datetime | None:
    try:
        return case.context.xiaoe.order_detail(case.order_id).order_info.created_at
    except RejectedError:
        return None


def _compared(case: Case) -> Iterator[str]:
    if case.row is None and case.order is None:
        yield "✗ 两边都没有这个订单，请核对订单号 / neither side knows it: check the order id"
        return
    if case.row is None or case.order is None:
        yield "— 缺少一方，无法比较 / one side is missing"
        return
    held = case.sheet.read(case.row, "source_updated_at")
    reported = case.order.order_info.update_time
    if isinstance(held, datetime) and reported and held != reported:
        older = held < reported
        yield "明道云的版本较旧 / HAP is older" if older else "明道云的版本较新 / HAP is newer"
    missing = Missing()
    different = cell_differences(case.context, case.order, case.row, missing)
    for lacking in missing.noted.values():
        part = PARTS[lacking.entity].name
        yield f"✗ 缺{part.zh} / without {part.en}: {lacking.error}"
    if not different:
        yield "✓ 每一项都相同 / every cell is the same"
    for field, here, there in different:
        name = f"✗ {field.label} {field.alias}"
        if field.personal:
            yield f"{name}: 不同（个人信息，不显示）/ different, personal, not shown"
        else:
            yield f"{name}: 明道云 HAP {shown(here)} ≠ 小鹅通 shop {shown(there)}"


def _recorded(case: Case) -> Iterator[str]:
    """Tell of the order's own row, and of the rows for what it was written without."""
    sheet = case.context.sheet(SYNC_ERRORS)
    entities = ["order", *entities_of(["order"])]
    keys = [error_row_id(case.context, entity, case.order_id) for entity in entities]
    rows = look_up(case.context.hap, sheet, keys).rows
    if not rows:
        yield "✓ 没有记录 / none"
    for row in rows.values():
        state = sheet.read(row, "status")
        yield f"{'✓' if state == RESOLVED else '✗'} 状态 status: {shown(state)}"
        for alias in _TOLD:
            yield f"{sheet.definition.field(alias).label} {alias}: {shown(sheet.read(row, alias))}"


def _last_run(case: Case) -> Iterator[str]:
    sheet, key = case.context.sheet(SYNC_CONFIG), case.context.config.scoped(case.context.order_api)
    row = look_up(case.context.hap, sheet, [key]).rows.get(key)
    if row is None or not sheet.read(row, "last_run_at"):
        yield "— 订单同步还没有运行过 / the orders have not been synced yet"
        return
    for alias in ("last_run_at", "last_status", "window_start", "window_end", "message", "run_url"):
        yield f"{sheet.definition.field(alias).label} {alias}: {shown(sheet.read(row, alias))}"


def _windows(case: Case, now: datetime | None) -> Iterator[str]:
    moment = _seen_by(case)
    if moment is None:
        yield "— 不知道它的时间 / its time is not known"
        return
    start, until = live_interval(moment)
    name = (
        "更新时间 update time" if case.context.order_feed == "update" else "下单时间 creation time"
    )
    yield f"按{name} {shown(moment)}：区间 interval [{shown(start)}, {shown(until)})"
    if until > (now or datetime.now(UTC)):
        yield "这个区间还没有结束，下一次运行会读到 / not over yet: the next run reads it"
    else:
        yield "这个区间已经结束，应已读过 / it is over and should have been read"
    dag = case.context.config.suffixed("xiaoe_orders")
    yield (
        f"立即同步：手工运行 {dag}，参数 / to sync it now trigger {dag} with "
        f"since = {_param(start)}, until = {_param(until)}"
    )


def _seen_by(case: Case) -> datetime | None:
    """Return the time by which the feed in use sees the order."""
    if case.order is None:
        return case.created_at
    info = case.order.order_info
    return info.update_time if case.context.order_feed == "update" else info.created_time


def _param(moment: datetime) -> str:
    return moment.astimezone(SHOP_ZONE).strftime("%Y-%m-%d %H:%M:%S")


def shown(value: Value | Unreadable) -> str:
    """Return a cell for people: times in Beijing, relations as their number of rows."""
    if isinstance(value, datetime):
        return _param(value)
    if isinstance(value, tuple):
        return f"{len(value)} 条关联 rows"
    if value is UNREADABLE:
        return "(读不出 unreadable)"
    return "(空 empty)" if value in (None, "") else str(value)
