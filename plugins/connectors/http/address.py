"""Where a system lives: the base URL out of a connection, and which addresses may be talked to.

A base URL comes from a form, so it is input: https alone, no credentials or query in it, and no
machine but one of the public internet. Two switches of the connection open more: ``allow_http``
plain http and the machine itself, for a simulator; ``allow_private`` the private network as well,
where a server may well speak TLS. What cloud providers keep their machines' credentials behind, and
addresses that are no machine's, stay forbidden either way.

The address is judged where the socket connects, not where a name is looked up: a name that resolves
differently a moment later (DNS rebinding) changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from connectors.errors import Bilingual, ConfigurationError


class Reach(IntEnum):
    """How far from the public internet a machine is; who may go far may go near."""

    PUBLIC = 0
    LOOPBACK = 1
    PRIVATE = 2
    FORBIDDEN = 3

    @classmethod
    def of_switches(cls, *, allow_http: bool, allow_private: bool) -> Reach:
        """Return how far a connection with these switches may go."""
        if allow_private:
            return cls.PRIVATE
        return cls.LOOPBACK if allow_http else cls.PUBLIC


# Services that tell whoever asks the machine's credentials, beside those in a link-local range:
# Alibaba Cloud, Oracle, Azure, and by IPv6 AWS, Google, Scaleway.
_METADATA = (
    *(ip_address(text) for text in ("100.100.100.200", "192.0.0.192", "168.63.129.16")),
    *(ip_address(text) for text in ("fd00:ec2::254", "fd20:ce::254", "fd00:42::42")),
)
# Special by IANA's registries; the `ipaddress` of older Pythons takes parts of them for public.
_SPECIAL = tuple(ip_network(text) for text in ("192.0.0.0/24", "192.88.99.0/24", "3fff::/20"))
_NAT64 = ip_network("64:ff9b::/96")
_PUBLIC_V6 = (ip_network("2000::/3"), _NAT64)
# Where the last four bytes are an IPv4 address: NAT64 (RFC 6052, RFC 8215), IPv4-compatible.
_ENDS_IN_V4 = (_NAT64, ip_network("64:ff9b:1::/48"), ip_network("::/96"))

_FIX_HOST = Bilingual(
    "修改连接的主机（host）；内网服务器在 extra 里设 allow_private: true，本机模拟器设 allow_http: "
    "true；公网主机也这样报错时，多半是代理软件的 fake-ip（198.18.x.x），请让该主机直连",
    "correct the connection's host; a private server needs allow_private: true in extra, a "
    "simulator on this machine allow_http: true; where a public host meets this, a proxy program "
    "hands out fake addresses (198.18.x.x): let it pass the host by",
)
_FIX_SCHEME = Bilingual(
    "改用 https；模拟器或没有证书的内网服务器在 extra 里设 allow_http: true",
    "use https; a simulator or a private server without TLS needs allow_http: true in extra",
)
_FIX_URL = Bilingual("修改连接的主机（host）", "correct the connection's host")


@dataclass(frozen=True)
class Address:
    """A checked base URL; ``prefix`` is empty or starts with a slash."""

    origin: str
    prefix: str
    reach: Reach

    @classmethod
    def parse(
        cls, base_url: str, *, allow_http: bool = False, allow_private: bool = False
    ) -> Address:
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
            raise _refusal("没有加密的 http 不被允许", "plain http is not allowed", _FIX_SCHEME)
        reach = Reach.of_switches(allow_http=allow_http, allow_private=allow_private)
        if _literal_reach(host) > reach:
            raise _refusal(
                "主机是内网或本机地址", "the host is a private or local address", _FIX_HOST
            )
        shown = f"[{host}]" if ":" in host else host
        return cls(f"{parts.scheme}://{shown}{port}", parts.path.rstrip("/"), reach)

    def url(self, path: str) -> str:
        """Join a call's path; a path that could lead elsewhere is refused."""
        clean = path.lstrip("/")
        if any(sign in clean for sign in ("?", "#", "\\", "://")) or ".." in clean.split("/"):
            raise _refusal("接口路径不合法", "the path of the call is not allowed")
        return f"{self.origin}{self.prefix}/{clean}"


def refuses_peer(peer: str, *, reach: Reach) -> bool:
    """Tell whether the address that a socket connected to is forbidden."""
    return _reach_of(ip_address(peer.partition("%")[0])) > reach


def peer_refusal(api: str) -> ConfigurationError:
    """Build the error for a peer that `refuses_peer` turned down."""
    return ConfigurationError(
        api,
        Bilingual(
            "主机名指向内网或本机地址，已拒绝",
            "the host name leads to a private or local address, which is refused",
        ),
        _FIX_HOST,
    )


def _reach_of(address: IPv4Address | IPv6Address) -> Reach:
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return _reach_of(address.ipv4_mapped)
    if address.is_loopback or address.is_unspecified:
        return Reach.LOOPBACK
    inner = _embedded(address) if isinstance(address, IPv6Address) else ()
    return max(map(_range_of, (address, *inner)))


def _range_of(address: IPv4Address | IPv6Address) -> Reach:
    is_v4 = isinstance(address, IPv4Address)
    if address in _METADATA or address.is_link_local or address.is_multicast:
        return Reach.FORBIDDEN
    if is_v4 and address.is_reserved:
        return Reach.FORBIDDEN
    public = is_v4 or any(address in network for network in _PUBLIC_V6)
    special = any(address in network for network in _SPECIAL)
    return Reach.PUBLIC if public and address.is_global and not special else Reach.PRIVATE


def _embedded(address: IPv6Address) -> Iterator[IPv4Address]:
    """Yield the IPv4 addresses that a router on the way may send this one's packets to."""
    if address.sixtofour:
        yield address.sixtofour
    if address.teredo:
        yield from address.teredo
    if any(address in network for network in _ENDS_IN_V4):
        yield IPv4Address(int(address) & 0xFFFFFFFF)


def _host_and_port(netloc: str) -> tuple[str, str]:
    try:
        parts = urlsplit(f"//{netloc}")
        return parts.hostname or "", f":{parts.port}" if parts.port else ""
    except ValueError:
        return "", ""


def _literal_reach(host: str) -> Reach:
    """Return what a host tells by itself; a name is judged once it has been connected to."""
    try:
        return _reach_of(ip_address(host.partition("%")[0]))
    except ValueError:
        return Reach.LOOPBACK if host.rstrip(".") == "localhost" else Reach.PUBLIC


def _refusal(zh: str, en: str, action: Bilingual = _FIX_URL) -> ConfigurationError:
    return ConfigurationError("connection", Bilingual(zh, en), action)
