"""Unique indexes: the last fence against duplicates, which only a person can put up.

"No duplicates" on a field does not bind API writes, a unique index does, and the open API neither
makes nor shows one (contracts: hap §12). So a scratch row is made twice with one key: where the
second is refused there is an index.
"""

from __future__ import annotations

from collections.abc import Iterator

from connectors.errors import RejectedError, RetryableError, Words
from include.destination.schema import Worksheet
from include.destination.worksheets import WORKSHEETS
from include.doctor.findings import Finding, right, unknown, wrong
from include.doctor.patient import Patient
from include.doctor.scratch import KEY, OTHER_KEY, Scratch, scratch_rows

INDEX = Words("唯一索引", "unique index")
BATCH = Words("批量新建遇到重复键", "batches with a duplicate")


def unique_indexes(patient: Patient) -> Iterator[Finding]:
    """Try a duplicate key in each worksheet; tell the clicks where it gets in."""
    if patient.preview:
        yield unknown(INDEX, "预览时不写入,未检查", "not tried in a preview")
        return
    with scratch_rows(patient, WORKSHEETS) as scratch:
        codes = {sheet.alias: _refusal(scratch, sheet) for sheet in WORKSHEETS}
        fenced = [sheet for sheet in WORKSHEETS if codes[sheet.alias]]
        if fenced:
            yield _batch(scratch, fenced[0])
    if fenced:
        names = "、".join(f"{sheet.label}({codes[sheet.alias]})" for sheet in fenced)
        yield right(INDEX, f"已有:{names}", "these have one, with the code of a refusal")
    for sheet in (patient.sheet(declared).definition for declared in WORKSHEETS):
        if not codes[sheet.alias]:
            yield wrong(
                Words(f"唯一索引 {sheet.label} {sheet.alias}", "unique index"),
                f"没有:{sheet.key} 可以重复",
                f"there is none: {sheet.key} may repeat",
                _clicks(sheet),
            )


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


def _batch(scratch: Scratch, definition: Worksheet) -> Finding:
    """Create one taken and one new key in one call, and look what became of the new one."""
    code = "success"
    try:
        scratch.create_both(definition, [KEY, OTHER_KEY])
    except (RejectedError, RetryableError) as error:
        code = error.code or "?"
    if OTHER_KEY in scratch.find(definition, [OTHER_KEY]):
        return right(BATCH, f"其余照常写入({code});管道会逐条查清", "the others get in; looked up")
    return right(BATCH, f"整批不写入({code});管道会拆开重试", "none gets in; halved and repeated")


def _clicks(sheet: Worksheet) -> Words:
    field = sheet.field(sheet.key)
    return Words(
        f"明道云:打开「{sheet.label}」→ 表名旁 ⋯ → 编辑表单(工作表设置)→ 索引加速 → 新建索引 → "
        f"字段选「{field.label}」→ 勾选唯一索引 → 保存(先清空回收站里的重复行)",
        f"in HAP: worksheet settings → Index acceleration → Create → field {field.label} → "
        "Unique index → save",
    )
