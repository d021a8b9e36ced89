"""Faults, seen by a real HTTP client on a real socket."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from include.simulators.control import control_routes
from include.simulators.faults import FaultRule, Kind
from include.simulators.gateway import Gateway
from include.simulators.server import serve
from include.simulators.simulation import Simulation, exchange_of
from tests.waiting import wait_until


class Switches(BaseModel):
    mood: str = "fine"


@dataclass
class Counter:
    """A service with one write: every call adds one."""

    url: str
    simulation: Simulation
    added: list[int]
    http: requests.Session

    def add(self, **options: Any) -> requests.Response:
        return self.http.post(f"{self.url}/add", json={}, timeout=60, **options)

    def break_with(self, kind: Kind, **facts: Any) -> None:
        self.simulation.faults.set([FaultRule(kind=kind, **facts)])

    def last(self) -> Any:
        return self.simulation.journal.entries()[-1]


@pytest.fixture
def counter() -> Iterator[Counter]:
    added: list[int] = []
    simulation = Simulation(
        name="counter",
        settings=Switches(),
        api_name=lambda method, path: path.strip("/"),
        error_answer=lambda code: (200, {"code": code}),
    )

    async def add(request: Request) -> JSONResponse:
        added.append(1)
        exchange_of(request).effect = f"added row {len(added)}"
        return JSONResponse({"rows": len(added), "text": "示例" * 20})

    routes = [*control_routes(simulation), Route("/add", add, methods=["POST"])]
    app = Starlette(routes=routes)
    with serve(Gateway(app, simulation, prefix="/some/prefix")) as base:
        yield Counter(f"{base}/some/prefix", simulation, added, requests.Session())


def test_nothing_goes_wrong_without_a_rule(counter: Counter) -> None:
    assert counter.add().json()["rows"] == 1
    assert (counter.last().effect, counter.last().status) == ("added row 1", 200)


@pytest.mark.parametrize(("kind", "handled"), [(Kind.RESET_BEFORE, 0), (Kind.RESET_AFTER, 1)])
def test_a_reset_really_breaks_the_connection(counter: Counter, kind: Any, handled: int) -> None:
    counter.break_with(kind)
    with pytest.raises(requests.ConnectionError, match="reset by peer"):
        counter.add()
    assert len(counter.added) == handled
    assert counter.last().status == 0
    assert counter.last().effect == ("added row 1" if handled else "")
    counter.simulation.faults.clear()
    assert counter.add().status_code == 200


def test_a_reset_sends_not_one_byte(counter: Counter) -> None:
    counter.break_with(Kind.RESET_BEFORE)
    address = urlsplit(counter.url)
    with socket.create_connection((address.hostname, address.port), timeout=60) as raw:
        raw.sendall(b"POST /some/prefix/add HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            raw.recv(100)


@pytest.mark.parametrize(("handled", "rows"), [(False, 0), (True, 1)])
def test_a_bad_gateway_may_or_may_not_have_passed_the_write_on(
    counter: Counter, handled: int, rows: Any
) -> None:
    counter.break_with(Kind.STATUS, status=503, retry_after=7, handled=handled)
    answer = counter.add()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "7")
    assert answer.headers["Content-Type"].startswith("text/html")
    assert len(counter.added) == rows
    assert counter.last().status == 503


def test_business_codes_pages_and_empty_bodies(counter: Counter) -> None:
    counter.break_with(Kind.CODE, code=1001)
    assert counter.add().json() == {"code": 1001}
    assert counter.last().code == "1001"
    counter.break_with(Kind.HTML200)
    assert counter.add().text.startswith("<html>")
    counter.break_with(Kind.EMPTY)
    assert (counter.add().status_code, counter.add().content) == (200, b"")
    assert counter.added == []


def test_a_redirect_points_elsewhere(counter: Counter) -> None:
    counter.break_with(Kind.REDIRECT, location="http://127.0.0.1:9/x")
    answer = counter.add(allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (302, "http://127.0.0.1:9/x")


def test_a_truncated_body_is_whole_http_and_half_json(counter: Counter) -> None:
    counter.break_with(Kind.TRUNCATED)
    answer = counter.add()
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    with pytest.raises(requests.JSONDecodeError):
        answer.json()


def test_a_cut_body_is_shorter_than_announced(counter: Counter) -> None:
    counter.break_with(Kind.CUT)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        counter.add()


def test_a_client_that_gives_up_on_a_slow_answer_finds_its_write_applied(counter: Counter) -> None:
    counter.break_with(Kind.SLOW, seconds=60)
    started = time.monotonic()
    give_up(counter)
    wait_until(lambda: counter.added)
    assert time.monotonic() - started < 45


def test_a_client_that_gives_up_on_a_late_write_sees_it_applied_afterwards(
    counter: Counter,
) -> None:
    counter.break_with(Kind.LATE, seconds=0.5)
    started = time.monotonic()
    give_up(counter)
    wait_until(lambda: counter.added)
    assert time.monotonic() - started >= 0.5


def give_up(counter: Counter) -> None:
    with pytest.raises(requests.Timeout):
        counter.http.post(f"{counter.url}/add", json={}, timeout=(60, 0.1))


def test_a_dripping_answer_arrives_in_the_end(counter: Counter) -> None:
    counter.break_with(Kind.DRIP, seconds=0.001)
    started = time.monotonic()
    assert counter.add().json()["rows"] == 1
    assert time.monotonic() - started > 0.1


def test_one_request_can_be_delivered_twice(counter: Counter) -> None:
    counter.break_with(Kind.TWICE)
    assert counter.add().json()["rows"] == 1
    assert counter.last().effect == "added row 1; added row 2"


def test_a_huge_body_is_as_large_as_asked(counter: Counter) -> None:
    counter.break_with(Kind.HUGE, size=300_000)
    assert len(counter.add().content) == 300_000


def test_wrong_encodings_and_types(counter: Counter) -> None:
    counter.break_with(Kind.BOM)
    assert counter.add().content.startswith(b"\xef\xbb\xbf{")
    counter.break_with(Kind.GBK)
    assert "示例" in counter.add().content.decode("gbk")
    counter.break_with(Kind.CONTENT_TYPE)
    answer = counter.add()
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "rows" in answer.json()
    counter.break_with(Kind.BAD_GZIP)
    with pytest.raises(requests.exceptions.ContentDecodingError):
        counter.add()


def test_a_path_outside_the_prefix_is_not_there_but_control_is(counter: Counter) -> None:
    root = counter.url.removesuffix("/some/prefix")
    assert requests.post(f"{root}/add", timeout=60).status_code == 404
    assert requests.get(f"{root}/_sim/health", timeout=60).json()["name"] == "counter"


def test_control_routes_show_and_change_everything(counter: Counter) -> None:
    control = f"{counter.url}/_sim"
    counter.add()
    http = counter.http
    assert http.get(f"{control}/calls").json() == {"add": 1}
    assert http.get(f"{control}/journal?api=add").json()[0]["effect"] == "added row 1"
    http.delete(f"{control}/journal")
    assert http.get(f"{control}/journal").json() == []
    assert http.patch(f"{control}/settings", json={"mood": "bad"}).json() == {"mood": "bad"}
    assert http.get(f"{control}/settings").json() == {"mood": "bad"}
    assert http.patch(f"{control}/settings", json={"mod": "bad"}).status_code == 422
    assert http.patch(f"{control}/settings", json={"mood": 1}).status_code == 422
    plan = {"rules": [{"api": "add", "kind": "code", "code": 7}], "seed": 3}
    assert http.put(f"{control}/faults", json=plan).json()[0]["kind"] == "code"
    assert counter.add().json() == {"code": 7}
    http.delete(f"{control}/faults")
    assert counter.add().json()["rows"] == 2


def test_the_clock_can_be_moved_from_outside_and_dates_the_answers(counter: Counter) -> None:
    control = f"{counter.url}/_sim/clock"
    shown = counter.http.post(control, json={"set": "2026-11-20 12:00:00", "frozen": True}).json()
    assert shown["frozen"] is True
    assert shown["now"].startswith("2026-11-20T12:00:00")
    counter.http.post(control, json={"advance": 3600})
    assert counter.add().headers["Date"] == "Fri, 20 Nov 2026 05:00:00 GMT"
    assert counter.http.get(control).json()["frozen"] is True


def test_a_listener_sees_each_request_before_it_is_handled(counter: Counter) -> None:
    seen = []
    counter.simulation.before.append(lambda exchange: seen.append((exchange.api, exchange.body)))
    counter.add()
    assert seen == [("add", b"{}")]
