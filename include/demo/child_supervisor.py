"""Run one command so that it cannot outlive the demo, however the demo ends.

The demo starts every service through this file and keeps the other end of its standard input. When
the demo dies, be it by SIGKILL, the kernel closes that pipe; this process reads the end of it,
stops its command, and clears away what else is left of the session it leads. A stranger may expect
`prctl(PR_SET_PDEATHSIG)` to be enough: it does not exist on macOS and reaches only the direct
child, while Airflow's scheduler has children and grandchildren of its own. It is used on top, on
Linux, for the case that demo and supervisor are killed together.

Runs as a plain script under `python -I -S`, so it imports the standard library alone.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

PR_SET_PDEATHSIG = 1
LEFTOVER_GRACE = 2.0


def main() -> int:
    """Run the command; return its exit status, or 128 + signal number when a signal ended it."""
    options = _arguments()
    stop_signal = signal.Signals[options.signal]
    wakeup = _wake_up_on(signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    child = subprocess.Popen(
        options.command,
        stdin=subprocess.DEVNULL,
        user=options.user,
        group=options.group,
        extra_groups=None if options.user is None else [],
        preexec_fn=_die_with_parent(stop_signal),
    )
    _wait_for_end(child, wakeup)
    if child.poll() is None:
        child.send_signal(stop_signal)
        _wait(lambda: child.poll() is not None, options.grace)
    end_session(os.getpid(), collect=child.poll)
    status = child.wait()
    return status if status >= 0 else 128 - status


def session_members(session: int) -> list[int]:
    """Return the ids of the live processes of a session, the leader aside."""
    members = []
    for pid in _process_ids():
        try:
            if pid != session and os.getsid(pid) == session and not _is_zombie(pid):
                members.append(pid)
        except OSError:  # it ended in between
            continue
    return members


def _is_zombie(pid: int) -> bool:
    """Tell whether it has ended already: a container's first process may never collect orphans."""
    if sys.platform != "linux":
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


def end_session(session: int, collect: Callable[[], object] = lambda: None) -> None:
    """End what is left of a session: first asking, then by force.

    `collect` is called again and again; it should collect the exit status of own children.
    """
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in session_members(session):
            _send(pid, number)
        _wait(lambda: (collect(), not session_members(session))[1], LEFTOVER_GRACE)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--signal", default="SIGTERM", help="what asks the command to stop")
    parser.add_argument("--grace", type=float, default=5.0, help="seconds before SIGKILL")
    parser.add_argument("--user", type=int, help="user id to run the command as")
    parser.add_argument("--group", type=int, help="group id to run the command as")
    parser.add_argument("command", nargs="+")
    return parser.parse_args()


def _wake_up_on(*signals: signal.Signals) -> int:
    """Make the signals readable from the returned descriptor."""
    readable, writable = os.pipe()
    os.set_blocking(writable, False)
    signal.set_wakeup_fd(writable)
    for number in signals:
        signal.signal(number, lambda *_: None)
    return readable


def _wait_for_end(child: subprocess.Popen[bytes], wakeup: int) -> None:
    """Return when the command has ended, the demo is gone, or it is to stop."""
    while child.poll() is None:
        readable, _, _ = select.select([sys.stdin, wakeup], [], [])
        if sys.stdin in readable and not os.read(sys.stdin.fileno(), 1024):
            return
        if wakeup in readable and set(os.read(wakeup, 1024)) - {signal.SIGCHLD}:
            return


def _wait(done: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not done() and time.monotonic() < deadline:
        time.sleep(0.05)


def _send(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except OSError:  # it ended in between
        return


def _process_ids() -> list[int]:
    """Every process id of the machine; Debian may lack `ps`, macOS lacks `/proc`."""
    if sys.platform == "linux":
        return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
    listing = subprocess.run(["/bin/ps", "-axo", "pid="], capture_output=True, check=True)
    return [int(word) for word in listing.stdout.split()]


def _die_with_parent(number: signal.Signals) -> Callable[[], None] | None:
    """On Linux: have the kernel send the signal to the command when this process is killed."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(PR_SET_PDEATHSIG, int(number))


if __name__ == "__main__":
    sys.exit(main())
