"""What leaves the web program: spans of requests and events, and failures, with ids alone."""

import subprocess
import sys

import httpx2
import pytest
from sqlalchemy import text

from saas_app.api.routes import make_api
from saas_app.serving import Serving
from saas_app.state.calls import CallsState
from saas_app.state.new_server import NewServerState
from saas_app.state.servers import ServersState
from tests.cast import PASSWORD, make_server
from tests.product import ROOT, clean_environment

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


async def test_what_a_person_is_shown_finds_all_that_an_event_left(
    tab, committed_cast, session_of, database, spans
):
    async with database.write() as session:
        await session.exec(text("DROP TABLE server"))
    tab.carry(await session_of(committed_cast.alice))
    await tab.open("/o/acme/servers", ServersState.load)
    reference = (await tab.state(ServersState)).load_reference
    assert [one.attributes.get("event", one.name) for one in spans] == ["event.failed", "web.event"]
    assert {one.attributes["request_id"] for one in spans} == {reference}


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


async def test_an_event_that_crashes_reaches_sentry_without_what_it_was_about(
    tab, committed_cast, session_of, database, sent
):
    async with database.write() as session:
        server = await make_server(session, committed_cast.alice)
        await session.exec(text("DROP TABLE tool_call"))
    tab.carry(await session_of(committed_cast.alice))
    await tab.open(f"/o/acme/servers/{server.id}/calls?tool=hidden_tool", CallsState.load_calls)
    (envelope,) = sent
    event = envelope.get_event()
    assert event["logentry"]["message"] == "event.failed"
    assert event["exception"]["values"][0]["type"] == "OperationalError"
    assert event["tags"]["handler"] == "CallsState.load_calls"
    assert event["tags"]["server_id"] == str(server.id)
    assert event["tags"]["organization_id"] == str(committed_cast.acme.id)
    assert b"hidden_tool" not in envelope.serialize()


async def test_a_route_of_the_api_that_crashes_reaches_sentry_without_what_it_was_about(
    parts, database, tmp_path, sent
):
    async with database.write() as session:
        await session.exec(text("ALTER TABLE user_account RENAME TO elsewhere"))
    transport = httpx2.ASGITransport(app=Serving(make_api(), parts.settings, tmp_path))
    form = {"email": "ada@example.com", "password": PASSWORD}
    async with httpx2.AsyncClient(transport=transport, base_url=HERE["origin"]) as browser:
        answer = await browser.post("/api/auth/sign-in", data=form, headers=HERE)
    assert answer.status_code == 500
    (envelope,) = sent
    event = envelope.get_event()
    assert event["logentry"]["message"] == "api.failed"
    assert event["exception"]["values"][0]["type"] == "OperationalError"
    assert event["tags"]["request_id"] == answer.headers["x-request-id"]
    assert not any(value.encode() in envelope.serialize() for value in form.values())


@pytest.mark.parametrize("module", ["saas_app.saas_app", "saas_app.web_app"])
def test_the_web_app_sets_it_up_however_it_is_served(tmp_path, module):
    """`bin/run --dev` has Reflex load the first, production Granian the second."""
    script = f"import sentry_sdk, {module}; print(sentry_sdk.get_client().options['server_name'])"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,  # not the tree, where a developer's `.env` would be read
        env=clean_environment(
            PYTHONPATH=str(ROOT), DATA_DIR=str(tmp_path), SENTRY_DSN="http://public@127.0.0.1:9/1"
        ),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "web"
