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
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, TypeAdapter

from connectors.errors import ConnectorError
from include.flows.run.context import SyncContext
from include.flows.run.error_rows import Failure, record_failures
from include.flows.run.parts import INTERFACE, PARTS, Part

log = logging.getLogger(__name__)

# More records than these that lack the same thing share one row of `sync_errors`.
MOST_ROWS_EACH = 10


def _by_entity_and_id(noted: Iterable[Failure]) -> dict[tuple[str, str], Failure]:
    return {(one.entity, one.record_id): one for one in noted}


_READ = TypeAdapter(list[Failure])

# JSON has no pairs as keys: the notes cross as a list, each of them names its record.
Noted = Annotated[
    dict[tuple[str, str], Failure],
    BeforeValidator(lambda noted: _by_entity_and_id(_READ.validate_python(noted))),
    PlainSerializer(lambda noted: list(noted.values()), return_type=list[Failure]),
]


@dataclass
class Missing:
    """Notes of one task, or of all tasks of a run; `without` counts the records by part."""

    noted: Noted = field(default_factory=dict)
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
        return Missing(_by_entity_and_id(joined), Counter(self.without))

    def __str__(self) -> str:
        """Return for the log what how many records lack; "" where nothing is missing."""
        return " / ".join(filter(None, (self.in_chinese(), self.in_english())))

    def in_chinese(self) -> str:
        """Return in Chinese what how many records lack; "" where nothing is missing."""
        return "，".join(
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


def joined(every: Iterable[Missing]) -> Missing:
    """Return what all tasks of a run noted, joined."""
    whole = Missing()
    for one in every:
        whole.add(one)
    return whole.joined()


def _concerning(down: Mapping[str, ConnectorError], missing: Missing) -> dict[str, ConnectorError]:
    """Return those of the failing interfaces for want of which something is missing."""
    steps = {one.step for one in missing.noted.values()}
    return {step: error for step, error in down.items() if step in steps}
