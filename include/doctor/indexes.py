"""Unique indexes: the last fence against duplicates, which only a person can put up.

"No duplicates" on a field does not bind API writes, a unique index does, and the open API neither
makes nor shows one (contracts: hap §12). So a scratch row is made twice with one key: where the
second is refused there is an index.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from connectors.errors import Bilingual, RejectedError, RetryableError
from include.destination.sheets.fields import Worksheet
from include.destination.sheets.worksheets import (
    COLLECTED_INFO,
    COLUMNS,
    CUSTOMERS,
    GOODS,
    ORDERS,
    WORKSHEETS,
)
from include.doctor.context import DoctorContext
from include.doctor.findings import Finding, right, unknown, wrong
from include.doctor.scratch import KEY, OTHER_KEY, Scratch, scratch_rows

INDEX = Bilingual("唯一索引", "unique index")
NARROW = Bilingual("唯一索引（多店铺）", "unique index, several shops")
BATCH = Bilingual("批量新建遇到重复键", "batches with a duplicate")
OTHER_SHOP = "doctor-scratch-2"
_KEYED_BY_ID = (CUSTOMERS, GOODS, COLUMNS, ORDERS, COLLECTED_INFO)
_CLICKS = Bilingual(
    "在明道云逐张打开上述工作表：表名旁 ⋯ → 编辑表单（工作表设置）→ 索引加速 → 新建索引 → "
    "选括号里的字段 → 勾选唯一索引 → 保存（先清空回收站里的重复行）",
    "in HAP, for each of them: worksheet settings → Index acceleration → Create → the field in "
    "brackets → Unique index → save",
)
_BOTH = Bilingual(
    "。带 + 的两个字段放在同一个索引里：两个店铺的 ID 可能相同",
    "; what is joined by + goes into one index, because two shops may use one id",
)


def unique_indexes(context: DoctorContext) -> Iterator[Finding]:
    """Try a duplicate key in each worksheet; tell once what is missing, and the clicks."""
    if context.sync.preview:
        yield unknown(INDEX, "预览时不写入，未检查", "not tried in a preview")
        return
    paired = _paired(context)
    with scratch_rows(context, WORKSHEETS) as scratch:
        codes = {sheet.alias: _refusal(scratch, sheet) for sheet in WORKSHEETS}
        fenced = [sheet for sheet in WORKSHEETS if codes[sheet.alias]]
        narrow = [sheet for sheet in fenced if sheet in paired and _is_narrow(scratch, sheet)]
        if fenced:
            yield _batch(scratch, fenced[0])
    good = [sheet for sheet in fenced if sheet not in narrow]
    if good:
        names = "、".join(f"{sheet.label}（{codes[sheet.alias]}）" for sheet in good)
        yield right(INDEX, f"已有：{names}", "these have one, with the code of a refusal")
    lacking = [sheet for sheet in WORKSHEETS if not codes[sheet.alias]]
    if lacking:
        yield _missing(context, lacking, paired)
    if narrow:
        yield _too_narrow(context, narrow, paired)


def _paired(context: DoctorContext) -> list[Worksheet]:
    """Return the worksheets in which two rows may rightly carry one id, each of another shop.

    Elsewhere the key names the shop, and customers that shops share are one row.
    """
    if not context.sync.config.others:
        return []
    shared = {CUSTOMERS.alias} if context.sync.config.shared_customers else set()
    return [sheet for sheet in _KEYED_BY_ID if sheet.alias not in shared]


def _missing(
    context: DoctorContext, lacking: Sequence[Worksheet], paired: Sequence[Worksheet]
) -> Finding:
    zh, en = _fields(context, lacking, paired)
    return wrong(
        INDEX,
        f"{len(lacking)} 张表没有，同一个键可能出现两行：{zh}",
        f"none in these worksheets, so a key may get two rows: {en}",
        _clicks(joined=any(sheet in paired for sheet in lacking)),
    )


def _too_narrow(
    context: DoctorContext, narrow: Sequence[Worksheet], paired: Sequence[Worksheet]
) -> Finding:
    zh, en = _fields(context, narrow, paired)
    clicks = _clicks(joined=True)
    return wrong(
        NARROW,
        f"索引只含 ID，会拒绝另一店铺相同 ID 的行；应为：{zh}",
        f"on the id alone, so another shop's row of the same id is refused; should be: {en}",
        Bilingual(f"先删除原来的索引，再{clicks.zh}", f"delete the old one first; {clicks.en}"),
    )


def _clicks(*, joined: bool) -> Bilingual:
    return Bilingual(f"{_CLICKS.zh}{_BOTH.zh}", f"{_CLICKS.en}{_BOTH.en}") if joined else _CLICKS


def _fields(
    context: DoctorContext, sheets: Sequence[Worksheet], paired: Sequence[Worksheet]
) -> tuple[str, str]:
    """Return each worksheet with the fields of its index, as HAP and as we call them."""
    zh, en = [], []
    for declared in sheets:
        sheet = context.sheet(declared).definition
        aliases = [sheet.key, "shop"] if declared in paired else [sheet.key]
        zh.append(f"{sheet.label}（{' + '.join(sheet.field(one).label for one in aliases)}）")
        en.append(f"{sheet.alias} ({' + '.join(aliases)})")
    return "、".join(zh), ", ".join(en)


def _refusal(scratch: Scratch, definition: Worksheet) -> str:
    """Return the code with which a second row of one key is refused; empty when it gets in.

    Which code that is, is not documented, and some leave open what became of the row: so it is
    looked for.
    """
    try:
        scratch.create(definition)
        scratch.create(definition)
    except (RejectedError, RetryableError) as error:
        return (error.code or "?") if scratch.count(definition) <= 1 else ""
    return ""


def _is_narrow(scratch: Scratch, definition: Worksheet) -> bool:
    """Tell whether a row of the same key is refused although it names another shop."""
    try:
        scratch.create(definition, {"shop": OTHER_SHOP})
    except (RejectedError, RetryableError):
        return scratch.count(definition) <= 1
    return False


def _batch(scratch: Scratch, definition: Worksheet) -> Finding:
    """Create one taken and one new key in one call, and look what became of the new one."""
    code = "success"
    try:
        scratch.create_both(definition, [KEY, OTHER_KEY])
    except (RejectedError, RetryableError) as error:
        code = error.code or "?"
    if OTHER_KEY in scratch.find(definition, [OTHER_KEY]):
        return right(BATCH, f"其余照常写入({code})；管道会逐条查清", "the others get in; looked up")
    return right(BATCH, f"整批不写入({code})；管道会拆开重试", "none gets in; halved and repeated")
