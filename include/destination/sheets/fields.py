"""The vocabulary in which the destination's worksheets are declared.

Aliases are the stable names: code, filters and checks use them, never field ids or labels.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property


class FieldType(StrEnum):
    """The field types that the open API can create (contracts: hap §4.4)."""

    TEXT = "Text"
    NUMBER = "Number"
    DATETIME = "DateTime"
    SELECT = "SingleSelect"
    RELATION = "Relation"


class Policy(StrEnum):
    """When the pipeline may write a field."""

    OWN = "own"  # whenever the source value changes
    FILL = "fill"  # while it is empty, or still holds what the pipeline last wrote there
    ONCE = "once"  # at creation only; a person may change it afterwards


BOOKKEEPING = frozenset({"shop", "source_hash", "source_updated_at", "synced_at", "filled"})


@dataclass(frozen=True)
class Field:
    """One field of a worksheet; `label` is what a person sees in HAP."""

    alias: str
    label: str
    type: FieldType = FieldType.TEXT
    policy: Policy = Policy.OWN
    precision: int = 0
    options: tuple[str, ...] = ()
    target: str = ""
    many: bool = False
    title: bool = False
    hidden: bool = False
    personal: bool = False  # never in a log; removed when a person is erased
    derived_from: str = ""  # the field it is worked out from; a person's value there goes before
    added_later: bool = False  # an app set up before is without it until the next mingdao_setup
    meaning: str = ""  # what the label does not say, for the reference
    by_hand: tuple[str, ...] = ()  # further types, made by hand in HAP, that hold the same


@dataclass(frozen=True)
class Worksheet:
    """One worksheet; `key` is the alias of the Text field that identifies a row.

    `needed` are the fields, besides key and bookkeeping, that flows read back to do their work.
    Raise `mapping_version` when a mapping changes the meaning of what is written: every row of the
    worksheet is then written anew, the last month's by the next night, older ones in turns.
    """

    alias: str
    label: str
    key: str
    fields: tuple[Field, ...]
    needed: frozenset[str] = frozenset()
    mapping_version: int = 1

    def field(self, alias: str) -> Field:
        """Return the field with this alias; raises KeyError."""
        return self._by_alias[alias]

    def has(self, alias: str) -> bool:
        """Tell whether the worksheet declares a field with this alias."""
        return alias in self._by_alias

    @cached_property
    def _by_alias(self) -> dict[str, Field]:
        return {field.alias: field for field in self.fields}

    def may_leave_out(self, alias: str) -> bool:
        """Tell whether a user's own worksheet may do without a field."""
        return alias != self.key and alias not in BOOKKEEPING and alias not in self.needed

    def under(self, policy: Policy) -> tuple[Field, ...]:
        """Return the fields under one policy, in declared order."""
        return self._by_policy[policy]

    def aliases_under(self, policy: Policy) -> frozenset[str]:
        """Return the aliases of the fields under one policy."""
        return self._aliases_by_policy[policy]

    @cached_property
    def selects(self) -> tuple[Field, ...]:
        """Return the select fields."""
        return tuple(field for field in self.fields if field.type is FieldType.SELECT)

    @cached_property
    def _by_policy(self) -> dict[Policy, tuple[Field, ...]]:
        return {
            policy: tuple(field for field in self.fields if field.policy is policy)
            for policy in Policy
        }

    @cached_property
    def _aliases_by_policy(self) -> dict[Policy, frozenset[str]]:
        return {
            policy: frozenset(field.alias for field in fields)
            for policy, fields in self._by_policy.items()
        }


def text(alias: str, label: str, policy: Policy = Policy.OWN, *, title: bool = False) -> Field:
    """Declare a Text field; also for phones, e-mails and long text, which the API cannot create."""
    return Field(alias, label, policy=policy, title=title)


def personal(
    alias: str,
    label: str,
    policy: Policy = Policy.OWN,
    *,
    title: bool = False,
    by_hand: tuple[str, ...] = (),
) -> Field:
    """Declare a Text field that says something about a person."""
    return Field(alias, label, policy=policy, title=title, personal=True, by_hand=by_hand)


def money(alias: str, label: str, meaning: str = "") -> Field:
    """Declare an amount in 元 with two decimals."""
    return Field(alias, label, FieldType.NUMBER, precision=2, meaning=meaning)


def count(alias: str, label: str, policy: Policy = Policy.OWN) -> Field:
    """Declare a whole number."""
    return Field(alias, label, FieldType.NUMBER, policy)


def moment(alias: str, label: str, policy: Policy = Policy.OWN) -> Field:
    """Declare a date and time, to the second, in the app's zone."""
    return Field(alias, label, FieldType.DATETIME, policy)


def select(
    alias: str,
    label: str,
    options: tuple[str, ...],
    policy: Policy = Policy.OWN,
    *,
    derived_from: str = "",
) -> Field:
    """Declare a single select with these options."""
    return Field(alias, label, FieldType.SELECT, policy, options=options, derived_from=derived_from)


def relation(alias: str, label: str, target: str, *, many: bool = False) -> Field:
    """Declare a relation to another worksheet of this app, given by its alias."""
    return Field(alias, label, FieldType.RELATION, target=target, many=many)


def later(field: Field) -> Field:
    """Declare a field that apps may lack that were set up before there was one: they work on."""
    return replace(field, added_later=True)


def hidden(alias: str, label: str) -> Field:
    """Declare a Text field of the pipeline's own, which people do not see."""
    return Field(alias, label, hidden=True)
