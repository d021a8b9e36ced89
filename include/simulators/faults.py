"""Which request goes wrong, and how: a seeded plan of fault rules.

A rule names an api pattern, a trigger and a kind. The plan only decides; `gateway` carries it
out. Mind `handled`: a 502 may come from a gateway that never passed the request on, or from one
that lost patience after the write was applied, and a client must survive both.
"""

from __future__ import annotations

import random
import threading
from enum import StrEnum
from fnmatch import fnmatchcase

from pydantic import BaseModel, ConfigDict, Field


class Kind(StrEnum):
    """What happens to the request."""

    STATUS = "status"  # an HTTP error with an HTML page (`status`, `retry_after`)
    CODE = "code"  # the vendor's own error envelope (`code`)
    HTML200 = "html200"  # 200 with a login or firewall page
    EMPTY = "empty"  # 200 without a body
    REDIRECT = "redirect"  # 302 to `location`
    HUGE = "huge"  # a body of `size` bytes
    RESET_BEFORE = "reset_before"  # connection reset, request not handled
    RESET_AFTER = "reset_after"  # request handled, connection reset instead of the answer
    LATE = "late"  # handled only after `seconds`; the client may be gone by then
    SLOW = "slow"  # handled at once, answered after `seconds`
    TWICE = "twice"  # handled twice, as if a middlebox had delivered it again
    DRIP = "drip"  # the answer comes one byte every `seconds`
    TRUNCATED = "truncated"  # the body stops half-way, Content-Length agrees
    CUT = "cut"  # the body stops half-way, Content-Length does not, then end of data
    CONTENT_TYPE = "content_type"  # right body, `text/html`
    BOM = "bom"  # right body behind a byte order mark
    GBK = "gbk"  # right body in GBK, without saying so
    BAD_GZIP = "bad_gzip"  # `Content-Encoding: gzip` over bytes that are not


class FaultRule(BaseModel):
    """One rule. Calls are counted per rule, from 1, among those whose api matches.

    A call is hit when it is later than `after`, is the `nth` (where given), is among the `first`
    (where given), the rule has fired fewer than `times`, and the seeded die says so.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    api: str = "*"
    kind: Kind
    after: int = 0
    nth: int | None = None
    first: int | None = None
    times: int | None = None
    probability: float = Field(default=1.0, ge=0, le=1)
    handled: bool = False
    status: int = 502
    retry_after: int | None = None
    code: int = 1001
    seconds: float = 0.1
    size: int = 64 * 1024 * 1024
    location: str = "http://127.0.0.1:9/elsewhere"


class FaultPlan:
    """An ordered list of rules, the first that is hit decides; same seed and calls, same faults."""

    def __init__(self, rules: list[FaultRule] | None = None, *, seed: int = 0) -> None:
        self._lock = threading.Lock()
        self.set(rules or [], seed=seed)

    @property
    def rules(self) -> list[FaultRule]:
        """The rules in force."""
        with self._lock:
            return list(self._rules)

    def set(self, rules: list[FaultRule], *, seed: int = 0) -> None:
        """Replace all rules and start counting anew."""
        with self._lock:
            self._rules = list(rules)
            self._calls = [0] * len(rules)
            self._fired = [0] * len(rules)
            self._random = random.Random(seed)

    def clear(self) -> None:
        """Let everything go well from now on."""
        self.set([])

    def draw(self, api: str) -> FaultRule | None:
        """Return the rule that hits this call of `api`, if any."""
        with self._lock:
            hit: FaultRule | None = None
            for index, rule in enumerate(self._rules):
                if not fnmatchcase(api, rule.api):
                    continue
                self._calls[index] += 1
                if hit is None and self._hits(index, rule):
                    self._fired[index] += 1
                    hit = rule
            return hit

    def _hits(self, index: int, rule: FaultRule) -> bool:
        call = self._calls[index]
        return (
            call > rule.after
            and (rule.nth is None or call == rule.nth)
            and (rule.first is None or call <= rule.first)
            and (rule.times is None or self._fired[index] < rule.times)
            and (rule.probability >= 1 or self._random.random() < rule.probability)
        )
