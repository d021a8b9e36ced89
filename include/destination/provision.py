"""Makes the app's structure what the declared worksheets say, and changes nothing that fits.

First everything is compared and shown as one table; when anything does not fit, nothing at all is
changed. Then worksheets are created without their relations, and the relations are added one edit
at a time: a relation's target must exist, and HAP refuses overlapping edits of linked worksheets
(contracts: hap §5).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from connectors.errors import ConfigurationError, Words
from connectors.mingdao.client import MingdaoClient
from connectors.mingdao.models import Field as LiveField
from connectors.mingdao.models import Worksheet as LiveWorksheet
from include.destination.schema import Field, FieldType, Worksheet
from include.destination.sheet import find_worksheet

# A person may have made a field by hand, in a type that holds the same.
_ACCEPTED: Mapping[FieldType, frozenset[str]] = {
    FieldType.TEXT: frozenset({"Text"}),
    FieldType.NUMBER: frozenset({"Number", "Currency"}),
    FieldType.DATETIME: frozenset({"DateTime"}),
    FieldType.SELECT: frozenset({"SingleSelect", "Dropdown"}),
    FieldType.RELATION: frozenset({"Relation"}),
}
_TO_THE_SECOND = 6  # DateTime subType (contracts: hap §4.3)
_ONE, _MANY = 1, 2  # Relation subType


class State(StrEnum):
    """How a declared worksheet or field stands in the app."""

    FITS = "✓ 已有 exists"
    MISSING = "+ 将新建 to be created"
    MISFIT = "✗ 不符 does not fit"


@dataclass(frozen=True)
class Finding:
    """One line of the table: a worksheet, or one field of it, and how it stands."""

    worksheet: Worksheet
    field: Field | None
    state: State
    detail: str = ""


def provision(
    client: MingdaoClient, worksheets: Sequence[Worksheet], *, preview: bool = False
) -> list[Finding]:
    """Create what is missing and return what was found before.

    Raises ConfigurationError, with the table of what does not fit, before anything is changed.
    """
    live = {sheet.alias: find_worksheet(client, sheet.alias) for sheet in worksheets}
    findings = compare(worksheets, live)
    misfits = [finding for finding in findings if finding.state is State.MISFIT]
    if misfits:
        raise _does_not_fit(misfits)
    if not preview:
        _create_worksheets(client, worksheets, live)
        _add_fields(client, worksheets)
    return findings


def compare(
    worksheets: Sequence[Worksheet], live: Mapping[str, LiveWorksheet | None]
) -> list[Finding]:
    """Return how every declared worksheet and field stands in the app."""
    ids = {alias: sheet.id for alias, sheet in live.items() if sheet}
    return [finding for sheet in worksheets for finding in _findings(sheet, live, ids)]


def table(findings: Sequence[Finding]) -> str:
    """Return the findings as one table, for a task's log."""
    lines = ["工作表 worksheet | 字段 field | 状态 state | 说明 detail"]
    for finding in findings:
        name = f"{finding.worksheet.label} {finding.worksheet.alias}"
        field = f"{finding.field.label} {finding.field.alias}" if finding.field else "—"
        lines.append(f"{name} | {field} | {finding.state} | {finding.detail}")
    return "\n".join(lines)


def _findings(
    sheet: Worksheet, live: Mapping[str, LiveWorksheet | None], ids: Mapping[str, str]
) -> Iterator[Finding]:
    found = live[sheet.alias]
    if found is None:
        yield Finding(sheet, None, State.MISSING)
        return
    yield Finding(sheet, None, State.FITS)
    for field in sheet.fields:
        there = found.field(field.alias)
        if there is None:
            yield Finding(sheet, field, State.MISSING)
            continue
        why = _misfit(field, there, ids)
        yield Finding(sheet, field, State.MISFIT if why else State.FITS, why)


def _misfit(field: Field, there: LiveField, ids: Mapping[str, str]) -> str:
    """Return why a live field cannot hold what is declared; empty when it can."""
    if there.type not in _ACCEPTED[field.type]:
        return f"类型应为 {field.type},实为 {there.type} / type {there.type}, wanted {field.type}"
    if field.type is FieldType.NUMBER and (there.precision or 0) < field.precision:
        return f"小数位数应为 {field.precision} / needs {field.precision} decimals"
    if field.type is FieldType.RELATION:
        return _relation_misfit(field, there, ids)
    return ""


def _relation_misfit(field: Field, there: LiveField, ids: Mapping[str, str]) -> str:
    if there.data_source not in {"", ids.get(field.target, ""), field.target}:
        return f"应关联到 {field.target} / must point at worksheet {field.target}"
    if field.many and there.sub_type == _ONE:
        return "应为多条关联 / must take several rows"
    return ""


def _create_worksheets(
    client: MingdaoClient,
    worksheets: Sequence[Worksheet],
    live: Mapping[str, LiveWorksheet | None],
) -> None:
    for sheet in worksheets:
        if live[sheet.alias] is None:
            plain = [field for field in sheet.fields if field.type is not FieldType.RELATION]
            definitions = [_definition(sheet, field, {}) for field in plain]
            client.create_worksheet(sheet.label, sheet.alias, definitions)


def _add_fields(client: MingdaoClient, worksheets: Sequence[Worksheet]) -> None:
    """Add what the live worksheets lack, relations one by one, and check that it is there."""
    live = {sheet.alias: _present(client, sheet) for sheet in worksheets}
    ids = {alias: found.id for alias, found in live.items()}
    for sheet in worksheets:
        missing = [field for field in sheet.fields if live[sheet.alias].field(field.alias) is None]
        if not missing:
            continue
        plain = [field for field in missing if field.type is not FieldType.RELATION]
        if plain:
            client.edit_worksheet(
                ids[sheet.alias], add_fields=[_definition(sheet, field, ids) for field in plain]
            )
        for field in missing:
            if field.type is FieldType.RELATION:
                client.edit_worksheet(ids[sheet.alias], add_fields=[_definition(sheet, field, ids)])
        _check(sheet, _present(client, sheet))


def _present(client: MingdaoClient, sheet: Worksheet) -> LiveWorksheet:
    found = find_worksheet(client, sheet.alias)
    if found is None:
        raise ConfigurationError(
            "worksheet.create",
            Words(
                f"工作表「{sheet.label}」已请求新建,但读不到别名 {sheet.alias}",
                f"worksheet {sheet.alias} was created but cannot be read by its alias",
            ),
            Words(
                "在明道云检查该工作表及授权范围,再重新运行",
                "check the worksheet and the scope of the authorisation in HAP, then run again",
            ),
        )
    return found


def _check(sheet: Worksheet, live: LiveWorksheet) -> None:
    missing = [field.alias for field in sheet.fields if live.field(field.alias) is None]
    if missing:
        raise ConfigurationError(
            "worksheet.edit",
            Words(
                f"工作表「{sheet.label}」的字段没有建成:{', '.join(missing)}",
                f"these fields of worksheet {sheet.alias} were not created",
            ),
            Words(
                "在明道云手工新建这些字段并设置别名,再重新运行",
                "create these fields with these aliases by hand in HAP, then run again",
            ),
        )


def _definition(sheet: Worksheet, field: Field, ids: Mapping[str, str]) -> dict[str, Any]:
    """Return a field as `POST worksheets` takes it (contracts: hap §5)."""
    definition: dict[str, Any] = {
        "name": field.label,
        "alias": field.alias,
        "type": field.type.value,
        "required": field.alias == sheet.key,
        "isTitle": field.title,
        "isHidden": field.hidden,
    }
    if field.alias == sheet.key:
        definition["isUnique"] = True
    if field.type is FieldType.NUMBER:
        definition["precision"] = field.precision
    if field.type is FieldType.DATETIME:
        definition["subType"] = _TO_THE_SECOND
    if field.type is FieldType.SELECT:
        definition["options"] = [
            {"value": option, "index": index} for index, option in enumerate(field.options, 1)
        ]
    if field.type is FieldType.RELATION:
        definition |= {
            "subType": _MANY if field.many else _ONE,
            "dataSource": ids[field.target],
            "relation": {"showFields": [], "bidirectional": True},
        }
    return definition


def _does_not_fit(misfits: Sequence[Finding]) -> ConfigurationError:
    return ConfigurationError(
        "worksheet",
        Words(
            f"应用里有 {len(misfits)} 处结构不符,没有做任何改动:\n{table(misfits)}\n",
            "the app's structure does not fit in these places; nothing was changed",
        ),
        Words(
            "在明道云改正以上字段,或在字段别名被占用时改掉别名,再重新运行",
            "correct these fields in HAP, or free their aliases, then run again",
        ),
    )
