"""The markers as a front: what a handler is given is looked at before it runs."""

import pytest

from core.access import servers_of
from saas_app.state.base import AppState
from saas_app.state.calls import CallsState
from saas_app.state.new_server import NewServerState
from tests.cast import make_server


@pytest.mark.parametrize("name", ["We\0ather", "We\ud83dather"])
async def test_text_that_cannot_be_stored_is_refused_in_words(
    tab, committed_cast, session_of, database, name
):
    tab.carry(await session_of(committed_cast.alice))
    await tab.open("/o/acme/new", AppState.enter)
    await tab.fire(NewServerState.create_empty, {"name": name})
    (notice,) = (await tab.state(AppState)).notices
    assert "cannot be stored" in notice["text"]
    async with database.read() as session:
        assert await servers_of(session, committed_cast.alice) == []


@pytest.mark.parametrize(
    "path", ["/o/acme\0/servers/{}/calls", "/o/acme/servers/{}/calls?tool=%00"]
)
async def test_an_address_that_cannot_be_looked_up_is_no_failure(
    tab, committed_cast, session_of, database, path
):
    async with database.write() as session:
        server = await make_server(session, committed_cast.alice)
    tab.carry(await session_of(committed_cast.alice))
    await tab.open(path.format(server.id), AppState.enter, CallsState.load_calls)
    assert (await tab.state(AppState)).notices == []
