"""How HAP answers questions: whether filters hold, and how ids and values are written.

A filter that HAP does not understand is dropped, with success and the whole worksheet (contracts:
hap §7.2): the reason why an impossible key is asked for in every worksheet.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from connectors.errors import Bilingual, ConnectorError, RejectedError
from connectors.mingdao.filters import any_equal
from include.destination.rows import list_rows
from include.destination.sheets.sheet import Sheet
from include.destination.sheets.worksheets import SYNC_CONFIG, WORKSHEETS
from include.doctor.context import DoctorContext
from include.doctor.findings import Finding, right, unknown, wrong

ECHO = Bilingual("按键查询", "look-up by key")
IN_LIST = Bilingual("文本字段的 in 条件", "operator in on text")
ROW_ID = Bilingual("行 ID 的键名", "name of the row id")
NUMBERS = Bilingual("数字的写法", "form of numbers")
LARGE_PAGE = Bilingual("每页 1000 行以上", "pages above 1000 rows")
VIEW = Bilingual("不带视图的列表", "lists without a view")
CHECK_KEY = Bilingual(
    "检查该表的键字段是文本且别名正确，再运行 mingdao_setup",
    "check that the key field is a text with the right alias, then run mingdao_setup",
)
OPEN_VIEW = Bilingual(
    "应用 → API 开发文档 → 授权：关闭「视图为空时不返回数据」",
    "in the app's API authorisation switch off 'no data when the view is empty'",
)


def filter_echo(context: DoctorContext) -> Iterator[Finding]:
    """Ask each worksheet for a key that cannot exist: no row may come back."""
    nobody = f"doctor-{uuid.uuid4()}"
    dropped = []
    for definition in WORKSHEETS:
        condition = any_equal(definition.key, [nobody])
        sheet = context.sheet(definition)
        if list_rows(context.hap, sheet, condition=condition, page_size=1).rows:
            dropped.append(f"{definition.alias}.{definition.key}")
    if dropped:
        names = "、".join(dropped)
        zh = f"不存在的键返回了数据：{names}，条件被忽略"
        yield wrong(ECHO, zh, "the filter is dropped", CHECK_KEY, blocking=True)
    else:
        yield right(ECHO, f"{len(WORKSHEETS)} 张表都不返回无关的行", "no foreign row comes back")


def forms(context: DoctorContext) -> Iterator[Finding]:
    """Look at one list as it came: the row's id, numbers, and what is not documented."""
    sheet = context.sheet(SYNC_CONFIG)
    asked = {"pageSize": 5, "pageIndex": 1, "useFieldIdAsKey": False, "includeTotalCount": True}
    data = context.hap.raw_rows(sheet.id, asked)
    rows = data.get("rows") if isinstance(data, Mapping) else None
    row = next((row for row in rows or () if isinstance(row, Mapping)), None)
    if row is None:
        yield wrong(
            VIEW,
            "第三方应用配置没有返回任何行：尚未初始化，或授权要求指定视图",
            "no row of 第三方应用配置: not set up, or the authorisation wants a view",
            OPEN_VIEW,
            blocking=True,
        )
        return
    yield right(VIEW, "有数据", "rows come back")
    name = next((key for key in ("rowId", "rowid", "id") if row.get(key)), "?")
    total = next((key for key in data if key.strip() == "total"), "")
    tab = "(带制表符 with a TAB)" if total != total.strip() else ""
    yield right(ROW_ID, f"{name}；总数键 total{tab}", "read in every form")
    yield _numbers(
        [row.get(sheet.column("page_size")) for row in rows or () if isinstance(row, Mapping)]
    )
    yield _in_on_text(context, sheet)
    yield _large_page(context, sheet.id)


def _numbers(values: list[Any]) -> Finding:
    value = next((one for one in values if one not in (None, "")), None)
    if value is None:
        return unknown(NUMBERS, "没有数字可看", "there is no number to see")
    kind = "字符串 string" if isinstance(value, str) else "数字 number"
    return right(NUMBERS, f"读出为{kind}", "compared exactly in both forms")


def _in_on_text(context: DoctorContext, sheet: Sheet) -> Finding:
    condition = {"type": "condition", "field": SYNC_CONFIG.key, "operator": "in"}
    group = {"type": "group", "logic": "AND", "children": [{**condition, "value": ["doctor-no"]}]}
    rows = list_rows(context.hap, sheet, condition=group, page_size=1).rows
    if rows:
        return right(IN_LIST, "被忽略；管道不使用它", "dropped; it is not used")
    return right(IN_LIST, "有效；管道不依赖它", "honoured; it is not relied on")


def _large_page(context: DoctorContext, sheet_id: str) -> Finding:
    try:
        context.hap.raw_rows(sheet_id, {"pageSize": 1001, "pageIndex": 1})
    except RejectedError as error:
        return right(LARGE_PAGE, f"被拒绝 ({error.code})；不使用", "refused; not used")
    except ConnectorError as error:
        return unknown(LARGE_PAGE, f"没有回答 ({error.code})", "no answer")
    return right(LARGE_PAGE, "被接受或截短；不使用", "taken or cut; not used")
