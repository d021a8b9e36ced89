"""One token per machine: when it is fetched, kept, shared, renewed and refused."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from connectors.errors import (
    AuthenticationError,
    ConfigurationError,
    ConnectorError,
    RejectedError,
    RetryableError,
)
from connectors.state.files import FileState
from connectors.xiaoe.auth import NewToken, TokenStore
from tests.connectors.clock import Clock
from tests.connectors.loopback import Loopback, answer
from tests.connectors.processes import PROCESSES
from tests.connectors.xiaoe_shop import (
    SECRET,
    business,
    client_of,
    data,
    serve_data,
    store_for,
    token_answer,
)

EMPTY_LIST = {"total": 0, "list": []}


def token_calls(server: Loopback) -> int:
    return len([request for request in server.requests if request.path.endswith("/token")])


def token_file(directory: Path) -> Path:
    [file] = (directory / "tokens").glob("*.json")
    return file


def test_the_token_is_asked_for_as_documented(server: Loopback, tmp_path: Path) -> None:
    server.will(token_answer())
    assert store_for(server.url, tmp_path).current() == "xe_token_0001"
    [request] = server.requests
    assert (request.method, request.path) == ("GET", "/token")
    assert request.query == {
        "app_id": "app1",
        "client_id": "xop1",
        "secret_key": SECRET,
        "grant_type": "client_credential",
    }


def test_a_token_is_used_until_shortly_before_it_ends(
    server: Loopback, tmp_path: Path, clock: Clock
) -> None:
    server.will(token_answer(1, expires_in=7200), token_answer(2))
    store = store_for(server.url, tmp_path)
    assert [store.current(), store.current()] == ["xe_token_0001"] * 2
    clock.sleep(6899)
    assert [store.current(), store.current()] == ["xe_token_0001"] * 2
    clock.sleep(2)
    assert [store.current(), store.current()] == ["xe_token_0002"] * 2


def test_another_store_of_the_same_app_takes_the_token_from_the_file(
    server: Loopback, tmp_path: Path
) -> None:
    server.will(token_answer(1), token_answer(2))
    assert store_for(server.url, tmp_path).current() == store_for(server.url, tmp_path).current()
    assert token_calls(server) == 1


def test_file_and_directory_are_readable_by_their_owner_alone(
    server: Loopback, tmp_path: Path
) -> None:
    server.will(token_answer())
    old_mask = os.umask(0)
    try:
        store_for(server.url, tmp_path).current()
    finally:
        os.umask(old_mask)
    for path in (tmp_path / "tokens").iterdir():
        assert path.stat().st_mode & 0o777 == 0o600
        assert "app1" not in path.name
    assert (tmp_path / "tokens").stat().st_mode & 0o777 == 0o700


def test_a_directory_that_others_can_read_is_refused(server: Loopback, tmp_path: Path) -> None:
    (tmp_path / "tokens").mkdir(mode=0o755)
    with pytest.raises(ConfigurationError, match="700"):
        store_for(server.url, tmp_path).current()
    assert server.requests == []


@pytest.mark.parametrize("content", ["", "{", "[]", '{"value": "x"}', '"text"', "null"])
def test_a_damaged_file_is_replaced(server: Loopback, tmp_path: Path, content: str) -> None:
    server.will(token_answer(1), token_answer(2))
    store_for(server.url, tmp_path).current()
    token_file(tmp_path).write_text(content)
    assert store_for(server.url, tmp_path).current() == "xe_token_0002"
    assert json.loads(token_file(tmp_path).read_text())["value"] == "xe_token_0002"


@pytest.mark.parametrize(
    "shape",
    [
        {"access_token": "", "expires_in": 7200},
        {"expires_in": 7200},
        {"access_token": "xe_1"},
        {"access_token": "xe_1", "expires_in": 0},
        {"access_token": "xe_1", "expires_in": -1},
        {"access_token": "xe_1", "expires_in": "soon"},
        [],
        None,
    ],
)
def test_a_token_without_text_or_lifetime_is_not_used(
    server: Loopback, tmp_path: Path, shape: object
) -> None:
    server.always = data(shape)
    with pytest.raises(RetryableError):
        store_for(server.url, tmp_path).current()
    assert not list((tmp_path / "tokens").glob("*.json"))


def test_a_lifetime_in_text_counts(server: Loopback, tmp_path: Path) -> None:
    server.will(token_answer(1, expires_in="7200"))
    store = store_for(server.url, tmp_path)
    assert store.current() == store.current()
    assert token_calls(server) == 1


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (2001, AuthenticationError),
        (2002, AuthenticationError),
        (2004, AuthenticationError),
        (2051, ConfigurationError),
        (2055, RejectedError),
    ],
)
def test_refused_credentials_cost_one_call(
    server: Loopback, tmp_path: Path, code: int, kind: type[ConnectorError]
) -> None:
    server.always = data(None, code=code)
    with pytest.raises(kind) as caught:
        store_for(server.url, tmp_path).current()
    assert type(caught.value) is kind
    assert len(server.requests) == 1


def test_while_the_token_endpoint_is_down_the_kept_token_serves(
    server: Loopback, tmp_path: Path
) -> None:
    server.will(token_answer())
    store_for(server.url, tmp_path).current()
    server.always = answer(b"", 502)
    assert store_for(server.url, tmp_path).current() == "xe_token_0001"


def test_a_token_that_is_due_serves_on_while_no_new_one_can_be_had(
    server: Loopback, tmp_path: Path, clock: Clock
) -> None:
    server.will(token_answer(1, expires_in=7200))
    store_for(server.url, tmp_path).current()
    server.always = answer(b"", 502)
    clock.sleep(6901)
    store = store_for(server.url, tmp_path)
    assert [store.current(), store.current()] == ["xe_token_0001"] * 2
    assert token_calls(server) == 3
    clock.sleep(300)
    with pytest.raises(RetryableError):
        store_for(server.url, tmp_path).current()


def test_a_clock_that_was_set_back_makes_the_token_due(tmp_path: Path, clock: Clock) -> None:
    fetched = iter([NewToken("xe_future", 7200), NewToken("xe_now", 7200)])
    state = FileState(tmp_path / "tokens")
    one, other = (TokenStore(state, "x", lambda: next(fetched)) for _ in range(2))
    clock.now += 7000
    assert one.current() == "xe_future"
    clock.now -= 7000
    assert other.current() == "xe_now"


def test_a_refused_token_is_renewed_once_and_the_call_sent_again(
    server: Loopback, tmp_path: Path
) -> None:
    server.will(token_answer(1), data(None, code=2008), token_answer(2), data(EMPTY_LIST))
    assert client_of(server, tmp_path).list_forms(1).total == 0
    first, again = business(server)
    assert first.json == {"page": 1, "page_size": 50, "access_token": "xe_token_0001"}
    assert again.json == {**first.json, "access_token": "xe_token_0002"}


def test_a_second_refusal_in_a_row_is_an_error_of_the_credentials(
    server: Loopback, tmp_path: Path
) -> None:
    server.will(token_answer(1), data(None, code=2008), token_answer(2), data(None, code=2008))
    with pytest.raises(AuthenticationError) as caught:
        client_of(server, tmp_path).list_forms(1)
    assert caught.value.code == "2008"
    assert len(server.requests) == 4


def test_who_finds_a_newer_token_in_the_file_does_not_fetch(
    server: Loopback, tmp_path: Path
) -> None:
    server.will(token_answer(1), token_answer(2), token_answer(3))
    one, two = store_for(server.url, tmp_path), store_for(server.url, tmp_path)
    assert one.current() == two.current() == "xe_token_0001"
    assert one.replace("xe_token_0001") == "xe_token_0002"
    assert two.replace("xe_token_0001") == "xe_token_0002"
    assert token_calls(server) == 2


def test_tokens_that_keep_dying_early_point_to_a_second_refresher(
    server: Loopback, tmp_path: Path
) -> None:
    server.will(*(token_answer(number) for number in range(1, 20)))
    store = store_for(server.url, tmp_path)
    token = store.current()
    for _ in range(5):
        token = store.replace(token)
    with pytest.raises(RetryableError, match="别的程序") as caught:
        store.replace(token)
    assert caught.value.wait
    assert token_calls(server) == 6


def test_renewing_proves_the_secret_although_a_token_is_kept(
    server: Loopback, tmp_path: Path
) -> None:
    server.will(token_answer(1), data(None, code=2004))
    store = store_for(server.url, tmp_path)
    store.current()
    with pytest.raises(AuthenticationError):
        store.renew()


def test_each_new_token_is_announced_before_it_is_used(server: Loopback, tmp_path: Path) -> None:
    server.will(token_answer(1), token_answer(2))
    announced: list[str] = []
    store = store_for(server.url, tmp_path, on_token=announced.append)
    store.replace(store.current())
    store_for(server.url, tmp_path, on_token=announced.append).current()
    assert announced == ["xe_token_0001", "xe_token_0002", "xe_token_0002"]


def ask_for_token(url: str, directory: Path, start: Any, results: Any) -> None:
    store = store_for(url, directory)
    start.wait()
    results.put(store.current())


def test_processes_that_need_a_token_at_once_fetch_one(server: Loopback, tmp_path: Path) -> None:
    serve_data(server, EMPTY_LIST)
    start, results = PROCESSES.Barrier(6), PROCESSES.Queue()
    arguments = (server.url, tmp_path, start, results)
    processes = [PROCESSES.Process(target=ask_for_token, args=arguments) for _ in range(6)]
    for process in processes:
        process.start()
    tokens = {results.get(timeout=300) for _ in processes}
    for process in processes:
        process.join()
    assert tokens == {"xe_token_0001"}
    assert token_calls(server) == 1
