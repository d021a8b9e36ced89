"""The app and its worksheets as the API describes them (contracts: hap §4, §9)."""

from __future__ import annotations

from typing import Any

from include.simulators.hap.columns import SYSTEM_FIELDS
from include.simulators.hap.kinds import Family
from include.simulators.hap.model import App, Field, Item, Option, OptionSet, Section
from include.simulators.hap.settings import HapSettings
from include.simulators.hap.store import HapStore
from include.simulators.hap.worksheet import Worksheet

JsonObject = dict[str, Any]
_SYSTEM = (
    Field("rowid", "记录ID", "", "Text", is_read_only=True),
    *(Field(one.id, one.label, one.alias, one.type, is_read_only=True) for one in SYSTEM_FIELDS),
)


def app_info(store: HapStore, app: App) -> JsonObject:
    """Return the answer to `GET /v3/app`."""
    return {
        "organizationId": app.organization_id,
        "appId": app.id,
        "name": app.name,
        "iconUrl": "",
        "color": "#2196F3",
        "desc": "",
        "remark": "",
        "sections": [_section(store, section) for section in app.sections],
    }


def app_info_v1(store: HapStore, app: App) -> JsonObject:
    """Return the answer to `GET /v1/open/app/get`."""
    sections = [
        {"sectionId": s.id, "name": s.name, "items": [_item(store, item) for item in s.items]}
        for top in app.sections
        for s in (top, *top.children)
    ]
    return {
        "projectId": app.organization_id,
        "appId": app.id,
        "name": app.name,
        "sections": sections,
    }


def worksheets(store: HapStore, app: App, wanted: list[str], *, markdown: bool) -> object:
    """Return the answer to `worksheets/list`, which knows no aliases; `md` is one text."""
    found = [s for s in store.sheets(app) if not wanted or s.id in wanted or s.alias in wanted]
    if markdown:
        return "\n".join(f"{sheet.id}｜{sheet.name}｜{sheet.remark}" for sheet in found)
    return [{"id": s.id, "name": s.name, "remark": s.remark} for s in found]


def structure(store: HapStore, sheet: Worksheet) -> JsonObject:
    """Return the answer to `GET worksheets/{ws}`."""
    fields = [_field(store.settings, field) for field in sheet.fields]
    if store.settings.system_fields_in_structure:
        fields += [_field(store.settings, field) for field in _SYSTEM]
    return {
        "worksheetId": sheet.id,
        "name": sheet.name,
        "alias": sheet.alias,
        "remark": sheet.remark,
        "desc": sheet.desc,
        "fields": fields,
        "views": [{"id": v.id, "name": v.name, "type": v.type} for v in sheet.views],
    }


def structure_markdown(sheet: Worksheet) -> str:
    """Return the structure as the text that `responseFormat=md` gives."""
    lines = (f"{f.id}｜{f.name}｜{f.alias}｜{f.type}" for f in sheet.fields)
    return "\n".join([f"{sheet.id}｜{sheet.name}｜{sheet.alias}", *lines])


def option_set(found: OptionSet, app: App) -> JsonObject:
    """Return one option set as `GET optionsets` lists it."""
    options = [
        {"key": o.key, "value": o.value, "index": o.index, "isDeleted": o.deleted, "score": 0}
        for o in found.options
    ]
    return {
        "id": found.id,
        "name": found.name,
        "accountId": "",
        "worksheetIds": [],
        "appId": app.id,
        "options": options,
        "enableColor": found.enable_color,
        "enableScore": found.enable_score,
    }


def _section(store: HapStore, section: Section) -> JsonObject:
    return {
        store.settings.section_id_key: section.id,
        "name": section.name,
        "items": [_item(store, item) for item in section.items],
        "childSections": [_section(store, child) for child in section.children],
    }


def _item(store: HapStore, item: Item) -> JsonObject:
    sheet = store.worksheets[item.worksheet_id]
    return {
        "id": sheet.id,
        "name": sheet.name,
        "type": 0,
        "iconUrl": "",
        "status": 1,
        "alias": sheet.alias,
        "notes": "",
    }


def _field(settings: HapSettings, field: Field) -> JsonObject:
    described: JsonObject = {
        "id": field.id,
        "name": field.name,
        "alias": field.alias,
        "desc": field.desc,
        "remark": field.remark,
        "type": field.type if settings.structure_type == "name" else field.kind.code,
        "required": field.required,
        "isHidden": field.is_hidden,
        "isReadOnly": field.is_read_only,
        "isHiddenOnCreate": field.is_hidden_on_create,
        "isUnique": field.is_unique,
        "isTitle": field.is_title,
        "subType": field.sub_type,
        "unit": "",
        "value": "",
    }
    if field.family is Family.NUMBER:
        known = field.precision is not None
        described["precision"] = field.precision if known else settings.default_precision
        described["max"] = field.max
    if field.family is Family.SELECT:
        described["options"] = [_option(settings, option) for option in field.options]
    if field.family is Family.RELATION:
        described["dataSource"] = field.data_source
        described["sourceField"] = field.source_field
        described["relation"] = {
            "showFields": list(field.show_fields),
            "bidirectional": field.bidirectional,
            "sourceType": 1,
            "level": 0,
        }
    return described


def _option(settings: HapSettings, option: Option) -> JsonObject:
    deleted: object = option.deleted
    if settings.option_deleted_as == "string":
        deleted = str(option.deleted).lower()
    return {
        "key": option.key,
        "value": option.value,
        "index": option.index,
        "isDeleted": deleted,
    }
