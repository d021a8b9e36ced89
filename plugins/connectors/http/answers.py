"""Reads one HTTP answer whole, within its deadline and its size, and believes only JSON.

An answer is judged by what is in it: a JSON object or array is taken even when the vendor's
gateway labels it ``text/html``, and an HTML page is not, whatever its label and status
(contracts: xiaoe §1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any

import requests

from connectors.http.json_text import TooManyValues, decode_json

_BLOCK = 64 * 1024
_LONGEST_RETRY_AFTER = 3600.0
_LAST_YEAR = 2199  # what reckons with a later one may leave the calendar


@dataclass(frozen=True)
class Answer:
    """One HTTP answer: ``json`` is the decoded body, or None when the body is no JSON."""

    api: str
    status: int
    json: Any
    headers: Mapping[str, str]

    @property
    def date(self) -> datetime | None:
        """The server's own time, in UTC."""
        return _http_date(self.headers.get("date", ""))

    @property
    def retry_after(self) -> float | None:
        """Seconds that the server asks to wait, by number or date; an hour at the most."""
        text = self.headers.get("retry-after", "").strip()
        if text.isdecimal():
            return min(float(text), _LONGEST_RETRY_AFTER)
        until = _http_date(text)
        if until is None:
            return None
        now = self.date or datetime.now(UTC)
        return min(max(0.0, (until - now).total_seconds()), _LONGEST_RETRY_AFTER)


class BodyTooLarge(Exception):  # noqa: N818 - it never leaves the transport
    """The body of an answer is larger than the transport takes, or would be once decoded."""


def read_answer(response: requests.Response, api: str, max_body: int) -> Answer:
    """Read the body of a streamed response, at most ``max_body`` bytes once unpacked."""
    announced = response.headers.get("Content-Length", "")
    if announced.isdecimal() and float(announced) > max_body:
        raise BodyTooLarge
    body = bytearray()
    for block in response.iter_content(_BLOCK):
        body += block
        if len(body) > max_body:
            raise BodyTooLarge
    headers = {name.lower(): value for name, value in response.headers.items()}
    charset = response.encoding if "charset" in headers.get("content-type", "").lower() else None
    try:
        return Answer(api, response.status_code, decode_json(body, charset), headers)
    except TooManyValues:
        raise BodyTooLarge from None


@lru_cache(maxsize=8)  # it changes once a second
def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if moment.year > _LAST_YEAR:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
