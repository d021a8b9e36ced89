"""How every declared worksheet and field stands in the app, and what the user's file says of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from connectors.mingdao.client import MingdaoClient
from connectors.mingdao.models import Worksheet as LiveWorksheet
from include.destination.sheets.fields import Field, Worksheet
from include.destination.sheets.joining import Joined, join
from include.destination.sheets.options import KeysOfField, OptionKeys
from include.destination.sheets.sheet import find_worksheet
from include.destination.sheets.user_mapping import OwnWorksheets, as_declared

Live = Mapping[str, LiveWorksheet | None]


class State(StrEnum):
    """How a declared worksheet or field stands in the app."""

    FITS = "✓ 已有 exists"
    MISSING = "+ 将新建 to be created"
    MISFIT = "✗ 不符 does not fit"
    LEFT_OUT = "— 不要 left out"


@dataclass(frozen=True)
class Finding:
    """One line of the table: a worksheet, or one field of it, and how it stands."""

    worksheet: Worksheet
    field: Field | None
    state: State
    detail: str = ""


def find_all(
    client: MingdaoClient, worksheets: Sequence[Worksheet], own: OwnWorksheets
) -> dict[str, LiveWorksheet | None]:
    """Return the app's worksheet of each declared one, by alias; None where there is none."""
    return {sheet.alias: find_worksheet(client, own.name_of(sheet.alias)) for sheet in worksheets}


def compare(
    worksheets: Sequence[Worksheet],
    live: Live,
    own: OwnWorksheets,
    option_keys: OptionKeys | None = None,
) -> list[Finding]:
    """Return how every declared worksheet and field stands in the app.

    `option_keys` are as for `open_sheet`.
    """
    findings = [
        Finding(*as_declared(mistake), State.MISFIT, mistake.why) for mistake in own.mistakes
    ]
    ids = {alias: sheet.id for alias, sheet in live.items() if sheet}
    for sheet in worksheets:
        made = (option_keys or {}).get(sheet.alias, {})
        findings += _findings(sheet, live[sheet.alias], own, ids, made)
    return findings


def table(findings: Sequence[Finding]) -> str:
    """Return the findings as one table, for a task's log."""
    lines = ["工作表 worksheet | 字段 field | 状态 state | 说明 detail"]
    for finding in findings:
        name = f"{finding.worksheet.label} {finding.worksheet.alias}"
        field = f"{finding.field.label} {finding.field.alias}" if finding.field else "—"
        lines.append(f"{name} | {field} | {finding.state} | {finding.detail}")
    return "\n".join(lines)


def _findings(
    sheet: Worksheet,
    found: LiveWorksheet | None,
    every: OwnWorksheets,
    ids: Mapping[str, str],
    made: Mapping[str, KeysOfField],
) -> Iterator[Finding]:
    own = every.of(sheet)
    if found is None:
        yield from _absent(sheet, own.worksheet, own.fields)
        return
    if list(ids.values()).count(found.id) > 1:
        why = "与另一张表是同一张工作表 / the same worksheet as another one"
        yield Finding(sheet, None, State.MISFIT, why)
        return
    name = f"自有工作表「{found.name}」/ your own" if own.worksheet else ""
    yield Finding(sheet, None, State.FITS, name)
    joined = join(sheet, own, found, ids, made)
    missing = {field.alias for field in joined.missing}
    for field in sheet.fields:
        state, detail = State.FITS, joined.wrong.get(field.alias, "")
        if field.alias in own.left_out:
            state = State.LEFT_OUT
        elif detail:
            state = State.MISFIT
        elif field.alias in missing:
            state = State.MISSING
        elif field.alias in own.fields:
            detail = _as_mapped(joined, field)
        yield Finding(sheet, field, state, detail)


def _absent(sheet: Worksheet, own: str, fields: Mapping[str, str]) -> Iterator[Finding]:
    """Tell of a worksheet that the app lacks: to be created, unless the file says it exists."""
    if own:
        why = f"文件指向「{own}」，应用里没有这张工作表 / the app has no such worksheet"
        yield Finding(sheet, None, State.MISFIT, why)
        return
    yield Finding(sheet, None, State.MISFIT if fields else State.MISSING)
    for alias in fields:
        if sheet.has(alias):
            why = "工作表还没有建立，不能指向它的字段 / its worksheet does not exist yet"
            yield Finding(sheet, sheet.field(alias), State.MISFIT, why)


def _as_mapped(joined: Joined, field: Field) -> str:
    there = joined.fields[field.alias]
    reported = f"自有字段「{there.name}」{there.type}"
    if there.type == "PhoneNumber":
        reported += "，固话和打码的号码不写入"
    return f"{reported} / your own field"
