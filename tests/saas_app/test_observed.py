"""What leaves the web program for Logfire: spans of requests and events, with ids alone."""

import httpx2
import pytest

from saas_app.api.routes import make_api
from saas_app.serving import Serving
from saas_app.state.new_server import NewServerState
from tests.cast import PASSWORD

HERE = {"origin": "http://localhost:3000"}


@pytest.fixture(params=["sqlite"])
def database_kind(request):
    """It is about the fronts; the services behind them are tried on both databases."""
    return request.param


async def test_an_event_is_a_span(tab, committed_cast, session_of, spans):
    tab.carry(await session_of(committed_cast.alice))
    await tab.open("/o/acme/new")
    await tab.fire(NewServerState.create_empty, {"name": "Hidden weather"})
    (event,) = (one for one in spans if one.name == "web.event")
    assert event.attributes["handler"] == "NewServerState.create_empty"
    assert event.attributes["organization_id"] == str(committed_cast.acme.id)
    assert event.attributes["request_id"]
    assert all("Hidden" not in one.to_json() for one in spans)


async def test_a_request_to_the_api_is_a_span(parts, tmp_path, spans):
    transport = httpx2.ASGITransport(app=Serving(make_api(), parts.settings, tmp_path))
    form = {"name": "Ada", "email": "ada@example.com", "password": PASSWORD}
    async with httpx2.AsyncClient(transport=transport, base_url=HERE["origin"]) as browser:
        answer = await browser.post("/api/auth/sign-up", data=form, headers=HERE)
    (request,) = (one for one in spans if one.name == "web.request")
    assert request.attributes["request_id"] == answer.headers["x-request-id"]
    told = "".join(one.to_json() for one in spans)
    assert "account.created" in told
    assert not any(value in told for value in form.values())
