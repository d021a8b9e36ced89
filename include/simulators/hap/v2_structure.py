"""V2's words for worksheets: controls for fields, numbers for type names (contracts: hap §13)."""

from __future__ import annotations

from typing import Any

from include.simulators.hap import structure
from include.simulators.hap.model import App, Field
from include.simulators.hap.requests import objects
from include.simulators.hap.store import HapStore
from include.simulators.hap.worksheet import Worksheet

JsonObject = dict[str, Any]

_SPEC = {
    "controlName": "name",
    "type": "type",
    "required": "required",
    "alias": "alias",
    "dot": "precision",
    "enumDefault": "subType",
    "options": "options",
    "max": "max",
    "dataSource": "dataSource",
}


def create_worksheet(store: HapStore, app: App, body: JsonObject) -> str:
    """Make a worksheet from V2 `controls` and return its id."""
    fields = [_spec(control) for control in objects(body, "controls")]
    sheet = structure.create_worksheet(store, app, {**body, "fields": fields})
    return sheet.id


def worksheet_info(sheet: Worksheet) -> JsonObject:
    """Return the answer to `getWorksheetInfo`."""
    return {
        "worksheetId": sheet.id,
        "name": sheet.name,
        "views": [{"viewId": view.id, "name": view.name} for view in sheet.views],
        "controls": [_control(field) for field in sheet.fields],
    }


def _spec(control: JsonObject) -> JsonObject:
    spec = {ours: control[theirs] for theirs, ours in _SPEC.items() if theirs in control}
    spec["isTitle"] = str(control.get("attribute")) == "1"
    return spec


def _control(field: Field) -> JsonObject:
    return {
        "controlId": field.id,
        "controlName": field.name,
        "type": field.kind.code,
        "alias": field.alias,
        "attribute": int(field.is_title),
        "required": field.required,
        "unique": field.is_unique,
        "dot": field.precision or 0,
        "unit": "",
        "enumDefault": field.sub_type,
        "options": [
            {"key": o.key, "value": o.value, "index": o.index, "isDeleted": o.deleted}
            for o in field.options
        ],
        "dataSource": field.data_source,
        "sourceControlId": field.source_field,
        "advancedSetting": {},
        "controlPermissions": "111",
        "fieldPermission": "111",
    }
