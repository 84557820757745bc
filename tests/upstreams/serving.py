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
async def serving(
    app: Any, sock: socket.socket, *, server_class: Any = uvicorn.Server, **options: Any
) -> AsyncIterator[uvicorn.Server]:
    """Serve an application until the block ends."""
    config = uvicorn.Config(app, log_config=None, http="httptools", ws="none", **options)
    server = server_class(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=[sock])
    loop = asyncio.create_task(server.main_loop())
    try:
        yield server
    finally:
        server.should_exit = True
        await loop
        await server.shutdown(sockets=[sock])
        assert not server.lifespan.should_exit, "the application did not start or stop cleanly"
