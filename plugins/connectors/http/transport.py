"""The one place from which calls leave: `Transport.send`.

It sends a call over its thread's own session, reads the answer under a deadline and a size cap,
lets the caller's `interpret` turn it into data or an error, and repeats it where that is harmless.

What a stranger would get wrong: a write whose answer is lost is *not* repeated here, because nobody
knows whether it was applied; it ends in `OutcomeUnknown`. Only refusals that say "not carried out"
(throttling, no connection) are repeated for every call.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, TypeVar

import requests
from requests.cookies import RequestsCookieJar
from tenacity import Retrying, retry_if_exception
from urllib3.exceptions import HTTPError

from connectors.errors import (
    Bilingual,
    ConnectorError,
    ContractError,
    OutcomeUnknown,
    RateLimited,
    RejectedError,
    RetryableError,
)
from connectors.http import network_faults
from connectors.http.address import Address
from connectors.http.answers import Answer, BodyTooLarge, read_answer
from connectors.http.certificates import trusted
from connectors.http.clocked_sockets import CallClock, ClockedAdapter
from connectors.http.quiet import quiet
from connectors.http.retries import Circuit, Repetition, RetryBudget, RetryRules
from connectors.http.threads import Threads
from connectors.rates.limits import Limiter

T = TypeVar("T")

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Deadlines:
    """How long one try of a call may last, in seconds.

    ``read`` bounds the silence between two pieces of the answer, ``total`` the whole try.
    """

    connect: float = 5.0
    read: float = 15.0
    total: float = 30.0


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call to be sent.

    ``api`` is our name of it, the only thing that logs and errors tell. ``repeat_safe`` says that
    sending it twice does no harm: true for every read, false for a write that is not idempotent.
    """

    api: str
    method: str
    path: str
    repeat_safe: bool
    json: Any = None
    params: Mapping[str, str] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


_HEADERS = {
    **requests.utils.default_headers(),
    "Accept": "application/json",
    "User-Agent": "connectors",
}


class Transport:
    """Sends calls to one system; share one instance among all threads of a task.

    Args:
        base_url: Scheme, host, optional port and path prefix.
        allow_http: Allow plain http, and this machine itself.
        allow_private: Allow the addresses of private networks.
        limiter: Paces the calls by `Call.api`; None for no pacing.
        deadlines: Limits of one try.
        retries: How often and when a call is repeated.
        max_body: Largest answer in bytes, once unpacked.
        threads: How many calls may be under way at once, see `Threads`.

    Raises:
        ConfigurationError: The base URL may not be called.
    """

    def __init__(
        self,
        base_url: str,
        *,
        allow_http: bool = False,
        allow_private: bool = False,
        limiter: Limiter | None = None,
        deadlines: Deadlines | None = None,
        retries: RetryRules | None = None,
        max_body: int = 32 * MEBIBYTE,
        threads: int = 1,
    ) -> None:
        rules = (retries or RetryRules()).for_threads(threads)
        self._address = Address.parse(base_url, allow_http=allow_http, allow_private=allow_private)
        self._limiter = limiter
        self._deadlines = deadlines or Deadlines()
        self._max_body = max_body
        self._clock = CallClock()
        self._sessions = threading.local()
        self._circuit = Circuit(rules)
        self.budget = RetryBudget(rules)
        repetition = Repetition(rules, self.budget)
        self._retrying = Retrying(
            retry=retry_if_exception(repetition.may_repeat),
            wait=repetition.wait,
            stop=repetition.exhausted,
            reraise=True,
        )
        self._sent: Counter[str] = Counter()
        self._counting = threading.Lock()
        self.threads = Threads(threads)
        self.server_ahead: timedelta | None = None
        self.observer: Callable[[Answer], None] | None = None
        """Is shown each answer before it is judged; for finding out what no document tells."""

    @property
    def origin(self) -> str:
        """Scheme, host and port, for naming a token store or a limiter; not for logs."""
        return self._address.origin

    @property
    def base_url(self) -> str:
        """The address before every path, such as `https://hap.example.com/api`; not for logs."""
        return f"{self._address.origin}{self._address.prefix}"

    def sent(self) -> dict[str, int]:
        """Return how many requests left so far, by api; repeated ones count each time."""
        with self._counting:
            return dict(self._sent)

    def send(self, call: Call, interpret: Callable[[Answer], T]) -> T:
        """Send a call and return what ``interpret`` makes of its answer.

        ``interpret`` gets each answer that is JSON, of whatever status, and raises a
        `ConnectorError` where it reports a failure.

        Raises:
            OutcomeUnknown: A write was sent, and its outcome is not known.
            RetryableError: Still failing after the tries that are allowed.
            ConnectorError: Whatever else `interpret` or the HTTP status says.
        """
        blocked = self._circuit.blocked_for()
        if blocked:
            raise network_faults.not_sent(
                call.api,
                "对方服务持续失败，暂停调用",
                "the service keeps failing, calls are paused",
                wait=blocked,
            )
        self.budget.count_call()
        result: T = self._retrying(self._try_once, call, interpret)
        return result

    def _try_once(self, call: Call, interpret: Callable[[Answer], T]) -> T:
        if self._limiter:
            self._limiter.acquire(call.api)
        with self._counting:
            self._sent[call.api] += 1
        try:
            result = self._judged(self._exchange(call), call, interpret)
        except RateLimited as error:
            self._circuit.succeeded()
            if self._limiter:
                self._limiter.slow_down(call.api, error.wait)
            raise
        except RetryableError:
            self._circuit.failed()
            raise
        except ConnectorError:
            self._circuit.succeeded()
            raise
        self._circuit.succeeded()
        return result

    def _judged(self, answer: Answer, call: Call, interpret: Callable[[Answer], T]) -> T:
        """Decide between the vendor's code in the body and the HTTP status around it."""
        if self.observer:
            self.observer(answer)
        by_status = None
        if answer.status >= 300 or answer.status < 200:
            by_status = network_faults.of_status(
                answer.status, call.api, repeat_safe=call.repeat_safe, wait=answer.retry_after
            )
        if answer.json is None:
            raise by_status or network_faults.lost(
                call.api, "回答不是 JSON", "the answer is no JSON", repeat_safe=call.repeat_safe
            )
        try:
            result = interpret(answer)
        except RetryableError as error:
            raise self._with_wait(error, answer, call) from None
        except ConnectorError as error:
            raise _weightier(by_status, error) from None
        if by_status:
            raise by_status
        return result

    def _with_wait(self, error: RetryableError, answer: Answer, call: Call) -> RetryableError:
        if answer.retry_after is not None:
            error.wait = max(answer.retry_after, error.wait or 0.0)
        if call.repeat_safe or isinstance(error, RateLimited | OutcomeUnknown):
            return error
        return network_faults.unknown_outcome(error)

    def _exchange(self, call: Call) -> Answer:
        """Send the call once; every exception of the HTTP library is translated and dropped."""
        self._clock.start(total=self._deadlines.total, read=self._deadlines.read)
        fault: ConnectorError
        try:
            with quiet(), self._request(call) as response:
                answer = read_answer(response, call.api, self._max_body)
        except BodyTooLarge:
            fault = ContractError(
                call.api,
                Bilingual("回答超过大小上限", "the answer is larger than allowed"),
                Bilingual(
                    "在工作表「第三方应用配置」里减小这个接口的「每页条数」，再重新运行",
                    "make this interface's page size smaller in the worksheet sync_config, then "
                    "run again",
                ),
            )
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            fault = network_faults.of_exception(
                error, call.api, repeat_safe=call.repeat_safe, timed_out=self._clock.left <= 0
            )
        else:
            if date := answer.date:
                self.server_ahead = date - datetime.now(UTC)
            return answer
        raise fault  # outside the handler, so that the error does not carry the original one

    def _request(self, call: Call) -> requests.Response:
        """Send the call once, prepared without the settings of a session: merging costs much."""
        prepared = requests.PreparedRequest()
        prepared.prepare_method(call.method)
        url = self._address.url(call.path)
        if call.params:
            prepared.prepare_url(url, call.params)
        else:
            prepared.url = _without_params(url)
        prepared.prepare_headers({**_HEADERS, **call.headers})
        # None are sent, and `prepare_cookies` would look for them for long.
        prepared._cookies = RequestsCookieJar()  # type: ignore[attr-defined]
        prepared.prepare_body(None, None, call.json)
        return self._session().send(
            prepared,
            timeout=(self._deadlines.connect, self._deadlines.read),
            allow_redirects=False,
            stream=True,
        )

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._sessions, "own", None)
        if session is None:
            session = requests.Session()
            session.trust_env = False
            session.verify = trusted()
            adapter = ClockedAdapter(self._clock, reach=self._address.reach)
            session.mount("https://", adapter)
            session.mount("http://", adapter)
            self._sessions.own = session
        return session


@lru_cache(maxsize=256)
def _without_params(url: str) -> str | None:
    """Return a URL as `requests` writes it: a fifth of a call's time, and the same every time."""
    prepared = requests.PreparedRequest()
    prepared.prepare_url(url, None)
    return prepared.url


def _weightier(by_status: ConnectorError | None, by_body: ConnectorError) -> ConnectorError:
    """A body that just says "refused", or that is not understood, tells less than the status."""
    vague = type(by_body) in (RejectedError, ContractError)
    if vague and by_status and not isinstance(by_status, ContractError):
        return by_status
    return by_body
