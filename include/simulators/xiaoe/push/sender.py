"""Pushes what happens in the shop: late, twice, in another order or never, as the switches say.

Time is the shop's own, so that a test lets a day of retries pass in an instant. Nothing is sent by
itself: `deliver` sends what is due, and whoever serves the simulator calls it again and again.
"""

from __future__ import annotations

import random
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush

import httpx

from include.simulators.xiaoe.push.envelope import encrypt, seal, sign
from include.simulators.xiaoe.push.messages import message_xml
from include.simulators.xiaoe.settings import XiaoeSettings
from include.simulators.xiaoe.shop import Shop
from include.simulators.xiaoe.shop.happenings import Happening

RETRIES = (300, 1800, 3600, 21600, 86400)  # seconds after the try before (contracts: xiaoe §9.1)
PATIENCE = 5.0
ACKNOWLEDGED = (200, "success")
Send = Callable[[str, str, Mapping[str, str], bytes], tuple[int, str]]


@dataclass(frozen=True, order=True)
class Push:
    """One message on its way; `due` is on the shop's monotonic clock, `tries` those that failed."""

    due: float
    number: int
    happening: Happening = field(compare=False)
    message_id: str = field(compare=False)
    timestamp: str = field(compare=False)
    tries: int = field(compare=False, default=0)


def send_over_http(method: str, url: str, query: Mapping[str, str], body: bytes) -> tuple[int, str]:
    """Send one request and return status and text; 0 when there was no answer in time."""
    try:
        with httpx.Client(timeout=PATIENCE, trust_env=False) as client:
            answer = client.request(method, url, params=dict(query), content=body)
    except httpx.HTTPError as error:
        return 0, type(error).__name__
    return answer.status_code, answer.text


class PushSender:
    """The shop's messages that wait; `counts` tells what became of all."""

    def __init__(
        self,
        shop: Shop,
        settings: XiaoeSettings,
        *,
        send: Send = send_over_http,
        seed: int = 0,
    ) -> None:
        self.settings = settings
        self.send = send
        self.counts: Counter[str] = Counter()
        self._shop = shop
        self._random = random.Random(f"{seed}:push")
        self._waiting: list[Push] = []
        self._numbers = 0
        shop.listeners.append(self._hear)

    @property
    def waiting(self) -> int:
        """How many messages wait, for their first try or another one."""
        return len(self._waiting)

    def deliver(self) -> int:
        """Send every message that is due by now; return how many were sent."""
        sent = 0
        while push := self._next_due():
            self._try(push)
            sent += 1
        return sent

    def check_url(self) -> dict[str, str]:
        """Ask the address whether it knows the keys, as the console does when it is saved."""
        settings, echo = self.settings, f"{self._random.getrandbits(64):x}"
        timestamp, nonce = self._timestamp(), self._nonce()
        signed = [timestamp, nonce]
        sent = echo
        if settings.push_url_check == "encrypted":
            sent = encrypt(echo, settings.push_aes_key, settings.app_id)
            signed.append(sent)
        query = {"timestamp": timestamp, "nonce": nonce, "echostr": sent}
        name = "msg_signature" if settings.push_url_check == "encrypted" else "signature"
        query[name] = sign(settings.push_token, *signed)
        status, text = self.send("GET", settings.push_url, query, b"")
        return {"status": str(status), "passed": str((status, text) == (200, echo)).lower()}

    def _hear(self, happening: Happening) -> None:
        settings = self.settings
        if not settings.push_url:
            return
        self.counts["happened"] += 1
        if self._random.random() < settings.push_drop:
            self.counts["dropped"] += 1
            return
        message_id = f"m_{uuid.uuid4().hex}"  # never drawn twice, whatever the seed
        for _ in range(2 if self._random.random() < settings.push_double else 1):
            delay = self._random.random() * settings.push_spread
            self._queue(Push(self._now() + delay, 0, happening, message_id, self._timestamp()))

    def _queue(self, push: Push) -> None:
        with self._shop.lock:
            self._numbers += 1
            heappush(self._waiting, replace(push, number=self._numbers))

    def _next_due(self) -> Push | None:
        with self._shop.lock:
            due = self._waiting and self._waiting[0].due <= self._now()
            return heappop(self._waiting) if due else None

    def _try(self, push: Push) -> None:
        settings, fresh = self.settings, self.settings.push_retry_timestamp == "fresh"
        xml = message_xml(
            push.happening,
            settings,
            app_id=settings.app_id,
            message_id=push.message_id,
            tries=push.tries,
        )
        timestamp = self._timestamp() if fresh else push.timestamp
        posted = seal(xml, settings, settings.app_id, timestamp=timestamp, nonce=self._nonce())
        answer = self.send("POST", settings.push_url, posted.query, posted.body)
        if answer == ACKNOWLEDGED:
            self.counts["acknowledged"] += 1
        elif push.tries < len(RETRIES):
            self.counts["retried"] += 1
            wait = RETRIES[push.tries] * settings.push_time_scale
            self._queue(replace(push, due=self._now() + wait, tries=push.tries + 1))
        else:
            self.counts["given_up"] += 1

    def _now(self) -> float:
        return self._shop.clock.monotonic()

    def _timestamp(self) -> str:
        return str(int(self._shop.clock.now().timestamp()))

    def _nonce(self) -> str:
        return str(self._random.randrange(10**9, 10**10))
