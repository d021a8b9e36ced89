"""The demo's Airflow: closed to others, deaf to the caller's settings, with keys of its own."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from include.demo.ports import Ports
from include.demo.secrets_needed import (
    CONNECTIONS,
    DATABASE,
    FERNET,
    JWT,
    SESSION,
    environment_of,
)
from include.demo.settings import (
    LOGIN,
    SHARED_AIRFLOW_SETTINGS,
    Folders,
    Keys,
    airflow_environment,
    service_environment,
)

PORTS = Ports(airflow=8080, hap=8090, xiaoe=8091)


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    folders = Folders(tmp_path / "demo")
    folders.create()
    return folders


def environment(folders: Folders) -> dict[str, str]:
    return airflow_environment(folders, PORTS, Keys.load_or_create(folders), "postgresql://")


def test_a_real_connection_of_the_caller_is_never_used(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_MINGDAO_DEFAULT", "mingdao://real")
    monkeypatch.setenv("AIRFLOW_CONN_OTHER", "mingdao://real")
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "CeleryExecutor")
    settings = environment(folders)
    assert "mingdao://real" not in settings.values()
    assert settings["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"


def test_connections_lead_to_the_simulators(folders: Folders) -> None:
    settings = environment(folders)
    for name, port in (("XIAOE", PORTS.xiaoe), ("MINGDAO", PORTS.hap)):
        connection = json.loads(settings[f"AIRFLOW_CONN_{name}_DEFAULT"])
        assert connection["host"] == f"http://127.0.0.1:{port}"
        assert connection["extra"]["allow_http"] is True


def test_nothing_listens_beyond_this_machine(folders: Folders) -> None:
    assert environment(folders)["AIRFLOW__API__HOST"] == "127.0.0.1"


def test_no_proxy_is_asked_for_what_is_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "example.invalid")
    settings = service_environment()
    assert settings["no_proxy"] == settings["NO_PROXY"] == "*"


def test_bytecode_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    assert "PYTHONDONTWRITEBYTECODE" not in service_environment()


def test_credentials_are_named_as_sensitive() -> None:
    named = SHARED_AIRFLOW_SETTINGS["AIRFLOW__CORE__SENSITIVE_VAR_CONN_NAMES"].split(",")
    assert {"appkey", "sign", "app_id"} <= set(named)


def test_keys_are_drawn_once_and_are_good_keys(folders: Folders) -> None:
    keys = Keys.load_or_create(folders)
    assert Keys.load_or_create(folders) == keys
    Fernet(keys.fernet_key)
    assert len(keys.jwt_secret) >= 64


def test_keys_differ_from_one_demo_to_the_next(folders: Folders, tmp_path: Path) -> None:
    other = Folders(tmp_path / "other")
    other.create()
    assert Keys.load_or_create(folders).password != Keys.load_or_create(other).password


def test_secrets_are_readable_by_their_owner_alone(folders: Folders) -> None:
    Keys.load_or_create(folders)
    for path in (folders.root / "keys.json", folders.passwords, folders.airflow / "airflow.cfg"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folders.airflow.stat().st_mode) == 0o700


def test_a_password_file_that_others_could_read_is_closed(folders: Folders) -> None:
    folders.passwords.write_text("{}")
    folders.passwords.chmod(0o644)
    keys = Keys.load_or_create(folders)
    assert stat.S_IMODE(folders.passwords.stat().st_mode) == 0o600
    assert json.loads(folders.passwords.read_text()) == {LOGIN: keys.password}


def test_folders_can_be_made_twice(folders: Folders) -> None:
    folders.create()
    assert folders.logs.is_dir()


@pytest.mark.parametrize(
    ("component", "unknown"),
    [
        ("dag-processor", {FERNET, JWT, SESSION, *CONNECTIONS}),
        ("scheduler", {FERNET, SESSION}),
        ("worker", {DATABASE, FERNET, JWT, SESSION}),
    ],
)
def test_a_process_does_not_know_the_secrets_that_it_does_not_need(
    folders: Folders, component: str, unknown: set[str]
) -> None:
    given = environment_of(component, environment(folders))
    assert not given.keys() & unknown
    assert given["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"]
