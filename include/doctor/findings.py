"""What a check found, and the one table that all findings make."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from connectors.errors import Bilingual, ConnectorError

NOTHING = Bilingual("无需处理", "nothing to do")
BLOCKING = Bilingual("阻断", "blocking")
ADVICE = Bilingual("建议", "advice")
UNTOLD = Bilingual("无法判断", "cannot be told from here")
FINE = Bilingual("正常", "fine")
BLOCK, ADVISE = "✗", "!"
_READY = Bilingual(
    "没有阻断，也没有建议；第一次请依次运行 mingdao_setup、xiaoe_base_data，"
    "再打开 xiaoe_orders 和 xiaoe_reconcile",
    "nothing is blocking, and there is no advice; the first time run mingdao_setup and "
    "xiaoe_base_data, then switch on xiaoe_orders and xiaoe_reconcile",
)


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

    @property
    def advice(self) -> list[Finding]:
        """Return what the pipeline works without, and somebody should do all the same."""
        return [one for one in self._in(State.WRONG) if not one.blocking]

    def conclusion(self) -> Bilingual:
        """Return in one sentence what to do next."""
        if self.blocking:
            first = self.blocking[0]
            number = len(self.blocking)
            return Bilingual(
                f"{number} 项阻断，先处理「{first.check.zh}」：{first.reported.zh}",
                f"{number} blocking; begin with {first.check.en}: {first.reported.en}",
            )
        if self.advice:
            first = self.advice[0]
            return Bilingual(
                f"没有阻断，可以运行；{len(self.advice)} 条建议，第一条「{first.check.zh}」："
                f"{first.action.zh}",
                f"nothing is blocking; {len(self.advice)} pieces of advice, the first one on "
                f"{first.check.en}: {first.action.en}",
            )
        return _READY

    def table(self, *, verbose: bool = False) -> str:
        """Return the findings for a log or a terminal: what blocks, then advice, then the rest.

        Only what blocks has a ✗. What is as it should be is one line of names, unless `verbose`.
        """
        blocking = self.blocking
        lines = [
            *_section(BLOCK, BLOCKING, blocking),
            *_section(ADVISE, ADVICE, self.advice),
            *_section(State.UNKNOWN, UNTOLD, self._in(State.UNKNOWN)),
            *_fine(self._in(State.RIGHT), verbose=verbose),
            "",
            "由此得出的设置 · Settings that follow",
            *([f"  {one.text} — {one.where}" for one in self.settings] or ["  —"]),
        ]
        return "\n".join(lines)

    def _in(self, state: State) -> list[Finding]:
        return [one for one in self.findings if one.state is state]


def _section(sign: str, name: Bilingual, findings: Sequence[Finding]) -> list[str]:
    if not findings:
        return []
    return [
        f"{sign} {name.zh} {len(findings)} · {name.en}",
        *(_line(sign, one) for one in findings),
    ]


def _fine(findings: Sequence[Finding], *, verbose: bool) -> list[str]:
    if verbose:
        return _section(State.RIGHT, FINE, findings)
    names = "、".join(dict.fromkeys(one.check.zh for one in findings))
    hint = "逐项见 VERBOSE=1 / one by one with VERBOSE=1"
    return [f"{State.RIGHT} {FINE.zh} {len(findings)} · {FINE.en}：{names}（{hint}）"]


def _line(sign: str, finding: Finding) -> str:
    """Return one line: what, how it stands, what to do; in Chinese, then in English."""
    check, reported, action = finding.check, finding.reported, finding.action
    idle = action is NOTHING
    zh = f"{check.zh}：{reported.zh}{'' if idle else f' → {action.zh}'}"
    en = f"{check.en}: {reported.en}{'' if idle else f' → {action.en}'}"
    return f"  {sign} {zh} / {en}"


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
