"""A declared worksheet joined with the live one: values are written, read and compared through it.

HAP's own forms (option keys, numbers as strings, dates in the app's zone) end here; the rest of the
pipeline sees plain Python values.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from connectors.errors import ConfigurationError, ContractError, RejectedError, Words
from connectors.mingdao import cells
from connectors.mingdao.client import MingdaoClient
from connectors.mingdao.models import Field as LiveField
from connectors.mingdao.models import Row
from connectors.mingdao.models import Worksheet as LiveWorksheet
from include.destination.record import Value
from include.destination.schema import Field, FieldType, Worksheet

SHOP = "shop"
_NO_WORKSHEET = frozenset({"430013", "430022"})  # contracts: hap §10.2


class Unreadable:
    """A cell that does not tell what it holds, such as a multiple relation in a list."""


UNREADABLE = Unreadable()


@dataclass(frozen=True)
class Sheet:
    """One worksheet of the app, ready to be read and written.

    An app may hold the rows of several shops, and their ids may be the same: the rows of `others`,
    given by their app_ids, are not seen, unless the shops share them. A row that names none of
    them is ours by its key, whatever a person put into its cell `shop`.
    """

    definition: Worksheet
    live: LiveWorksheet
    zone: ZoneInfo
    others: frozenset[str] = frozenset()
    shared: bool = False

    @property
    def id(self) -> str:
        """Return the id by which HAP knows the worksheet."""
        return self.live.id

    def key_of(self, row: Row) -> str:
        """Return the row's key."""
        return cells.text(row.cells.get(self.definition.key)).strip()

    def owner_of(self, row: Row) -> str:
        """Return the shop that a row belongs to; "" where it belongs to none."""
        if not self.definition.has(SHOP):
            return ""
        return cells.text(row.cells.get(SHOP)).strip()

    def is_others(self, row: Row) -> bool:
        """Tell whether a row is another shop's."""
        return bool(self.others) and self.owner_of(row) in self.others

    def sees(self, row: Row) -> bool:
        """Tell whether a row is one of those that this sheet is about."""
        return self.shared or not self.is_others(row)

    def read(self, row: Row, alias: str) -> Value | Unreadable:
        """Return the value of one cell; UNREADABLE where the cell does not tell."""
        field = self.definition.field(alias)
        raw = row.cells.get(alias)
        try:
            return _READERS[field.type](raw, self.zone)
        except ContractError:
            return UNREADABLE

    def canonical(self, field: Field, value: Value) -> Value:
        """Return a value as it will read back: numbers at the field's precision, whole seconds."""
        if isinstance(value, Decimal):
            return value.quantize(Decimal(1).scaleb(-field.precision), ROUND_HALF_UP)
        if isinstance(value, datetime):
            return value.astimezone(self.zone).replace(microsecond=0)
        if isinstance(value, tuple):
            return tuple(sorted(set(value)))
        return value or None

    def write(self, field: Field, value: Value) -> object:
        """Return a value in the form that HAP takes; a label without an option gets one."""
        if value in (None, "", ()):
            return cells.cleared(field.type.value)
        if isinstance(value, Decimal):
            return cells.write_number(value)
        if isinstance(value, datetime):
            return cells.write_datetime(value, self.zone)
        if isinstance(value, tuple):
            return cells.write_relation(value)
        if field.type is FieldType.SELECT:
            return self._chosen(field, value)
        return value

    def _chosen(self, field: Field, label: str) -> object:
        live: LiveField | None = self.live.field(field.alias)
        option = live.option(label) if live else None
        return cells.write_options([option.key]) if option else cells.NewOption(label)


def open_sheet(client: MingdaoClient, definition: Worksheet) -> Sheet:
    """Read the live structure of one worksheet, addressed by its alias; every shop's rows are seen.

    Raises ConfigurationError when the app has no such worksheet or a declared field is missing:
    HAP ignores a misspelled field on write and answers success (contracts: hap §8.2).
    """
    live = find_worksheet(client, definition.alias)
    if live is None:
        raise ConfigurationError(
            "worksheet",
            Words(
                f"应用里没有工作表「{definition.label}」({definition.alias})",
                f"the app has no worksheet {definition.alias}",
            ),
            Words("先运行 DAG mingdao_setup", "run the DAG mingdao_setup first"),
        )
    missing = [field.alias for field in definition.fields if live.field(field.alias) is None]
    if missing:
        raise ConfigurationError(
            "worksheet",
            Words(
                f"工作表「{definition.label}」缺少字段 {', '.join(missing)}",
                f"worksheet {definition.alias} lacks these fields",
            ),
            Words("运行 DAG mingdao_setup 补齐字段", "run the DAG mingdao_setup to add them"),
        )
    return Sheet(definition, live, client.zone)


def find_worksheet(client: MingdaoClient, alias: str) -> LiveWorksheet | None:
    """Return the worksheet with this alias; None when the app has none.

    The alias works in the path (contracts: hap §1); where a server does not take it there, the
    app's navigation tells the id.
    """
    try:
        return client.worksheet(alias)
    except ConfigurationError as error:
        if error.code not in _NO_WORKSHEET:
            raise
    except (RejectedError, ContractError):
        pass
    item = client.app().worksheet(alias)
    return client.worksheet(item.id) if item else None


def _text(raw: object, _: ZoneInfo) -> Value:
    return cells.text(raw) or None


def _number(raw: object, _: ZoneInfo) -> Value:
    return cells.number(raw)


def _label(raw: object, _: ZoneInfo) -> Value:
    labels = cells.option_labels(raw) or cells.option_keys(raw)
    return labels[0] if labels else None


def _relation(raw: object, _: ZoneInfo) -> Value | Unreadable:
    row_ids = cells.relation_ids(raw)
    return UNREADABLE if row_ids is None else tuple(sorted(row_ids))


_READERS = {
    FieldType.TEXT: _text,
    FieldType.NUMBER: _number,
    FieldType.DATETIME: cells.datetime,
    FieldType.SELECT: _label,
    FieldType.RELATION: _relation,
}
