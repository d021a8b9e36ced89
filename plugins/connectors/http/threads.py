"""Lets several calls be under way at once, in threads that live as long as their transport.

Each thread has a session of its own (see `Transport`), so the connections stay open from one piece
of work to the next. With a single thread nothing is started, and everything happens in order.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain
from queue import SimpleQueue
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Threads:
    """Up to `number` threads; share one instance among all the work on one system."""

    def __init__(self, number: int = 1) -> None:
        self.number = number
        self._pool: ThreadPoolExecutor | None = None
        self._starting = threading.Lock()
        self._mine = threading.local()

    def map(self, act: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """Yield `act` of each item, in the order of the items.

        At most twice as many items as there are threads are taken ahead of what has been yielded,
        so a stream of any length needs little memory. What `act` raises is raised when it is that
        item's turn; items that have not begun by then are left, and those that have are waited for.
        Within a thread of its own it works through the items one by one, as nobody else would.
        """
        if self.number <= 1 or getattr(self._mine, "inside", False):
            yield from map(act, items)
            return
        begun: deque[Future[R]] = deque()
        try:
            for item in items:
                begun.append(self._started().submit(self._act, act, item))
                if len(begun) >= 2 * self.number:
                    yield begun.popleft().result()
            while begun:
                yield begun.popleft().result()
        finally:
            _abandon(begun)

    def merge(self, streams: Iterable[Iterable[R]]) -> Iterator[R]:
        """Yield what several streams yield, worked through at once, in the order in which it comes.

        There must be fewer of them than threads. What one raises is raised at once; the others end
        with their next item, and are waited for. Within a thread of its own it works through them
        one by one.
        """
        if self.number <= 1 or getattr(self._mine, "inside", False):
            yield from chain.from_iterable(streams)
            return
        came: SimpleQueue[tuple[R] | Future[None]] = SimpleQueue()
        over = threading.Event()

        def work(stream: Iterable[R]) -> None:
            for item in stream:
                if over.is_set():
                    return
                came.put((item,))

        begun = [self._started().submit(self._act, work, stream) for stream in streams]
        try:
            for future in begun:
                future.add_done_callback(came.put)
            left = len(begun)
            while left:
                one = came.get()
                if isinstance(one, Future):
                    one.result()
                    left -= 1
                else:
                    yield one[0]
        finally:
            over.set()
            _abandon(begun)

    def each(self, act: Callable[[T], object], items: Iterable[T]) -> None:
        """Do `act` with each item."""
        for _ in self.map(act, items):
            pass

    def _act(self, act: Callable[[T], R], item: T) -> R:
        self._mine.inside = True
        return act(item)

    def _started(self) -> ThreadPoolExecutor:
        with self._starting:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self.number, thread_name_prefix="calls")
            return self._pool


def _abandon(begun: Iterable[Future[R]]) -> None:
    """Cancel what has not begun, and wait for the rest: no call may go on behind an error."""
    for future in [future for future in begun if not future.cancel()]:
        future.exception()
