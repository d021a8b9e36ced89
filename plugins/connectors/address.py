"""Where a system lives: the base URL out of a connection, and which addresses may be talked to.

A base URL comes from a form, so it is input: https alone, no credentials or query in it, and no
machine of the own network. ``allow_http`` is the one switch for a simulator or a private server: it
allows plain http and private addresses. Cloud metadata services stay forbidden either way.

The address is judged where the socket connects, not where a name is looked up: a name that resolves
differently a moment later (DNS rebinding) changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from connectors.errors import ConfigurationError, Words

_ALWAYS_REFUSED = tuple(
    ip_network(text)
    for text in ("169.254.0.0/16", "fe80::/10", "100.100.100.200/32", "fd00:ec2::254/128")
)
_PRIVATE = tuple(
    ip_network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12"),
        *("192.168.0.0/16", "::/128", "::1/128", "fc00::/7"),
    )
)
_FIX_HOST = Words(
    "修改连接的主机（host）；模拟器或内网服务器需要在 extra 里设 allow_http: true",
    "correct the connection's host; a simulator or private server needs allow_http: true in extra",
)


@dataclass(frozen=True)
class Address:
    """A checked base URL; ``prefix`` is empty or starts with a slash."""

    origin: str
    prefix: str
    allow_http: bool

    @classmethod
    def parse(cls, base_url: str, *, allow_http: bool = False) -> Address:
        """Check a base URL such as ``https://hap.example.com/api``.

        Raises:
            ConfigurationError: It is no address that may be called.
        """
        parts = urlsplit(base_url.strip())
        host, port = _host_and_port(parts.netloc)
        if parts.scheme not in ("http", "https") or not host:
            raise _refusal("主机地址不是网址", "the host is no web address")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise _refusal(
                "主机地址里不能有账号、参数或锚点",
                "the host must hold no account, query, fragment",
            )
        if parts.scheme == "http" and not allow_http:
            raise _refusal("没有加密的 http 不被允许", "plain http is not allowed")
        _refuse_literal(host, allow_http)
        shown = f"[{host}]" if ":" in host else host
        return cls(f"{parts.scheme}://{shown}{port}", parts.path.rstrip("/"), allow_http)

    def url(self, path: str) -> str:
        """Join a call's path; a path that could lead elsewhere is refused."""
        clean = path.lstrip("/")
        if any(sign in clean for sign in ("?", "#", "\\", "://")) or ".." in clean.split("/"):
            raise _refusal("接口路径不合法", "the path of the call is not allowed")
        return f"{self.origin}{self.prefix}/{clean}"


def refuses_peer(peer: str, *, allow_private: bool) -> bool:
    """Tell whether the address that a socket connected to is forbidden."""
    address = ip_address(peer.partition("%")[0])
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if _within(address, _ALWAYS_REFUSED):
        return True
    return not allow_private and _within(address, _PRIVATE)


def peer_refusal(api: str) -> ConfigurationError:
    """Build the error for a peer that `refuses_peer` turned down."""
    return _refusal(
        "主机名指向内网或本机地址，已拒绝",
        "the host name leads to a private or local address, which is refused",
        api,
    )


def _host_and_port(netloc: str) -> tuple[str, str]:
    try:
        parts = urlsplit(f"//{netloc}")
        return parts.hostname or "", f":{parts.port}" if parts.port else ""
    except ValueError:
        return "", ""


def _refuse_literal(host: str, allow_http: bool) -> None:
    try:
        refused = refuses_peer(host, allow_private=allow_http)
    except ValueError:
        refused = host.rstrip(".") == "localhost" and not allow_http
    if refused:
        raise _refusal("主机是内网或本机地址", "the host is a private or local address")


def _within(address: IPv4Address | IPv6Address, networks: tuple[object, ...]) -> bool:
    return any(address in network for network in networks)  # type: ignore[operator]


def _refusal(zh: str, en: str, api: str = "connection") -> ConfigurationError:
    return ConfigurationError(api, Words(zh, en), _FIX_HOST)
