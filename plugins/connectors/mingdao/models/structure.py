"""The app and the structure of its worksheets (contracts: hap §4.1, §4.3)."""

from __future__ import annotations

from typing import Annotated

from pydantic import AliasChoices, BeforeValidator
from pydantic import Field as Key

from connectors.mingdao.field_types import type_name
from connectors.mingdao.models.record import Record
from connectors.mingdao.values import Flag, Hint, Id, Text, to_flag, to_id

WORKSHEET_ITEM = 0


class AppItem(Record):
    """One entry of the app's navigation; `type` 0 is a worksheet, 1 a page, 2 a sub-section."""

    id: Id
    name: Text = ""
    alias: Text = ""
    type: int


class Section(Record):
    """A group of items in the app's navigation, and the groups inside it."""

    items: list[AppItem] = Key(default_factory=list)
    child_sections: list[Section] = Key(default_factory=list)

    @property
    def all_items(self) -> list[AppItem]:
        """Return the items of this section and of those inside it."""
        inner = (item for child in self.child_sections for item in child.all_items)
        return [*self.items, *inner]


class App(Record):
    """The application that the AppKey opens."""

    name: Text = ""
    sections: list[Section]

    @property
    def worksheets(self) -> list[AppItem]:
        """Return the items of all sections that are worksheets."""
        items = (item for section in self.sections for item in section.all_items)
        return [item for item in items if item.type == WORKSHEET_ITEM]

    def worksheet(self, alias: str) -> AppItem | None:
        """Return the worksheet with this alias or id, if there is one."""
        return next((item for item in self.worksheets if alias in (item.alias, item.id)), None)


class WorksheetRef(Record):
    """A worksheet as `worksheets/list` gives it: without its alias."""

    id: Id
    name: Text = ""


class WorksheetList(Record):
    """The answer of `worksheets/list`."""

    data: list[WorksheetRef]


class Option(Record):
    """One choice of a select field. Rows are written with `key`, people see `value`."""

    key: Id
    value: Text = ""


def _to_live(value: object) -> object:
    """Leave out deleted options: writing the key of one would store what nobody can see."""
    if not isinstance(value, list):
        return value
    return [one for one in value if not (isinstance(one, dict) and to_flag(one.get("isDeleted")))]


def _to_type(value: object) -> str:
    return type_name(to_id(value))


class Field(Record):
    """One field of a worksheet.

    `type` is always the canonical name ("Text"). `options` holds the live options alone.
    `data_source` is the id of the target worksheet of a relation, and `alias` is "" where none was
    given.
    """

    id: Id
    name: Text = ""
    alias: Text = ""
    type: Annotated[str, BeforeValidator(_to_type)]
    is_title: Flag = False
    precision: Hint = None
    sub_type: Hint = None
    options: Annotated[list[Option], BeforeValidator(_to_live)] = Key(default_factory=list)
    data_source: Text = ""
    source_field: Text = ""


class Worksheet(Record):
    """A worksheet's structure. `fields` may or may not list system fields (contracts: hap §4.3)."""

    id: Id = Key(validation_alias=AliasChoices("worksheetId", "id"))
    name: Text = ""
    alias: Text = ""
    fields: list[Field]

    def field(self, alias: str) -> Field | None:
        """Return the field with this alias, or with this id."""
        by_alias = next((entry for entry in self.fields if entry.alias == alias), None)
        return by_alias or next((entry for entry in self.fields if entry.id == alias), None)
