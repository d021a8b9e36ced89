"""One business call on its way through the API: its parameters, and the errors it can end in.

Real clients send numbers as strings and strings as numbers (xiaoe §12), so every reader here takes
both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from include.simulators.clock import SHANGHAI, parse_time
from include.simulators.xiaoe.dialect import Dialect
from include.simulators.xiaoe.settings import XiaoeSettings
from include.simulators.xiaoe.shop import Shop

UNSET = object()
# times beyond these are nonsense, and arithmetic on them overflows
_EARLIEST = datetime(1970, 1, 1, tzinfo=SHANGHAI)
_LATEST = datetime(2100, 1, 1, tzinfo=SHANGHAI)
# texts are made up, clients match on the code alone: contracts: xiaoe §3.1
_TEXTS = {
    2001: "app_id 不能为空",
    2002: "app_id 无效",
    2003: "secret_key 不能为空",
    2004: "secret_key 错误",
    2005: "grant_type 不能为空",
    2007: "access_token 不能为空",
    2008: "access_token 失效",
    2009: "user_id 不能为空",
    2010: "user_id 无效",
    2017: "无接口权限",
    2051: "ip not in whitelist",
    2052: "接口不存在",
    2053: "接口调用次数达到上限",
    2054: "请求突增",
    2055: "请求方式错误",
    3057: "商品类型不支持",
    7: "商品不存在",
    21: "商品已删除",
    1001: "系统繁忙",
    1002: "业务服务返回数据格式错误",
}


class ApiError(Exception):
    """A business error: positive, or negative for the platform's own failures."""

    def __init__(self, code: int, msg: str | None = None, data: object = UNSET) -> None:
        super().__init__(code)
        self.code = code
        self.msg = error_text(code) if msg is None else msg
        self.data = data


def error_text(code: int) -> str:
    """Return a message for a code."""
    return _TEXTS.get(code, "平台异常" if code < 0 else "参数错误")


@dataclass(frozen=True)
class Call:
    """What a handler gets: `top` is the whole body, `params` where the parameters belong.

    `caches` outlives the call: it is what the server remembers between two of them.
    """

    api: str
    shop: Shop
    settings: XiaoeSettings
    dialect: Dialect
    top: Mapping[str, Any]
    params: Mapping[str, Any]
    now: datetime
    caches: dict[str, object] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return a parameter as text, "" where it is missing."""
        value = self.params.get(name)
        return "" if value is None or isinstance(value, dict | list) else str(value)

    def number(self, name: str, default: int | None = None) -> int | None:
        """Return a parameter as int; "" counts as missing."""
        text = self.text(name).strip()
        if not text:
            return default
        try:
            return int(text)
        except ValueError:
            raise self.bad_parameter(name) from None

    def decimal(self, name: str) -> float | None:
        """Return a parameter as float."""
        text = self.text(name).strip()
        if not text:
            return None
        try:
            return float(text)
        except ValueError:
            raise self.bad_parameter(name) from None

    def time(self, name: str) -> datetime | None:
        """Return a `YYYY-MM-DD HH:MM:SS` parameter; a bare date is its midnight."""
        text = self.text(name).strip()
        return self.moment(name, text) if text else None

    def unix(self, name: str) -> datetime | None:
        """Return a parameter in unix seconds."""
        seconds = self.number(name)
        if seconds is None:
            return None
        if not 0 <= seconds < _LATEST.timestamp():
            raise self.bad_parameter(name)
        return datetime.fromtimestamp(seconds, SHANGHAI)

    def moment(self, name: str, text: str) -> datetime:
        """Read a time or a date that belongs to a parameter."""
        try:
            moment = parse_time(text if len(text) > len("YYYY-MM-DD") else f"{text} 00:00:00")
        except ValueError:
            raise self.bad_parameter(name) from None
        if not _EARLIEST <= moment < _LATEST:
            raise self.bad_parameter(name)
        return moment

    def flag(self, name: str, *, default: bool) -> bool:
        """Return a switch given as bool, 0/1 or text."""
        text = self.text(name).strip().lower()
        return default if not text else text not in {"0", "false", "no"}

    def list_of(self, name: str) -> list[Any]:
        """Return an array parameter; a single value counts as an array of one."""
        value = self.params.get(name)
        if value is None or value == "":
            return []
        return value if isinstance(value, list) else [value]

    def required(self, name: str) -> str:
        """Return a parameter that must not be empty."""
        text = self.text(name)
        if not text:
            raise self.bad_parameter(name)
        return text

    def bad_parameter(self, name: str) -> ApiError:
        """Return the error for a parameter that cannot be used; its code is invented."""
        return ApiError(self.settings.parameter_error_code, f"参数错误: {name}")
