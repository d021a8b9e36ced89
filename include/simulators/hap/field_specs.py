"""A field as a create or edit call describes it, turned into a `Field`.

Keys of options are the server's own; the call can name neither key nor colour. What the open API
refuses to create, it refuses with a text that names the type (contracts: hap §5).
"""

from __future__ import annotations

import re
from typing import Any

from include.simulators.hap.errors import (
    OPTION_LIMIT,
    PARAMETER_ERROR,
    VALUE_ERROR,
    HapError,
)
from include.simulators.hap.kinds import Family, Kind, creatable_types, kind_of
from include.simulators.hap.model import Field, Option
from include.simulators.hap.requests import flag, objects, strings, whole_number
from include.simulators.hap.store import HapStore

JsonObject = dict[str, Any]

_ALIAS = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_NEVER_REQUIRED = frozenset({"Collaborator", "Checkbox"})
_MAX_PRECISION = 14
_FLAGS = {
    "required": "required",
    "isTitle": "is_title",
    "isHidden": "is_hidden",
    "isReadOnly": "is_read_only",
    "isHiddenOnCreate": "is_hidden_on_create",
    "isUnique": "is_unique",
}


def new_field(store: HapStore, app_id: str, spec: JsonObject) -> Field:
    """Build a field from its definition in a create call or in `addFields`.

    Raises:
        HapError: 10001 without a name or type, 10002 for anything that cannot be made.
    """
    kind = _creatable(store, spec)
    name = str(spec.get("name") or "")
    if not name:
        raise HapError(PARAMETER_ERROR, "参数错误: name")
    made = Field(store.ids.object_id(), name, alias_in(spec), kind.name)
    set_flags(made, spec)
    made.is_title = made.is_title and kind.name == "Text"
    made.sub_type = whole_number(spec, "subType", 1 if kind.name == "Relation" else 0)
    made.max = whole_number(spec, "max", 0)
    made.precision = precision_in(spec)
    made.remark, made.desc = str(spec.get("remark") or ""), str(spec.get("desc") or "")
    if kind.family is Family.SELECT:
        made.options = new_options(store, objects(spec, "options"))
    if kind.family is Family.RELATION:
        _relate(store, app_id, made, spec)
    return made


def alias_in(spec: JsonObject) -> str:
    """Read an alias: letters, digits and underscore, a letter first; "" for none."""
    alias = str(spec.get("alias") or "")
    if alias and not _ALIAS.fullmatch(alias):
        raise HapError(VALUE_ERROR, "参数值错误: alias")
    return alias


def precision_in(spec: JsonObject) -> int | None:
    """Read the number of decimals, 0 to 14; None where it is not given."""
    if spec.get("precision") is None:
        return None
    precision = whole_number(spec, "precision", None)
    if not 0 <= precision <= _MAX_PRECISION:
        raise HapError(VALUE_ERROR, "参数值错误: precision")
    return precision


def set_flags(field: Field, spec: JsonObject) -> None:
    """Set those switches of a field that the definition mentions."""
    for name, attribute in _FLAGS.items():
        if spec.get(name) is not None:
            setattr(field, attribute, flag(spec, name))
    if field.required and field.type in _NEVER_REQUIRED:
        raise HapError(VALUE_ERROR, f"API不支持必填的{field.type}控件")


def new_options(store: HapStore, specs: list[JsonObject]) -> list[Option]:
    """Build options with keys of our own, in the order of their `index`."""
    limit = store.settings.max_options
    if limit is not None and len(specs) > limit:
        raise HapError(OPTION_LIMIT)
    made = [
        Option(store.ids.uuid(), str(spec.get("value") or ""), whole_number(spec, "index", place))
        for place, spec in enumerate(specs, start=1)
    ]
    return sorted(made, key=lambda option: option.index)


def edited_options(store: HapStore, field: Field, specs: list[JsonObject]) -> list[Option]:
    """Return a field's options after `editFields`: replaced or merged, keys kept or new."""
    settings = store.settings
    made = new_options(store, specs)
    for option in made:
        known = field.option_named(option.value)
        if known is not None and settings.edit_option_keys == "kept":
            option.key = known.key
    keys = {option.key for option in made}
    labels = {option.value for option in made}
    if settings.edit_options == "merge":
        kept = [o for o in field.options if o.value not in labels and o.key not in keys]
        return sorted([*kept, *made], key=lambda option: (option.deleted, option.index))
    gone = [o for o in field.options if o.key not in keys]
    return made + [Option(o.key, o.value, o.index, deleted=True) for o in gone]


def _creatable(store: HapStore, spec: JsonObject) -> Kind:
    raw = spec.get("type")
    if raw is None:
        raise HapError(PARAMETER_ERROR, "参数错误: type")
    kind = kind_of(raw)
    if kind is None:
        raise HapError(VALUE_ERROR, f"参数值错误: type {raw}")
    if kind.name not in creatable_types(store.settings.creatable):
        raise HapError(VALUE_ERROR, f"开放平台新建工作表不支持{kind.name}控件")
    return kind


def _relate(store: HapStore, app_id: str, field: Field, spec: JsonObject) -> None:
    target = store.worksheets.get(str(spec.get("dataSource") or ""))
    if target is None or target.app_id != app_id:
        raise HapError(VALUE_ERROR, "参数值错误: dataSource")
    relation = spec.get("relation")
    relation = relation if isinstance(relation, dict) else {}
    field.data_source = target.id
    field.show_fields = tuple(strings(relation, "showFields"))
    field.bidirectional = flag(relation, "bidirectional")
