"""What became of the records of a run, in numbers; and when too many failed.

A few bad records are recorded and tried again. More than these are no longer a few bad records but
a bad environment, and then the run must not be taken for done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.errors import Bilingual
from include.destination.write.plan import Action

TOLERATED = 20
TOLERATED_PERCENT = 1
_WORDS: Mapping[str, Bilingual] = {
    Action.CREATE.value: Bilingual("新建", "created"),
    Action.PATCH.value: Bilingual("更新", "updated"),
    Action.UNCHANGED.value: Bilingual("未变", "unchanged"),
    Action.STALE.value: Bilingual("明道云已更新", "older than in HAP"),
    "failed": Bilingual("失败", "failed"),
}


@dataclass(frozen=True)
class Counts:
    """How many records were read, and what became of their rows.

    `missing` is how many parts of them could not be had, for now.
    """

    read: int = 0
    missing: int = 0
    create: int = 0
    patch: int = 0
    unchanged: int = 0
    stale: int = 0
    failed: int = 0

    @property
    def written(self) -> int:
        """Return how many rows were created or changed."""
        return self.create + self.patch

    @property
    def too_many_failed(self) -> bool:
        """Tell whether more failed than bad records explain.

        What was tried counts: of customers also the forms, which are not among those `read`.
        """
        tried = self.written + self.unchanged + self.stale + self.failed
        return exceeds_limit(self.failed, max(self.read, tried))


def exceeds_limit(failed: int, tried: int) -> bool:
    """Tell whether more failed than a few bad records."""
    return failed > TOLERATED and failed * 100 > tried * TOLERATED_PERCENT


def in_words(counts: Mapping[str, int]) -> str:
    """Return for the log what became of rows, by action; those of which there are none left out."""
    named = [(words, counts[name]) for name, words in _WORDS.items() if counts.get(name)]
    zh = "，".join(f"{words.zh} {number}" for words, number in named) or "没有"
    en = ", ".join(f"{number} {words.en}" for words, number in named) or "nothing"
    return f"{zh} / {en}"
