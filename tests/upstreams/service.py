"""The service's routes: an echo that remembers requests, and one route per way to misbehave."""

import asyncio
import gzip
import json
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it arrived, byte for byte where that matters."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """Return a header's first value."""
        return next((value for key, value in self.headers if key == name.lower()), None)


@dataclass(slots=True)
class Service:
    """What the routes share: requests that came, answers that wait, gates that hold answers."""

    received: list[Received] = field(default_factory=list)
    scripted: list[Response] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    elsewhere: str = ""

    @property
    def last(self) -> Received:
        """The newest request."""
        return self.received[-1]

    def answer_next(self, *responses: Response) -> None:
        """Let `/scripted` give these answers, in turn."""
        self.scripted.extend(responses)

    def app(self) -> Starlette:
        """Return the ASGI application."""
        routes = {
            "/echo{rest:path}": self._echo,
            "/cities/{city}": self._city,
            "/held": self._held,
            "/scripted": self._scripted,
            "/huge": self._huge,
            "/bomb": self._bomb,
            "/redirect": self._redirect,
            "/loop": self._loop,
            "/empty": self._empty,
            "/image": self._image,
            "/text": self._text,
        }
        return Starlette(
            routes=[Route(path, serve, methods=METHODS) for path, serve in routes.items()]
        )

    async def note(self, request: Request) -> Received:
        """Remember a request."""
        raw = request.scope["raw_path"].decode()
        query = request.scope["query_string"].decode()
        received = Received(
            request.method,
            f"{raw}?{query}" if query else raw,
            [(name.decode(), value.decode("latin-1")) for name, value in request.headers.raw],
            await request.body(),
        )
        self.received.append(received)
        self.arrived.set()
        return received

    async def _echo(self, request: Request) -> Response:
        received = await self.note(request)
        return JSONResponse(
            {
                "method": received.method,
                "target": received.target,
                "headers": dict(received.headers),
                "body": received.body.decode("latin-1"),
            }
        )

    async def _city(self, request: Request) -> Response:
        await self.note(request)
        city = request.path_params["city"]
        return JSONResponse({"id": city, "name": city.title(), "population": 10**6})

    async def _held(self, request: Request) -> Response:
        """Answer when the gate opens, or end when whoever asked has gone."""
        await self.note(request)
        waiting = [asyncio.create_task(self.gate.wait()), asyncio.create_task(_gone(request))]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()
        return JSONResponse({"held": True})

    async def _scripted(self, request: Request) -> Response:
        await self.note(request)
        return self.scripted.pop(0)

    async def _huge(self, request: Request) -> Response:
        await self.note(request)
        kind = request.query_params.get("type", "text/plain")

        async def chunks() -> AsyncIterator[bytes]:
            for _ in range(400):
                yield b"0123456789abcdef" * 4096  # 64 KiB, 25 MiB in all

        return StreamingResponse(chunks(), media_type=kind)

    async def _bomb(self, request: Request) -> Response:
        await self.note(request)
        encoding = request.query_params.get("encoding", "gzip")
        compressor = zlib.compressobj(wbits=31 if encoding == "gzip" else 15)
        packed = b"".join(compressor.compress(b"\0" * 1_000_000) for _ in range(300))
        packed += compressor.flush()
        headers = {"content-encoding": encoding, "content-type": "text/plain"}
        return Response(packed, headers=headers)

    async def _redirect(self, request: Request) -> Response:
        await self.note(request)
        status = int(request.query_params.get("status", "302"))
        return Response(status_code=status, headers={"location": request.query_params["to"]})

    async def _loop(self, request: Request) -> Response:
        await self.note(request)
        return Response(status_code=302, headers={"location": "/loop"})

    async def _empty(self, request: Request) -> Response:
        await self.note(request)
        return Response(status_code=204)

    async def _image(self, request: Request) -> Response:
        await self.note(request)
        return Response(PIXEL, media_type="image/png")

    async def _text(self, request: Request) -> Response:
        await self.note(request)
        return Response("grüße".encode("latin-1"), media_type="text/plain; charset=iso-8859-1")


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        continue


def gzipped(value: Any) -> Response:
    """Return a JSON answer in gzip."""
    return Response(
        gzip.compress(json.dumps(value).encode()),
        headers={"content-encoding": "gzip", "content-type": "application/json"},
    )
