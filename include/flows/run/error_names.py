"""What people read in `sync_errors` and on the page for a row's entity and step.

The codes stand in the key of the row and in XCom; the cells 对象 and 步骤 hold the Chinese name. So
a row of an older version, whose cells hold the codes, has the same key and is the same row.
"""

from __future__ import annotations

from collections.abc import Mapping

from connectors.errors import Bilingual
from connectors.xiaoe.endpoints import ENDPOINTS
from include.destination.sheets.worksheets import WORKSHEETS
from include.flows.run.parts import INTERFACE, PARTS

_RECORDS: Mapping[str, Bilingual] = {
    "order": Bilingual("订单", "order"),
    "customer": Bilingual("客户", "customer"),
    "collected_info": Bilingual("采集信息", "answered form"),
    "goods": Bilingual("商品", "good"),
    "columns": Bilingual("专栏", "column"),
    INTERFACE: Bilingual("整个接口", "a whole interface"),
    "row": Bilingual("无法读取的行", "unreadable row"),
    "payment": Bilingual("支付存疑", "doubtful payment"),
    "refund": Bilingual("退款存疑", "doubtful refund"),
    "duplicate": Bilingual("重复行", "duplicate rows"),
    "lookalike": Bilingual("疑似重复", "look-alike rows"),
    "outdated": Bilingual("旧规则订单", "order of an older rule"),
    "erased": Bilingual("已删除的客户", "erased customer"),
}
ENTITIES: Mapping[str, Bilingual] = {
    **_RECORDS,
    **{
        code: Bilingual(
            f"{_RECORDS[part.owner].zh}的{part.name.zh}",
            f"{_RECORDS[part.owner].en}: {part.name.en}",
        )
        for code, part in PARTS.items()
    },
}
# An interface goes by its name in 第三方应用配置, where people find it.
STEPS: Mapping[str, Bilingual] = {
    **{api: Bilingual(endpoint.name, api) for api, endpoint in ENDPOINTS.items()},
    **{
        sheet.alias: Bilingual(f"写入「{sheet.label}」", f"writing {sheet.alias}")
        for sheet in WORKSHEETS
    },
    "customer": Bilingual("写入「客户」", "writing customers"),
    "segment": Bilingual("写入「客群」", "writing segments"),
    "rows.list": Bilingual("读取明道云的行", "reading rows of HAP"),
    "rows.create": Bilingual("写入明道云的行", "writing rows of HAP"),
}
_CODES = {name.zh: code for code, name in ENTITIES.items()}
_NAMES = {name.zh: name for name in (*ENTITIES.values(), *STEPS.values())}


def entity_name(code: str) -> Bilingual:
    """Return what a kind of record is called; an unknown one goes by its code."""
    return ENTITIES.get(code, Bilingual(code, code))


def step_name(code: str) -> Bilingual:
    """Return what a step is called; an unknown one goes by its code."""
    return STEPS.get(code, Bilingual(code, code))


def step_of_cell(text: str) -> Bilingual:
    """Return the step that a cell tells, by its Chinese name or, in an older row, by its code."""
    return _NAMES.get(text) or step_name(text)


def entity_of(key: str, cell: str) -> str:
    """Return the code of a row's entity: its key tells it, its cell where somebody added the row.

    A key is `<entity>:<record id>`, or `<entity>@<shop>:<record id>`.
    """
    if ":" in key:
        return key.partition(":")[0].partition("@")[0]
    return _CODES.get(cell, cell)
