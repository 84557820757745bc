"""Whoever speaks the websocket's protocol without our pages: every handler, with anything in it."""

import asyncio
import inspect
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
import websockets
from playwright.async_api import BrowserContext, Page
from reflex_base.registry import RegistrationContext
from sqlmodel import select

from core.clock import now_utc
from core.models import (
    Identity,
    Invitation,
    Membership,
    Organization,
    Passkey,
    TrustedDevice,
    WebSession,
    metadata,
)
from core.permissions import Actor, Origin, Role
from core.plans import PlanName
from core.sessions import cookie_name
from saas_app.resources import Resources
from saas_app.services.invitations import invite_by_link
from saas_app.services.organization_keys import WantedKey, create_organization_key
from tests.browser import steps
from tests.browser.conftest import sign_up
from tests.product import Product

pytestmark = pytest.mark.slow

MARK = "never-in-the-log"
DAY = timedelta(days=1)
ODD_FRAMES = (
    "", "4", "42", "42/_event,", "42/_event,{", f'42/_event,["event","{MARK}"]',
    f'42/_event,["event",{{"name":"{MARK}"}}]', f'42/_event,["{MARK}",1]',
    '42/_event,["event",null]',
    '42/_event,["event",{"name":5,"payload":[]}]', "42/_event," + "[" * 5_000,
    f'42/_event,["event",{{"name":"a","payload":{{}},"router_data":"{MARK}"}}]',
)  # fmt: skip
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

    async def send_raw(self, frame: str) -> None:
        """Send a frame as it is, unless the server has hung up by now."""
        with suppress(websockets.ConnectionClosed):
            await self._socket.send(frame)

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


@dataclass(frozen=True, slots=True)
class Victim:
    """Whom the attack is at: all ids that say so, and secrets that nobody else may see."""

    ids: list[str]
    secrets: list[str]
    rows_of: set[str]


async def make_victim(parts: Resources, server_id: str, slug: str) -> Victim:
    """Give the owner one of what issue after issue has made: each has an id to be guessed."""
    now = now_utc()
    async with parts.database.write() as session:
        organization = (
            await session.exec(select(Organization).where(Organization.slug == slug))
        ).one()
        organization.plan = PlanName.PRO
        owner = (
            await session.exec(
                select(Membership.user_id).where(Membership.organization_id == organization.id)
            )
        ).one()
        held = select(WebSession.id).where(WebSession.user_id == owner)
        actor = Actor(owner, organization.id, Role.OWNER, Origin(is_fresh=True))
        token = await invite_by_link(session, actor, role="admin", now=now)
        # Its name stands in a letter, which the outbox of development shows at this machine.
        wanted = WantedKey("Nightly pipeline", ("servers:read",), "30")
        letters = parts.letters
        key = await create_organization_key(session, actor, wanted, letters=letters, now=now)
        rows = [
            Passkey(user_id=owner, name="Hidden passkey", credential_id=uuid4().hex,
                    public_key=b"x", created_at=now),
            Identity(user_id=owner, issuer="https://accounts.google.com", subject=uuid4().hex,
                     email="me@hidden.example", created_at=now),
            TrustedDevice(user_id=owner, token_digest=uuid4().hex, user_agent="Hidden browser",
                          expires_at=now + DAY, last_used_at=now, created_at=now),
        ]  # fmt: skip
        session.add_all(rows)
        await session.flush()
        session_ids = (await session.exec(held)).all()
        invitation_id = (await session.exec(select(Invitation.id).where(
            Invitation.organization_id == organization.id))).one()  # fmt: skip
    made = [key.summary.id, invitation_id, owner, *session_ids, *(row.id for row in rows)]
    return Victim(
        ids=[server_id, slug, token, *map(str, made)],
        secrets=["Hidden kilns", "list_glazes", "Hidden passkey", "hidden.example",
                 "Hidden browser",
                 key.token],
        rows_of={UUID(server_id).hex, organization.id.hex, owner.hex},
    )  # fmt: skip


async def kept(parts: Resources, victim: Victim) -> dict[str, list[str]]:
    """All rows of all tables that are the victim's; of letters, that they were written."""
    async with parts.database.engine.connect() as connection:
        found = {
            table.name: [
                str(row)
                for row in await connection.execute(
                    sa.select(table.c.id, table.c.user_id, table.c.template)
                    if table.name == "mail"
                    else sa.select(table)
                )
            ]
            for table in metadata.sorted_tables
        }
    return {
        name: sorted(
            row for row in rows if any(one in row.replace("-", "") for one in victim.rows_of)
        )
        for name, rows in found.items()
    }


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
    victim = await make_victim(parts, server_id, slug)
    before = await kept(parts, victim)
    await context.clear_cookies()
    cookie = ""
    if caller == "a stranger":
        await sign_up(await context.new_page(), f"Mallory {uuid4().hex[:6]}")
        cookie = await cookie_of(context)
    logged = len(product.log)
    async with connected(product, path, cookie) as client:
        await attack(client, handlers, victim.ids)
    assert await kept(parts, victim) == before
    everything = "".join(client.received)
    assert [secret for secret in victim.secrets if secret in everything] == []
    written = "\n".join(product.log[logged:])
    assert MARK not in written
    assert "event.refused" in written
    assert "event.failed" not in written
    assert victim.ids[2] not in written  # the token of the invitation


@pytest.mark.parametrize("origin", ["https://evil.example", "http://evil.localhost:3000", "null"])
async def test_v3_5_1_no_page_of_another_site_opens_a_socket(product: Product, origin: str):
    address = product.web_url.replace("http", "ws") + f"/_event/?token={uuid4()}&EIO=4"
    with pytest.raises(websockets.InvalidStatus) as refusal:
        async with websockets.connect(f"{address}&transport=websocket", origin=origin):
            pass
    assert refusal.value.response.status_code in (400, 403)


async def test_v16_5_3_what_is_no_message_breaks_nothing(product: Product):
    logged = len(product.log)
    async with connected(product, "/sign-in") as client:
        for frame in ODD_FRAMES:
            await client.send_raw(frame)
    async with connected(product, "/home") as client:  # others are served as before
        await client.send("reflex___state____state.saas_app___state___base____app_state.enter", {})
    assert MARK not in "\n".join(product.log[logged:])
