"""A page that cannot be loaded: what it says, what it logs, and how it comes back."""

import asyncio
import functools
from uuid import uuid4

import pytest

from core.errors import UpstreamUnavailable
from core.logs import log
from saas_app.state import servers as servers_state
from saas_app.state.base import AppState
from saas_app.state.keys import KeysState
from saas_app.state.overview import OverviewState
from saas_app.state.server import ServerState
from saas_app.state.servers import ServersState
from saas_app.state.workers import WorkersState
from tests.broken import without_table
from tests.cast import make_server

PAGE = "/o/acme/servers"


@pytest.fixture(params=["sqlite"])
def database_kind(request):
    """The states only show that a database fails; which one is all the same."""
    return request.param


@pytest.fixture
def broken(settings):
    """Takes a table away, and brings it back at the end of the block."""
    return functools.partial(without_table, settings.data_dir)


@pytest.fixture
def logged():
    """The failures that are logged, with their fields."""
    seen = []
    sink = log.add(lambda message: seen.append(message.record), level="ERROR")
    yield seen
    log.remove(sink)


@pytest.fixture
async def alices_tab(tab, session_of, committed_cast):
    tab.carry(await session_of(committed_cast.alice))
    return tab


@pytest.mark.parametrize("table", ["web_session", "server"])
async def test_a_dead_database_is_told_on_the_page_which_comes_back_on_retry(
    alices_tab, broken, logged, table
):
    with broken(table):
        await alices_tab.open(PAGE, AppState.enter, ServersState.load)
        shown = await alices_tab.state(ServersState)
        assert "on our side" in shown.load_failure
        assert shown.load_reference == logged[0]["extra"]["request_id"]
        assert (shown.is_ready, shown.notices) == (False, [])
        assert alices_tab.redirects == []
    await alices_tab.fire(AppState.reload)
    shown = await alices_tab.state(ServersState)
    assert (shown.load_failure, shown.load_reference, shown.is_ready) == ("", "", True)


async def test_a_page_of_which_only_the_rest_came_says_so_until_it_is_whole(alices_tab, broken):
    with broken("web_session"):
        await alices_tab.open(PAGE, AppState.enter)
    await alices_tab.fire(ServersState.load)
    assert "on our side" in (await alices_tab.state(AppState)).load_failure
    await alices_tab.fire(AppState.reload)
    shown = await alices_tab.state(ServersState)
    assert (shown.load_failure, shown.is_ready, shown.organization_name) == ("", True, "Acme")


async def test_the_first_failure_of_a_load_is_the_one_to_report(alices_tab, broken, logged):
    with broken("web_session"):
        await alices_tab.open(PAGE, AppState.enter, ServersState.load)
    assert len(logged) == 2
    shown = await alices_tab.state(AppState)
    assert shown.load_reference == logged[0]["extra"]["request_id"]


async def test_another_page_that_loads_forgets_the_failure(
    alices_tab, broken, database, committed_cast
):
    async with database.write() as session:
        server = await make_server(session, committed_cast.alice)
    with broken("server_key"):
        await alices_tab.open(
            f"{PAGE}/{server.id}/keys",
            AppState.enter,
            ServerState.enter_server,
            KeysState.load_keys,
        )
        assert (await alices_tab.state(AppState)).load_failure != ""
        await alices_tab.open(PAGE, AppState.enter, ServersState.load)
    assert (await alices_tab.state(AppState)).load_failure == ""


async def test_what_loads_in_the_background_comes_back_too(
    alices_tab, broken, database, committed_cast
):
    async with database.write() as session:
        server = await make_server(session, committed_cast.alice)
    loaders = (AppState.enter, OverviewState.load_overview, WorkersState.look)
    with broken("web_session"):
        await alices_tab.open(f"{PAGE}/{server.id}", *loaders)
        assert (await alices_tab.state(AppState)).load_failure != ""
    await alices_tab.fire(AppState.reload)
    async with asyncio.timeout(10):
        while (await alices_tab.state(AppState)).load_failure:  # noqa: ASYNC110 - a task of the app
            await asyncio.sleep(0.01)


async def test_an_act_that_fails_is_a_notice_and_leaves_the_page(alices_tab, broken, logged):
    await alices_tab.open(PAGE, AppState.enter, ServersState.load)
    with broken("web_session"):
        await alices_tab.fire(ServerState.pause)
    shown = await alices_tab.state(AppState)
    assert (shown.load_failure, len(logged)) == ("", 1)
    assert "on our side" in shown.notices[-1]["text"]


async def test_a_neighbour_that_fails_while_a_page_loads_is_told_in_its_own_words(
    alices_tab, monkeypatch
):
    async def fail(*_):
        raise UpstreamUnavailable("The storage does not answer.", can_retry=True)

    monkeypatch.setattr(servers_state.servers, "list_servers", fail)
    await alices_tab.open(PAGE, AppState.enter, ServersState.load)
    shown = await alices_tab.state(AppState)
    assert (shown.load_failure, shown.notices) == ("The storage does not answer.", [])
    assert shown.load_reference != ""


async def test_only_what_is_not_there_is_called_no_such_server(alices_tab, broken):
    with broken("server"):
        await alices_tab.open(f"{PAGE}/{uuid4()}", AppState.enter, ServerState.enter_server)
    shown = await alices_tab.state(ServerState)
    assert (shown.server_trouble, shown.load_failure != "") == ("", True)
    await alices_tab.fire(ServerState.enter_server)
    shown = await alices_tab.state(ServerState)
    assert (shown.server_trouble != "", shown.load_failure) == (True, "")
