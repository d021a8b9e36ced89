"""What `Transport.send` does with each fault of the network and of the server."""

from __future__ import annotations

import socket
import time
import tracemalloc
from typing import Any

import pytest

from connectors.errors import (
    AuthenticationError,
    Bilingual,
    ConfigurationError,
    ConnectorError,
    ContractError,
    NotFound,
    OutcomeUnknown,
    PayloadTooLarge,
    RateLimited,
    RejectedError,
    RetryableError,
)
from connectors.http.answers import Answer
from connectors.http.retries import RetryRules
from connectors.http.transport import Call, Deadlines, Transport
from tests.connectors.loopback import Loopback, answer, drip, raw, reset, silent

ONE_TRY = RetryRules(tries=1, throttled_tries=1)
OK = {"code": 0}


def transport(server: Loopback, prefix: str = "", **options: Any) -> Transport:
    return Transport(f"{server.url}{prefix}", allow_http=True, **{"retries": ONE_TRY, **options})


def read_call(path: str = "orders") -> Call:
    return Call(api="order.list", method="POST", path=path, json={"page": 1}, repeat_safe=True)


def write_call() -> Call:
    return Call(api="row.create", method="POST", path="rows", json={"a": 1}, repeat_safe=False)


def body_of(reply: Answer) -> Any:
    return reply.json


def refusing(error: ConnectorError) -> Any:
    def interpret(reply: Answer) -> Any:
        if reply.json == OK:
            return reply.json
        raise error

    return interpret


@pytest.mark.parametrize("prefix", ["", "/", "/some/prefix", "/some/prefix/"])
def test_a_base_url_may_have_a_prefix_and_a_trailing_slash(server: Loopback, prefix: str) -> None:
    transport(server, prefix).send(read_call(), body_of)
    assert server.requests[0].path == f"{prefix.rstrip('/')}/orders"


def test_method_query_headers_and_json_arrive(server: Loopback) -> None:
    call = Call(
        api="x",
        method="PATCH",
        path="rows",
        repeat_safe=False,
        json={"名": "值"},
        params={"pageSize": "10"},
        headers={"HAP-Appkey": "k"},
    )
    assert transport(server).send(call, body_of)["code"] == 0
    [request] = server.requests
    assert (request.method, request.query, request.json) == (
        "PATCH",
        {"pageSize": "10"},
        {"名": "值"},
    )
    assert request.headers["hap-appkey"] == "k"
    assert request.headers["content-type"] == "application/json"


def test_one_thread_keeps_its_connection(server: Loopback) -> None:
    line = transport(server)
    for _ in range(5):
        line.send(read_call(), body_of)
    assert server.connections == 1


LOST = [
    pytest.param(reset(), id="reset before an answer"),
    pytest.param(raw(b""), id="closed before an answer"),
    pytest.param(raw(b"HTTP/1.1 200 X\r\nContent-Length: 90\r\n\r\n{}"), id="short body"),
    pytest.param(
        raw(b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}"), id="chunks without end"
    ),
    pytest.param(
        reset(b"HTTP/1.1 200 X\r\nContent-Length: 90\r\n\r\n{"), id="reset inside the body"
    ),
    pytest.param(raw(b'HTTP/1.1 200 X\r\n\r\n{"code": 0, "da'), id="cut at the end of data"),
    pytest.param(raw(b"rubbish\r\n\r\n"), id="no HTTP"),
    pytest.param(
        answer(b"<html>login</html>", headers={"Content-Type": "text/html"}), id="html 200"
    ),
    pytest.param(answer(b"<html>login</html>"), id="html that says it is JSON"),
    pytest.param(answer(b""), id="empty body"),
    pytest.param(answer(b"{}", headers={"Content-Encoding": "gzip"}), id="bad gzip"),
    pytest.param(answer(b"<html>502</html>", 502), id="502 html"),
    pytest.param(answer(b"busy", 503), id="503 html"),
    pytest.param(answer(b"", 504), id="504"),
    pytest.param(answer({"detail": "gone"}, 500), id="500 json without a code"),
]


@pytest.mark.parametrize("act", LOST)
def test_a_read_without_a_proper_answer_is_retryable(server: Loopback, act: Any) -> None:
    server.will(act)
    unknown = ContractError("order.list", Bilingual("", ""), Bilingual("", ""))
    with pytest.raises(RetryableError) as caught:
        transport(server).send(read_call(), refusing(unknown))
    assert not isinstance(caught.value, OutcomeUnknown)


@pytest.mark.parametrize("act", LOST)
def test_a_write_without_a_proper_answer_is_never_sent_twice(server: Loopback, act: Any) -> None:
    server.will(act)
    unknown = ContractError("row.create", Bilingual("", ""), Bilingual("", ""))
    with pytest.raises(OutcomeUnknown):
        transport(server, retries=RetryRules(tries=3, first_wait=0.01)).send(
            write_call(), refusing(unknown)
        )
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("call", "kind"), [(read_call(), RetryableError), (write_call(), OutcomeUnknown)]
)
@pytest.mark.parametrize(
    "act",
    [
        pytest.param(silent(90), id="silence"),
        pytest.param(drip(b'{"code": 0}' + b" " * 450, every=0.2), id="drip in the body"),
        pytest.param(
            drip(b"HTTP/1.1 200 " + b"X" * 450, every=0.2, head=b""), id="drip in the head"
        ),
    ],
)
def test_the_total_deadline_holds(
    server: Loopback, act: Any, call: Call, kind: type[RetryableError]
) -> None:
    server.will(act)
    started = time.monotonic()
    with pytest.raises(kind) as caught:
        transport(server, deadlines=Deadlines(60, 0.4, 0.5)).send(call, body_of)
    assert type(caught.value) is kind
    assert time.monotonic() - started < 45  # the server takes 90 s
    assert "超时" in str(caught.value)


def test_no_connection_is_known_not_to_be_applied() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    line = Transport(f"http://127.0.0.1:{port}", allow_http=True, retries=ONE_TRY)
    with pytest.raises(RetryableError) as caught:
        line.send(write_call(), body_of)
    assert not isinstance(caught.value, OutcomeUnknown)


def test_an_unknown_host_name_is_retryable() -> None:
    line = Transport("https://no-such-host.invalid", retries=ONE_TRY)
    with pytest.raises(RetryableError):
        line.send(read_call(), body_of)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (301, ContractError),
        (302, ContractError),
        (307, ContractError),
        (400, ContractError),
        (401, AuthenticationError),
        (403, ConfigurationError),
        (404, ConfigurationError),
        (408, RetryableError),
        (413, PayloadTooLarge),
        (429, RateLimited),
        (500, RetryableError),
    ],
)
def test_a_status_without_json_is_judged_alone(
    server: Loopback, status: int, kind: type[ConnectorError]
) -> None:
    server.will(answer(b"<p>x</p>", status, {"Location": "http://127.0.0.1:1/elsewhere"}))
    with pytest.raises(kind) as caught:
        transport(server).send(read_call(), body_of)
    assert type(caught.value) is kind
    assert caught.value.code == str(status)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("status", "by_body", "kind"),
    [
        (400, RejectedError, RejectedError),
        (401, RejectedError, AuthenticationError),
        (404, NotFound, NotFound),
        (404, RejectedError, ConfigurationError),
        (413, RejectedError, PayloadTooLarge),
        (500, RejectedError, RetryableError),
        (500, ConfigurationError, ConfigurationError),
        (503, RateLimited, RateLimited),
    ],
)
def test_the_weightier_of_status_and_body_counts(
    server: Loopback, status: int, by_body: type[ConnectorError], kind: type[ConnectorError]
) -> None:
    server.will(answer({"code": 9}, status))
    error = by_body("order.list", Bilingual("因", "why"), Bilingual("做", "do"), "9")
    with pytest.raises(kind) as caught:
        transport(server).send(read_call(), refusing(error))
    assert type(caught.value) is kind


def test_success_in_the_body_of_a_failed_status_is_not_believed(server: Loopback) -> None:
    server.will(answer(OK, 500))
    with pytest.raises(RetryableError):
        transport(server).send(read_call(), body_of)


def test_a_temporary_failure_that_the_vendor_reports_for_a_write_is_unknown(
    server: Loopback,
) -> None:
    server.will(answer({"error_code": 99999}))
    error = RetryableError("row.create", Bilingual("因", "why"), Bilingual("做", "do"), "99999")
    with pytest.raises(OutcomeUnknown) as caught:
        transport(server).send(write_call(), refusing(error))
    assert caught.value.code == "99999"


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        pytest.param(b'\xef\xbb\xbf{"code": 0}', {}, id="byte order mark"),
        pytest.param(b'{"code": 0}', {"Content-Type": "text/html"}, id="JSON labelled as HTML"),
        pytest.param(
            '{"code": 0, "m": "成功"}'.encode("gbk"),
            {"Content-Type": "application/json; charset=GBK"},
            id="declared GBK",
        ),
    ],
)
def test_json_is_taken_however_it_is_wrapped(
    server: Loopback, body: bytes, headers: dict[str, str]
) -> None:
    server.will(answer(body, headers=headers))
    assert transport(server).send(read_call(), body_of)["code"] == 0


def test_a_body_of_too_many_values_is_refused_before_it_takes_memory(server: Loopback) -> None:
    server.will(answer(b"[" + b"{}," * 5_000_000 + b"{}]"))
    tracemalloc.start()
    try:
        with pytest.raises(ContractError, match="大小上限"):
            transport(server).send(read_call(), body_of)
        assert tracemalloc.get_traced_memory()[1] < 100 * 1024 * 1024
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "headers",
    [
        {"Date": "Tue, 01 Jan 99999999999999999999 00:00:00 GMT"},
        {"Date": "Tue, 01 Jan 2024 00:00:00 +99999999999999"},
        {"Date": "Fri, 31 Dec 9999 23:59:59 -2359", "Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT"},
        {"Retry-After": "Tue, 01 Jan 2024 99999999999:00:00 GMT"},
        {"Retry-After": "9" * 5000},
    ],
)
def test_a_time_beyond_the_calendar_is_none(server: Loopback, headers: dict[str, str]) -> None:
    server.will(answer(OK, headers=headers))
    line = transport(server)
    assert line.send(read_call(), lambda answer: answer.retry_after) in (None, 3600.0)


def test_a_body_beyond_the_cap_is_refused(server: Loopback) -> None:
    server.will(answer(b'{"code": 0, "x": "' + b"x" * 300_000 + b'"}'))
    with pytest.raises(ContractError, match="大小上限"):
        transport(server, max_body=200_000).send(read_call(), body_of)


def test_a_body_that_unpacks_beyond_the_cap_is_refused(server: Loopback) -> None:
    import gzip

    bomb = gzip.compress(b" " * 5_000_000)
    server.will(answer(bomb, headers={"Content-Encoding": "gzip"}))
    with pytest.raises(ContractError, match="大小上限"):
        transport(server, max_body=200_000).send(read_call(), body_of)


def test_the_servers_clock_is_compared_with_ours(server: Loopback) -> None:
    server.will(answer(OK, headers={"Date": "Tue, 01 Jan 2080 00:00:00 GMT"}))
    line = transport(server)
    line.send(read_call(), body_of)
    assert line.server_ahead is not None
    assert line.server_ahead.days > 1000


@pytest.mark.parametrize("path", ["a?b=1", "../x", "a/../../x", "http://else.where/x", "a#b"])
def test_a_path_cannot_lead_elsewhere(server: Loopback, path: str) -> None:
    with pytest.raises(ConfigurationError):
        transport(server).send(read_call(path), body_of)
    assert server.requests == []
