"""Shows in the log what a run would write, without a word about any person."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from include.destination.sheets.sheet import Sheet
from include.destination.write.plan import Action, Change
from include.destination.write.upsert import Outcome

log = logging.getLogger(__name__)

_HIDDEN = "***"
_BOOKKEEPING = frozenset({"source_hash", "filled", "synced_at"})


def show_plan(sheet: Sheet, outcome: Outcome) -> None:
    """Log each row that would be created or changed, field by field, and the counts."""
    for change in outcome.planned:
        log.info("预览 / preview %s", "; ".join(_lines(sheet, change)))
    log.info("预览 / preview 「%s」: %s", sheet.definition.label, dict(outcome.counts()))


def _lines(sheet: Sheet, change: Change) -> Iterator[str]:
    verb = "新建 create" if change.action is Action.CREATE else "修改 change"
    yield f"{verb} {sheet.definition.alias} {change.key}"
    for alias, value in change.values.items():
        field = sheet.definition.field(alias)
        if alias not in _BOOKKEEPING and alias != sheet.definition.key:
            shown = _HIDDEN if field.personal and value else _shown(value)
            yield f"{field.label} {alias} = {shown}"


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return f"{len(value)} 条关联 rows"
    return "(空 empty)" if value is None else str(value)
