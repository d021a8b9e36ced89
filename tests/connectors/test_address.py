"""Which base URLs and which machines may be called."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from connectors.address import Address, refuses_peer
from connectors.errors import ConfigurationError
from connectors.transport import Call, Transport


@pytest.mark.parametrize(
    ("base_url", "allow_http", "url"),
    [
        ("https://api.example.com", False, "https://api.example.com/x/y"),
        (" https://api.example.com/ ", False, "https://api.example.com/x/y"),
        ("https://hap.example.com:8443/api/", False, "https://hap.example.com:8443/api/x/y"),
        ("http://127.0.0.1:9000/some/prefix", True, "http://127.0.0.1:9000/some/prefix/x/y"),
        ("http://[::1]:9000", True, "http://[::1]:9000/x/y"),
        ("https://198.18.0.7", False, "https://198.18.0.7/x/y"),
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


@pytest.mark.parametrize(
    ("peer", "private_allowed", "refused"),
    [
        ("93.184.216.34", False, False),
        ("127.0.0.1", False, True),
        ("127.0.0.1", True, False),
        ("172.31.0.9", False, True),
        ("100.64.3.4", False, True),
        ("fe80::1%eth0", True, True),
        ("169.254.169.254", True, True),
        ("2606:4700::1111", False, False),
    ],
)
def test_a_peer_is_judged_by_its_address(peer: str, private_allowed: bool, refused: bool) -> None:
    assert refuses_peer(peer, allow_private=private_allowed) is refused


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
