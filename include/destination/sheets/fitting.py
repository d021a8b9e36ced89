"""Whether a field of the app can hold what is declared: written safely, and read back equal.

A type that HAP rewrites on its own, or that holds less, would look changed in every run and be
written anew without end (contracts: hap §8.3). It is refused with the reason instead.
"""

from __future__ import annotations

from collections.abc import Mapping

from connectors.mingdao.models import Field as LiveField
from include.destination.sheets.fields import Field, FieldType
from include.destination.sheets.options import KeysOfField, option_of

# A person may have made a field by hand, in a type that holds the same; see also `Field.by_hand`.
_ACCEPTED: Mapping[FieldType, frozenset[str]] = {
    FieldType.TEXT: frozenset({"Text"}),
    FieldType.NUMBER: frozenset({"Number", "Currency"}),
    FieldType.DATETIME: frozenset({"DateTime"}),
    FieldType.SELECT: frozenset({"SingleSelect", "Dropdown"}),
    FieldType.RELATION: frozenset({"Relation"}),
}
_WHY: Mapping[tuple[FieldType, str], str] = {
    (FieldType.TEXT, "RichText"): "明道云会改写成 HTML / HAP rewrites it as HTML",
    (FieldType.TEXT, "SingleSelect"): "每个新值都会给它添一个选项 / each value would add an option",
    (FieldType.TEXT, "Dropdown"): "每个新值都会给它添一个选项 / each value would add an option",
    (FieldType.DATETIME, "Date"): "会丢掉时间 / it drops the time of day",
    (FieldType.SELECT, "MultipleSelect"): "会同时留下几个选项 / it may hold several options",
}
# DateTime subType and Relation subType (contracts: hap §4.3)
TO_THE_SECOND, TO_THE_MINUTE = 6, 1
_COARSER = {2: "小时", 3: "日", 4: "月", 5: "年"}
ONE, MANY = 1, 2


def misfit(field: Field, there: LiveField, ids: Mapping[str, str], *, exact: bool = False) -> str:
    """Return why a field of the app cannot hold what is declared, as `zh / en`; else "".

    `ids` are the ids of the worksheets that relations point at, by alias. With `exact`, for what
    the pipeline itself reads back, no type of `by_hand` will do, and times must tell seconds.
    """
    accepted = _ACCEPTED[field.type] | (frozenset() if exact else frozenset(field.by_hand))
    if there.type not in accepted:
        return _wrong_type(field, there.type)
    # A structure that does not tell the precision proves nothing.
    if (
        field.type is FieldType.NUMBER
        and there.precision is not None
        and there.precision < field.precision
    ):
        return f"小数位数应为 {field.precision} / needs {field.precision} decimals"
    if field.type is FieldType.DATETIME:
        return _time_misfit(there, exact=exact)
    if field.type is FieldType.RELATION:
        return _relation_misfit(field, there, ids)
    return ""


def options_missing(field: Field, there: LiveField, made: KeysOfField) -> str:
    """Return which declared options a person's own select lacks, as `zh / en`; else "".

    One that was renamed is there: `made` are the keys of the options by the label they began with.
    """
    lacking = [label for label in field.options if option_of(there.options, made, label) is None]
    if field.type is not FieldType.SELECT or not lacking:
        return ""
    return f"缺少选项 {'、'.join(lacking)}，请在明道云添加 / add these options in HAP"


def _wrong_type(field: Field, found: str) -> str:
    reported = f"类型应为 {field.type}，实为 {found}"
    zh, _, en = _WHY.get((field.type, found), "").partition(" / ")
    zh, en = (f":{zh}", f": {en}") if zh else ("", "")
    return f"{reported}{zh} / type {found}, wanted {field.type}{en}"


def _time_misfit(there: LiveField, *, exact: bool) -> str:
    if there.sub_type in _COARSER:
        return f"只精确到{_COARSER[there.sub_type]}，应到分或秒 / must tell minutes or seconds"
    if exact and there.sub_type == TO_THE_MINUTE:
        return "应精确到秒 / must tell seconds"
    return ""


def _relation_misfit(field: Field, there: LiveField, ids: Mapping[str, str]) -> str:
    if there.data_source not in {"", ids.get(field.target, ""), field.target}:
        return f"应关联到 {field.target} / must point at worksheet {field.target}"
    if field.many and there.sub_type == ONE:
        return "应为多条关联 / must take several rows"
    if not field.many and there.sub_type == MANY:
        return "应为单条关联 / must take one row"
    return ""
