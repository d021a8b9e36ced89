"""What an upsert did: to which key, and in numbers and words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors.errors import Bilingual, ConnectorError
from include.destination.write.plan import Action, Change

_WORDS: Mapping[str, Bilingual] = {
    Action.CREATE.value: Bilingual("新建", "created"),
    Action.PATCH.value: Bilingual("更新", "updated"),
    Action.UNCHANGED.value: Bilingual("未变", "unchanged"),
    Action.STALE.value: Bilingual("明道云已更新", "older than in HAP"),
    "failed": Bilingual("失败", "failed"),
}


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


def in_words(counts: Mapping[str, int]) -> str:
    """Return for the log what became of rows, by action; those of which there are none left out."""
    named = [(words, counts[name]) for name, words in _WORDS.items() if counts.get(name)]
    zh = "，".join(f"{words.zh} {number}" for words, number in named) or "没有"
    en = ", ".join(f"{number} {words.en}" for words, number in named) or "nothing"
    return f"{zh} / {en}"
