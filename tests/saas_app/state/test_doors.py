"""Every event handler of the app as a door: tried by a stranger, a viewer and a signed-out visitor.

The list of handlers is read from the running app, so that a new one is tried without being named.
"""

import inspect

import pytest
from reflex_base.registry import RegistrationContext
from reflex_base.utils.format import format_event_handler
from sqlmodel import select

from core.models import metadata
from core.tokens import digest_of
from saas_app.state.account_data import AccountDataState
from saas_app.state.base import AppState
from saas_app.state.keys import KeysState
from saas_app.state.markers import MEMBER, access_of
from saas_app.state.server import ServerState
from tests.cast import NOW, a_tool, add_tool, make_server

UNTOUCHED = ("web_session", "limit_counter")
# What anybody signed in may do, since it touches nobody's things but their own.
OWN_DOORS = frozenset({format_event_handler(AccountDataState.event_handlers["copy_data"])})
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


async def contents(database) -> dict[str, list[str]]:
    async with database.read() as session:
        return {
            table.name: sorted(str(row) for row in (await session.exec(select(table))).all())
            for table in metadata.sorted_tables
            if table.name not in UNTOUCHED
        }


async def knock(tab, address: str, *, but: frozenset[str] = OWN_DOORS) -> None:
    await tab.open(address)
    for name, handler in member_handlers().items():
        if name in but:
            continue
        await tab.call(name, **arguments_for(handler, address))


async def shown_to(tab) -> str:
    state = await tab.state(AppState)
    return str(state._get_root_state().dict())


async def test_a_stranger_changes_nothing_and_learns_nothing(
    tab, database, committed_cast, session_of, acmes_server
):
    tab.carry(await session_of(committed_cast.mallory))
    before = await contents(database)
    await knock(tab, acmes_server)
    assert await contents(database) == before
    shown = await shown_to(tab)
    assert NAME not in shown
    assert "hidden_tool" not in shown
    assert "Acme" not in shown


async def test_a_viewer_changes_nothing(tab, database, committed_cast, session_of, acmes_server):
    tab.carry(await session_of(committed_cast.vera))
    before = await contents(database)
    await knock(tab, acmes_server)
    assert await contents(database) == before


async def test_a_signed_out_visitor_is_always_sent_to_sign_in(tab, database, acmes_server):
    before = await contents(database)
    await knock(tab, acmes_server, but=frozenset())
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
    tab.carry(await session_of(committed_cast.mallory))
    before = await contents(database)
    await tab.open(acmes_server)
    for name, handler in member_handlers().items():
        if name in OWN_DOORS:
            continue
        names = list(inspect.signature(handler.fn).parameters)[1:]
        for wrong in (None, -1, 1.5, "\0", [], {}, {"a": [{}]}, "x" * 10_000):
            await tab.call(name, **dict.fromkeys(names, wrong))
    assert await contents(database) == before
    assert digest_of("") not in await shown_to(tab)
    assert NOW.isoformat() not in await shown_to(tab)
