"""Which state an installation uses, and what is said where it cannot be used."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from redis.exceptions import AuthenticationError

from connectors.errors import ConfigurationError, RetryableError
from connectors.rates.limits import Budget, Limiter
from connectors.state.chosen import is_named, shared_state
from connectors.state.files import FileState
from connectors.state.redis_server import RedisState
from connectors.xiaoe.auth import NewToken, TokenStore

PASSWORD = "p4ss+word/9=="
NOBODY_THERE = f"redis://:{PASSWORD.replace('/', '%2F')}@127.0.0.1:1/0"


@pytest.fixture(autouse=True)
def _nothing_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XIAOE_STATE", "XIAOE_TOKEN_DIR"):
        monkeypatch.delenv(name, raising=False)


def test_files_unless_a_redis_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_HOME", "/srv/airflow")
    assert (shared_state(), is_named()) == (FileState(Path("/srv/airflow/xiaoe_tokens")), False)
    monkeypatch.setenv("XIAOE_TOKEN_DIR", "/srv/tokens")
    assert (shared_state(), is_named()) == (FileState(Path("/srv/tokens")), True)
    monkeypatch.setenv("XIAOE_STATE", f" {NOBODY_THERE}\n")
    assert isinstance(shared_state(), RedisState)
    assert (shared_state(), is_named()) == (shared_state(), True)


@pytest.mark.parametrize("address", ["127.0.0.1:6379", "http://h/0", "redis://h:port/0"])
def test_what_is_no_address_is_refused_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("XIAOE_STATE", address)
    with pytest.raises(ConfigurationError, match=r"XIAOE_STATE.*redis://") as caught:
        shared_state()
    assert address not in str(caught.value)


def test_without_the_client_library_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XIAOE_STATE", "redis://nowhere:6379/7")
    monkeypatch.delitem(sys.modules, "connectors.state.redis_server")
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(ConfigurationError, match=r"requirements-celery\.txt"):
        shared_state()


def test_a_redis_that_does_not_answer_stops_calls_and_says_what_to_do() -> None:
    state = RedisState.at(NOBODY_THERE)
    limiter = Limiter({"a": Budget("a", 10, 1)}, scope="shop", state=state, shares=4)
    tokens = TokenStore(state, "shop", lambda: NewToken("xe", 7200))
    for act in (lambda: limiter.acquire("a"), lambda: limiter.slow_down("a"), tokens.current):
        with pytest.raises(RetryableError, match="XIAOE_STATE") as caught:
            act()
        assert PASSWORD not in str(caught.value)
        assert caught.value.__suppress_context__


def test_a_password_that_is_refused_is_an_error_of_the_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    state = RedisState.at(NOBODY_THERE)
    notes = state.notes("a")

    def refuse(**_: object) -> None:
        raise AuthenticationError(f"invalid password {PASSWORD}")

    monkeypatch.setattr(notes, "_script", refuse)
    with pytest.raises(ConfigurationError, match="密码不对") as caught:
        notes.append("x")
    assert PASSWORD not in str(caught.value)


def test_the_address_and_its_password_are_secrets_in_every_form() -> None:
    state = RedisState.at(NOBODY_THERE)
    assert {NOBODY_THERE, PASSWORD, PASSWORD.replace("/", "%2F")} <= set(state.secrets)
    assert PASSWORD not in repr(state)


def test_keys_tell_nothing_of_the_shop() -> None:
    state = RedisState.at(NOBODY_THERE)
    keys = [getattr(one("https://shop app1"), "_key") for one in (state.text, state.notes)]  # noqa: B009
    assert not [key for key in keys if "shop" in key or "app1" in key]
