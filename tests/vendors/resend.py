"""Resend's HTTP API as far as we use it: POST /emails with its idempotency, and its failures.

The shapes of its errors are those of https://resend.com/docs/api-reference/errors.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Any
from uuid import uuid4

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.upstreams.serving import free_socket, serving

KEY = "re_test_0123456789"


@dataclass(slots=True)
class FakeResend:
    """The account: what it delivered, what it was asked, and how it fails next."""

    url: str = ""
    delivered: list[dict[str, Any]] = field(default_factory=list)
    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    asked_at: list[float] = field(default_factory=list)
    failures: list[Response] = field(default_factory=list)
    is_down: bool = False
    loses_answers: bool = False
    hangs: asyncio.Event | None = None
    known: dict[str, tuple[str, str]] = field(default_factory=dict)

    def fail_next(self, status: int, name: str, **headers: str) -> None:
        """Answer the next request with an error."""
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        self.failures.append(_error(status, name, headers=named))

    def app(self) -> Starlette:
        """Return the ASGI application."""
        return Starlette(routes=[Route("/emails", self._send, methods=["POST"])])

    async def _send(self, request: Request) -> Response:
        body = await request.json()
        key = request.headers.get("idempotency-key", "")
        self.requests.append((key, body))
        self.asked_at.append(monotonic())
        if self.hangs is not None:
            await self.hangs.wait()
        if self.is_down:
            return Response("<h1>Bad gateway</h1>", status_code=502, media_type="text/html")
        if self.failures:
            return self.failures.pop(0)
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return _error(403, "invalid_api_key")
        answer = self._deliver(key, body)
        if self.loses_answers:
            return Response("", status_code=504, media_type="text/html")
        return answer

    def _deliver(self, key: str, body: dict[str, Any]) -> Response:
        """Deliver, unless this key was used: then give the answer of that time."""
        digest = hashlib.sha256(repr(sorted(body.items())).encode()).hexdigest()
        if key in self.known:
            message_id, before = self.known[key]
            if before != digest:
                return _error(409, "invalid_idempotent_request")
            return JSONResponse({"id": message_id})
        message_id = str(uuid4())
        self.known[key] = (message_id, digest)
        self.delivered.append(body)
        return JSONResponse({"id": message_id})


def _error(status: int, name: str, headers: dict[str, str] | None = None) -> Response:
    body = {"statusCode": status, "name": name, "message": f"It failed: {name}."}
    return JSONResponse(body, status_code=status, headers=headers)


@asynccontextmanager
async def fake_resend() -> AsyncIterator[FakeResend]:
    """Serve it on loopback until the block ends."""
    fake, (sock, port) = FakeResend(), free_socket()
    fake.url = f"http://127.0.0.1:{port}"
    async with serving(fake.app(), sock):
        yield fake
