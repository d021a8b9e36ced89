"""What one upsert did, key by key."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from connectors.errors import ConnectorError
from include.destination.write.plan import Action, Change


@dataclass
class Outcome:
    """What an upsert did, by key.

    `duplicates` holds the rows that a key has besides the oldest, where somebody else made them;
    `unseen` the fields that were written, and of which no new row shows as much as the column.
    """

    row_ids: dict[str, str] = field(default_factory=dict)
    actions: dict[str, Action] = field(default_factory=dict)
    failures: dict[str, ConnectorError] = field(default_factory=dict)
    duplicates: dict[str, list[str]] = field(default_factory=dict)
    planned: list[Change] = field(default_factory=list)
    unseen: set[str] = field(default_factory=set)

    def counts(self) -> Counter[str]:
        """Return how many records were created, patched, unchanged, stale and failed."""
        counted: Counter[str] = Counter({action.value: 0 for action in Action})
        counted.update(
            action.value for key, action in self.actions.items() if key not in self.failures
        )
        counted["failed"] = len(self.failures)
        return counted

    def add(self, other: Outcome) -> None:
        """Take in what another upsert into the same worksheet did."""
        self.row_ids |= other.row_ids
        self.actions |= other.actions
        self.failures |= other.failures
        self.duplicates |= other.duplicates
        self.planned += other.planned
        self.unseen |= other.unseen

    @property
    def written(self) -> int:
        """Return how many records were created or patched."""
        counted = self.counts()
        return counted[Action.CREATE.value] + counted[Action.PATCH.value]
