"""Joins a declared worksheet with the app's: which field of the app each alias stands for.

By default a field is known by its alias. The user's own file may point an alias at another field,
by alias, id or label, or leave it out (see `user_mapping`). Whatever is wrong is collected, not
raised: the set-up shows all of it in one table, and a flow refuses to open the worksheet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from connectors.mingdao.models import Field as LiveField
from connectors.mingdao.models import Worksheet as LiveWorksheet
from include.destination.sheets.fields import Field, Worksheet
from include.destination.sheets.fitting import misfit, options_missing
from include.destination.sheets.options import KeysOfField
from include.destination.sheets.user_mapping import Own

# How HAP may list its own fields among a person's (contracts: hap §4.3).
_SYSTEM = frozenset({"rowid", "ownerid", "caid", "ctime", "utime", "uaid", "autoid"})
_OF_PROCESSES = "wf"


@dataclass
class Joined:
    """A declared worksheet without what is left out, and the app's field of each alias.

    Its labels are the app's own. `missing` may be created; `wrong` says, by alias, as `zh / en`,
    why a field cannot be used.
    """

    definition: Worksheet
    fields: dict[str, LiveField] = field(default_factory=dict)
    missing: list[Field] = field(default_factory=list)
    wrong: dict[str, str] = field(default_factory=dict)


def join(
    declared: Worksheet,
    own: Own,
    live: LiveWorksheet,
    ids: Mapping[str, str] | None = None,
    made: Mapping[str, KeysOfField] | None = None,
) -> Joined:
    """Find the app's field of every declared one.

    `ids` are the ids of the worksheets that relations point at, by alias; without them it is not
    asked where a relation points. `made` are the keys of options by the label under which they were
    made, by the field's alias.
    """
    wanted = [one for one in declared.fields if one.alias not in own.left_out]
    joined = Joined(declared)
    for one in wanted:
        _join_field(joined, one, own, live)
    _refuse_shared(joined, own)
    for one in wanted:
        there = joined.fields.get(one.alias)
        if there and one.alias not in joined.wrong:
            why = _misfit(declared, one, there, own, ids, (made or {}).get(one.alias, {}))
            joined.wrong |= {one.alias: why} if why else {}
    labelled = (_labelled(one, joined.fields, own) for one in wanted)
    label = live.name if own.worksheet else declared.label
    joined.definition = replace(declared, label=label, fields=tuple(labelled))
    return joined


def without(declared: Worksheet, own: Own) -> Worksheet:
    """Return a declared worksheet without the fields that are left out."""
    fields = tuple(one for one in declared.fields if one.alias not in own.left_out)
    return replace(declared, fields=fields)


def _join_field(joined: Joined, one: Field, own: Own, live: LiveWorksheet) -> None:
    name = own.fields.get(one.alias)
    if name is None:
        there = live.field(one.alias)
        if there:
            joined.fields[one.alias] = there
        elif why := _unnamed_twin(one, live):
            joined.wrong[one.alias] = why
        else:
            joined.missing.append(one)
        return
    named = [there for there in live.fields if name in _names(there)]
    if len(named) == 1:
        joined.fields[one.alias] = named[0]
    elif named:
        joined.wrong[one.alias] = (
            f"「{name}」有 {len(named)} 个字段，请改写字段 ID:"
            f"{'、'.join(there.id for there in named)} / several fields bear this name: give an id"
        )
    else:
        joined.wrong[one.alias] = (
            f"文件指向「{name}」，应用里没有这个字段 / the app has no such field"
        )


def _names(there: LiveField) -> set[str]:
    """Return what a person may call a field by; HAP's own fields cannot be called at all."""
    return set() if is_haps(there) else {there.alias, there.id, there.name.strip()} - {""}


def is_haps(there: LiveField) -> bool:
    """Tell whether a field is one that HAP itself keeps in every worksheet."""
    starts = there.id.startswith(_OF_PROCESSES) or there.alias.startswith("_")
    return there.id in _SYSTEM or starts


def _unnamed_twin(one: Field, live: LiveWorksheet) -> str:
    """Tell of a field with our label and no alias: to create a second one is hardly meant."""
    twins = [there for there in live.fields if there.name == one.label and not there.alias]
    if not twins or one.label not in _names(twins[0]):
        return ""
    return (
        f"已有字段「{one.label}」但没有别名：给它设别名 {one.alias},"
        f'或在 own_worksheets.toml 写 {one.alias} = "{twins[0].id}" '
        f"/ a field of this label exists without alias: give it the alias, or map it"
    )


def _refuse_shared(joined: Joined, own: Own) -> None:
    """Refuse two aliases that come out at one field, one of them perhaps by its own name."""
    by_id: dict[str, list[str]] = {}
    for alias, there in joined.fields.items():
        by_id.setdefault(there.id, []).append(alias)
    for aliases in by_id.values():
        for alias in aliases if len(aliases) > 1 else ():
            others = "、".join(other for other in aliases if other != alias)
            joined.wrong[alias] = f"与 {others} 指向同一个字段 / the same field as {others}"


def _misfit(
    declared: Worksheet,
    one: Field,
    there: LiveField,
    own: Own,
    ids: Mapping[str, str] | None,
    made: KeysOfField,
) -> str:
    exact = not declared.may_leave_out(one.alias)  # orders are asked for by `created_at`
    targets = {one.target: there.data_source} if ids is None else ids
    why = misfit(one, there, targets, exact=exact)
    if not why and one.alias in own.fields:
        why = options_missing(one, there, made)
    return why


def _labelled(one: Field, fields: Mapping[str, LiveField], own: Own) -> Field:
    """Return a field under the label that people see where it is their own."""
    there = fields.get(one.alias) if one.alias in own.fields else None
    return replace(one, label=there.name) if there else one
