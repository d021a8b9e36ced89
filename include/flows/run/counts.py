"""What became of the records of a run, in numbers; and when too many failed.

A few bad records are recorded and tried again. More than these are no longer a few bad records but
a bad environment, and then the run must not be taken for done.
"""

from __future__ import annotations

from dataclasses import dataclass

TOLERATED = 20
TOLERATED_PERCENT = 1


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
