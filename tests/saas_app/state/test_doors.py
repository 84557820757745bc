"""Every event handler of the app as a door: tried by a stranger, a viewer and a signed-out visitor.

The list of handlers is read from the running app, so that a new one is tried without being named.
"""

import inspect
from uuid import UUID

import pytest
import sqlalchemy as sa
from reflex_base.registry import RegistrationContext

from core.clock import now_utc
from core.models import User, metadata
from core.permissions import Actor
from core.tokens import digest_of
from saas_app.state.base import AppState
from saas_app.state.keys import KeysState
from saas_app.state.markers import MEMBER, access_of
from saas_app.state.server import ServerState
from tests.cast import NOW, a_tool, add_tool, make_server

# Counted or kept for whoever calls, and told by their own tests.
UNTOUCHED = ("web_session", "job", "mail", "limit_counter")
HOLDERS = ("organization", "server")
PERSONAL = ("membership", "audit_entry")  # a member may leave, and whatever is done is recorded
NAME = "Hidden weather"
FIELDS = {"name": "Mine", "note": "Mine", "email": "mallory@example.com", "lifetime": "never"}


@pytest.fixture(params=["sqlite"])
def database_kind(request):
    """The services are tried on both databases; here it is about who gets through to them."""
    return request.param


@pytest.fixture
async def acmes_server(database, committed_cast):
    async with database.write() as session:
        server = await make_server(session, committed_cast.alice, name=NAME)
        tool = await add_tool(session, server.id, a_tool("hidden_tool"))
    return f"/o/acme/servers/{server.id}/tools/{tool.id}"


def member_handlers():
    return {
        name: registered.handler
        for name, registered in RegistrationContext.get().event_handlers.items()
        if access_of(registered.handler.fn) == MEMBER
    }


def arguments_for(handler, address: str) -> dict[str, object]:
    """Return something for every argument: ids that exist, forms with fields, words otherwise."""
    made: dict[str, object] = {}
    for name, parameter in list(inspect.signature(handler.fn).parameters.items())[1:]:
        if "dict" in str(parameter.annotation):
            made[name] = FIELDS
        elif name.endswith("_id") or name == "id":
            made[name] = address.rsplit("/", 1)[1]
        else:
            made[name] = "1"
    return made


async def contents(database) -> dict[str, list[dict[str, object]]]:
    async with database.engine.connect() as connection:
        return {
            table.name: [
                dict(row) for row in (await connection.execute(sa.select(table))).mappings()
            ]
            for table in metadata.sorted_tables
            if table.name not in UNTOUCHED
        }


async def of_others(database, caller: Actor, acme_id: UUID) -> dict[str, list[str]]:
    """Return all rows but the caller's own business: their account, and what they own."""
    found = await contents(database)
    acmes = {acme_id, *(row["id"] for row in found["server"] if row["organization_id"] == acme_id)}
    joined = {row["organization_id"] for row in found["membership"]
              if row["user_id"] == caller.user_id}  # fmt: skip
    own = {caller.user_id, *(joined - acmes)}

    def is_own(table: str, row: dict[str, object]) -> bool:
        holder_id = row["id"] if table in HOLDERS else None
        if acmes & {holder_id, row.get("organization_id"), row.get("server_id")}:
            return table in PERSONAL and row["user_id"] == caller.user_id
        return bool(own & {value for value in row.values() if isinstance(value, UUID)})

    return {
        table: sorted(str(row) for row in rows if not is_own(table, row))
        for table, rows in found.items()
    }


async def knock(tab, address: str, sign_in=None) -> None:
    """Call every member's handler; with `sign_in` each time with a session that was just begun."""
    await tab.open(address)
    for name, handler in member_handlers().items():
        if sign_in is not None:
            tab.carry(await sign_in())
            await tab.open(address)
        await tab.call(name, **arguments_for(handler, address))


async def shown_to(tab) -> str:
    state = await tab.state(AppState)
    return str(state._get_root_state().dict())


async def test_a_stranger_changes_nothing_and_learns_nothing(
    tab, database, committed_cast, session_of, acmes_server
):
    mallory, acme = committed_cast.mallory, committed_cast.acme.id
    before = await of_others(database, mallory, acme)
    await knock(tab, acmes_server, lambda: session_of(mallory))
    assert await of_others(database, mallory, acme) == before
    shown = await shown_to(tab)
    assert NAME not in shown
    assert "hidden_tool" not in shown
    assert "Acme" not in shown


async def test_a_viewer_changes_nothing(tab, database, committed_cast, session_of, acmes_server):
    vera, acme = committed_cast.vera, committed_cast.acme.id
    before = await of_others(database, vera, acme)
    await knock(tab, acmes_server, lambda: session_of(vera))
    assert await of_others(database, vera, acme) == before


async def test_a_signed_out_visitor_is_always_sent_to_sign_in(tab, database, acmes_server):
    before = await contents(database)
    await knock(tab, acmes_server)
    assert await contents(database) == before
    assert len(tab.redirects) == len(member_handlers())
    assert all(path.startswith("/sign-in") for path in tab.redirects)
    assert NAME not in await shown_to(tab)


async def test_whoever_is_banned_is_always_sent_to_sign_in(
    tab, database, committed_cast, session_of, acmes_server
):
    tab.carry(await session_of(committed_cast.alice))
    async with database.write() as session:
        (await session.get_one(User, committed_cast.alice.user_id)).banned_at = now_utc()
    before = await contents(database)
    await knock(tab, acmes_server)
    assert await contents(database) == before
    assert len(tab.redirects) == len(member_handlers())
    assert all(path.startswith("/sign-in") for path in tab.redirects)
    assert NAME not in await shown_to(tab)


async def test_the_owner_gets_through_the_same_doors(
    tab, database, committed_cast, session_of, acmes_server
):
    """Without this, the tests above could pass because every call fails for another reason."""
    tab.carry(await session_of(committed_cast.alice))
    before = await contents(database)
    await tab.open(acmes_server, ServerState.enter_server)
    await tab.fire(KeysState.create, FIELDS)
    after = await contents(database)
    assert after["server_key"] != before["server_key"]
    assert NAME in await shown_to(tab)


async def test_arguments_of_every_wrong_kind_break_nothing(
    tab, database, committed_cast, session_of, acmes_server
):
    mallory, acme = committed_cast.mallory, committed_cast.acme.id
    tab.carry(await session_of(mallory))
    before = await of_others(database, mallory, acme)
    await tab.open(acmes_server)
    for name, handler in member_handlers().items():
        names = list(inspect.signature(handler.fn).parameters)[1:]
        for wrong in (None, -1, 1.5, "\0", [], {}, {"a": [{}]}, "x" * 10_000):
            await tab.call(name, **dict.fromkeys(names, wrong))
    assert await of_others(database, mallory, acme) == before
    assert digest_of("") not in await shown_to(tab)
    assert NOW.isoformat() not in await shown_to(tab)
