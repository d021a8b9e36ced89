"""The shape of many values of one place: their keys, kinds, lengths and sentinels, folded."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from include.doctor.shape_report.enumerations import is_blank, may_be_shown
from include.doctor.shape_report.kinds import held_json, kind_of, length_of
from include.doctor.shape_report.vocabulary import shown_key

_DEEPEST = 12


@dataclass
class Lengths:
    """How many values there were, the shortest and the longest of them."""

    number: int
    shortest: int
    longest: int

    def add(self, length: int) -> None:
        """Count one more value."""
        self.number += 1
        self.shortest, self.longest = min(self.shortest, length), max(self.longest, length)


@dataclass
class Shape:
    """All values that were seen in one place of an answer; holds none of them."""

    seen: int = 0
    blank: int = 0
    kinds: dict[str, Lengths] = field(default_factory=dict)
    exact: Counter[str] = field(default_factory=Counter)
    keys: dict[str, Shape] = field(default_factory=dict)
    items: Shape | None = None
    holds: Shape | None = None

    def add(self, value: object, key: str = "", depth: int = _DEEPEST) -> None:
        """Fold one more value in; `key` is where it stood, for the enumerations."""
        self.seen += 1
        self.blank += is_blank(value)
        kind, length = kind_of(value), length_of(value)
        if kind in self.kinds:
            self.kinds[kind].add(length)
        else:
            self.kinds[kind] = Lengths(1, length, length)
        if may_be_shown(key, value):
            self.exact[_as_json(value)] += 1
        if depth:
            self._go_into(value, key, depth - 1)

    def _go_into(self, value: object, key: str, depth: int) -> None:
        if isinstance(value, dict):
            for name, entry in value.items():
                self.keys.setdefault(shown_key(name), Shape()).add(entry, name, depth)
        elif isinstance(value, list) and value:
            self.items = self.items or Shape()
            for entry in value:
                self.items.add(entry, key, depth)
        elif isinstance(value, str) and (held := held_json(value)) is not None:
            self.holds = self.holds or Shape()
            self.holds.add(held, key, depth)

    def at(self, *path: str) -> Shape:
        """Return the shape below some keys; an empty one where nothing was seen."""
        found = self
        for key in path:
            found = found.keys.get(key, Shape())
        return found

    def to_json(self) -> dict[str, Any]:
        """Return the SHAPE of the report's format."""
        described: dict[str, Any] = {"seen": self.seen}
        if self.blank:
            described["blank"] = self.blank
        described["kinds"] = {
            kind: [one.number, one.shortest, one.longest]
            for kind, one in sorted(self.kinds.items())
        }
        if self.exact:
            described["exact"] = dict(sorted(self.exact.items()))
        if self.keys:
            described["keys"] = {key: one.to_json() for key, one in sorted(self.keys.items())}
        if self.items:
            described["items"] = self.items.to_json()
        if self.holds:
            described["holds"] = self.holds.to_json()
        return described


def _as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
