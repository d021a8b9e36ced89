"""Sockets that keep a deadline for the whole call, and connect to permitted addresses alone.

The read timeout of `requests` counts from one received byte to the next: a server that drips a byte
a second is waited for without end, in the head of the answer as well as in its body. Here each read
may last at most until the call's own deadline.

The deadline belongs to the thread, because a session, and so each of its sockets, does too.
"""

from __future__ import annotations

import io
import socket
import threading
import time
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from connectors.http.address import Reach, refuses_peer


class PeerRefused(OSError):  # noqa: N818 - it never leaves the transport
    """The socket is connected to an address that must not be called."""


class CallClock(threading.local):
    """How long the current thread's call may still take."""

    def __init__(self) -> None:
        self._deadline = float("inf")
        self._read = float("inf")

    def start(self, *, total: float, read: float) -> None:
        """Begin a call that may last ``total`` seconds, with ``read`` seconds between two bytes."""
        self._deadline = time.monotonic() + total
        self._read = read

    @property
    def left(self) -> float:
        """Seconds until the deadline; negative when it has passed."""
        return self._deadline - time.monotonic()

    def next_read(self) -> float:
        """Seconds that the next read may take; raises once the deadline has passed."""
        left = self.left
        if left <= 0:
            raise TimeoutError("deadline of the call")
        return min(self._read, left)


class _ClockedReader(io.RawIOBase):
    """The receiving side of a socket, each read bounded by the clock."""

    def __init__(self, sock: socket.socket, clock: CallClock) -> None:
        self._sock = sock
        self._clock = clock
        # makefile() rather than recv(): it keeps the descriptor open while the answer is read,
        # although http.client closes the socket of a `Connection: close` answer at its head.
        self._raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:  # noqa: ANN401 - any writable buffer
        self._sock.settimeout(self._clock.next_read())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _ClockedSocket:
    """A socket whose `makefile` reads by the clock; everything else is the socket's own."""

    def __init__(self, sock: Any, clock: CallClock) -> None:  # noqa: ANN401 - plain or TLS socket
        self._sock = sock
        self._clock = clock

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._sock, name)

    def makefile(self, *_: object, **__: object) -> io.BufferedReader:
        return io.BufferedReader(_ClockedReader(self._sock, self._clock), 64 * 1024)


class _Clocked:
    """What the plain and the TLS connection share."""

    sock: Any
    clock: CallClock
    reach: Reach

    def _new_conn(self) -> Any:  # noqa: ANN401 - as urllib3 has it
        """Judge the peer before anything is sent, a TLS greeting included."""
        sock = super()._new_conn()  # type: ignore[misc]
        if refuses_peer(sock.getpeername()[0], reach=self.reach):
            sock.close()
            raise PeerRefused
        return sock

    def connect(self) -> None:
        super().connect()  # type: ignore[misc]
        self.sock = _ClockedSocket(self.sock, self.clock)


class ClockedAdapter(HTTPAdapter):
    """The `requests` adapter over clocked sockets; it never repeats anything by itself."""

    def __init__(self, clock: CallClock, *, reach: Reach) -> None:
        shared = {"clock": clock, "reach": reach}
        plain = type("ClockedHTTPConnection", (_Clocked, HTTPConnection), shared)
        tls = type("ClockedHTTPSConnection", (_Clocked, HTTPSConnection), shared)
        self._pools = {
            "http": type("ClockedHTTPPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
            "https": type("ClockedHTTPSPool", (HTTPSConnectionPool,), {"ConnectionCls": tls}),
        }
        self._pool: Any = None
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        """Return the pool of the one server that a session calls: finding it anew costs much."""
        if self._pool is None:
            self._pool = super().get_connection_with_tls_context(*args, **kwargs)
        return self._pool

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        """Create the pools, as `requests` asks for it, of our own classes."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools
