"""No URL, token, body or person's data in any exception or log line, whatever goes wrong."""

from __future__ import annotations

import datetime
import ipaddress
import logging
import pickle
import ssl
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from connectors.codes import HAP, XIAOE, error_for
from connectors.errors import ConfigurationError, ConnectorError, RetryableError
from connectors.http.retries import RetryRules
from connectors.http.transport import Call, Deadlines, Transport
from connectors.xiaoe.envelope import unwrap
from tests.connectors.loopback import Loopback, answer, drip, raw, reset, silent

CANARY = "canary7f3a"
PERSON = "张三丰13800138000"
SENT = Call(
    api="order.list",
    method="GET",
    path=f"{CANARY}/path",
    repeat_safe=True,
    json={"access_token": CANARY, "phone": PERSON},
    params={"secret_key": CANARY},
    headers={"HAP-Sign": CANARY},
)

FAULTS = [
    pytest.param(reset(), id="reset"),
    pytest.param(silent(5), id="silence"),
    pytest.param(drip(CANARY.encode(), every=0.2), id="drip"),
    pytest.param(raw(f"HTTP/1.1 200 X\r\nContent-Length: 99\r\n\r\n{CANARY}".encode()), id="short"),
    pytest.param(raw(f"{CANARY}\r\n\r\n".encode()), id="no HTTP"),
    pytest.param(raw(f"HTTP/1.1 200 X\r\n{CANARY}\r\n\r\n{{}}".encode()), id="broken header"),
    pytest.param(answer(f"<p>{CANARY}{PERSON}</p>".encode(), 502), id="502"),
    pytest.param(answer(b"", 302, {"Location": f"http://127.0.0.1/{CANARY}"}), id="redirect"),
    pytest.param(answer(CANARY.encode(), headers={"Content-Encoding": "gzip"}), id="gzip"),
    pytest.param(answer({"code": 2010, "msg": f"{CANARY}{PERSON}"}), id="vendor message"),
    pytest.param(answer({"code": CANARY, "msg": PERSON}), id="code"),
    pytest.param(answer({"code": 2051, "msg": f"ip {CANARY} 1.2.3.4"}), id="whitelist"),
    pytest.param(answer(f'{{"code": 0, "{CANARY}'.encode()), id="cut"),
]


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """Every log line of every logger, at the lowest level."""
    lines: list[str] = []
    handler = logging.Handler(0)
    handler.emit = lambda record: lines.append(f"{record.name} {record.getMessage()}")  # type: ignore[method-assign]
    root, urllib3 = logging.getLogger(), logging.getLogger("urllib3")
    levels = root.level, urllib3.level
    root.addHandler(handler)
    root.setLevel(0)
    urllib3.setLevel(logging.DEBUG)
    yield lines
    root.removeHandler(handler)
    root.setLevel(levels[0])
    urllib3.setLevel(levels[1])


def told_by(error: BaseException) -> str:
    """Everything that an exception could bring into a log, its hidden context included."""
    told = [str(error), repr(error), *traceback.format_exception(error)]
    for hidden in (error.__cause__, error.__context__):
        if hidden is not None:
            told.append(told_by(hidden))
    return "\n".join(told)


def caught_by(base_url: str, **options: Any) -> ConnectorError:
    line = Transport(
        base_url,
        deadlines=Deadlines(60, 0.3, 0.4),
        retries=RetryRules(tries=2, first_wait=0.01),
        **options,
    )
    with pytest.raises(ConnectorError) as caught:
        line.send(SENT, unwrap)
    return caught.value


@pytest.mark.parametrize("act", FAULTS)
def test_a_fault_tells_nothing_of_what_was_sent_or_received(
    server: Loopback, logged: list[str], act: Any
) -> None:
    server.always = act
    error = caught_by(f"{server.url}/{CANARY}", allow_http=True)
    told = told_by(error) + "\n".join(logged)
    for secret in (CANARY, PERSON, "13800138000", server.url, str(server.port)):
        assert secret not in told


def test_a_host_that_cannot_be_reached_is_not_told(logged: list[str]) -> None:
    error = caught_by(f"https://{CANARY}.invalid/x")
    assert CANARY not in told_by(error) + "\n".join(logged)


@pytest.mark.parametrize(
    "call",
    [
        pytest.param({"headers": {"HAP-Sign": f"{CANARY}\r\nx: y"}}, id="line break"),
        pytest.param({"headers": {"HAP-Sign": f"{CANARY}张"}}, id="no latin letter"),
        pytest.param({"host": f"https://{CANARY}{'x' * 70}.example"}, id="label too long"),
        pytest.param({"host": f"https://*.{CANARY}.example"}, id="illegal host"),
    ],
)
def test_illegal_characters_are_reported_without_what_they_stand_in(
    server: Loopback, logged: list[str], call: dict[str, Any]
) -> None:
    host = call.pop("host", server.url)
    line = Transport(host, allow_http=True, retries=RetryRules(tries=1))
    with pytest.raises(ConnectorError) as caught:
        line.send(Call(api="x", method="GET", path="x", repeat_safe=True, **call), unwrap)
    assert CANARY not in told_by(caught.value) + "\n".join(logged)


def test_a_success_is_not_logged_either(server: Loopback, logged: list[str]) -> None:
    Transport(server.url, allow_http=True).send(SENT, unwrap)
    assert CANARY not in "\n".join(logged)


def test_other_users_of_the_http_library_keep_their_log_lines(logged: list[str]) -> None:
    logging.getLogger("urllib3.connectionpool").debug("of someone else")
    assert any("of someone else" in line for line in logged)


def test_an_unverifiable_certificate_is_refused(
    tmp_path: Path, server: Loopback, logged: list[str]
) -> None:
    with tls_server(self_signed(tmp_path)) as port:
        error = caught_by(f"https://127.0.0.1:{port}", allow_http=True)
    assert type(error) is ConfigurationError
    assert "证书" in str(error)
    assert CANARY not in told_by(error) + "\n".join(logged)


def test_a_company_s_own_certificate_is_believed_where_the_environment_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = self_signed(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with tls_server(certificate) as port:
        error = caught_by(f"https://127.0.0.1:{port}", allow_http=True)
    assert type(error) is RetryableError  # greeted over TLS, and no answer


def test_a_bundle_of_certificates_that_is_not_there_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "gone.pem"))
    error = caught_by("https://127.0.0.1:9", allow_http=True)
    assert type(error) is ConfigurationError
    assert "REQUESTS_CA_BUNDLE" in str(error)


def test_every_vendor_code_survives_a_process_boundary() -> None:
    for system, table in (("xiaoe", XIAOE), ("hap", HAP)):
        for code in table:
            error = error_for(system, "x.y", code, permission="用户管理-查询")
            again = pickle.loads(pickle.dumps(error))
            assert (type(again), str(again)) == (type(error), str(error))
            assert getattr(again, "wait", 0) == getattr(error, "wait", 0)


class tls_server:  # noqa: N801 - reads as a context manager
    """Greets one TLS client after the other, and never answers."""

    def __init__(self, certificate: Path) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        import socket

        self._listener = socket.create_server(("127.0.0.1", 0))
        self._context = context

    def __enter__(self) -> int:
        threading.Thread(target=self._run, daemon=True).start()
        return int(self._listener.getsockname()[1])

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _run(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
                self._context.wrap_socket(client, server_side=True).close()
            except ssl.SSLError:
                continue
            except OSError:
                return


def self_signed(directory: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.datetime(2000, 1, 1))  # TLS asks the machine's own clock
        .not_valid_after(datetime.datetime(2100, 1, 1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .sign(key, hashes.SHA256())
    )
    file = directory / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return file
