"""A service below HTTP: answers each connection with given bytes, or breaks off."""

import asyncio
import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from socket import SO_LINGER, SOL_SOCKET

RESET = b"<reset>"


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
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    service.port = server.sockets[0].getsockname()[1]
    try:
        yield service
    finally:
        server.close()
        await server.wait_closed()
