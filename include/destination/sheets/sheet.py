"""A declared worksheet joined with the live one: values are written, read and compared through it.

HAP's own forms (option keys, numbers as strings, dates in the app's zone) end here; the rest of the
pipeline sees plain Python values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import cached_property
from zoneinfo import ZoneInfo

from connectors.errors import Bilingual, ConfigurationError, ContractError, RejectedError
from connectors.mingdao import cells
from connectors.mingdao.client import MingdaoClient
from connectors.mingdao.models import Field as LiveField
from connectors.mingdao.models import Option, Row
from connectors.mingdao.models import Worksheet as LiveWorksheet
from include.destination.sheets.fields import Field, FieldType, Worksheet
from include.destination.sheets.fingerprint import VERSION, mapped_version
from include.destination.sheets.fitting import TO_THE_MINUTE
from include.destination.sheets.joining import Joined, join
from include.destination.sheets.options import KeysOfField, OptionKeys, label_of, option_of
from include.destination.sheets.record import Value
from include.destination.sheets.user_mapping import OwnWorksheets, read_own

SHOP = "shop"
_NO_WORKSHEET = frozenset({"430013", "430022"})  # contracts: hap §10.2
_PHONE = "PhoneNumber"
_ROUNDING = Context(prec=400, rounding=ROUND_HALF_UP)  # whatever number a person typed into a cell
_HOME = "+86"
_MOBILE = re.compile(r"1\d{10}")
_DIALLED = re.compile(r"1\d{10}|\+\d{6,15}")


class NoWorksheetError(ConfigurationError):
    """The app has no such worksheet: `mingdao_setup` has not run, or not since it was declared."""


class Unreadable:
    """A cell that does not tell what it holds, such as a multiple relation in a list."""


UNREADABLE = Unreadable()

Reader = Callable[[object, ZoneInfo], Value | Unreadable]


@dataclass(frozen=True)
class Sheet:
    """One worksheet of the app, ready to be read and written.

    An app may hold the rows of several shops, and their ids may be the same: the rows of `others`,
    given by their app_ids, are not seen, unless the shops share them. A row that names none of
    them is ours by its key, whatever a person put into its cell `shop`.

    `fields` holds the app's field of each alias, which may be a user's own under another name;
    `left_out` what the user does without, or the next set-up will add: it reads as empty and is
    never written. `version` opens the fingerprints of its rows and changes with the mapping. A
    `mixed` worksheet is the user's own: it may hold a person's rows, which have no shop and are
    none of the pipeline's business. `option_keys_made` are the keys of options by the label under
    which they were made, by the field's alias: people may have renamed them since.
    """

    definition: Worksheet
    live: LiveWorksheet
    zone: ZoneInfo
    fields: Mapping[str, LiveField]
    left_out: frozenset[str] = frozenset()
    version: str = VERSION
    mixed: bool = False
    others: frozenset[str] = frozenset()
    shared: bool = False
    option_keys_made: Mapping[str, KeysOfField] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Return the id by which HAP knows the worksheet."""
        return self.live.id

    def column(self, alias: str) -> str:
        """Return the name by which HAP knows a field: in rows, filters, sorts and writes.

        A field without an alias of its own goes by its id (contracts: hap §7.1). System fields
        pass; raises KeyError for a field that is left out.
        """
        if alias in self.left_out:
            raise KeyError(f"{self.definition.alias}.{alias} is left out")
        return self._columns.get(alias, alias)

    def by_alias(self, row: Row) -> Row:
        """Return a row as HAP gave it with its cells under our aliases."""
        if self.has_our_names:
            return row
        columns = self._columns
        ours = {*columns, *columns.values(), *self.left_out}
        others = {name: cell for name, cell in row.cells.items() if name not in ours}
        held = {
            alias: row.cells[column] for alias, column in columns.items() if column in row.cells
        }
        return Row(row.id, {**others, **held})

    @cached_property
    def has_our_names(self) -> bool:
        """Tell whether HAP knows every field by our alias, as in a worksheet that we set up."""
        return not self.left_out and all(ours == name for ours, name in self._columns.items())

    @cached_property
    def _columns(self) -> Mapping[str, str]:
        return {alias: there.alias or there.id for alias, there in self.fields.items()}

    def option_keys(self, alias: str, labels: Iterable[str]) -> list[str]:
        """Return the keys of a select field's options with these labels, for a filter."""
        made = self.option_keys_made.get(alias, {})
        found = (option_of(self.options(alias), made, label) for label in set(labels))
        return [option.key for option in found if option]

    def lacks_option(self, values: Mapping[str, Value]) -> bool:
        """Tell whether a select field has no option yet for a label that is to be written."""
        return any(
            isinstance(label := values.get(field.alias), str)
            and bool(label)
            and not self.option_keys(field.alias, [label])
            for field in self.definition.selects
            if field.alias not in self.left_out
        )

    def options(self, alias: str) -> list[Option]:
        """Return the options of a select field; none where it is left out."""
        there = self.fields.get(alias)
        return list(there.options) if there else []

    def key_of(self, row: Row) -> str:
        """Return the row's key."""
        return cells.text(row.cells.get(self.definition.key)).strip()

    def is_readable(self, row: Row) -> bool:
        """Tell whether the row says which record it is, and whose."""
        try:
            self.key_of(row), self.owner_of(row)
        except ContractError:
            return False
        return True

    def owner_of(self, row: Row) -> str:
        """Return the shop that a row belongs to; "" where it belongs to none."""
        if not self.definition.has(SHOP):
            return ""
        return cells.text(row.cells.get(SHOP)).strip()

    def is_others(self, row: Row) -> bool:
        """Tell whether a row is another shop's."""
        return bool(self.others) and self.owner_of(row) in self.others

    def is_persons(self, row: Row) -> bool:
        """Tell whether a row may be a person's own, in a worksheet that is not ours alone."""
        return self.mixed and not self.owner_of(row)

    def sees(self, row: Row) -> bool:
        """Tell whether a row is one of those that this sheet is about."""
        return self.shared or not self.is_others(row)

    def read(self, row: Row, alias: str) -> Value | Unreadable:
        """Return the value of one cell; UNREADABLE where the cell does not tell."""
        if alias in self.left_out:
            return None
        raw = row.cells.get(alias)
        read = self._readers[alias]
        try:
            value = read(raw, self.zone)
        except ContractError:
            return UNREADABLE
        if read is _label and isinstance(value, str):
            return self._label(alias, raw) or value
        if alias in self._phones and isinstance(value, str):
            return value.removeprefix(_HOME) if _MOBILE.fullmatch(value[len(_HOME) :]) else value
        return value

    def canonical(self, field: Field, value: Value) -> Value:
        """Return a value as it will read back: numbers at the field's precision, whole seconds.

        A phone field of a person's holds what can be dialled: mobiles and E.164, nothing masked.
        """
        if value is None:
            return None
        if isinstance(value, str):
            if field.alias in self._phones and not _DIALLED.fullmatch(value):
                return None
            return value or None
        if isinstance(value, Decimal):
            return value.quantize(Decimal(1).scaleb(-field.precision), context=_ROUNDING)
        if isinstance(value, datetime):
            there = self.fields.get(field.alias)
            second = 0 if there and there.sub_type == TO_THE_MINUTE else value.second
            return cells.in_zone(value, self.zone).replace(second=second, microsecond=0)
        return tuple(sorted(set(value)))

    def cells(self, values: Mapping[str, Value]) -> dict[str, object]:
        """Return the cells of one row by alias, as HAP takes them."""
        field = self.definition.field
        return {alias: self.write(field(alias), one) for alias, one in values.items()}

    def write(self, field: Field, value: Value) -> object:
        """Return a value in the form that HAP takes; a label without an option gets one."""
        if isinstance(value, Decimal):
            return cells.write_number(value)
        if not value:
            return cells.cleared(field.type.value)
        if isinstance(value, datetime):
            return cells.write_datetime(value, self.zone)
        if isinstance(value, tuple):
            return cells.write_relation(value)
        if field.type is FieldType.SELECT:
            return self._chosen(field, value)
        if field.alias in self._phones and _MOBILE.fullmatch(value):
            return _HOME + value  # with the country code (contracts: hap §8.3)
        return value

    @cached_property
    def _readers(self) -> Mapping[str, Reader]:
        return {field.alias: _READERS[field.type] for field in self.definition.fields}

    @cached_property
    def _phones(self) -> frozenset[str]:
        return frozenset(alias for alias, there in self.fields.items() if there.type == _PHONE)

    def _label(self, alias: str, raw: object) -> str | None:
        """Return the label under which the chosen option was made, where that is known."""
        made = self.option_keys_made.get(alias)
        chosen = cells.option_keys(raw)
        return label_of(self.options(alias), made, chosen[0]) if made and chosen else None

    def _chosen(self, field: Field, label: str) -> object:
        keys = self.option_keys(field.alias, [label])
        return cells.write_options(keys[:1]) if keys else cells.NewOption(label)


def open_sheet(
    client: MingdaoClient,
    definition: Worksheet,
    option_keys: OptionKeys | None = None,
    known: MutableMapping[str, LiveWorksheet] | None = None,
) -> Sheet:
    """Read the live structure of one worksheet, by its alias or by the user's own name for it.

    Every shop's rows are seen. `option_keys` are the options that the app is known to have had:
    without them one that a person has renamed goes by its new name. `known` are worksheets by the
    names under which they have been read already; what is read now is added to them.

    Raises ConfigurationError when the app has no such worksheet, or a field is missing or cannot
    hold what is declared: HAP ignores a misspelled field on write and answers success (contracts:
    hap §8.2).
    """
    every = read_own(client.conn_id)
    every.raise_if_blocking()
    own = every.of(definition)
    known = {} if known is None else known
    live = _read_once(client, every.name_of(definition.alias), known)
    if live is None:
        raise _no_worksheet(definition, own.worksheet)
    made = (option_keys or {}).get(definition.alias, {})
    joined = join(definition, own, live, _targets(client, definition, every, known), made)
    yet_to_come = frozenset(field.alias for field in joined.missing if field.added_later)
    if joined.wrong or len(joined.missing) > len(yet_to_come):
        raise _does_not_fit(joined)
    mapping = {alias: joined.fields[alias].id for alias in own.fields}
    left_out = own.left_out | yet_to_come  # what the set-up adds later is then due in every row
    version = mapped_version(
        joined.definition.mapping_version, {**mapping, **dict.fromkeys(left_out, "")}
    )
    return Sheet(
        joined.definition,
        live,
        client.zone,
        joined.fields,
        left_out=left_out,
        version=version,
        mixed=bool(own.worksheet),
        option_keys_made=made,
    )


def find_worksheet(client: MingdaoClient, alias: str) -> LiveWorksheet | None:
    """Return the worksheet with this alias or id; None when the app has none.

    The alias works in the path (contracts: hap §1); where a server does not take it there, the
    app's navigation tells the id.
    """
    try:
        return client.worksheet(alias)
    except ConfigurationError as error:
        if error.code not in _NO_WORKSHEET:
            raise
    # undetermined: hap.md §1: does a path take a worksheet's alias?
    except (RejectedError, ContractError):
        pass
    item = client.app().worksheet(alias)
    return client.worksheet(item.id) if item else None


def _read_once(
    client: MingdaoClient, name: str, known: MutableMapping[str, LiveWorksheet]
) -> LiveWorksheet | None:
    if name not in known and (live := find_worksheet(client, name)):
        known[name] = live
    return known.get(name)


def _targets(
    client: MingdaoClient,
    definition: Worksheet,
    every: OwnWorksheets,
    known: MutableMapping[str, LiveWorksheet],
) -> dict[str, str] | None:
    """Return the ids of related worksheets where the user's file has a say in them; else None."""
    own = every.of(definition)
    relations = [one for one in definition.fields if one.target and one.alias not in own.left_out]
    if not any(
        one.alias in own.fields or every.name_of(one.target) != one.target for one in relations
    ):
        return None
    targets = {one.target for one in relations}
    found = {target: _read_once(client, every.name_of(target), known) for target in sorted(targets)}
    return {target: live.id for target, live in found.items() if live}


def _no_worksheet(definition: Worksheet, own: str) -> ConfigurationError:
    if own:
        return ConfigurationError(
            "worksheet",
            Bilingual(
                f"own_worksheets.toml 把 {definition.alias} 指向「{own}」，应用里没有这张工作表",
                f"own_worksheets.toml names {own} for {definition.alias}: the app has none",
            ),
            Bilingual(
                "改正文件里的别名或 24 位 ID，再运行 mingdao_setup",
                "correct the alias or id in the file, then run mingdao_setup",
            ),
        )
    return NoWorksheetError(
        "worksheet",
        Bilingual(
            f"应用里没有工作表「{definition.label}」({definition.alias})",
            f"the app has no worksheet {definition.alias}",
        ),
        Bilingual("先运行 DAG mingdao_setup", "run the DAG mingdao_setup first"),
    )


def _does_not_fit(joined: Joined) -> ConfigurationError:
    definition = joined.definition
    missing = [one.alias for one in joined.missing if not one.added_later]
    parts = [f"缺少字段 {', '.join(missing)}"] if missing else []
    parts += [f"{alias} {why.partition(' / ')[0]}" for alias, why in joined.wrong.items()]
    return ConfigurationError(
        "worksheet",
        Bilingual(
            f"工作表「{definition.label}」{'；'.join(parts)}",
            f"worksheet {definition.alias} lacks fields, or they do not fit: "
            f"{', '.join([*missing, *joined.wrong])}",
        ),
        Bilingual(
            "运行 DAG mingdao_setup：缺少的字段会补齐，不符的会逐项列出",
            "run the DAG mingdao_setup: it adds what is missing and names what does not fit",
        ),
    )


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


_READERS: Mapping[FieldType, Reader] = {
    FieldType.TEXT: _text,
    FieldType.NUMBER: _number,
    FieldType.DATETIME: cells.datetime,
    FieldType.SELECT: _label,
    FieldType.RELATION: _relation,
}
