"""What records were written without: noted while working, told by the run, recorded in the end.

A batch of orders hands its notes on through XCom, ids and codes alone, so that the last step sees
those of all batches: fifty orders that lack the same thing make one row of `sync_errors`, not
fifty. A flow of one task records them itself.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.errors import Bilingual, ConnectorError, RejectedError
from include.flows.run.context import SyncContext
from include.flows.run.error_rows import Failure, record_failures
from include.flows.run.parts import INTERFACE, PARTS, Part

log = logging.getLogger(__name__)

# More records than these that lack the same thing share one row of `sync_errors`.
MOST_ROWS_EACH = 10


@dataclass
class Missing:
    """Notes of one task, or of all tasks of a run; `without` counts the records by part."""

    noted: dict[tuple[str, str], Failure] = field(default_factory=dict)
    without: Counter[str] = field(default_factory=Counter)

    def note(self, part: Part, record_id: str, error: ConnectorError) -> None:
        """Note that a record was written without one of its parts, and why."""
        if not self.has(part, record_id):
            self.noted[part.entity, record_id] = Failure(part.entity, record_id, part.step, error)
            self.without[part.entity] += 1

    def note_interface(self, step: str, error: ConnectorError) -> None:
        """Note that an interface fails as a whole."""
        self.noted[INTERFACE, step] = Failure(INTERFACE, step, step, error)

    def has(self, part: Part, record_id: str) -> bool:
        """Tell whether a record is noted to lack a part."""
        return (part.entity, record_id) in self.noted

    @property
    def interfaces(self) -> set[str]:
        """Return the interfaces and worksheets that are noted to fail as a whole."""
        return {one.record_id for one in self.noted.values() if one.entity == INTERFACE}

    def add(self, other: Missing) -> None:
        """Take in the notes of another task, or of another step of this one."""
        self.noted = other.noted | self.noted
        self.without.update(other.without)

    def joined(self, down: Mapping[str, ConnectorError] | None = None) -> Missing:
        """Return the notes with one for each interface that is down or that many records lack."""
        every = list(self.noted.values())
        whole = {one.step: one for one in every if one.entity == INTERFACE}
        number = Counter(one.step for one in every)
        failing = {one.step: one.error for one in every if number[one.step] > MOST_ROWS_EACH}
        for step, error in {**failing, **(down or {})}.items():
            whole.setdefault(step, Failure(INTERFACE, step, step, error))
        joined = [*whole.values(), *(one for one in every if one.step not in whole)]
        return Missing({(one.entity, one.record_id): one for one in joined}, Counter(self.without))

    def to_xcom(self) -> dict[str, Any]:
        """Return the notes in plain JSON: ids, counts, codes and the words of the error table."""
        return {
            "failures": [
                [one.entity, one.record_id, one.step, *_words(one.error)]
                for one in self.noted.values()
            ],
            "without": dict(self.without),
        }

    @classmethod
    def from_xcom(cls, data: Mapping[str, Any] | None) -> Missing:
        """Read notes back."""
        if not data:
            return cls()
        failures = [_failure(*one) for one in data["failures"]]
        noted = {(one.entity, one.record_id): one for one in failures}
        return cls(noted, Counter(data["without"]))

    def __str__(self) -> str:
        """Return for the log what how many records lack; "" where nothing is missing."""
        return " / ".join(filter(None, (self.in_chinese(), self.in_english())))

    def in_chinese(self) -> str:
        """Return in Chinese what how many records lack; "" where nothing is missing."""
        return ",".join(
            f"{number} 个缺{PARTS[entity].name.zh}"
            for entity, number in sorted(self.without.items())
            if number
        )

    def in_english(self) -> str:
        """Return the same for the log's second language."""
        return ", ".join(
            f"{number} without {PARTS[entity].name.en}"
            for entity, number in sorted(self.without.items())
            if number
        )


def record_missing(context: SyncContext, missing: Missing) -> None:
    """Write what is missing into `sync_errors`, where it is tried again from."""
    joined = missing.joined(_concerning(context.interfaces.down, missing)).noted.values()
    for one in joined:
        log.warning("%s %s 暂缺 / missing for now: %s", one.entity, one.record_id, one.error)
    record_failures(context, joined)


def missing_in(summaries: Iterable[Mapping[str, Any]]) -> Missing:
    """Return what all tasks of a run noted, joined."""
    every = Missing()
    for summary in summaries:
        every.add(Missing.from_xcom(summary.get("missing")))
    return every.joined()


def _concerning(down: Mapping[str, ConnectorError], missing: Missing) -> dict[str, ConnectorError]:
    """Return those of the failing interfaces for want of which something is missing."""
    steps = {one.step for one in missing.noted.values()}
    return {step: error for step, error in down.items() if step in steps}


def _words(error: ConnectorError) -> tuple[str, str, str, str, str]:
    code = error.code or type(error).__name__
    return (code, *error.explanation, *error.action)


def _failure(entity: str, record_id: str, step: str, code: str, *words: str) -> Failure:
    error = RejectedError(step, Bilingual(*words[:2]), Bilingual(*words[2:]), code)
    return Failure(entity, record_id, step, error)
