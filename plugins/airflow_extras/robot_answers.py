"""Reads what DingTalk, WeCom, Feishu and Lark answer: HTTP 200 may hold a refusal.

A robot whose keyword, signature or address does not fit answers 200 with an error code, and apprise
looks at the status alone. Its plugins call `requests.post` by the name in their own module, which
is the one seam they have: there an answer without success gets a status that says so.
"""

from __future__ import annotations

import json
import logging
from typing import Any

import requests
from apprise.plugins import dingtalk, feishu, lark, wecombot

log = logging.getLogger(__name__)

_ROBOTS = (dingtalk, feishu, lark, wecombot)
# DingTalk and WeCom say `errcode`; Feishu and Lark `code`, older ones `StatusCode`.
_CODES = ("errcode", "code", "StatusCode")
_REFUSED = 502  # what apprise is told, which takes any status but 200 for a failure


class _AnswersRead:
    """`requests` as the plugins of robots see it."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  (whatever requests holds)
        return getattr(requests, name)

    def post(self, *args: Any, **kwargs: Any) -> requests.Response:  # noqa: ANN401
        # apprise passes its timeout
        answer = requests.post(*args, **kwargs)  # noqa: S113  # nosec B113
        if answer.status_code == requests.codes.ok and not is_success(answer.content):
            answer.status_code = _REFUSED
        return answer


def read_robot_answers() -> None:
    """Let apprise's plugins for robots see a refusal as what it is; safe to repeat."""
    for robot in _ROBOTS:
        vars(robot)["requests"] = _AnswersRead()


def is_success(content: bytes) -> bool:
    """Tell whether a robot took a message: a code is there, and each is 0.

    What is no such answer, as a proxy's login page, is none; its text is never logged.
    """
    try:
        reported = json.loads(content)
    except ValueError:
        reported = None
    codes = (
        [reported[key] for key in _CODES if key in reported] if isinstance(reported, dict) else []
    )
    refused = [str(code)[:20] for code in codes if str(code) != "0"]
    if refused:
        log.warning("消息被拒收，错误码 / the message was refused, code: %s", refused[0])
    return bool(codes) and not refused
