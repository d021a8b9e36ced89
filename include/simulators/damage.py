"""What a fault does to an answer: the pages, the cuts and the wrong encodings."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from typing import Any

from include.simulators.faults import FaultRule, Kind

Headers = list[tuple[bytes, bytes]]
_HTML: Headers = [(b"content-type", b"text/html; charset=utf-8")]
_JSON: Headers = [(b"content-type", b"application/json; charset=utf-8")]
_CHUNK = 64 * 1024
# kinds whose answer does not come from the app: unless `handled`, the app never sees the request
_REPLACED = frozenset(
    {Kind.STATUS, Kind.CODE, Kind.HTML200, Kind.EMPTY, Kind.REDIRECT, Kind.HUGE, Kind.RESET_BEFORE}
)


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; status 0 stands for a reset connection without one.

    `length` is what Content-Length says, `padding` the number of blanks that follow the body.
    """

    status: int
    headers: Headers
    body: bytes
    padding: int = 0
    declared: int | None = None

    @property
    def length(self) -> int:
        """The announced size of the body in bytes."""
        return len(self.body) + self.padding if self.declared is None else self.declared

    @property
    def cut_short(self) -> bool:
        """Whether less is sent than announced."""
        return self.declared is not None


def prevents_handling(rule: FaultRule) -> bool:
    """Tell whether the request stops before it reaches the app."""
    return rule.kind is Kind.RESET_BEFORE or (rule.kind in _REPLACED and not rule.handled)


def not_found() -> Answer:
    """Answer as the web server in front does for a path that no API is mounted under."""
    return Answer(404, _HTML, _page(404, "Not Found"))


def apply(
    rule: FaultRule, answer: Answer, error_answer: Callable[[int], tuple[int, Any]]
) -> Answer:
    """Return what the client gets instead of `answer`."""
    if rule.kind is Kind.CODE:
        status, body = error_answer(rule.code)
        return Answer(status, _JSON, json.dumps(body, ensure_ascii=False).encode())
    maker = _MAKERS.get(rule.kind)
    return answer if maker is None else maker(rule, answer)


async def pieces(answer: Answer, rule: FaultRule | None) -> AsyncIterator[bytes]:
    """Yield the body as it goes over the wire: whole, byte by byte, or in endless chunks."""
    if rule is not None and rule.kind is Kind.DRIP and answer.body:
        for byte in answer.body:
            yield bytes([byte])
            await asyncio.sleep(rule.seconds)
        return
    yield answer.body
    for start in range(0, answer.padding, _CHUNK):
        yield b" " * min(_CHUNK, answer.padding - start)


def _status(rule: FaultRule, answer: Answer) -> Answer:
    headers = list(_HTML)
    if rule.retry_after is not None:
        headers.append((b"retry-after", str(rule.retry_after).encode()))
    return Answer(rule.status, headers, _page(rule.status, "upstream error"))


def _html200(rule: FaultRule, answer: Answer) -> Answer:
    return Answer(200, _HTML, _page(200, "请登录"))


def _empty(rule: FaultRule, answer: Answer) -> Answer:
    return Answer(200, _JSON, b"")


def _redirect(rule: FaultRule, answer: Answer) -> Answer:
    return Answer(302, [*_HTML, (b"location", rule.location.encode())], _page(302, "Found"))


def _huge(rule: FaultRule, answer: Answer) -> Answer:
    return Answer(200, _JSON, b"{", padding=max(0, rule.size - 1))


def _reset(rule: FaultRule, answer: Answer) -> Answer:
    return Answer(0, [], b"")


def _truncated(rule: FaultRule, answer: Answer) -> Answer:
    return replace(answer, body=answer.body[: len(answer.body) // 2])


def _cut(rule: FaultRule, answer: Answer) -> Answer:
    body = answer.body
    return replace(answer, body=body[: len(body) // 2], declared=len(body))


def _content_type(rule: FaultRule, answer: Answer) -> Answer:
    return replace(answer, headers=list(_HTML))


def _bom(rule: FaultRule, answer: Answer) -> Answer:
    return replace(answer, body=b"\xef\xbb\xbf" + answer.body)


def _gbk(rule: FaultRule, answer: Answer) -> Answer:
    return replace(answer, body=answer.body.decode().encode("gbk", errors="replace"))


def _bad_gzip(rule: FaultRule, answer: Answer) -> Answer:
    return replace(answer, headers=[*answer.headers, (b"content-encoding", b"gzip")])


_MAKERS: dict[Kind, Callable[[FaultRule, Answer], Answer]] = {
    Kind.STATUS: _status,
    Kind.HTML200: _html200,
    Kind.EMPTY: _empty,
    Kind.REDIRECT: _redirect,
    Kind.HUGE: _huge,
    Kind.RESET_BEFORE: _reset,
    Kind.RESET_AFTER: _reset,
    Kind.TRUNCATED: _truncated,
    Kind.CUT: _cut,
    Kind.CONTENT_TYPE: _content_type,
    Kind.BOM: _bom,
    Kind.GBK: _gbk,
    Kind.BAD_GZIP: _bad_gzip,
}


def _page(status: int, text: str) -> bytes:
    return f"<html><head><title>{status}</title></head><body><h1>{text}</h1></body></html>".encode()
