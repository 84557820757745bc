"""Cloudflare's siteverify as we use it: answers that are good once, and its failures.

The shapes are those of Cloudflare's documentation of server-side validation.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.upstreams.serving import free_socket, serving

SECRET = "0x4AAAAAAA-secret-of-the-tests"
SITE_KEY = "0x4AAAAAAA-site-of-the-tests"


@dataclass(slots=True)
class FakeTurnstile:
    """Which answers are good still, what was asked, and how it fails."""

    url: str = ""
    good: set[str] = field(default_factory=set)
    asked: list[dict[str, str]] = field(default_factory=list)
    failure: Response | None = None
    hangs: asyncio.Event | None = None

    def app(self) -> Starlette:
        """Return the ASGI application."""
        return Starlette(routes=[Route("/siteverify", self._verify, methods=["POST"])])

    async def _verify(self, request: Request) -> Response:
        async with request.form() as form:
            fields = {name: str(value) for name, value in form.items()}
        self.asked.append(fields)
        if self.hangs is not None:
            await self.hangs.wait()
        if self.failure is not None:
            return self.failure
        if fields.get("secret") != SECRET:
            return _verdict("invalid-input-secret")
        answer = fields.get("response", "")
        if answer not in self.good:
            return _verdict("invalid-input-response")
        self.good.remove(answer)
        return _verdict()


def _verdict(*codes: str) -> Response:
    return JSONResponse({"success": not codes, "error-codes": list(codes), "hostname": "localhost"})


@asynccontextmanager
async def fake_turnstile() -> AsyncIterator[FakeTurnstile]:
    """Serve it on loopback until the block ends."""
    fake, (sock, port) = FakeTurnstile(), free_socket()
    fake.url = f"http://127.0.0.1:{port}/siteverify"
    async with serving(fake.app(), sock):
        yield fake
