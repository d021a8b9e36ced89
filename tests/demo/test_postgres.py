"""The demo's PostgreSQL: from the wheel, as any user, closed to others, gone when told so."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from include.demo.postgres import LONGEST_SOCKET_PATH, Postgres
from include.demo.processes import Fleet
from include.demo.settings import Folders


@pytest.fixture
def folders(tmp_path: Path) -> Iterator[Folders]:
    """A folder that other accounts cannot reach, which is the harder case where root runs this."""
    tmp_path.chmod(0o700)
    folders = Folders(tmp_path / "a demo, 演示")
    folders.create()
    yield folders
    Postgres(folders).remove()


@pytest.fixture
def fleet(folders: Folders) -> Iterator[Fleet]:
    with (folders.root / "lock").open("w") as lock, Fleet(lock.fileno()) as fleet:
        yield fleet


def connect(postgres: Postgres) -> psycopg.Connection[tuple[int]]:
    return psycopg.connect(postgres.url.replace("+psycopg2", ""), autocommit=True)


def postmaster(connection: psycopg.Connection[tuple[int]]) -> psutil.Process:
    row = connection.execute("select pg_backend_pid()").fetchone()
    assert row
    parent = psutil.Process(row[0]).parent()
    assert parent
    return parent


def test_data_are_there_again_after_a_stop(folders: Folders, fleet: Fleet) -> None:
    first = Postgres(folders)
    assert first.is_new
    first.start(fleet)
    with connect(first) as connection:
        connection.execute("create table kept as select 42 as answer")
    fleet.stop()
    second = Postgres(folders)
    assert not second.is_new
    second.start(fleet)
    with connect(second) as connection:
        assert connection.execute("select answer from kept").fetchone() == (42,)


def test_it_stops_at_once_although_clients_are_connected(folders: Folders, fleet: Fleet) -> None:
    postgres = Postgres(folders)
    postgres.start(fleet)
    with connect(postgres) as connection:
        server = postmaster(connection)
        fleet.stop()
        assert not server.is_running()
    assert "received fast shutdown request" in (folders.logs / "postgres.log").read_text()


def test_it_is_closed_to_the_network_and_to_others(folders: Folders, fleet: Fleet) -> None:
    postgres = Postgres(folders)
    postgres.start(fleet)
    with connect(postgres) as connection:
        server = postmaster(connection)
        assert server.uids().effective != 0
        assert not server.net_connections(kind="inet")
        row = connection.execute("show unix_socket_directories").fetchone()
        assert row
        assert stat.S_IMODE(Path(str(row[0])).stat().st_mode) == 0o700


def test_a_half_made_database_is_made_again(folders: Folders, fleet: Fleet) -> None:
    postgres = Postgres(folders)
    half_made = postgres.home / "data.new"
    half_made.mkdir()
    (half_made / "PG_VERSION").write_text("18")
    postgres.start(fleet)
    with connect(postgres) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_a_deep_folder_is_no_obstacle(tmp_path: Path) -> None:
    folders = Folders(tmp_path / ("deep" * 25))
    folders.create()
    with (folders.root / "lock").open("w") as lock, Fleet(lock.fileno()) as fleet:
        postgres = Postgres(folders)
        postgres.start(fleet)
        with connect(postgres) as connection:
            row = connection.execute("show unix_socket_directories").fetchone()
    assert row
    assert len(os.fsencode(str(row[0]))) < LONGEST_SOCKET_PATH
    elsewhere = [link.resolve() for link in folders.root.iterdir() if link.is_symlink()]
    assert elsewhere
    postgres.remove()
    assert not any(path.exists() for path in elsewhere)


def test_rights_of_the_callers_folders_stay_as_they_are(folders: Folders, fleet: Fleet) -> None:
    parents = [folders.root, *folders.root.parents]
    before = [path.stat().st_mode for path in parents]
    Postgres(folders).start(fleet)
    assert [path.stat().st_mode for path in parents] == before
