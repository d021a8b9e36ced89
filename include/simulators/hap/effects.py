"""Counting what was written, from the effects that the journal keeps.

An effect reads `create orders 12`: the kind (create, update, delete, structure), the worksheet's
alias, the number of rows. A request that the fault plan delivered twice has two, joined by `; `.
"""

from __future__ import annotations

from collections import Counter

from include.simulators.journal import Journal


def rows_written(journal: Journal, *, after: int = 0) -> Counter[tuple[str, str]]:
    """Return the number of rows by (kind, worksheet), of entries behind sequence `after`."""
    counts: Counter[tuple[str, str]] = Counter()
    for entry in journal.entries(after=after):
        for effect in filter(None, entry.effect.split("; ")):
            kind, sheet, rows = effect.split(" ")
            counts[(kind, sheet)] += int(rows)
    return counts
