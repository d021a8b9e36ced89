"""Makes the app's structure what the declared worksheets say, and changes nothing that fits.

First everything is compared and shown as one table; when anything does not fit, nothing at all is
changed. Then worksheets are created without their relations, and the relations are added one edit
at a time: a relation's target must exist, and HAP refuses overlapping edits of linked worksheets
(contracts: hap §5).
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any

from connectors.errors import Bilingual, ConfigurationError
from connectors.mingdao.client import MingdaoClient
from connectors.mingdao.models import Worksheet as LiveWorksheet
from include.destination.sheets.fields import Field, FieldType, Worksheet
from include.destination.sheets.fitting import MANY, ONE, TO_THE_SECOND
from include.destination.sheets.joining import Joined, join, without
from include.destination.sheets.options import OptionKeys
from include.destination.sheets.sheet import find_worksheet
from include.destination.sheets.survey import Finding, Live, State, compare, find_all, table
from include.destination.sheets.user_mapping import OwnWorksheets, read_own


def provision(
    client: MingdaoClient,
    worksheets: Sequence[Worksheet],
    *,
    preview: bool = False,
    option_keys: OptionKeys | None = None,
    known: MutableMapping[str, LiveWorksheet] | None = None,
) -> list[Finding]:
    """Create what is missing and return what was found before.

    What the user's own file says exists is never created, renamed or changed. `option_keys` and
    `known` are as for `open_sheet`; of a worksheet that is changed here `known` tells nothing.
    Raises ConfigurationError, with the table of what does not fit, before anything is changed.
    """
    own = read_own(client.conn_id)
    live = find_all(client, worksheets, own)
    findings = compare(worksheets, live, own, option_keys)
    misfits = [finding for finding in findings if finding.state is State.MISFIT]
    if misfits:
        raise _does_not_fit(misfits)
    if not preview:
        _create_worksheets(client, worksheets, live, own)
        _add_fields(client, worksheets, live, own)
    if known is not None and all(finding.state is not State.MISSING for finding in findings):
        known.update({own.name_of(alias): found for alias, found in live.items() if found})
    return findings


def _create_worksheets(
    client: MingdaoClient, worksheets: Sequence[Worksheet], live: Live, own: OwnWorksheets
) -> None:
    for declared in worksheets:
        if live[declared.alias] is None:
            sheet = without(declared, own.of(declared))
            plain = [field for field in sheet.fields if field.type is not FieldType.RELATION]
            title = next((field for field in plain if field.title), sheet.field(sheet.key))
            definitions = [
                _definition(field, {}, title=field is title, key=field.alias == sheet.key)
                for field in plain
            ]
            client.create_worksheet(sheet.label, sheet.alias, definitions)


def _add_fields(
    client: MingdaoClient, worksheets: Sequence[Worksheet], before: Live, own: OwnWorksheets
) -> None:
    """Add what the app's worksheets lack, relations one by one, and check that it is there.

    Which worksheets there were `before` need not be read again.
    """
    live = {
        sheet.alias: before[sheet.alias] or _present(client, sheet, own) for sheet in worksheets
    }
    ids = {alias: found.id for alias, found in live.items()}
    for sheet in worksheets:
        found = live[sheet.alias]
        missing = join(sheet, own.of(sheet), found).missing
        if not missing:
            continue
        definitions = [_added(sheet, field, found, own, ids) for field in missing]
        plain = [one for one in definitions if one["type"] != FieldType.RELATION.value]
        if plain:
            client.edit_worksheet(found.id, add_fields=plain)
        for definition in definitions:
            if definition["type"] == FieldType.RELATION.value:
                client.edit_worksheet(found.id, add_fields=[definition])
        _check(join(sheet, own.of(sheet), _present(client, sheet, own)))


def _added(
    sheet: Worksheet,
    field: Field,
    found: LiveWorksheet,
    own: OwnWorksheets,
    ids: Mapping[str, str],
) -> dict[str, Any]:
    """Return a field to be added; it takes the title from none, and asks nothing of a person."""
    titled = any(there.is_title for there in found.fields)
    key = field.alias == sheet.key and not own.of(sheet).worksheet
    return _definition(field, ids, title=field.title and not titled, key=key)


def _present(client: MingdaoClient, sheet: Worksheet, own: OwnWorksheets) -> LiveWorksheet:
    found = find_worksheet(client, own.name_of(sheet.alias))
    if found is None:
        raise ConfigurationError(
            "worksheet.create",
            Bilingual(
                f"工作表「{sheet.label}」已请求新建，但读不到别名 {sheet.alias}",
                f"worksheet {sheet.alias} was created but cannot be read by its alias",
            ),
            Bilingual(
                "在明道云检查该工作表及授权范围，再重新运行",
                "check the worksheet and the scope of the authorisation in HAP, then run again",
            ),
        )
    return found


def _check(joined: Joined) -> None:
    sheet, missing = joined.definition, [field.alias for field in joined.missing]
    if missing:
        raise ConfigurationError(
            "worksheet.edit",
            Bilingual(
                f"工作表「{sheet.label}」的字段没有建成：{', '.join(missing)}",
                f"these fields of worksheet {sheet.alias} were not created",
            ),
            Bilingual(
                "在明道云手工新建这些字段并设置别名，再重新运行",
                "create these fields with these aliases by hand in HAP, then run again",
            ),
        )


def _definition(field: Field, ids: Mapping[str, str], *, title: bool, key: bool) -> dict[str, Any]:
    """Return a field as `POST worksheets` takes it (contracts: hap §5)."""
    definition: dict[str, Any] = {
        "name": field.label,
        "alias": field.alias,
        "type": field.type.value,
        "required": key,
        "isTitle": title,
        "isHidden": field.hidden,
    }
    if key:
        definition["isUnique"] = True
    if field.type is FieldType.NUMBER:
        definition["precision"] = field.precision
    if field.type is FieldType.DATETIME:
        definition["subType"] = TO_THE_SECOND
    if field.type is FieldType.SELECT:
        definition["options"] = [
            {"value": option, "index": index} for index, option in enumerate(field.options, 1)
        ]
    if field.type is FieldType.RELATION:
        definition |= {
            "subType": MANY if field.many else ONE,
            "dataSource": ids[field.target],
            "relation": {"showFields": [], "bidirectional": True},
        }
    return definition


def _does_not_fit(misfits: Sequence[Finding]) -> ConfigurationError:
    return ConfigurationError(
        "worksheet",
        Bilingual(
            f"应用里有 {len(misfits)} 处结构不符，没有做任何改动：\n{table(misfits)}\n",
            "the app's structure does not fit in these places; nothing was changed",
        ),
        Bilingual(
            "在明道云改正以上字段，或改掉被占用的别名，"
            "或改正 include/mapping/own_worksheets.toml，再重新运行",
            "correct these fields in HAP, or free their aliases, or correct "
            "include/mapping/own_worksheets.toml, then run again",
        ),
    )
