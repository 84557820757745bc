"""The range API of Have I Been Pwned: `REST:COUNT` lines for a start of a SHA-1, with padding."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tests.upstreams.serving import free_socket, serving


@dataclass(slots=True)
class FakeRangeApi:
    """What was stolen, what was asked, and how it fails."""

    url: str = ""
    stolen: set[str] = field(default_factory=set)
    asked: list[tuple[str, str]] = field(default_factory=list)
    failure: Response | None = None
    hangs: asyncio.Event | None = None

    def app(self) -> Starlette:
        """Return the ASGI application."""
        return Starlette(routes=[Route("/range/{prefix}", self._range)])

    async def _range(self, request: Request) -> Response:
        prefix = request.path_params["prefix"]
        self.asked.append((prefix, request.headers.get("add-padding", "")))
        if self.hangs is not None:
            await self.hangs.wait()
        if self.failure is not None:
            return self.failure
        digests = [hashlib.sha1(one.encode()).hexdigest().upper() for one in self.stolen]  # noqa: S324
        lines = [f"{digest[5:]}:7" for digest in digests if digest.startswith(prefix)]
        padding = [f"{number:035X}:0" for number in range(20)]
        return PlainTextResponse("\r\n".join(lines + padding))


@asynccontextmanager
async def fake_range_api() -> AsyncIterator[FakeRangeApi]:
    """Serve it on loopback until the block ends."""
    fake, (sock, port) = FakeRangeApi(), free_socket()
    fake.url = f"http://127.0.0.1:{port}/range"
    async with serving(fake.app(), sock):
        yield fake
