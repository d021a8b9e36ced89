"""One demo at a time: who runs is named, and a run that is ending is waited for."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from include.demo.errors import DemoError
from include.demo.run_lock import RunLock
from tests.paths import ROOT
from tests.waiting import wait_until


def hold_the_lock(folder: Path, end: str) -> subprocess.Popen[bytes]:
    """Start a process that takes the lock and then does what `end` says."""
    program = f"""
    import os, subprocess, sys, time
    from pathlib import Path
    from include.demo.run_lock import RunLock
    folder = Path({str(folder)!r})
    lock = RunLock(folder)
    lock.acquire()
    {end}
    """
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)], cwd=ROOT)
    wait_until(lambda: (folder / "taken").exists())
    return process


def test_a_run_that_is_alive_is_named_with_the_way_to_stop_it(tmp_path: Path) -> None:
    other = hold_the_lock(tmp_path, '(folder / "taken").touch(); time.sleep(300)')
    try:
        with pytest.raises(DemoError, match=rf"kill {other.pid}\b"):
            RunLock(tmp_path).acquire(patience=0)
    finally:
        other.kill()
        other.wait()


def test_the_services_of_a_killed_run_are_waited_for(tmp_path: Path) -> None:
    service = f'["/bin/sh", "-c", "until test -e {tmp_path}/go; do sleep 0.05; done"]'
    end = f"subprocess.Popen({service}, pass_fds=(lock.descriptor,)); "
    end += '(folder / "taken").touch(); os.kill(os.getpid(), 9)'
    hold_the_lock(tmp_path, end).wait()
    with pytest.raises(DemoError, match="ending"):
        RunLock(tmp_path).acquire(patience=0)
    (tmp_path / "go").touch()
    RunLock(tmp_path).acquire(patience=120)


def test_a_lock_of_a_run_that_has_ended_is_free(tmp_path: Path) -> None:
    hold_the_lock(tmp_path, '(folder / "taken").touch()').wait()
    lock = RunLock(tmp_path)
    lock.acquire(patience=0)
    assert lock.owner() == os.getpid()


def test_a_process_that_has_got_an_old_owners_number_is_not_the_owner(tmp_path: Path) -> None:
    lock = RunLock(tmp_path)
    (tmp_path / "lock").write_text(f'{{"pid": {os.getpid()}, "started": 1.0}}')
    assert lock.owner() is None
    os.close(lock.descriptor)


def test_a_damaged_lock_file_names_nobody(tmp_path: Path) -> None:
    lock = RunLock(tmp_path)
    (tmp_path / "lock").write_text('{"pid"')
    assert lock.owner() is None
    os.close(lock.descriptor)
