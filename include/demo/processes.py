"""Start the demo's processes under a supervisor, notice when one dies, stop them in order.

`Fleet` never relies on being asked to stop: `child_supervisor.py` says what happens when this
process is killed. Each process gets a session of its own, so Ctrl-C in the terminal reaches the
demo alone and the order of stopping stays ours: first Airflow, the database last.
"""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from include.demo import child_supervisor
from include.demo.errors import DemoError


@dataclass(frozen=True)
class Service:
    """A command, its environment, and how it wants to be stopped.

    `order`: services of a higher number are stopped before those of a lower one. `user` and
    `group`, where given, are ids to run as.
    """

    name: str
    command: list[str]
    environment: dict[str, str]
    log: Path
    folder: Path
    order: int = 1
    stop_signal: str = "SIGTERM"
    grace: float = 5.0
    user: int | None = None
    group: int | None = None


class Fleet:
    """The processes that run now; use it as a context manager."""

    def __init__(self, lock: int) -> None:
        self._lock = lock
        self._running: list[tuple[Service, subprocess.Popen[bytes]]] = []

    def __enter__(self) -> Fleet:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self, service: Service) -> subprocess.Popen[bytes]:
        """Start a service and return at once; its log file begins anew."""
        with service.log.open("wb") as log:
            process = subprocess.Popen(
                _supervised(service),
                cwd=service.folder,
                env=service.environment,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=(self._lock,),
            )
        self._running.append((service, process))
        return process

    def run(self, service: Service) -> None:
        """Run a command to its end.

        Raises:
            DemoError: it failed, or a service died meanwhile.
        """
        process = self.start(service)
        while process.poll() is None:
            self.check(but=service)
            time.sleep(0.05)
        self._running.remove((service, process))
        if process.returncode:
            raise DemoError(
                f"{service.name} 失败（退出码 {process.returncode}）。",
                f"{service.name} failed with exit status {process.returncode}.",
                log=service.log,
            )

    def check(self, but: Service | None = None) -> None:
        """Raise DemoError when a service has died."""
        for service, process in self._running:
            if service is not but and process.poll() is not None:
                raise DemoError(
                    f"进程 {service.name} 意外退出（退出码 {process.returncode}）。",
                    f"{service.name} ended unexpectedly, exit status {process.returncode}.",
                    log=service.log,
                )

    def stop(self) -> None:
        """Stop everything that runs; services of the same order stop side by side."""
        for order in sorted({service.order for service, _ in self._running}, reverse=True):
            group = [(each, process) for each, process in self._running if each.order == order]
            for _, process in group:
                if process.stdin:
                    process.stdin.close()
            for service, process in group:
                _wait_or_kill(process, service.grace + 3 * child_supervisor.LEFTOVER_GRACE)
        self._running.clear()


def _supervised(service: Service) -> list[str]:
    options = ["--signal", service.stop_signal, "--grace", str(service.grace)]
    if service.user is not None:
        options += ["--user", str(service.user), "--group", str(service.group)]
    script = str(Path(child_supervisor.__file__).resolve())
    return [sys.executable, "-I", "-S", script, *options, "--", *service.command]


def _wait_or_kill(process: subprocess.Popen[bytes], patience: float) -> None:
    """Wait for a supervisor; where the supervisor itself was killed, end what it held."""
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    child_supervisor.end_session(process.pid)
