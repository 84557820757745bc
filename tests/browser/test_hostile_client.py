"""Whoever speaks the websocket's protocol without our pages: every handler, with anything in it."""

import asyncio
import inspect
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest
import websockets
from playwright.async_api import BrowserContext, Page
from reflex_base.registry import RegistrationContext
from sqlmodel import select

from core.models import DraftTool, Server
from core.sessions import cookie_name
from saas_app.resources import Resources
from tests.browser import steps
from tests.browser.conftest import sign_up
from tests.product import Product

MARK = "never-in-the-log"
WRONG = (None, -1, 1.5, [], {}, {"a": [{}]}, MARK, {"name": MARK, "password": MARK})


class Client:
    """A socket of Reflex's, and all that came back on it."""

    def __init__(self, socket: Any, path: str) -> None:
        self._socket, self._path = socket, path
        self.received: list[str] = []
        self.is_led_on = asyncio.Event()

    async def send(self, name: str, payload: dict[str, Any]) -> None:
        """Send an event as if from a page at the path."""
        router = {"pathname": self._path, "asPath": self._path, "query": {}}
        event = {"name": name, "payload": payload, "router_data": router}
        await self._socket.send("42/_event," + json.dumps(["event", event]))

    async def listen(self) -> None:
        """Keep what comes, until the socket is closed."""
        async for message in self._socket:
            self.received.append(str(message))
            if "_redirect" in str(message):
                self.is_led_on.set()
            if message == "2":
                await self._socket.send("3")


@asynccontextmanager
async def connected(product: Product, path: str, cookie: str = "") -> AsyncIterator[Client]:
    """Open a socket with a cookie, or without one."""
    address = product.web_url.replace("http", "ws") + f"/_event/?token={uuid4()}&EIO=4"
    headers = {"cookie": cookie} if cookie else {}
    async with websockets.connect(
        f"{address}&transport=websocket", origin=product.web_url, additional_headers=headers
    ) as socket:
        await socket.recv()
        await socket.send("40/_event,")
        await socket.recv()
        client = Client(socket, path)
        listening = asyncio.create_task(client.listen())
        yield client
        listening.cancel()


@pytest.fixture
def handlers() -> dict[str, list[str]]:
    """All handlers of the app and the names of their arguments, as the pages' scripts show them."""
    from saas_app.saas_app import app  # noqa: PLC0415 - importing it registers everything

    RegistrationContext.set(app._registration_context)
    return {
        name: list(inspect.signature(registered.handler.fn).parameters)[1:]
        for name, registered in RegistrationContext.get().event_handlers.items()
    }


async def attack(client: Client, handlers: dict[str, list[str]], ids: list[str]) -> None:
    """Call everything with foreign ids, with wrong types, with too little and with too much."""
    last = next(name for name in handlers if name.endswith("home_state.lead_on"))
    for name, arguments in handlers.items():
        for value in (*ids, *WRONG):
            await client.send(name, dict.fromkeys(arguments, value))
        await client.send(name, {})
        await client.send(name, {"nobody_knows": MARK})
    client.is_led_on.clear()
    await client.send(last, {})
    await asyncio.wait_for(client.is_led_on.wait(), 60)


async def kept(parts: Resources, server_id: str) -> list[str]:
    async with parts.database.read() as session:
        server = await session.get_one(Server, UUID(server_id))
        tools = await session.exec(select(DraftTool).where(DraftTool.server_id == server.id))
        return [server.model_dump_json(), *sorted(tool.model_dump_json() for tool in tools)]


async def cookie_of(context: BrowserContext) -> str:
    name = cookie_name(is_secure=False)
    found = [one for one in await context.cookies() if one.get("name") == name]
    return f"{name}={found[0].get('value')}"


@pytest.mark.parametrize("caller", ["signed out", "a stranger"])
async def test_nothing_leaks_nothing_changes_and_no_value_is_logged(
    newcomer: Page,
    context: BrowserContext,
    product: Product,
    parts: Resources,
    handlers: dict[str, list[str]],
    caller: str,
):
    path = await steps.make_studio_server(newcomer, product, "Hidden kilns")
    server_id, slug = path.split("/")[-1], path.split("/")[2]
    before = await kept(parts, server_id)
    await context.clear_cookies()
    cookie = ""
    if caller == "a stranger":
        await sign_up(await context.new_page(), f"Mallory {uuid4().hex[:6]}")
        cookie = await cookie_of(context)
    logged = len(product.log)
    async with connected(product, path, cookie) as client:
        await attack(client, handlers, [server_id, slug])
    assert await kept(parts, server_id) == before
    everything = "".join(client.received)
    assert "Hidden kilns" not in everything
    assert "list_glazes" not in everything
    assert MARK not in "\n".join(product.log[logged:])
