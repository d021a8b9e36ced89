"""Turn every way of being asked to stop into one exception in the main thread."""

from __future__ import annotations

import os
import signal
import threading
import time
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(BaseException):
    """Someone asked the demo to stop; `number` is the signal."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


def raise_on_signals() -> None:
    """From now on raise Interrupted on Ctrl-C, SIGTERM and SIGHUP.

    SIGINT is taken even where it was ignored, as it is for a shell's background jobs; SIGHUP is
    not, since `nohup` asks for that.
    """
    for number in SIGNALS:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _raise)


def ignore_signals() -> None:
    """From now on nothing interrupts: the demo is stopping already, which takes bounded time."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def stop_with_make() -> None:
    """Stop when the `make` that started the demo is killed; it cannot pass that on itself."""
    if "MAKELEVEL" in os.environ:
        threading.Thread(target=_watch, args=(os.getppid(),), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGTERM)


def _raise(number: int, _: FrameType | None) -> None:
    raise Interrupted(number)
