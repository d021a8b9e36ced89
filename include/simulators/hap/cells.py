"""What a written value becomes in the row.

HAP rarely refuses a value: it blanks, rounds or keeps it. Each family has one function from the
JSON value to a cell; a refusal exists only where a setting asks for it (contracts: hap §8.2, §8.3).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal

from include.simulators.hap import moments
from include.simulators.hap.errors import OPTION_LIMIT, VALUE_ERROR, HapError
from include.simulators.hap.kinds import Family
from include.simulators.hap.model import Cell, Field, Option
from include.simulators.hap.settings import HapSettings

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")
_MAX_DIGITS = 300
_ROUNDING = Context(prec=_MAX_DIGITS + 20, rounding=ROUND_HALF_UP)
_BARE_PHONE = re.compile(r"1\d{10}")


@dataclass(frozen=True, slots=True)
class Writing:
    """What a cell's parser must know besides the field: the switches, and a source of keys."""

    settings: HapSettings
    new_key: Callable[[], str]
    allow_new_options: bool = False


def to_cell(field: Field, value: object, writing: Writing) -> Cell:
    """Turn a JSON value into a cell of `field`; `""`, `[]` and null clear it.

    Relations and computed fields come through as lists of ids; what they mean is `rows`' affair.

    Raises:
        HapError: 10002 or 100006, where a setting refuses instead of mending.
    """
    empty: Cell = () if field.family in _LISTS else ""
    if value is None or value == "" or value == []:
        return empty
    return _PARSERS[field.family](field, value, writing)


def combined(field: Field, old: Cell, new: Cell, update_type: str) -> Cell:
    """Apply `updateType`: "0" replace, "1" add, "2" remove; the latter two on lists alone."""
    if not (field.multiple and isinstance(old, tuple) and isinstance(new, tuple)):
        return new
    if update_type == "1":
        return old + tuple(item for item in new if item not in old)
    if update_type == "2":
        return tuple(item for item in old if item not in new)
    return new


def as_text(value: object) -> str:
    """Return a JSON value as text: strings as they are, the rest in JSON's own spelling."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def as_number(value: object) -> Decimal | None:
    """Read a JSON number or a plain numeric string; None for anything else, NaN included."""
    text = str(value).strip()
    if isinstance(value, bool) or not text.isascii() or not _NUMBER.fullmatch(text):
        return None
    number = Decimal(text)
    return number if number.adjusted() < _MAX_DIGITS else None


def rounded(field: Field, number: Decimal, settings: HapSettings) -> Decimal:
    """Round to the field's decimals, half up; the service never mentions it."""
    digits = settings.default_precision if field.precision is None else field.precision
    return number.quantize(Decimal(1).scaleb(-digits), context=_ROUNDING)


def as_ids(value: object, *names: str) -> tuple[str, ...]:
    """Read a list of ids, or of objects that carry one under `names`; a bare string is one id."""
    items = value if isinstance(value, list) else [value]
    ids = (_id_of(item, names) for item in items)
    return tuple(dict.fromkeys(found for found in ids if found))


def _id_of(item: object, names: tuple[str, ...]) -> str:
    if isinstance(item, dict):
        item = next((item[name] for name in names if item.get(name)), "")
    return item if isinstance(item, str) else ""


def _text(field: Field, value: object, writing: Writing) -> Cell:
    settings = writing.settings
    text = as_text(value)
    if field.type == "PhoneNumber" and _BARE_PHONE.fullmatch(text):
        text = {"stored": text, "prefixed": f"+86{text}", "blank": ""}[settings.bare_phone]
    if settings.text_trim:
        text = text.strip()
    if settings.text_max is not None and len(text) > settings.text_max:
        if settings.text_overflow == "refuse":
            raise HapError(VALUE_ERROR, f"{field.name}: 文本过长")
        text = text[: settings.text_max]
    return text


def _number(field: Field, value: object, writing: Writing) -> Cell:
    number = as_number(value)
    if number is None:
        return _invalid(field, value, writing.settings.invalid_number)
    return rounded(field, number, writing.settings)


def _date(field: Field, value: object, writing: Writing) -> Cell:
    moment = moments.to_cell(as_text(value), writing.settings)
    if moment is None:
        return _invalid(field, value, writing.settings.invalid_datetime)
    return moment[:10] if field.family is Family.DATE else moment


def _time(field: Field, value: object, writing: Writing) -> Cell:
    time = moments.time_to_cell(as_text(value))
    return _invalid(field, value, writing.settings.invalid_datetime) if time is None else time


def _checkbox(field: Field, value: object, writing: Writing) -> Cell:
    return "1" if value in (1, True, "1", "true", "True") else "0"


def _select(field: Field, value: object, writing: Writing) -> Cell:
    if not isinstance(value, list):
        if field.multiple or writing.settings.select_scalar == "blank":
            return ()
        value = [value]
    keys = [_option_key(field, as_text(item), writing) for item in value if item not in (None, "")]
    kept = tuple(dict.fromkeys(key for key in keys if key))
    return kept if field.multiple else kept[:1]


def _option_key(field: Field, text: str, writing: Writing) -> str:
    if field.option(text) is not None:
        return text
    if writing.allow_new_options:
        known = field.option_named(text)
        return known.key if known is not None else _add_option(field, text, writing)
    if writing.settings.select_label == "refused":
        raise HapError(VALUE_ERROR, f"{field.name}: 选项不存在")
    return text if writing.settings.select_label == "unknown" else ""


def _add_option(field: Field, text: str, writing: Writing) -> str:
    limit = writing.settings.max_options
    if limit is not None and len(field.options) >= limit:
        raise HapError(OPTION_LIMIT)
    index = 1 + max((option.index for option in field.options), default=0)
    option = Option(writing.new_key(), text, index)
    field.options.append(option)
    return option.key


def _members(field: Field, value: object, writing: Writing) -> Cell:
    ids = as_ids(value, "accountId", "id", "departmentId")
    return ids if field.multiple else ids[:1]


def _relation(field: Field, value: object, writing: Writing) -> Cell:
    ids = as_ids(value, "sid", "rowid", "rowId", "id")
    return ids if field.multiple else ids[:1]


def _attachments(field: Field, value: object, writing: Writing) -> Cell:
    items = value if isinstance(value, list) else [value]
    return tuple(as_text(item) for item in items if isinstance(item, dict))


def _computed(field: Field, value: object, writing: Writing) -> Cell:
    return ""


def _invalid(field: Field, value: object, mode: str) -> Cell:
    if mode == "refused":
        raise HapError(VALUE_ERROR, f"{field.name}: 格式不正确")
    return as_text(value) if mode == "stored" else ""


_LISTS = frozenset({Family.SELECT, Family.MEMBER, Family.RELATION, Family.ATTACHMENT})
_PARSERS: dict[Family, Callable[[Field, object, Writing], Cell]] = {
    Family.TEXT: _text,
    Family.NUMBER: _number,
    Family.DATE: _date,
    Family.DATETIME: _date,
    Family.TIME: _time,
    Family.CHECKBOX: _checkbox,
    Family.SELECT: _select,
    Family.MEMBER: _members,
    Family.RELATION: _relation,
    Family.ATTACHMENT: _attachments,
    Family.COMPUTED: _computed,
}
