"""Creating, editing and deleting worksheets.

An edit is checked whole before any of it is applied. The answer to an edit tells no ids, so that a
client has to read the structure again (contracts: hap §5, §6).
"""

from __future__ import annotations

from typing import Any

from include.simulators.hap.errors import PARAMETER_ERROR, VALUE_ERROR, HapError
from include.simulators.hap.field_specs import (
    alias_in,
    edited_options,
    new_field,
    precision_in,
    set_flags,
)
from include.simulators.hap.kinds import Family
from include.simulators.hap.model import App, Field, Section
from include.simulators.hap.requests import objects, strings
from include.simulators.hap.store import HapStore
from include.simulators.hap.worksheet import Worksheet

JsonObject = dict[str, Any]


def create_worksheet(store: HapStore, app: App, body: JsonObject) -> Worksheet:
    """Make a worksheet with its fields and the default view.

    Raises:
        HapError: 10001 or 10002 for a bad definition, the alias code for a taken alias.
    """
    name, alias = str(body.get("name") or ""), alias_in(body)
    specs = objects(body, "fields")
    if not name or not specs:
        raise HapError(PARAMETER_ERROR)
    _check_names(store, app, name, alias)
    fields = [new_field(store, app.id, spec) for spec in specs]
    _check_aliases(store, fields, taken=set())
    _check_count(store, len(fields))
    section = _section(store, app, str(body.get("sectionId") or ""))
    sheet = store.add_sheet(app, name, alias, section)
    sheet.remark = str(body.get("remark") or "")
    for field, spec in zip(fields, specs, strict=True):
        _attach(store, sheet, field, spec)
    _finish_title(store, sheet)
    return sheet


def edit_worksheet(store: HapStore, sheet: Worksheet, body: JsonObject) -> None:
    """Rename a worksheet; add, change and remove fields.

    Raises:
        HapError: as `create_worksheet`; 10002 for a field that is not there.
    """
    alias = alias_in(body)
    if alias and alias != sheet.alias:
        _check_names(store, store.apps[sheet.app_id], "", alias)
    specs = objects(body, "addFields")
    added = [new_field(store, sheet.app_id, spec) for spec in specs]
    edits = [(_existing(sheet, spec.get("id")), spec) for spec in objects(body, "editFields")]
    removed = [_existing(sheet, name) for name in strings(body, "removeFields")]
    kept = [field for field in sheet.fields if field not in removed]
    _check_aliases(store, added, taken={field.alias for field in kept if field.alias})
    _check_edited_aliases(store, sheet, edits)
    _check_count(store, len(kept) + len(added))
    sheet.name = str(body.get("name") or sheet.name)
    sheet.alias = alias or sheet.alias
    for field in removed:
        _remove(store, sheet, field)
    for field, spec in edits:
        _edit(store, sheet, field, spec)
    for field, spec in zip(added, specs, strict=True):
        _attach(store, sheet, field, spec)
    _finish_title(store, sheet)


def touched(store: HapStore, sheet: Worksheet, body: JsonObject) -> list[Worksheet]:
    """Return the worksheets that an edit involves: this one, and those it relates to."""
    targets = (str(spec.get("dataSource") or "") for spec in objects(body, "addFields"))
    found = (store.worksheets.get(target) for target in targets)
    return list({other.id: other for other in (sheet, *found) if other is not None}.values())


def delete_worksheet(store: HapStore, sheet: Worksheet) -> None:
    """Delete a worksheet; reverse fields that pointed at it go as well."""
    for field in list(sheet.fields):
        if field.family is Family.RELATION:
            _remove(store, sheet, field)
    store.remove_sheet(sheet)


def _check_names(store: HapStore, app: App, name: str, alias: str) -> None:
    others = store.sheets(app)
    if alias and any(other.alias == alias for other in others):
        raise HapError(store.settings.alias_clash_code)
    if store.settings.duplicate_name == "refused" and any(o.name == name for o in others):
        raise HapError(store.settings.alias_clash_code)


def _check_aliases(store: HapStore, fields: list[Field], taken: set[str]) -> None:
    aliases = [field.alias for field in fields if field.alias]
    if len(set(aliases)) < len(aliases) or taken.intersection(aliases):
        raise HapError(store.settings.alias_clash_code)


def _check_edited_aliases(
    store: HapStore, sheet: Worksheet, edits: list[tuple[Field, JsonObject]]
) -> None:
    for field, spec in edits:
        alias = alias_in(spec)
        holder = sheet.field(alias) if alias else None
        if holder is not None and holder is not field:
            raise HapError(store.settings.alias_clash_code)


def _check_count(store: HapStore, count: int) -> None:
    if store.settings.max_fields is not None and count > store.settings.max_fields:
        raise HapError(VALUE_ERROR, "字段数量已达上限")


def _section(store: HapStore, app: App, section_id: str) -> Section | None:
    every = [s for top in app.sections for s in (top, *top.children)]
    named = next((section for section in every if section.id == section_id), None)
    if named is not None:
        return named
    places = {
        "first": app.sections[0],
        "last": app.sections[-1],
        "child": app.sections[0].children[0],
        "hidden": None,
    }
    return places[store.settings.new_sheet_section]


def _existing(sheet: Worksheet, name: object) -> Field:
    field = sheet.field(name)
    if field is None:
        raise HapError(VALUE_ERROR, f"字段不存在: {name}")
    return field


def _attach(store: HapStore, sheet: Worksheet, field: Field, spec: JsonObject) -> None:
    sheet.add_field(field)
    if field.family is not Family.RELATION:
        return
    target = store.worksheets[field.data_source]
    paired = target.field(spec.get("sourceField"))
    if paired is not None and paired.data_source == sheet.id and not paired.source_field:
        field.reverse = field.bidirectional = paired.bidirectional = True
        field.source_field, paired.source_field = paired.id, field.id
    elif field.bidirectional:
        reverse = Field(store.ids.object_id(), sheet.name, "", "Relation", sub_type=2)
        reverse.data_source, reverse.source_field = sheet.id, field.id
        reverse.reverse = reverse.bidirectional = True
        field.source_field = reverse.id
        target.add_field(reverse)


def _remove(store: HapStore, sheet: Worksheet, field: Field) -> None:
    if sheet.field(field.id) is None:
        return
    sheet.remove_field(field)
    target = store.worksheets.get(field.data_source)
    other = target.field(field.source_field) if target is not None else None
    if target is None or other is None:
        return
    if field.reverse:
        other.source_field, other.bidirectional = "", False
    else:
        target.remove_field(other)


def _edit(store: HapStore, sheet: Worksheet, field: Field, spec: JsonObject) -> None:
    field.name = str(spec.get("name") or field.name)
    if alias_in(spec):
        sheet.rename_alias(field, alias_in(spec))
    set_flags(field, spec)
    if field.is_title:
        _make_title(sheet, field)
    precision = precision_in(spec)
    field.precision = field.precision if precision is None else precision
    if field.family is Family.SELECT and spec.get("options") is not None:
        field.options = edited_options(store, field, objects(spec, "options"))
    relation = spec.get("relation")
    if isinstance(relation, dict) and relation.get("showFields") is not None:
        field.show_fields = tuple(strings(relation, "showFields"))


def _make_title(sheet: Worksheet, chosen: Field) -> None:
    for field in sheet.fields:
        field.is_title = field is chosen


def _finish_title(store: HapStore, sheet: Worksheet) -> None:
    declared = sheet.title
    if declared is not None:
        _make_title(sheet, declared)
    elif store.settings.promote_title:
        first = next((field for field in sheet.fields if field.type == "Text"), None)
        if first is not None:
            first.is_title = True
