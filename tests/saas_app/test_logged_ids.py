"""What the web program logs can be found by request, organization and server."""

import httpx2
import pytest
from sqlalchemy import text

from core.sessions import cookie_name
from saas_app.api.routes import make_api
from saas_app.serving import Serving
from saas_app.state.base import AppState
from saas_app.state.calls import CallsState
from saas_app.state.server import ServerState
from tests.cast import make_server

HERE = {"origin": "http://localhost:3000"}
FILE = {"file": ("cities.json", b"{}", "application/json")}


@pytest.fixture(params=["sqlite"])
def database_kind(request):
    """It is about the fronts; the services behind them are tried on both databases."""
    return request.param


@pytest.fixture
async def server(database, committed_cast):
    async with database.write() as session:
        return await make_server(session, committed_cast.alice)


def found(logged, event):
    return [one for one in logged if one["event"] == event]


async def test_an_event_that_fails_is_logged_with_its_ids(
    tab, committed_cast, session_of, database, server, logged
):
    async with database.write() as session:
        await session.exec(text("DROP TABLE tool_call"))
    tab.carry(await session_of(committed_cast.alice))
    await tab.open(f"/o/acme/servers/{server.id}/calls", CallsState.load_calls)
    (failed,) = found(logged, "event.failed")
    assert failed["handler"] == "CallsState.load_calls"
    assert failed["organization_id"] == str(server.organization_id)
    assert failed["server_id"] == str(server.id)
    assert failed["request_id"]


async def test_each_event_has_a_request_of_its_own(tab, committed_cast, session_of, server, logged):
    tab.carry(await session_of(committed_cast.vera))
    await tab.open(f"/o/acme/servers/{server.id}", ServerState.pause)
    await tab.fire(ServerState.pause)
    await tab.open("/o/evil/servers", AppState.undo("none"), CallsState.load_calls)
    first, second, third = found(logged, "event.refused")
    assert len({first["request_id"], second["request_id"], third["request_id"]}) == 3
    assert first["organization_id"] == str(server.organization_id)
    assert not {"server_id", "organization_id"} & set(third)


async def test_a_request_to_the_api_is_logged_with_its_ids_and_told_them(
    parts, committed_cast, session_of, logged, tmp_path
):
    app = Serving(make_api(), parts.settings, tmp_path)
    token = await session_of(committed_cast.vera)
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=app),
        base_url="http://localhost:3000",
        cookies={cookie_name(is_secure=False): token},
    ) as browser:
        answer = await browser.post("/api/o/acme/sources", files=FILE, headers=HERE)
    (refused,) = found(logged, "api.refused")
    assert answer.status_code == 403
    assert refused["request_id"] == answer.headers["x-request-id"]
    assert refused["organization_id"] == str(committed_cast.acme.id)
