"""What an app consists of: sections, worksheets, fields, options, rows.

A row is immutable: a write puts a new one in its place. That makes it cheap to show yesterday's
row to a list while today's is already stored (`settings.visibility_lag_s`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from include.simulators.hap.kinds import KINDS, Family, Kind

# text, number, or a list of ids: option keys, row ids, account ids. Empty is "" or ()
Cell = str | Decimal | tuple[str, ...]

API_USER = "user-api"
WORKFLOW_USER = "user-workflow"
NO_USER = "user-undefined"


def is_empty(cell: Cell) -> bool:
    """Tell whether a cell counts as empty. Zero does not."""
    return cell == "" or cell == ()


@dataclass(slots=True)
class Option:
    """One choice of a select field; `index` orders them."""

    key: str
    value: str
    index: int
    deleted: bool = False


@dataclass(slots=True)
class Field:
    """A column. `data_source` is the related worksheet's id, `source_field` the reverse field's.

    The reverse side of a relation (`reverse`) stores nothing: its cells follow from the other side.
    `force_required` and `protected` cannot be set over the API; a test sets them.
    """

    id: str
    name: str
    alias: str
    type: str
    required: bool = False
    is_title: bool = False
    is_hidden: bool = False
    is_read_only: bool = False
    is_hidden_on_create: bool = False
    is_unique: bool = False
    precision: int | None = None
    sub_type: int = 0
    max: int = 0
    options: list[Option] = field(default_factory=list)
    data_source: str = ""
    source_field: str = ""
    show_fields: tuple[str, ...] = ()
    bidirectional: bool = False
    reverse: bool = False
    force_required: bool = False
    protected: bool = False
    remark: str = ""
    desc: str = ""

    @property
    def kind(self) -> Kind:
        """The field's type."""
        return KINDS[self.type]

    @property
    def family(self) -> Family:
        """How the field's cells behave."""
        return KINDS[self.type].family

    @property
    def multiple(self) -> bool:
        """Whether a cell may hold several ids, by type and `sub_type`."""
        if self.type in {"MultipleSelect", "Attachment", "SubTable"}:
            return True
        return (self.family is Family.RELATION and self.sub_type == 2) or (
            self.family is Family.MEMBER and self.sub_type == 1
        )

    @property
    def key(self) -> str:
        """The name of the field's cell in a row: its alias, else its id."""
        return self.alias or self.id

    def option(self, key: str) -> Option | None:
        """Find an option by key, deleted ones included: rows may still hold them."""
        return next((o for o in self.options if o.key == key), None)

    def option_named(self, label: str) -> Option | None:
        """Find an option in use by its text."""
        return next((o for o in self.options if o.value == label and not o.deleted), None)


@dataclass(frozen=True, slots=True)
class Row:
    """A row; times are naive strings in the app's zone, cells are keyed by field id."""

    rowid: str
    object_id: str
    autoid: int
    ctime: str
    utime: str
    caid: str
    uaid: str
    ownerid: str
    cells: Mapping[str, Cell]
    deleted: bool = False


@dataclass(slots=True)
class View:
    """A view of a worksheet; type "0" is the plain table."""

    id: str
    name: str
    type: str = "0"


@dataclass(slots=True)
class Item:
    """One entry of a section."""

    worksheet_id: str


@dataclass(slots=True)
class Section:
    """A group in the app's navigation, with at most one level of sections below."""

    id: str
    name: str
    items: list[Item] = field(default_factory=list)
    children: list[Section] = field(default_factory=list)


@dataclass(slots=True)
class Key:
    """An authorisation of an app: one appKey with its sign."""

    appkey: str
    sign: str
    read_only: bool = False


@dataclass(slots=True)
class App:
    """An application: what one key can reach."""

    id: str
    organization_id: str
    name: str
    keys: dict[str, Key]
    sections: list[Section]


@dataclass(slots=True)
class OptionSet:
    """A list of options that several fields may share."""

    id: str
    name: str
    options: list[Option]
    enable_color: bool = False
    enable_score: bool = False
    disabled: bool = False
