"""An official MCP client that signs in through OAuth, with a person at a browser behind it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

from mcp.client.auth import OAuthClientProvider
from mcp.client.auth.oauth2 import AuthorizationCodeResult
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.shared.auth import OAuthClientInformationFull, OAuthClientMetadata, OAuthToken


class Remembered:
    """The client's own storage."""

    def __init__(self) -> None:
        self.tokens: OAuthToken | None = None
        self.client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


@asynccontextmanager
async def signing_in_client(
    url: str, allow_in_browser: Callable[[str], Awaitable[None]], *, name: str = "Test client"
) -> AsyncIterator[Any]:
    """Yield an HTTP client that gets a token when the server asks for one.

    Args:
        url: the MCP address.
        allow_in_browser: opens an address and lets the person decide.
    """
    answered: asyncio.Future[dict[str, list[str]]] = asyncio.get_running_loop().create_future()

    async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        target = (await reader.readline()).decode().split(" ")[1]
        await reader.readuntil(b"\r\n\r\n")
        body = b"You may close this page."
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n")
        writer.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()
        writer.close()
        asked = parse_qs(urlsplit(target).query)
        if asked and not answered.done():
            answered.set_result(asked)

    async def answer() -> AuthorizationCodeResult:
        asked = await asyncio.wait_for(answered, 30)
        return AuthorizationCodeResult(
            code=asked["code"][0], state=asked["state"][0], iss=asked["iss"][0]
        )

    listener = await asyncio.start_server(receive, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    metadata = OAuthClientMetadata(
        client_name=name,
        redirect_uris=[f"http://127.0.0.1:{port}/callback"],  # pyright: ignore[reportArgumentType]
    )
    provider = OAuthClientProvider(
        url, metadata, Remembered(), redirect_handler=allow_in_browser, callback_handler=answer
    )
    async with listener, create_mcp_http_client(auth=provider) as client:
        yield client
