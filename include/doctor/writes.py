"""What HAP really stores: relations, times, numbers and options, tried in scratch rows.

Some clients saw relations dropped with success, and the zone of date-times is documented nowhere
(contracts: hap §8.3, §8.4), so both are written and read back.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from connectors.errors import Bilingual
from connectors.mingdao import cells
from connectors.mingdao.filters import any_equal
from connectors.mingdao.models import Row
from include.destination.read.whole_rows import with_relations
from include.destination.rows import list_rows
from include.destination.sheets.record import Value
from include.destination.sheets.sheet import UNREADABLE
from include.destination.sheets.worksheets import CUSTOMERS, GOODS, ORDERS
from include.doctor.context import DoctorContext
from include.doctor.findings import NOTHING, Finding, Setting, right, unknown, wrong
from include.doctor.scratch import KEY, Scratch, scratch_rows

RELATION = Bilingual("写入关联并读回", "relations written and read back")
IN_LISTS = Bilingual("列表里的多条关联", "relations to many in lists")
BY_RELATION = Bilingual("按关联查询", "look-up by relation")
VALUES = Bilingual("写入数字、选项并读回", "numbers and options written and read back")
WRITTEN_ZONE = Bilingual("写入日期时间并读回", "date-times written and read back")
APP_ZONE = Bilingual("应用时区", "time zone of the app")
_AT = datetime(2026, 1, 15, 12, 34, 56)
_AMOUNT = Decimal("129.90")
_HALF_HOUR = timedelta(minutes=30)
_FARTHEST = timedelta(hours=14)
_ZONES = ("Asia/Shanghai", "UTC", "Asia/Tokyo", "Asia/Singapore", "Europe/Berlin", "Asia/Kolkata")
_WHERE = Bilingual("明道云连接的扩展项", "extra of the HAP connection")
ASK_VENDOR = Bilingual(
    "检查授权对关联字段的写权限；仍不行请联系明道云",
    "check the authorisation's rights on relation fields, then ask the vendor",
)
ASK_ZONES = Bilingual(
    "让明道云核对服务器时区与应用时区一致", "ask HAP to bring server and app to one time zone"
)
NOT_TRIED = Bilingual("预览时不写入，未检查", "not tried in a preview")


@dataclass(frozen=True)
class Tried:
    """The scratch order, and the rows that it was made to point at."""

    scratch: Scratch
    row: Row
    customer: str
    goods: str
    written: dict[str, Value]


def write_and_read(context: DoctorContext) -> Iterator[Finding]:
    """Write one order with everything in it, read it back, and remove it."""
    if context.sync.preview:
        yield unknown(RELATION, *NOT_TRIED)
        return
    with scratch_rows(context, (ORDERS, GOODS, CUSTOMERS)) as scratch:
        tried = _try(context, scratch)
        yield _relations(context, tried)
        yield _in_lists(tried)
        yield _by_relation(context, tried)
        yield _values(context, tried)
        yield _written_zone(context, tried)
        yield _app_zone(context, tried)


def _try(context: DoctorContext, scratch: Scratch) -> Tried:
    customer = scratch.create(CUSTOMERS, {"nickname": "体检 doctor"})
    goods = scratch.create(GOODS, {"name": "体检 doctor"})
    sheet = context.sheet(ORDERS)
    written: dict[str, Value] = {
        "created_at": _AT.replace(tzinfo=sheet.zone),
        "amount_paid": _AMOUNT,
        "order_state": "已完成",
        "customer": (customer,),
        "goods": (goods,),
    }
    written = {alias: value for alias, value in written.items() if alias not in sheet.left_out}
    scratch.create(ORDERS, sheet.cells(written))
    return Tried(scratch, scratch.row(ORDERS), customer, goods, written)


def _relations(context: DoctorContext, tried: Tried) -> Finding:
    sheet = context.sheet(ORDERS)
    whole = with_relations(context.hap, sheet, {KEY: tried.row})[KEY]
    lost = [
        alias for alias in ("customer", "goods") if sheet.read(whole, alias) != tried.written[alias]
    ]
    if lost:
        return wrong(
            RELATION, f"没有存下：{'、'.join(lost)}", "they are dropped", ASK_VENDOR, blocking=True
        )
    return right(RELATION, "单条和多条都存下了", "to one and to many: stored")


def _in_lists(tried: Tried) -> Finding:
    raw = tried.row.cells.get("goods")
    if raw is None:
        return right(IN_LISTS, "不返回；管道另行读取", "left out; they are read separately")
    if cells.relation_ids(raw) is None:
        return right(IN_LISTS, "只给条数；管道另行读取", "a mere count; they are read separately")
    return right(IN_LISTS, "完整返回", "given in full")


def _by_relation(context: DoctorContext, tried: Tried) -> Finding:
    """The audiences ask which orders point at which goods."""
    sheet = context.sheet(ORDERS)
    found = [
        row.id
        for asked in (tried.goods, str(uuid.UUID(int=0)))
        for row in list_rows(
            context.hap, sheet, condition=any_equal("goods", [asked]), page_size=5
        ).rows
    ]
    if found == [tried.row.id]:
        return right(BY_RELATION, "有效", "it works")
    return wrong(
        BY_RELATION,
        "条件被忽略或查不到；「客群分析」无法按商品类型汇总",
        "dropped, or it finds nothing: no audiences by type of goods",
        ASK_VENDOR,
    )


def _values(context: DoctorContext, tried: Tried) -> Finding:
    sheet = context.sheet(ORDERS)
    names = {"amount_paid", "order_state"} & tried.written.keys()
    lost = [
        alias for alias in sorted(names) if sheet.read(tried.row, alias) != tried.written[alias]
    ]
    if lost:
        return wrong(
            VALUES, f"读回不同：{'、'.join(lost)}", "they differ", ASK_VENDOR, blocking=True
        )
    raw = tried.row.cells.get("amount_paid")
    return right(VALUES, f"一致；{_AMOUNT} 读回为 {raw!r}", "they are the same")


def _written_zone(context: DoctorContext, tried: Tried) -> Finding:
    sheet = context.sheet(ORDERS)
    held = sheet.read(tried.row, "created_at")
    if held is UNREADABLE or not isinstance(held, datetime):
        return wrong(WRITTEN_ZONE, "读不出", "it cannot be read", ASK_VENDOR, blocking=True)
    wanted = _AT.replace(tzinfo=sheet.zone)
    tells_zone = str(tried.row.cells.get("created_at")).endswith("Z")
    if held == wanted:
        form = "带时区 ISO" if tells_zone else "不带时区"
        return right(WRITTEN_ZONE, f"一致；读出{form}", "they are the same")
    hours = (held - wanted) / timedelta(hours=1)
    if not tells_zone:
        return wrong(
            WRITTEN_ZONE,
            f"读回相差 {hours:+g} 小时：写入和读出用的时区不同",
            f"they differ by {hours:+g} hours: written in one zone, read in another",
            ASK_ZONES,
            blocking=True,
        )
    zone = _zone_at(_offset(wanted) - (held - wanted), wanted)
    action = Bilingual(
        f"在明道云连接的扩展项把 timezone 设为 {zone}，再运行 xiaoe_doctor",
        f"set timezone to {zone} in the extra of the HAP connection, then run this again",
    )
    settings = [Setting(f"timezone={zone}", _WHERE)]
    return wrong(
        WRITTEN_ZONE,
        f"读回相差 {hours:+g} 小时：写入的时间被当作另一个时区",
        f"they differ by {hours:+g} hours: another zone is assumed on writing",
        action,
        blocking=True,
        settings=settings,
    )


def _app_zone(context: DoctorContext, tried: Tried) -> Finding:
    """Compare when HAP says that the row was made with when it was made."""
    raw = tried.row.cells.get("_createdAt") or tried.row.cells.get("_createAt")
    raw = raw or tried.row.cells.get("ctime")
    zone = context.hap.zone
    made = cells.datetime(raw, zone) if isinstance(raw, str) else None
    if made is None:
        return unknown(APP_ZONE, "读不到系统字段", "system fields cannot be read", NOTHING)
    if str(raw).endswith("Z"):
        return unknown(
            APP_ZONE, "回答自带时区，看不出应用时区", "answers carry a zone of their own"
        )
    now = context.app_now()
    off = round((made - now) / _HALF_HOUR) * _HALF_HOUR
    if not off:
        return right(APP_ZONE, f"{zone.key}，与连接一致", "as the connection says")
    if abs(off) > _FARTHEST:
        return unknown(APP_ZONE, "服务器时间不可信", "the server's time cannot be believed")
    name = _zone_at(_offset(now.astimezone(zone)) + off, now)
    return wrong(
        APP_ZONE,
        f"应用按 {name} 显示时间，连接设为 {zone.key}",
        "the app shows times in another zone than the connection says",
        Bilingual(
            f"在明道云连接的扩展项把 timezone 设为 {name}",
            f"set timezone to {name} in the extra of the HAP connection",
        ),
        blocking=True,
        settings=[Setting(f"timezone={name}", _WHERE)],
    )


def _offset(moment: datetime) -> timedelta:
    return moment.utcoffset() or timedelta()


def _zone_at(offset: timedelta, moment: datetime) -> str:
    """Return the name of a zone with this offset at a moment; the usual ones go before."""
    for name in _ZONES:
        if _offset(moment.astimezone(ZoneInfo(name))) == offset:
            return name
    hours = round(offset / timedelta(hours=1))
    return f"Etc/GMT{-hours:+d}"
