"""What a check found, and the one table that all findings make."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from connectors.errors import Bilingual, ConnectorError

NOTHING = Bilingual("无需处理", "nothing to do")
BLOCKING = Bilingual("阻断", "blocking")


class State(StrEnum):
    """How a point stands; what cannot be told from here is neither right nor wrong."""

    RIGHT = "✓"
    WRONG = "✗"
    UNKNOWN = "?"


@dataclass(frozen=True)
class Setting:
    """A setting that follows from a finding, such as `order_feed=create`, and where it goes."""

    text: str
    where: Bilingual


@dataclass(frozen=True)
class Finding:
    """One line of the table; a blocking ✗ means that the pipeline cannot work as it is set."""

    check: Bilingual
    state: State
    reported: Bilingual
    action: Bilingual = NOTHING
    blocking: bool = False
    settings: tuple[Setting, ...] = ()


@dataclass
class Report:
    """All findings, in the order in which they were made."""

    findings: list[Finding] = field(default_factory=list)

    @property
    def blocking(self) -> list[Finding]:
        """Return what stops the pipeline."""
        return [one for one in self.findings if one.state is State.WRONG and one.blocking]

    @property
    def settings(self) -> list[Setting]:
        """Return the settings that follow, each once."""
        return list(dict.fromkeys(one for finding in self.findings for one in finding.settings))

    def table(self) -> str:
        """Return the findings and the settings that follow, for a log or a terminal."""
        lines = ["   检查 check | 结果 finding | 怎么办 action"]
        lines += [_line(finding) for finding in self.findings]
        lines += ["", "由此得出的设置 · Settings that follow"]
        lines += [f"  {one.text} — {one.where}" for one in self.settings] or ["  —"]
        lines += ["", self._sum()]
        return "\n".join(lines)

    def _sum(self) -> str:
        counts = {state: sum(one.state is state for one in self.findings) for state in State}
        counted = "  ".join(f"{state} {number}" for state, number in counts.items())
        return f"{counted}  {BLOCKING}: {len(self.blocking)}"


def right(check: Bilingual, zh: str, en: str, *, settings: Sequence[Setting] = ()) -> Finding:
    """Return a finding that is as it should be."""
    return Finding(check, State.RIGHT, Bilingual(zh, en), settings=tuple(settings))


def unknown(check: Bilingual, zh: str, en: str, action: Bilingual = NOTHING) -> Finding:
    """Return a finding for what this shop or app cannot show."""
    return Finding(check, State.UNKNOWN, Bilingual(zh, en), action)


def wrong(
    check: Bilingual,
    zh: str,
    en: str,
    action: Bilingual,
    *,
    blocking: bool = False,
    settings: Sequence[Setting] = (),
) -> Finding:
    """Return a finding that somebody should do something about."""
    return Finding(check, State.WRONG, Bilingual(zh, en), action, blocking, tuple(settings))


def failed(check: Bilingual, error: ConnectorError, *, blocking: bool = False) -> Finding:
    """Return the finding for a check that ended in an error."""
    code = f" ({error.code})" if error.code else ""
    reported = Bilingual(f"{error.api}: {error.explanation.zh}{code}", error.explanation.en)
    return Finding(check, State.WRONG, reported, error.action, blocking)


def mark(findings: Iterable[Finding]) -> State:
    """Return the worst state among findings."""
    states = {finding.state for finding in findings}
    return next((one for one in (State.WRONG, State.UNKNOWN) if one in states), State.RIGHT)


def _line(finding: Finding) -> str:
    blocks = f"【{BLOCKING}】" if finding.blocking and finding.state is State.WRONG else ""
    action = "" if finding.state is State.RIGHT and finding.action is NOTHING else finding.action
    return f"{finding.state}  {finding.check} | {blocks}{finding.reported} | {action}".rstrip(" |")
