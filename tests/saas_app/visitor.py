"""Browsers without a browser: clients of the API, each with cookies and an address of its own."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import httpx2

from core.clock import now_utc
from core.sessions import SignedIn, cookie_name, holder_of
from saas_app.api.routes import make_api
from saas_app.resources import Resources
from tests.saas_app.letters import newest

HERE = {"origin": "http://localhost:3000"}
ELSEWHERE = "203.0.113.7"


class Visitor:
    """A browser: it posts forms of our pages and keeps its cookies."""

    def __init__(self, client: httpx2.AsyncClient, parts: Resources) -> None:
        self.client, self._parts = client, parts

    async def post(self, path: str, fields: dict[str, str], **headers: str) -> httpx2.Response:
        """Post a form from our own page."""
        return await self.client.post(f"/api/auth/{path}", data=fields, headers=HERE | headers)

    async def holder(self) -> SignedIn | None:
        """Who is signed in."""
        token = self.client.cookies.get(cookie_name(is_secure=False))
        async with self._parts.database.read() as session:
            return await holder_of(session, token, now=now_utc())

    async def sign_up(self, fields: dict[str, str]) -> None:
        """Sign up and confirm the address, in this browser."""
        await self.post("sign-up", fields)
        link = await newest(self._parts, "verify_email")
        await self.post("verify-email", {"token": link.token})
        assert await self.holder() is not None


@asynccontextmanager
async def open_visitors(parts: Resources) -> AsyncIterator[Callable[..., Visitor]]:
    """Yield a function that opens browsers, from the address that is given."""
    async with AsyncExitStack() as stack:

        def new_visitor(address: str = ELSEWHERE) -> Visitor:
            transport = httpx2.ASGITransport(app=make_api(), client=(address, 50_000))
            client = httpx2.AsyncClient(transport=transport, base_url="http://localhost:3000")
            stack.push_async_callback(client.aclose)
            return Visitor(client, parts)

        yield new_visitor
