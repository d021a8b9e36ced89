"""What HAP answers with, as frozen dataclasses: the app, a worksheet's structure, rows.

Keys follow contracts: hap §4.1, §4.3, §7.3. What a stranger would get wrong: the id of a row is
`rowId`, `rowid` or `id` depending on endpoint, flags and age of the server, `_id` is *not* one, and
`total` may be a string under a key that ends with a TAB.
Every `parse` raises `ContractError` when the answer does not keep the contract.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

from connectors.errors import ContractError
from connectors.mingdao.field_types import type_name
from connectors.mingdao.values import (
    count_of,
    flag_of,
    hint_of,
    list_of,
    mapping_of,
    optional_list_of,
    required_count,
    required_text,
    text_of,
)

WORKSHEET_ITEM = 0


@dataclass(frozen=True)
class Section:
    """A group of items in the app's navigation."""

    id: str
    name: str


@dataclass(frozen=True)
class AppItem:
    """One entry of the app's navigation; `type` 0 is a worksheet, 1 a page, 2 a sub-section."""

    id: str
    name: str
    alias: str
    type: int
    section_id: str = ""


@dataclass(frozen=True)
class App:
    """The application that the AppKey opens, with the items of all sections in one list."""

    app_id: str
    name: str
    items: list[AppItem]
    sections: list[Section] = field(default_factory=list)

    @property
    def worksheets(self) -> list[AppItem]:
        """Return the items that are worksheets."""
        return [item for item in self.items if item.type == WORKSHEET_ITEM]

    def worksheet(self, alias: str) -> AppItem | None:
        """Return the worksheet with this alias or id, if there is one."""
        return next((item for item in self.worksheets if alias in (item.alias, item.id)), None)

    @classmethod
    def parse(cls, data: object) -> Self:
        """Read the answer of `GET /v3/app`; some nodes spell a section's `id` as `sectionId`."""
        app = mapping_of(data, "data")
        nodes = list(_walk_sections(list_of(app.get("sections"), "sections")))
        return cls(
            app_id=required_text(app.get("appId"), "appId"),
            name=text_of(app.get("name")),
            items=[item for node in nodes for item in _items(node)],
            sections=[Section(_section_id(node), text_of(node.get("name"))) for node in nodes],
        )


def _walk_sections(nodes: list[object]) -> Iterator[Mapping[str, object]]:
    for node in nodes:
        section = mapping_of(node, "sections[]")
        yield section
        yield from _walk_sections(optional_list_of(section.get("childSections"), "childSections"))


def _section_id(section: Mapping[str, object]) -> str:
    return text_of(section.get("id") or section.get("sectionId"))


def _items(section: Mapping[str, object]) -> Iterator[AppItem]:
    for node in optional_list_of(section.get("items"), "items"):
        item = mapping_of(node, "items[]")
        yield AppItem(
            id=required_text(item.get("id"), "items[].id"),
            name=text_of(item.get("name")),
            alias=text_of(item.get("alias")),
            type=required_count(item.get("type"), "items[].type"),
            section_id=_section_id(section),
        )


class WorksheetRef(NamedTuple):
    """A worksheet as `worksheets/list` gives it: without its alias."""

    id: str
    name: str

    @classmethod
    def parse(cls, data: object) -> WorksheetRef:
        """Read one entry of the list."""
        entry = mapping_of(data, "data[]")
        return cls(required_text(entry.get("id"), "data[].id"), text_of(entry.get("name")))


@dataclass(frozen=True)
class Option:
    """One choice of a select field. Rows are written with `key`, people see `value`."""

    key: str
    value: str


@dataclass(frozen=True)
class Relation:
    """How a relation field shows and whether the target has a field pointing back."""

    show_fields: list[str]
    bidirectional: bool

    @classmethod
    def parse(cls, data: object) -> Self | None:
        """Read `relation`, which is absent, null or empty on any other type of field."""
        if not isinstance(data, dict) or not data:
            return None
        shown = optional_list_of(data.get("showFields"), "showFields")
        return cls([text_of(name) for name in shown], flag_of(data.get("bidirectional")))


@dataclass(frozen=True)
class Field:
    """One field of a worksheet.

    `type` is always the canonical name ("Text"). `options` holds the live options alone: writing
    the key of a deleted one would store a value that nobody can see. `data_source` is the id of
    the target worksheet of a relation, and `alias` is "" where none was given.
    """

    id: str
    name: str
    alias: str
    type: str
    required: bool = False
    is_title: bool = False
    is_hidden: bool = False
    is_unique: bool = False
    precision: int | None = None
    sub_type: int | None = None
    options: list[Option] = field(default_factory=list)
    data_source: str = ""
    source_field: str = ""
    relation: Relation | None = None

    @classmethod
    def parse(cls, data: object) -> Self:
        """Read one entry of `fields[]`."""
        entry = mapping_of(data, "fields[]")
        return cls(
            id=required_text(entry.get("id"), "fields[].id"),
            name=text_of(entry.get("name")),
            alias=text_of(entry.get("alias")),
            type=type_name(required_text(entry.get("type"), "fields[].type")),
            required=flag_of(entry.get("required")),
            is_title=flag_of(entry.get("isTitle")),
            is_hidden=flag_of(entry.get("isHidden")),
            is_unique=flag_of(entry.get("isUnique")),
            precision=hint_of(entry.get("precision")),
            sub_type=hint_of(entry.get("subType")),
            options=list(_live_options(entry.get("options"))),
            data_source=text_of(entry.get("dataSource")),
            source_field=text_of(entry.get("sourceField")),
            relation=Relation.parse(entry.get("relation")),
        )

    def option(self, label: str) -> Option | None:
        """Return the live option with this label."""
        return next((option for option in self.options if option.value == label), None)


def _live_options(data: object) -> Iterator[Option]:
    for node in optional_list_of(data, "options"):
        entry = mapping_of(node, "options[]")
        if not flag_of(entry.get("isDeleted")):
            key = required_text(entry.get("key"), "options[].key")
            yield Option(key=key, value=text_of(entry.get("value")))


@dataclass(frozen=True)
class Worksheet:
    """A worksheet's structure. `fields` may or may not list system fields (contracts: hap §4.3)."""

    id: str
    name: str
    alias: str
    fields: list[Field]

    @classmethod
    def parse(cls, data: object) -> Self:
        """Read the answer of `GET /v3/app/worksheets/{ws}`."""
        sheet = mapping_of(data, "data")
        return cls(
            id=required_text(sheet.get("worksheetId") or sheet.get("id"), "worksheetId"),
            name=text_of(sheet.get("name")),
            alias=text_of(sheet.get("alias")),
            fields=[Field.parse(entry) for entry in list_of(sheet.get("fields"), "fields")],
        )

    def field(self, alias: str) -> Field | None:
        """Return the field with this alias, or with this id."""
        by_alias = next((entry for entry in self.fields if entry.alias == alias), None)
        return by_alias or next((entry for entry in self.fields if entry.id == alias), None)


_ROW_ID_KEYS = ("rowId", "rowid", "id")
_NEVER_CELLS = frozenset({"_id", "rowId", "rowid"})


@dataclass(frozen=True, repr=False)
class Row:
    """One row: its id, and its cells by alias as HAP sent them (read them with `cells`)."""

    id: str
    cells: dict[str, Any]

    def __repr__(self) -> str:
        """Show the id alone: the cells are people's data and a repr ends up in logs."""
        return f"Row(id={self.id!r}, cells=<{len(self.cells)} hidden>)"

    @classmethod
    def parse(cls, data: object) -> Self:
        """Read one row. A column with the alias `id` stays a cell if the row id came otherwise."""
        entry = mapping_of(data, "rows[]")
        id_key = next((key for key in _ROW_ID_KEYS if entry.get(key)), None)
        row_id = required_text(entry.get(id_key) if id_key else None, "rows[].rowId")
        dropped = _NEVER_CELLS | {id_key}
        return cls(row_id, {key: cell for key, cell in entry.items() if key not in dropped})


@dataclass(frozen=True)
class RowPage:
    """One page of rows; `total` is None unless it was asked for.

    `unreadable` counts the rows without an id, or that are no objects: they are among `total`.
    """

    rows: list[Row]
    total: int | None = None
    unreadable: int = 0

    @classmethod
    def parse(cls, data: object) -> Self:
        """Read `{rows, total}`; the documented schema has the key `total` with a TAB at its end."""
        page = mapping_of(data, "data")
        totals = (value for key, value in page.items() if key.strip() == "total")
        entries = list_of(page.get("rows"), "rows")
        rows = [row for row in map(_row_or_none, entries) if row]
        total = count_of(next(totals, None), "total")
        return cls(rows, total, unreadable=len(entries) - len(rows))


def _row_or_none(entry: object) -> Row | None:
    try:
        return Row.parse(entry)
    except ContractError:
        return None
