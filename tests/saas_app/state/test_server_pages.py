"""The screens of one server: trying, testing, publishing, connecting, observing, as tabs do it."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine

from core.access import keys_of, live_version_of, versions_of
from core.models import Call, CallerKind, CallStatus, DraftTool, Evidence, Server
from saas_app import resources
from saas_app.services.test_cases import list_cases
from saas_app.services.versions import publish_version
from saas_app.state.base import AppState
from saas_app.state.calls import CallsState
from saas_app.state.connections import ConnectionsState
from saas_app.state.keys import KeysState
from saas_app.state.overview import OverviewState
from saas_app.state.server import ServerState
from saas_app.state.test_cases import TestCasesState
from saas_app.state.tool import ToolState
from saas_app.state.tools import ToolsState
from saas_app.state.trying import TryingState
from saas_app.state.versions import VersionsState
from tests.cast import NOW, a_python_tool, a_tool, add_tool, make_server
from tests.conftest import settings_with
from tests.saas_app.draft_runtime import answer, refusal, running_runtime


@pytest.fixture(params=["sqlite"])
def database_kind(request):
    """States only listen; the services they call are tried on both databases."""
    return request.param


@pytest.fixture
def as_member(tabs, session_of):
    """Opens a tab on a server's page for somebody of the cast."""

    async def open_page(actor, place, path, *on_load):
        tab = tabs(str(actor.user_id))
        tab.carry(await session_of(actor))
        address = f"/o/acme/servers/{place[0]}{path}"
        await tab.open(address, AppState.enter, ServerState.enter_server, *on_load)
        return tab

    return open_page


@pytest.fixture
async def place(database, committed_cast):
    """A server of acme with one tool: their ids."""
    async with database.write() as session:
        server = await make_server(session, committed_cast.alice)
        row = await add_tool(session, server.id, a_tool())
    return server.id, row.id


@pytest.fixture
async def published(database, committed_cast, place):
    async with database.write() as session:
        await publish_version(session, committed_cast.alice, place[0], note="First", now=NOW)
    return place


@pytest.fixture
def runtime(parts, monkeypatch):
    """A runtime that the app's resources lead to."""
    with running_runtime() as runtime:
        settings = settings_with(parts.settings.data_dir, runtime_internal_url=runtime.url)
        built = replace(parts, settings=settings)
        monkeypatch.setattr(resources, "get", lambda: built)
        yield runtime


def notices(state):
    return [notice["text"] for notice in state.notices]


async def test_a_stranger_is_shown_no_server(tabs, session_of, committed_cast, place):
    tab = tabs("mallory")
    tab.carry(await session_of(committed_cast.mallory))
    await tab.open(f"/o/evil/servers/{place[0]}", AppState.enter, ServerState.enter_server)
    seen = await tab.state(ServerState)
    assert (seen.is_server_ready, seen.server_name) == (False, "")
    assert "not yours to see" in seen.server_trouble


async def test_publishing_shows_the_new_version_and_rolling_back_the_old(
    as_member, committed_cast, database, place
):
    tab = await as_member(committed_cast.bob, place, "/versions", VersionsState.load_versions)
    seen = await tab.state(VersionsState)
    assert (seen.coming_number, [group.title for group in seen.coming]) == (1, ["get_city"])
    await tab.fire(VersionsState.publish, {"note": "First"})
    async with database.write() as session:
        server = await session.get(Server, place[0])
        await add_tool(session, server.id, a_tool("list_cities"))
    await tab.fire(VersionsState.publish, {"note": "Second"})
    seen = await tab.state(VersionsState)
    assert [(row.number, row.is_live) for row in seen.history] == [(2, True), (1, False)]
    assert (await tab.state(ServerState)).live_number == 2
    await tab.fire(VersionsState.ask_roll_back, "1")
    seen = await tab.state(VersionsState)
    assert (seen.back_to, seen.back_breaks, seen.back_changes[0].kind) == (1, 1, "removed")
    await tab.fire(VersionsState.roll_back)
    async with database.read() as session:
        server = await session.get(Server, place[0])
        assert (await live_version_of(session, server)).number == 1
    assert notices(await tab.state(AppState))[-1] == "Version 1 is live again."


async def test_a_viewer_who_calls_publish_by_hand_is_refused(
    as_member, committed_cast, database, place
):
    tab = await as_member(committed_cast.vera, place, "/versions", VersionsState.load_versions)
    assert not (await tab.state(ServerState)).can_publish
    await tab.fire(VersionsState.publish, {"note": "", "override": "on"})
    assert "does not allow that" in notices(await tab.state(AppState))[-1]
    async with database.read() as session:
        assert await versions_of(session, await session.get(Server, place[0])) == []


@pytest.mark.parametrize("payload", [{"typed": None}, {"typed": "x"}, {"typed": {"note": [1]}}])
async def test_odd_payloads_break_nothing(as_member, committed_cast, place, payload):
    tab = await as_member(committed_cast.alice, place, "/versions", VersionsState.load_versions)
    for odd in ("x", "-1", "99999999999999999999"):
        await tab.fire(VersionsState.ask_roll_back, odd)
    await tab.fire(KeysState.create, {"name": ["x"], "lifetime": None})
    assert (await tab.state(KeysState)).new_key == ""


async def test_the_address_asks_for_a_comparison(as_member, committed_cast, place, published):
    path = "/versions?before=1&after=1"
    tab = await as_member(committed_cast.vera, place, path, VersionsState.load_versions)
    seen = await tab.state(VersionsState)
    assert (seen.compare_summary, seen.compared) == ("No difference.", [])


async def test_a_key_is_shown_once(as_member, committed_cast, database, place):
    tab = await as_member(committed_cast.alice, place, "/keys", KeysState.load_keys)
    await tab.fire(KeysState.ask_new)
    await tab.fire(KeysState.create, {"name": "", "lifetime": "30"})
    assert "name" in (await tab.state(AppState)).problems
    await tab.fire(KeysState.create, {"name": "CI", "lifetime": "30"})
    seen = await tab.state(KeysState)
    assert seen.new_key.startswith("tkk_")
    await tab.fire(KeysState.create, {"name": "CI", "lifetime": "30"})  # a double click
    assert (await tab.state(KeysState)).new_key == seen.new_key
    assert [row.name for row in (await tab.state(KeysState)).keys] == ["CI"]
    await tab.fire(KeysState.close_new)
    assert (await tab.state(KeysState)).new_key == ""
    await tab.fire(KeysState.ask_revoke, seen.keys[0].id, "CI")
    await tab.fire(KeysState.revoke)
    assert [row.status for row in (await tab.state(KeysState)).keys] == ["revoked"]
    async with database.read() as session:
        (key,) = await keys_of(session, await session.get(Server, place[0]))
        assert key.revoked_at is not None


async def test_a_call_is_tried_and_kept_as_a_test_case(
    as_member, committed_cast, database, place, runtime
):
    path = f"/tools/{place[1]}"
    tab = await as_member(committed_cast.bob, place, path, TryingState.show_tool)
    seen = await tab.state(TryingState)
    assert [field.path for field in seen.form_fields] == ["city_id"]
    await tab.fire(TryingState.run, {"city_id": "7"})
    seen = await tab.state(TryingState)
    assert (seen.outcome, seen.status_code, seen.is_running) == ("ok", 200, False)
    assert (seen.request_method, seen.can_save) == ("GET", True)
    await tab.fire(TryingState.save_case, {"name": "Finds it"})
    assert (await tab.state(TryingState)).saved_as == "Finds it"
    async with database.read() as session:
        (case,) = await list_cases(session, committed_cast.bob, place[0])
        assert case.name == "Finds it"


async def test_the_form_and_the_json_hold_the_same_arguments(
    as_member, committed_cast, place, runtime
):
    path = f"/tools/{place[1]}"
    tab = await as_member(committed_cast.bob, place, path, TryingState.show_tool)
    await tab.fire(TryingState.type_value, "city_id", "7")
    await tab.fire(TryingState.show_raw)
    assert '"city_id": "7"' in (await tab.state(TryingState)).raw_text
    await tab.fire(TryingState.type_raw, "[")
    await tab.fire(TryingState.show_form)
    assert "arguments" in (await tab.state(AppState)).problems
    await tab.fire(TryingState.type_raw, '{"city_id": "9"}')
    await tab.fire(TryingState.show_form)
    assert (await tab.state(TryingState)).form_values["city_id"] == "9"


async def test_a_refusing_runtime_is_shown_in_the_panel(as_member, committed_cast, place, runtime):
    runtime.refusal = refusal("Too many calls at once.", code="too_busy", status=429)
    path = f"/tools/{place[1]}"
    tab = await as_member(committed_cast.bob, place, path, TryingState.show_tool)
    await tab.fire(TryingState.run, {"city_id": "7"})
    seen = await tab.state(TryingState)
    assert (seen.outcome, seen.trouble) == ("trouble", "Too many calls at once.")
    assert (seen.is_running, seen.can_save) == (False, False)


async def test_a_python_tool_that_was_not_run_has_no_request_to_show(
    as_member, committed_cast, database, place, runtime
):
    async with database.write() as session:
        row = await add_tool(session, place[0], a_python_tool())
    runtime.reply = lambda _arguments: {"resultType": "complete", "content": [], "isError": True}
    path = f"/tools/{row.id}"
    tab = await as_member(committed_cast.bob, place, path, TryingState.show_tool)
    await tab.fire(TryingState.run, {"city": "Rome"})
    seen = await tab.state(TryingState)
    assert (seen.outcome, seen.ran.is_known, seen.has_request) == ("error", True, False)


async def test_a_choice_counts_before_the_page_shows_it(
    as_member, committed_cast, database, place, runtime
):
    unit = {"type": "object", "properties": {"unit": {"enum": ["C", "F"]}}, "required": ["unit"]}
    tool = a_python_tool().model_copy(update={"input_schema": unit})
    async with database.write() as session:
        row = await add_tool(session, place[0], tool)
    sent = []
    answer = {"resultType": "complete", "content": [], "isError": False}
    runtime.reply = lambda arguments: sent.append(arguments) or answer
    path = f"/tools/{row.id}"
    tab = await as_member(committed_cast.bob, place, path, TryingState.show_tool)
    await tab.fire(TryingState.type_value, "unit", '"F"')
    await tab.fire(TryingState.run, {"unit": ""})
    assert sent == [{"unit": "F"}]


async def test_a_call_under_way_is_stopped(as_member, committed_cast, place, runtime):
    runtime.hangs = True
    path = f"/tools/{place[1]}"
    tab = await as_member(committed_cast.bob, place, path, TryingState.show_tool)
    running = asyncio.create_task(tab.fire(TryingState.run, {"city_id": "7"}))
    assert await asyncio.to_thread(runtime.called.wait, 5)
    await tab.fire(TryingState.stop)
    await running
    seen = await tab.state(TryingState)
    assert (seen.is_running, seen.outcome) == (False, "")
    assert await asyncio.to_thread(runtime.ended.wait, 5)


async def test_a_tool_is_not_called_again_while_it_is_called(
    as_member, committed_cast, place, runtime
):
    runtime.hangs = True
    path = f"/tools/{place[1]}"
    tab = await as_member(committed_cast.bob, place, path, TryingState.show_tool)
    running = asyncio.create_task(tab.fire(TryingState.run, {"city_id": "7"}))
    assert await asyncio.to_thread(runtime.called.wait, 5)
    await tab.fire(TryingState.run, {"city_id": "8"})
    await tab.fire(TryingState.stop)
    await running
    assert [call["arguments"] for call in runtime.calls] == [{"city_id": "7"}]
    assert await asyncio.to_thread(runtime.ended.wait, 5)


async def test_a_test_case_runs_and_its_deletion_is_undone(
    as_member, committed_cast, database, place, runtime
):
    path = f"/tools/{place[1]}"
    runtime.reply = lambda _: answer({"id": 7, "name": "Paris"})
    tab = await as_member(committed_cast.bob, place, path, TryingState.show_tool)
    await tab.fire(TryingState.run, {"city_id": "7"})
    await tab.fire(TryingState.save_case, {"name": "Paris"})
    await tab.open(f"/o/acme/servers/{place[0]}/tests", TestCasesState.load_cases)
    (case,) = (await tab.state(TestCasesState)).cases
    runtime.reply = lambda _: answer({"id": 7})
    await tab.fire(TestCasesState.run_one, case.id)
    seen = await tab.state(TestCasesState)
    assert (seen.cases[0].passed, seen.cases[0].message) == ("no", "name is missing.")
    async with database.read() as session:
        assert (await session.get(DraftTool, place[1])).evidence is Evidence.CHECKED
    await tab.fire(TestCasesState.delete, case.id)
    assert (await tab.state(TestCasesState)).cases == []
    notice = (await tab.state(AppState)).notices[-1]
    await tab.fire(AppState.undo, notice["id"])
    assert [row.id for row in (await tab.state(TestCasesState)).cases] == [case.id]


async def test_settings_change_who_may_connect(as_member, committed_cast, database, place):
    tab = await as_member(committed_cast.alice, place, "/settings", ConnectionsState.load_settings)
    await tab.fire(ConnectionsState.set_access, "listed")
    assert (await tab.state(ServerState)).access_policy == "listed"
    await tab.fire(ConnectionsState.set_access, "public")
    await tab.fire(AppState.undo, (await tab.state(AppState)).notices[-1]["id"])
    assert (await tab.state(ServerState)).access_policy == "listed"
    await tab.fire(ConnectionsState.invite, {"email": "nobody"})
    assert "email" in (await tab.state(AppState)).problems
    await tab.fire(ConnectionsState.invite, {"email": "Guest@Example.com"})
    assert (await tab.state(ConnectionsState)).guests == ["guest@example.com"]
    await tab.fire(ConnectionsState.uninvite, "guest@example.com")
    notice = (await tab.state(AppState)).notices[-1]
    await tab.fire(AppState.undo, notice["id"])
    assert (await tab.state(ConnectionsState)).guests == ["guest@example.com"]


async def test_deleting_asks_for_the_name_and_leads_away(as_member, committed_cast, place):
    tab = await as_member(committed_cast.alice, place, "/settings", ConnectionsState.load_settings)
    await tab.fire(ConnectionsState.delete, {"confirmation": "other"})
    assert "typed_name" in (await tab.state(AppState)).problems
    await tab.fire(ConnectionsState.delete, {"confirmation": "Weather"})
    assert tab.redirects[-1] == "/o/acme/servers"


async def test_pausing_shows_at_once(as_member, committed_cast, place, published):
    tab = await as_member(committed_cast.bob, place, "/settings")
    await tab.fire(ServerState.pause)
    assert (await tab.state(ServerState)).standing == "paused"
    await tab.fire(ServerState.resume)
    assert (await tab.state(ServerState)).standing != "paused"


async def test_calls_are_filtered_by_the_address(as_member, committed_cast, database, place):
    async with database.write() as session:
        for name, status in (("get_city", CallStatus.OK), ("other", CallStatus.TOOL_ERROR)):
            session.add(
                Call(
                    id=uuid4(),
                    server_id=place[0],
                    tool_name=name,
                    caller_kind=CallerKind.KEY,
                    status=status,
                    duration_ms=3.0,
                    started_at=NOW,
                )
            )
    tab = await as_member(committed_cast.vera, place, "/calls", CallsState.load_calls)
    seen = await tab.state(CallsState)
    assert (len(seen.calls), len(seen.calls_per_hour), len(seen.errors_per_hour)) == (2, 24, 24)
    tab = await as_member(committed_cast.vera, place, "/calls?tool=other", CallsState.load_calls)
    assert [row.tool for row in (await tab.state(CallsState)).calls] == ["other"]
    await tab.fire(CallsState.choose_status, "ok")
    assert tab.redirects[-1].endswith("/calls?tool=other&status=ok")


async def test_the_overview_shows_the_client_that_the_address_names(
    as_member, committed_cast, place, published
):
    path = "?client=cursor&way=key"
    tab = await as_member(committed_cast.vera, place, path, OverviewState.load_overview)
    seen = await tab.state(OverviewState)
    assert (seen.setup.name, seen.way) == ("Cursor", "key")
    assert [client.name for client in seen.client_tabs if client.is_shown] == ["Cursor"]
    assert seen.waiting_summary == ""


async def test_a_foreign_organizations_address_says_so_once_and_leads_home(
    as_member, committed_cast, place
):
    tab = await as_member(committed_cast.mallory, place, "/tools", ToolsState.load)
    shared = await tab.state(AppState)
    assert shared.organization_trouble == "That organization does not exist, or you are not in it."
    assert shared.organization_slug == "evil"
    assert shared.permissions == []
    assert shared.notices == []


async def test_a_server_that_is_not_there_is_told_on_the_page_alone(as_member, committed_cast):
    nowhere = (uuid4(), uuid4())
    tab = await as_member(committed_cast.alice, nowhere, "/tools", ToolsState.load)
    assert (await tab.state(ServerState)).server_trouble != ""
    assert (await tab.state(AppState)).notices == []


async def test_the_header_offers_to_publish_as_soon_as_a_tool_is_changed(
    as_member, committed_cast, published
):
    path = f"/tools/{published[1]}"
    tab = await as_member(committed_cast.alice, published, path, ToolState.load)
    assert (await tab.state(ServerState)).standing == "live"
    with time_machine.travel(NOW + timedelta(hours=1)):
        await tab.fire(ToolState.save, "description", "Other words.")
    assert (await tab.state(ServerState)).standing == "changed"
    await tab.fire(ToolState.save, "is_enabled", False)
    assert (await tab.state(ServerState)).enabled_count == 0
