"""A service below HTTP: answers each connection with given bytes, or breaks off."""

import asyncio
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from socket import SO_LINGER, SOL_SOCKET
from typing import Any

RESET = b"<reset>"

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass(slots=True)
class RawService:
    """What came in, one entry per request."""

    port: int = 0
    requests: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"


@asynccontextmanager
async def raw_service(answers: Sequence[bytes]) -> AsyncIterator[RawService]:
    """Give each connection the next answer (the last one again and again), then close it.

    `RESET` in an answer ends the connection with a reset there.
    """
    service, left = RawService(), list(answers)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        service.requests.append(await reader.readuntil(b"\r\n\r\n"))
        answer = left.pop(0) if len(left) > 1 else left[0]
        sent, _, _ = answer.partition(RESET)
        writer.write(sent)
        await writer.drain()
        if RESET in answer:
            sock = writer.get_extra_info("socket")
            sock.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))

    async with listening(serve) as service.port:
        yield service


@asynccontextmanager
async def listening(serve: Serve, host: str = "127.0.0.1") -> AsyncIterator[int]:
    """Serve connections on a port; none is left open at the end."""
    tasks: set[asyncio.Task[Any]] = set()
    writers: set[asyncio.StreamWriter] = set()

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        writers.add(writer)
        try:
            with suppress(OSError, EOFError):
                await serve(reader, writer)
        finally:
            writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        writers.discard(writer)
        tasks.discard(task)

    server = await asyncio.start_server(served, host, 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await asyncio.sleep(0)  # for what was accepted and is not served yet
        for task in tasks:
            task.cancel()
        for writer in writers:
            writer.transport.abort()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()
