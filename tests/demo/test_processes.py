"""The demo's processes: started, watched, stopped in order, and never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from include.demo import child_supervisor
from include.demo.errors import DemoError
from include.demo.processes import Fleet
from tests.demo.services import is_alive, service, written_pids
from tests.paths import ROOT
from tests.waiting import wait_until

FAMILY = "echo $$ > parent; sh -c 'echo $$ > child; exec sleep 300' & wait"
STUBBORN = (
    "trap '' TERM; echo $$ > parent; sh -c 'trap \"\" TERM; echo $$ > child; sleep 300'; wait"
)


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    with (tmp_path / "lock").open("w") as lock, Fleet(lock.fileno()) as fleet:
        yield fleet


def test_stopping_ends_children_too(fleet: Fleet, tmp_path: Path) -> None:
    fleet.start(service(tmp_path, FAMILY))
    pids = written_pids(tmp_path / "parent", tmp_path / "child")
    fleet.stop()
    assert not any(is_alive(pid) for pid in pids)


def test_what_ignores_the_request_to_stop_is_killed(fleet: Fleet, tmp_path: Path) -> None:
    fleet.start(service(tmp_path, STUBBORN, grace=0.2))
    pids = written_pids(tmp_path / "parent", tmp_path / "child")
    fleet.stop()
    assert not any(is_alive(pid) for pid in pids)


def test_a_service_is_stopped_by_the_signal_it_wants(fleet: Fleet, tmp_path: Path) -> None:
    script = (
        "trap 'echo INT > seen; exit' INT; trap 'echo TERM > seen; exit' TERM; echo $$ > parent;"
    )
    script += " while :; do sleep 0.05; done"
    fleet.start(service(tmp_path, script, stop_signal="SIGINT", grace=120))
    written_pids(tmp_path / "parent")
    fleet.stop()
    assert (tmp_path / "seen").read_text().strip() == "INT"


def test_the_database_is_stopped_last(fleet: Fleet, tmp_path: Path) -> None:
    waits = "echo $$ > {0}; trap 'sleep 0.3; echo {0} >> order; exit' TERM;"
    waits += " while :; do sleep 0.05; done"
    for name, order in (("database", 0), ("airflow", 1)):
        fleet.start(service(tmp_path, waits.format(name), name=name, order=order, grace=120))
    written_pids(tmp_path / "database", tmp_path / "airflow")
    fleet.stop()
    assert (tmp_path / "order").read_text().split() == ["airflow", "database"]


def test_a_service_that_dies_is_noticed_with_its_log(fleet: Fleet, tmp_path: Path) -> None:
    process = fleet.start(service(tmp_path, "echo no room left; exit 3"))
    process.wait()
    with pytest.raises(DemoError, match=r"service .*3") as caught:
        fleet.check()
    assert caught.value.last_lines() == ["no room left"]


def test_a_command_that_fails_is_an_error_with_its_log(fleet: Fleet, tmp_path: Path) -> None:
    with pytest.raises(DemoError) as caught:
        fleet.run(service(tmp_path, "echo cannot migrate; exit 1", name="migrate"))
    assert caught.value.last_lines() == ["cannot migrate"]


def test_a_command_that_ends_well_is_forgotten(fleet: Fleet, tmp_path: Path) -> None:
    fleet.run(service(tmp_path, "true"))
    fleet.check()


def test_a_command_ended_by_a_signal_has_failed(fleet: Fleet, tmp_path: Path) -> None:
    with pytest.raises(DemoError, match="137"):
        fleet.run(service(tmp_path, "kill -9 $$"))


def test_a_service_cannot_read_the_terminal(fleet: Fleet, tmp_path: Path) -> None:
    fleet.run(service(tmp_path, 'test -z "$(cat)"'))


def test_when_its_supervisor_is_killed_a_service_is_stopped_all_the_same(
    fleet: Fleet, tmp_path: Path
) -> None:
    supervisor = fleet.start(service(tmp_path, STUBBORN, grace=0.2))
    pids = written_pids(tmp_path / "parent", tmp_path / "child")
    supervisor.kill()
    fleet.stop()
    assert not any(is_alive(pid) for pid in pids)


def start_demo_like(folder: Path, script: str) -> subprocess.Popen[bytes]:
    """Start a process that runs a fleet of one service, the way the demo does."""
    program = f"""
    import time
    from pathlib import Path
    from include.demo.processes import Fleet
    from tests.demo.services import service
    folder = Path({str(folder)!r})
    with (folder / "lock").open("w") as lock, Fleet(lock.fileno()) as fleet:
        fleet.start(service(folder, {script!r}, grace=0.2))
        time.sleep(300)
    """
    return subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)], cwd=ROOT)


@pytest.mark.parametrize("script", [FAMILY, STUBBORN], ids=["obedient", "stubborn"])
def test_nothing_outlives_a_demo_that_is_killed(tmp_path: Path, script: str) -> None:
    demo = start_demo_like(tmp_path, script)
    pids = written_pids(tmp_path / "parent", tmp_path / "child")
    demo.kill()
    demo.wait()
    wait_until(lambda: not any(is_alive(pid) for pid in pids))


if sys.platform == "linux":

    def test_nothing_outlives_demo_and_supervisor_killed_together(tmp_path: Path) -> None:
        demo = start_demo_like(tmp_path, "echo $$ > parent; exec sleep 300")
        pids = written_pids(tmp_path / "parent")
        supervisor = psutil.Process(demo.pid).children()[0]
        for pid in (demo.pid, supervisor.pid):
            os.kill(pid, signal.SIGKILL)
        demo.wait()
        wait_until(lambda: not any(is_alive(pid) for pid in pids))


def test_stopping_an_obedient_service_takes_no_time(
    fleet: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child_supervisor, "LEFTOVER_GRACE", 300)
    fleet.start(service(tmp_path, FAMILY, grace=300))
    written_pids(tmp_path / "parent", tmp_path / "child")
    begun = time.monotonic()
    fleet.stop()
    assert time.monotonic() - begun < 120  # and not the 300 s that it might take
