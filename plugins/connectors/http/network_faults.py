"""What the network can do to a call, as errors: `codes` for faults below the vendor's own.

The one distinction that matters for writing once: did the fault come before the request was sent
(`not_sent`), or after (`lost`)? After it, a write may have been applied although no answer came.

No exception of the HTTP library is kept as a cause: their texts hold the URL and the secret in it.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from connectors.codes import LATER
from connectors.errors import (
    AuthenticationError,
    Bilingual,
    ConfigurationError,
    ConnectorError,
    ContractError,
    OutcomeUnknown,
    PayloadTooLarge,
    RateLimited,
    RetryableError,
)
from connectors.http.address import peer_refusal
from connectors.http.clocked_sockets import PeerRefused

_LOOK_FIRST = Bilingual(
    "不用处理：下次运行会先查这次写入是否已生效，再决定要不要重写",
    "nothing to do: the next run first looks whether the write was applied",
)
_CHECK_HOST = Bilingual(
    "在 Airflow 的 Admin → Connections 检查这个连接的主机（host），再检查本机到它的网络",
    "check the connection's host under Admin > Connections, and the network to it",
)
_CHECK_CERTIFICATE = Bilingual(
    "在 Airflow 的 Admin → Connections 检查主机（host）；若服务器用公司自己的证书，"
    "用环境变量 REQUESTS_CA_BUNDLE 指定证书文件",
    "check the host under Admin > Connections; for a company's own certificates, name "
    "their file in the "
    "variable REQUESTS_CA_BUNDLE",
)
_BEFORE_SENDING = (NewConnectionError, ConnectTimeoutError)


def of_exception(
    error: Exception, api: str, *, repeat_safe: bool, timed_out: bool
) -> ConnectorError:
    """Turn an exception of the HTTP library into one of ours."""
    chain = list(_chain(error))
    if any(isinstance(cause, PeerRefused) for cause in chain):
        return peer_refusal(api)
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in chain):
        return ConfigurationError(
            api,
            Bilingual(
                "服务器的证书无法验证，已停止", "the server's certificate cannot be verified"
            ),
            _CHECK_CERTIFICATE,
        )
    if isinstance(error, ValueError):  # an illegal host or header, found before sending
        words = Bilingual(
            "地址或凭证里有非法字符", "the host or a credential has an illegal character"
        )
        return ConfigurationError(api, words, _CHECK_HOST)
    if any(isinstance(cause, _BEFORE_SENDING) for cause in chain):
        return not_sent(api, "连接不上服务器", "the server cannot be reached")
    if timed_out or any(isinstance(cause, TimeoutError) for cause in chain):
        return lost(api, "等待回答超时", "no complete answer in time", repeat_safe=repeat_safe)
    if isinstance(error, requests.exceptions.ContentDecodingError):
        return lost(api, "回答无法解压", "the answer cannot be decoded", repeat_safe=repeat_safe)
    return lost(api, "连接中断，回答不完整", "the connection broke off", repeat_safe=repeat_safe)


def of_status(status: int, api: str, *, repeat_safe: bool, wait: float | None) -> ConnectorError:
    """Turn an HTTP status that no vendor code explains into one of our errors."""
    if status in _FIXED:
        kind, words, action = _FIXED[status]
        return kind(api, words, action, str(status))
    if status == 429:
        words = Bilingual("调用过于频繁", "too many calls")
        return RateLimited(api, words, LATER, "429", wait)
    if 300 <= status < 400:
        words = Bilingual("服务器要求跳转，已拒绝", "the server redirects, which is refused")
        return ContractError(api, words, _CHECK_HOST, str(status))
    if status >= 500 or status in (408, 425):
        return lost(
            api,
            "服务器暂时出错",
            "the server failed",
            repeat_safe=repeat_safe,
            code=status,
            wait=wait,
        )
    return ContractError(
        api,
        Bilingual("服务器的回答不符合约定", "the server's answer is unexpected"),
        _CHECK_HOST,
        str(status),
    )


_FIXED: dict[int, tuple[type[ConnectorError], Bilingual, Bilingual]] = {
    401: (
        AuthenticationError,
        Bilingual("凭证被拒绝", "the credentials are refused"),
        Bilingual(
            "在 Airflow 的 Admin → Connections 核对这个连接的登录名与密码",
            "check the connection's login and password under Admin > Connections",
        ),
    ),
    403: (
        ConfigurationError,
        Bilingual("服务器拒绝访问", "the server forbids the call"),
        Bilingual(
            "检查对方的 IP 白名单（小鹅通「云服务控制台」，明道云「API 开发文档 → "
            "授权」）与本机的防火墙",
            "check the vendor's IP whitelist (Xiaoe-tong's cloud console, HAP's "
            "authorisation) and any firewall",
        ),
    ),
    404: (
        ConfigurationError,
        Bilingual("地址不存在", "there is nothing at this address"),
        Bilingual(
            "在 Airflow 的 Admin → Connections 检查主机（host）是否要带 /api 之类的前缀",
            "check whether the connection's host needs a prefix such as /api",
        ),
    ),
    413: (
        PayloadTooLarge,
        Bilingual("请求太大", "the request is too large"),
        Bilingual("已自动减半再发，不用处理", "it is sent in halves by itself"),
    ),
}


def not_sent(api: str, zh: str, en: str, *, wait: float | None = None) -> RetryableError:
    """Build the error for a request that certainly did not reach the server."""
    return RetryableError(api, Bilingual(zh, en), LATER, None, wait)


def lost(
    api: str,
    zh: str,
    en: str,
    *,
    repeat_safe: bool,
    code: int | None = None,
    wait: float | None = None,
) -> RetryableError:
    """Build the error for a request whose answer is lost: unknown for a write, else repeatable."""
    shown = None if code is None else str(code)
    if repeat_safe:
        return RetryableError(api, Bilingual(zh, en), LATER, shown, wait)
    return OutcomeUnknown(api, Bilingual(zh, en), _LOOK_FIRST, shown, wait)


def unknown_outcome(error: RetryableError) -> OutcomeUnknown:
    """Restate a temporary failure that the vendor reported for a write: it may be half done."""
    return OutcomeUnknown(error.api, error.explanation, _LOOK_FIRST, error.code, error.wait)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Walk an exception with all that it wraps, in the several ways of requests and urllib3."""
    queue: list[object] = [error]
    seen: set[int] = set()
    while queue:
        current = queue.pop()
        if isinstance(current, BaseException) and id(current) not in seen:
            seen.add(id(current))
            yield current
            wrapped = (getattr(current, "reason", None), current.__cause__, current.__context__)
            queue.extend((*current.args, *wrapped))
