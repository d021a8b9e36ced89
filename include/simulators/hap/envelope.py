"""The JSON around every answer, in the three spellings that were seen (contracts: hap §10.1)."""

from __future__ import annotations

from typing import Any

from include.simulators.hap.errors import MESSAGES
from include.simulators.hap.settings import HapSettings

JsonObject = dict[str, Any]

_SPELLINGS = {
    "error_code": ("error_code", "error_msg"),
    "errorCode": ("errorCode", "errorMsg"),
    "code": ("code", "msg"),
}


def success(settings: HapSettings, data: object) -> JsonObject:
    """Wrap the data of a call that worked; None leaves `data` out."""
    body: JsonObject = {} if data is None else {"data": data}
    body["success"] = True
    if settings.success_code == "present":
        body["error_code"] = 1
    return body


def failure(settings: HapSettings, code: int, message: str | None = None) -> JsonObject:
    """Wrap an error; the spelling with `code` also carries empty data, as in the docs."""
    code_key, message_key = _SPELLINGS[settings.error_spelling]
    body: JsonObject = {
        "success": False,
        code_key: code,
        message_key: message if message is not None else MESSAGES.get(code, "失败"),
    }
    if settings.error_spelling == "code":
        body["data"] = {}
    return body


def error_answer(settings: HapSettings, code: int) -> tuple[int, JsonObject]:
    """Return HTTP status and body of an error that the fault plan asks for."""
    over_limit = {"503_90001": 503, "429_51": 429, "200_51": 200}[settings.over_limit]
    return (over_limit if code in {51, 90001} else 200), failure(settings, code)
