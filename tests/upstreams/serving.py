"""Runs an ASGI application on a free port of loopback, in the loop of the test."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn


def free_socket() -> tuple[socket.socket, int]:
    """Return a bound socket and its port; nobody else can take the port meanwhile."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", 0))
    return sock, sock.getsockname()[1]


@asynccontextmanager
async def serving(app: Any, sock: socket.socket, **options: Any) -> AsyncIterator[uvicorn.Server]:
    """Serve an application until the block ends."""
    config = uvicorn.Config(app, log_config=None, http="httptools", ws="none", **options)
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=[sock])
    await server.on_tick(0)  # sets the headers of answers
    try:
        yield server
    finally:
        await _end(server, sock)
        assert not server.lifespan.should_exit, "the application did not start or stop cleanly"


async def _end(server: uvicorn.Server, sock: socket.socket) -> None:
    """End as uvicorn does, which looks only ten times a second whether all is answered."""
    for listening in server.servers:
        listening.close()
    sock.close()
    state = server.server_state
    for connection in list(state.connections):
        connection.shutdown()
    while state.connections or state.tasks:  # noqa: ASYNC110 - it tells nobody
        await asyncio.sleep(0.001)
    await server.lifespan.shutdown()
