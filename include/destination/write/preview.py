"""Shows in the log what a run would write, without a word about any person."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from include.destination.sheets.sheet import Sheet
from include.destination.write.outcome import Outcome, in_words
from include.destination.write.plan import Action, Change

log = logging.getLogger(__name__)

_HIDDEN = "***"
_BOOKKEEPING = frozenset({"source_hash", "filled", "synced_at"})


def show_plan(sheet: Sheet, outcome: Outcome) -> None:
    """Log each row that would be created or changed, field by field, and the counts."""
    for change in outcome.planned:
        log.info("预览 / preview %s", "; ".join(_lines(sheet, change)))
    told = in_words(outcome.counts())
    log.info("预览「%s」：将有 / preview, there would be: %s", sheet.definition.label, told)


def _lines(sheet: Sheet, change: Change) -> Iterator[str]:
    verb = "新建 create" if change.action is Action.CREATE else "修改 change"
    yield f"{verb} {sheet.definition.alias} {change.key}"
    for alias, value in change.values.items():
        one = sheet.definition.field(alias)
        if alias not in _BOOKKEEPING and alias != sheet.definition.key:
            shown = _HIDDEN if one.personal and value else _shown(value)
            yield f"{one.label} {alias} = {shown}"


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return f"{len(value)} 条关联 rows"
    return "(空 empty)" if value is None else str(value)


@dataclass
class Planned:
    """What would become of a worksheet's rows; `fields` counts the changed ones by their label."""

    create: int = 0
    patch: int = 0
    unchanged: int = 0
    failed: int = 0
    fields: Counter[str] = field(default_factory=Counter)

    def add(self, other: Planned) -> None:
        """Take in what another task planned for the same worksheet."""
        self.create += other.create
        self.patch += other.patch
        self.unchanged += other.unchanged
        self.failed += other.failed
        self.fields.update(other.fields)


def planned_of(sheet: Sheet, outcome: Outcome) -> Planned:
    """Count what an upsert would do, changed rows by field."""
    counts = outcome.counts()
    planned = Planned(counts["create"], counts["patch"], counts["unchanged"], counts["failed"])
    for change in outcome.planned:
        if change.action is not Action.CREATE:
            planned.fields.update(change.labels(sheet.definition))
    return planned


def preview_table(planned: Mapping[str, Planned]) -> str:
    """Return what a whole run would write, a line a worksheet, to be read at a glance."""
    lines = [
        "预览结果 / what would be written",
        "工作表 worksheet | 新建 create | 修改 change | 未变 unchanged | 修改的字段 changed fields",
    ]
    for label, one in planned.items():
        fields = "、".join(f"{name} {number}" for name, number in one.fields.most_common())
        lines.append(f"{label} | {one.create} | {one.patch} | {one.unchanged} | {fields or '—'}")
    return "\n".join(lines)
