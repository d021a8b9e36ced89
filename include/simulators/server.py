"""Real sockets for the simulated apps: uvicorn on 127.0.0.1, and nothing else.

A fault must be able to break the connection for good. ASGI has no word for that, so the protocol
class below puts a `simulator.drop` callable into the request's `extensions`.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

DROP = "simulator.drop"
# linger on, zero seconds: the kernel sends RST instead of FIN when the socket is closed
_LINGER_ZERO = struct.pack("ii", 1, 0)


class ResettableProtocol(HttpToolsProtocol):
    """uvicorn's protocol, with a way for the app to reset the connection it is called on."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wrap the app so that each of this connection's requests carries `DROP`."""
        super().connection_made(transport)
        app = self.app

        async def resettable(scope: Scope, receive: Receive, send: Send) -> None:
            scope.setdefault("extensions", {})[DROP] = self.drop
            await app(scope, receive, send)

        self.app = resettable

    async def drop(self, *, reset: bool) -> None:
        """End the connection: the client sees ECONNRESET, or a plain end of data."""
        if reset:
            self.transport.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO
            )
            self.transport.abort()
        else:
            self.transport.close()
        # uvicorn answers 500 for an app that returns before it has noticed the loss
        while not self.cycle.disconnected:
            await asyncio.sleep(0)


class Listener:
    """One app on one loopback port. Port 0 takes a free one; `base_url` tells which."""

    def __init__(self, app: ASGIApp, port: int = 0) -> None:
        # asyncio sets TCP_NODELAY only where the protocol is named; without it, 40 ms an answer
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", port))
        self.base_url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                http=ResettableProtocol,
                ws="none",
                lifespan="off",
                log_level="warning",
                access_log=False,
                date_header=False,
                server_header=False,
                timeout_keep_alive=60,
            )
        )

    async def start(self) -> None:
        """Accept connections on the running event loop."""
        self._server.config.load()
        self._server.lifespan = self._server.config.lifespan_class(self._server.config)
        await self._server.startup(sockets=[self._socket])

    async def stop(self) -> None:
        """Close everything at once; answers that a fault is still holding back are dropped."""
        for server in self._server.servers:
            server.close()
        state = self._server.server_state
        for connection in list(state.connections):
            if connection.transport is not None:
                connection.transport.abort()
        tasks = list(state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._socket.close()


@contextmanager
def serve(app: ASGIApp, port: int = 0) -> Iterator[str]:
    """Serve `app` from a thread on 127.0.0.1 and yield its base URL; stops within milliseconds."""
    listener = Listener(app, port)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="simulator", daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(listener.start(), loop).result(timeout=60)
    try:
        yield listener.base_url
    finally:
        asyncio.run_coroutine_threadsafe(listener.stop(), loop).result(timeout=60)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=60)
        loop.close()
