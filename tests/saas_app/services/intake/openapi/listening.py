"""A local service that answers everything and remembers what arrived, byte for byte."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n"


@dataclass(frozen=True)
class Arrived:
    """One request as it came over the wire; header names are in small letters."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """The first value of a header."""
        return next((value for key, value in self.headers if key == name), None)


@dataclass
class Service:
    """Where the service listens, and what has arrived."""

    port: int = 0
    arrived: list[Arrived] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection until it closes."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                request = await _read(head, reader)
                self.arrived.append(request)
                writer.write(_ANSWER + (b"" if request.method == "HEAD" else b"{}"))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


async def _read(head: bytes, reader: asyncio.StreamReader) -> Arrived:
    first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    method, target, _ = first.split(" ")
    headers = [(k.lower(), v.strip()) for k, _, v in (line.partition(":") for line in lines)]
    length = next((int(value) for key, value in headers if key == "content-length"), 0)
    return Arrived(method, target, tuple(headers), await reader.readexactly(length))


@asynccontextmanager
async def listening() -> AsyncIterator[Service]:
    """Run the service on a free port of the loopback interface."""
    service = Service()
    server = await asyncio.start_server(service.serve, "127.0.0.1", 0, limit=2**22)
    service.port = server.sockets[0].getsockname()[1]
    try:
        yield service
    finally:
        server.close()
