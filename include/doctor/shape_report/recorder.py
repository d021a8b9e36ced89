"""Watches the answers of some calls go by, and keeps their shapes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from connectors.http.answers import Answer
from connectors.http.transport import Transport
from include.doctor.shape_report.shape import Shape

_CODES = ("code", "error_code")
_CODE = re.compile(r"-?[0-9]{1,6}")


@dataclass
class Interface:
    """What one interface answered, whatever it was asked."""

    http: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    answer: Shape = field(default_factory=Shape)

    def add(self, answer: Answer) -> None:
        """Fold one more answer in; one that is no JSON counts as null."""
        self.http[str(answer.status)] += 1
        self.answer.add(answer.json)
        for name in _CODES:
            code = answer.json.get(name) if isinstance(answer.json, Mapping) else None
            if _CODE.fullmatch(str(code)):
                self.codes[str(code)] += 1

    def to_json(self) -> dict[str, Any]:
        """Return the INTERFACE of the report's format."""
        counted = {"http": self.http, "codes": self.codes, "failed": self.failed}
        described = {
            name: dict(sorted(counts.items())) for name, counts in counted.items() if counts
        }
        return {**described, "answer": self.answer.to_json()}


@dataclass
class Recorder:
    """The interfaces that answered; `also` is shown each answer as it came."""

    also: Callable[[Answer], None] = lambda _: None
    interfaces: dict[str, Interface] = field(default_factory=dict)

    def interface(self, api: str) -> Interface:
        """Return the record of one interface."""
        return self.interfaces.setdefault(api, Interface())

    def ask(self, api: str, question: Callable[[], object]) -> None:
        """Ask something; an error is one of the answers, and hides no other.

        That holds for errors of ours as well, whose text may be somebody's data.
        """
        try:
            question()
        except Exception as error:
            self.interface(api).failed[type(error).__name__] += 1

    @contextmanager
    def watching(self, transport: Transport) -> Iterator[None]:
        """Record every answer that this transport gets meanwhile."""

        def record(answer: Answer) -> None:
            self.interface(answer.api).add(answer)
            self.also(answer)

        transport.observer = record
        try:
            yield
        finally:
            transport.observer = None
