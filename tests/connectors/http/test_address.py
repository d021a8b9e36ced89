"""Which base URLs and which machines may be called."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from connectors.errors import ConfigurationError
from connectors.http.address import Address, Reach, refuses_peer
from connectors.http.transport import Call, Transport


@pytest.mark.parametrize(
    ("base_url", "allow_http", "url"),
    [
        ("https://api.example.com", False, "https://api.example.com/x/y"),
        (" https://api.example.com/ ", False, "https://api.example.com/x/y"),
        ("https://hap.example.com:8443/api/", False, "https://hap.example.com:8443/api/x/y"),
        ("http://127.0.0.1:9000/some/prefix", True, "http://127.0.0.1:9000/some/prefix/x/y"),
        ("http://[::1]:9000", True, "http://[::1]:9000/x/y"),
        ("https://93.184.216.34", False, "https://93.184.216.34/x/y"),
    ],
)
def test_a_path_is_joined_to_the_base_url(base_url: str, allow_http: bool, url: str) -> None:
    assert Address.parse(base_url, allow_http=allow_http).url("/x/y") == url


@pytest.mark.parametrize(
    ("base_url", "allow_http"),
    [
        ("", False),
        ("api.example.com", False),
        ("ftp://api.example.com", False),
        ("file:///etc/passwd", True),
        ("https://", False),
        ("https://user:canary@api.example.com", False),
        ("https://api.example.com/?token=canary", False),
        ("https://api.example.com/#canary", False),
        ("https://api.example.com:99999", False),
        ("http://api.example.com", False),
        ("https://localhost", False),
        ("https://127.0.0.1", False),
        ("https://10.1.2.3", False),
        ("https://192.168.1.1", False),
        ("https://[::1]", False),
        ("https://[::ffff:10.0.0.1]", False),
        ("http://169.254.169.254", True),
        ("https://100.100.100.200", True),
    ],
)
def test_other_base_urls_are_refused_without_repeating_them(
    base_url: str, allow_http: bool
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Address.parse(base_url, allow_http=allow_http)
    assert "canary" not in str(caught.value)


PEERS = {
    Reach.PUBLIC: [
        "93.184.216.34",
        "2606:4700::1111",
        "::ffff:93.184.216.34",
        "64:ff9b::5db8:d822",  # NAT64 of 93.184.216.34: how an IPv6-only network sees the internet
    ],
    Reach.LOOPBACK: ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1", "0.0.0.0", "::"],
    Reach.PRIVATE: [
        *("10.1.2.3", "172.31.0.9", "192.168.1.1", "100.64.3.4", "0.1.2.3"),
        *("198.18.0.7", "198.19.255.254", "192.0.0.8", "192.0.0.170", "192.88.99.1"),
        *("192.0.2.1", "198.51.100.1", "203.0.113.1", "fc00::1", "fd12::1", "fec0::1"),
        *("2001:db8::1", "3fff::1", "100::1", "5f00::1", "::ffff:10.0.0.1", "::10.0.0.1"),
        "64:ff9b::10.0.0.1",
        "64:ff9b::127.0.0.1",
        "64:ff9b:1::93.184.216.34",
        "2002:a00:1::1",  # 6to4 of 10.0.0.1
        "2001:0:5db8:d822::f5ff:fffe",  # Teredo
    ],
    Reach.FORBIDDEN: [
        *("169.254.169.254", "169.254.0.23", "fe80::1%eth0", "100.100.100.200", "192.0.0.192"),
        *("168.63.129.16", "fd00:ec2::254", "fd20:ce::254", "fd00:42::42"),
        *("224.0.0.1", "239.1.1.1", "ff02::1", "240.0.0.1", "255.255.255.255"),
        *("::ffff:169.254.169.254", "64:ff9b::169.254.169.254", "64:ff9b:1::169.254.169.254"),
        *("2002:a9fe:a9fe::1", "64:ff9b::c000:c0"),
    ],
}


@pytest.mark.parametrize(
    ("peer", "needed"), [(peer, needed) for needed, peers in PEERS.items() for peer in peers]
)
def test_a_peer_is_judged_by_its_address(peer: str, needed: Reach) -> None:
    refused = [refuses_peer(peer, reach=reach) for reach in list(Reach)[:3]]
    assert refused == [reach < needed for reach in list(Reach)[:3]]


@pytest.mark.parametrize(
    ("switches", "reach"),
    [
        ({}, Reach.PUBLIC),
        ({"allow_http": True}, Reach.LOOPBACK),  # connections made for a simulator go on as before
        ({"allow_private": True}, Reach.PRIVATE),
        ({"allow_http": True, "allow_private": True}, Reach.PRIVATE),
    ],
)
def test_each_switch_opens_one_thing(switches: dict[str, bool], reach: Reach) -> None:
    assert Address.parse("https://api.example.com", **switches).reach is reach


def test_a_private_server_with_tls_needs_no_plain_http() -> None:
    url = "https://10.0.0.5/api"
    assert Address.parse(url, allow_private=True).origin == "https://10.0.0.5"
    with pytest.raises(ConfigurationError, match="allow_private: true"):
        Address.parse(url, allow_http=True)
    with pytest.raises(ConfigurationError, match="allow_http: true"):
        Address.parse("http://10.0.0.5/api", allow_private=True)


def test_a_public_name_that_leads_to_a_private_address_gets_not_one_byte(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        line = Transport(f"https://api.example.com:{port}")
        call = Call(api="x", method="GET", path="x", repeat_safe=True)
        with pytest.raises(ConfigurationError, match="内网"):
            line.send(call, _never)
        client, _ = listener.accept()
        client.settimeout(2)
        assert client.recv(10) == b""


def _never(_: Any) -> None:
    raise AssertionError("there is no answer")
