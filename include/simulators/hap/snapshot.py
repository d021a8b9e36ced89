"""The service's whole content as JSON, so that the demo finds its worksheets again tomorrow.

Only content is kept: settings, faults, journal and writes that are still under way are not.
"""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from decimal import Decimal
from pathlib import Path
from typing import Any

from include.simulators.hap.ids import Ids
from include.simulators.hap.model import (
    App,
    Cell,
    Field,
    Item,
    Key,
    Option,
    OptionSet,
    Row,
    Section,
    View,
)
from include.simulators.hap.store import HapStore
from include.simulators.hap.worksheet import Worksheet

JsonObject = dict[str, Any]


def save(store: HapStore, path: Path) -> None:
    """Write the content to `path`, whole or not at all."""
    with store.lock:
        text = json.dumps(
            {
                "apps": [asdict(app) for app in store.apps.values()],
                "users": store.users,
                "option_sets": [asdict(found) for found in store.option_sets.values()],
                # ids continue from here: the first seed would make the same ones again
                "seed": store.ids.uuid(),
                "sheets": [_sheet(sheet) for sheet in store.worksheets.values()],
            },
            ensure_ascii=False,
        )
    partial = path.with_suffix(".partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


def load(store: HapStore, path: Path) -> None:
    """Replace the content of `store` by what `save` wrote."""
    content = json.loads(path.read_text(encoding="utf-8"))
    with store.lock:
        store.apps = {app["id"]: _app(app) for app in content["apps"]}
        store.users = content["users"]
        store.ids = Ids(content["seed"])
        store.option_sets = {s["id"]: _option_set(s) for s in content["option_sets"]}
        store.worksheets = {sheet["id"]: _loaded_sheet(sheet) for sheet in content["sheets"]}


def _sheet(sheet: Worksheet) -> JsonObject:
    return {
        "id": sheet.id,
        "app_id": sheet.app_id,
        "name": sheet.name,
        "alias": sheet.alias,
        "remark": sheet.remark,
        "desc": sheet.desc,
        "rules": sheet.rules,
        "views": [asdict(view) for view in sheet.views],
        "fields": [asdict(field) for field in sheet.fields],
        "uniques": [list(index.field_ids) for index in sheet.table.uniques],
        "last_autoid": sheet.last_autoid,
        "rows": [_row(row) for row in sheet.table.rows.values()],
    }


def _row(row: Row) -> JsonObject:
    plain = {field.name: getattr(row, field.name) for field in fields(row)}
    return plain | {"cells": {name: _spelled(cell) for name, cell in row.cells.items()}}


def _spelled(cell: Cell) -> object:
    return {"number": str(cell)} if isinstance(cell, Decimal) else cell


def _cell(spelled: Any) -> Cell:  # noqa: ANN401 - any JSON
    if isinstance(spelled, dict):
        return Decimal(spelled["number"])
    return tuple(spelled) if isinstance(spelled, list) else str(spelled)


def _app(content: JsonObject) -> App:
    keys = {name: Key(**key) for name, key in content["keys"].items()}
    sections = [_section(section) for section in content["sections"]]
    return App(**{**content, "keys": keys, "sections": sections})


def _section(content: JsonObject) -> Section:
    items = [Item(**item) for item in content["items"]]
    children = [_section(child) for child in content["children"]]
    return Section(content["id"], content["name"], items, children)


def _option_set(content: JsonObject) -> OptionSet:
    return OptionSet(**{**content, "options": [Option(**o) for o in content["options"]]})


def _loaded_sheet(content: JsonObject) -> Worksheet:
    views = [View(**view) for view in content["views"]]
    sheet = Worksheet(content["id"], content["app_id"], content["name"], content["alias"], views[0])
    sheet.views, sheet.rules = views, content["rules"]
    sheet.remark, sheet.desc = content["remark"], content["desc"]
    sheet.last_autoid = content["last_autoid"]
    for field in content["fields"]:
        sheet.add_field(_field(field))
    for row in content["rows"]:
        cells = {name: _cell(spelled) for name, spelled in row["cells"].items()}
        sheet.table.put(Row(**{**row, "cells": cells}))
    for ids in content["uniques"]:
        sheet.add_unique_index(*ids)
    return sheet


def _field(content: JsonObject) -> Field:
    options = [Option(**option) for option in content["options"]]
    return Field(**{**content, "options": options, "show_fields": tuple(content["show_fields"])})
