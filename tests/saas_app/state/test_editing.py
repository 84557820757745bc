"""The screens of servers, sources, tools and variables, event by event, as tabs send them."""

import pytest
from sqlmodel import select

from core.models import DraftTool, EnvironmentVariable, Evidence
from saas_app.services.intake.proposal import Proposal
from saas_app.services.intakes import take_source
from saas_app.state.base import AppState
from saas_app.state.new_server import NewServerState
from saas_app.state.proposal import ProposalState
from saas_app.state.server import ServerState
from saas_app.state.servers import ServersState
from saas_app.state.tool import ToolState
from saas_app.state.tools import ToolsState
from saas_app.state.trying import TryingState
from saas_app.state.variables import VariablesState
from tests.cast import NOW, a_python_tool, a_tool, add_tool, make_server

COMMANDS = "curl https://api.example.com/cities\ncurl -X POST https://api.example.com/cities -d a=1"
SECRET = "sk-never-shown"


@pytest.fixture(params=["sqlite"])
def database_kind(request):
    """States only listen; the services they call are tried on both databases."""
    return request.param


@pytest.fixture
async def alice(tab, committed_cast, session_of):
    tab.carry(await session_of(committed_cast.alice))
    return tab


@pytest.fixture
async def place(database, committed_cast):
    """A server of acme with one tool: their ids."""
    async with database.write() as session:
        server = await make_server(session, committed_cast.alice)
        row = await add_tool(session, server.id, a_tool())
    return server.id, row.id


async def open_tool(tab, place):
    path = f"/o/acme/servers/{place[0]}/tools/{place[1]}"
    await tab.open(path, AppState.enter, ServerState.enter_server, ToolState.load)
    return await tab.state(ToolState)


async def test_pasted_commands_become_a_server(alice):
    await alice.open("/o/acme/new", AppState.enter, NewServerState.arrive, ProposalState.load)
    await alice.fire(NewServerState.take_text, COMMANDS)
    assert (await alice.state(NewServerState)).recognised == "cURL commands"
    await alice.fire(NewServerState.find)
    proposal_path = alice.redirects[-1]
    assert proposal_path.startswith("/o/acme/new?intake=")
    await alice.open(proposal_path, AppState.enter, ProposalState.load)
    seen = await alice.state(ProposalState)
    assert (seen.total, seen.picked_count) == (2, 2)
    await alice.fire(ProposalState.toggle, seen.rows[0]["name"])
    await alice.fire(ProposalState.create, {"name": "Cities"})
    assert alice.redirects[-1].endswith("/tools")
    await alice.open("/o/acme/servers", AppState.enter, ServersState.load)
    (row,) = (await alice.state(ServersState)).rows
    assert (row["name"], row["tools"]) == ("Cities", "1 tool")


async def test_what_cannot_be_read_is_told_on_the_box_and_kept(alice):
    await alice.open("/o/acme/new", AppState.enter, NewServerState.arrive)
    await alice.fire(NewServerState.take_text, "hello")
    await alice.fire(NewServerState.find)
    state = await alice.state(NewServerState)
    assert "neither" in state.problems["source"]
    assert not state.is_reading
    await alice.fire(NewServerState.arrive)
    assert state.box_text == "hello"


async def test_a_proposal_is_searched_by_the_address(alice, database, sealer, committed_cast):
    tools = tuple(a_tool(f"tool_{number}") for number in range(60))
    async with database.write() as session:
        intake_id = await take_source(
            session, committed_cast.alice, Proposal(kind="curl", name="Many", tools=tools),
            source_url="", sealer=sealer, now=NOW.replace(year=2100),
        )  # fmt: skip
    base = f"/o/acme/new?intake={intake_id}"
    await alice.open(base, AppState.enter, ProposalState.load)
    seen = await alice.state(ProposalState)
    assert (len(seen.rows), seen.picked_count) == (50, 0)  # too many to pick them all at once
    assert seen.next_href == f"{base}&page=2"
    await alice.open(f"{base}&q=tool_7", AppState.enter, ProposalState.load)
    assert [row["name"] for row in (await alice.state(ProposalState)).rows] == ["tool_7"]
    await alice.fire(ProposalState.pick_found)
    assert (await alice.state(ProposalState)).picked_count == 1


async def test_a_proposed_tool_is_looked_into(alice):
    await alice.open("/o/acme/new", AppState.enter, NewServerState.arrive, ProposalState.load)
    text = "curl -X DELETE https://a.test/cities/42\ncurl https://a.test/cities?q=Oslo"
    await alice.fire(NewServerState.take_text, text)
    await alice.fire(NewServerState.find)
    await alice.open(alice.redirects[-1], AppState.enter, ProposalState.load)
    await alice.fire(ProposalState.look_into, "delete_city")
    state = await alice.state(ProposalState)
    assert state.opened == "delete_city"
    assert state.promises == "Changes something · May destroy · Safe to repeat · Reaches outside"
    assert state.arguments == [
        {"name": "city_id", "kind": "integer", "description": "", "is_required": True}
    ]
    await alice.fire(ProposalState.look_into, "list_cities")
    state = await alice.state(ProposalState)
    assert state.promises == "Reads only · Safe to repeat · Reaches outside"
    assert [one["name"] for one in state.arguments] == ["q"]


async def test_a_field_is_saved_and_a_wrong_one_told_in_place(alice, place):
    await open_tool(alice, place)
    await alice.fire(ToolState.save, "title", "City by id ")
    state = await alice.state(ToolState)
    assert (state.title, state.saving) == ("City by id ", "saved")
    await alice.fire(ToolState.save, "select", "items[")
    assert "JMESPath" in state.problems["select"]
    assert state.saving == "refused"
    await alice.fire(ToolState.save, "select", "items")
    assert "select" not in state.problems


async def test_arguments_keep_what_is_typed_while_their_name_changes(alice, place):
    await open_tool(alice, place)
    await alice.fire(ToolState.add_argument)
    await alice.fire(ToolState.save_argument, "argument", "description", "How many. ")
    await alice.fire(ToolState.save_argument, "argument", "name", "limit")
    state = await alice.state(ToolState)
    row = state.arguments[-1]
    assert (row["key"], row["name"], row["description"]) == ("argument", "limit", "How many. ")
    assert '"limit"' in state.schema_text
    await alice.fire(ToolState.save_argument, "limit", "kind", "integer")
    await alice.fire(ToolState.save_argument, "limit", "default", "many")
    assert "whole number" in state.problems["arguments.limit.default"]


async def test_a_removed_argument_comes_back(alice, place):
    await open_tool(alice, place)
    await alice.fire(ToolState.add_argument)
    await alice.fire(ToolState.remove_argument, "argument")
    state = await alice.state(ToolState)
    assert [row["name"] for row in state.arguments] == ["city_id"]
    await alice.fire(AppState.undo, state.notices[-1]["id"])
    assert [row["name"] for row in state.arguments] == ["city_id", "argument"]


async def test_a_tool_does_not_run_while_a_change_of_it_is_not_saved(alice, place):
    await open_tool(alice, place)
    await alice.fire(ToolState.save, "select", "items[")
    await alice.fire(ToolState.run, {"city_id": "7"})
    notice = (await alice.state(ToolState)).notices[-1]
    assert notice["text"] == "Not run: the last change on this page is not saved."
    assert (await alice.state(TryingState)).outcome == ""


async def test_two_editors_are_told_of_each_other(tabs, committed_cast, session_of, place):
    alice, bob = tabs("tab-alice"), tabs("tab-bob")
    alice.carry(await session_of(committed_cast.alice))
    bob.carry(await session_of(committed_cast.bob))
    await open_tool(alice, place)
    await open_tool(bob, place)
    await bob.fire(ToolState.save, "title", "Bob's")
    await alice.fire(ToolState.save, "description", "Alice's")
    state = await alice.state(ToolState)
    assert state.is_stale
    await alice.fire(ToolState.keep_mine)
    assert (state.is_stale, state.title, state.description) == (False, "Bob's", "Alice's")


async def test_opening_a_tool_again_shows_what_was_saved_elsewhere(
    tabs, committed_cast, session_of, place
):
    alice, bob = tabs("tab-alice"), tabs("tab-bob")
    alice.carry(await session_of(committed_cast.alice))
    bob.carry(await session_of(committed_cast.bob))
    await open_tool(alice, place)
    await alice.fire(ToolState.save, "select", "items[")
    assert (await open_tool(alice, place)).select == "items["
    await open_tool(bob, place)
    await bob.fire(ToolState.save, "title", "Bob's")
    state = await open_tool(alice, place)
    assert (state.title, state.select) == ("Bob's", "")


async def test_deleted_tools_come_back_by_the_notice(alice, place):
    path = f"/o/acme/servers/{place[0]}/tools"
    await alice.open(path, AppState.enter, ServerState.enter_server, ToolsState.load)
    await alice.fire(ToolsState.select_found)
    await alice.fire(ToolsState.delete_selected)
    state = await alice.state(ToolsState)
    assert (state.total, state.selected_count) == (0, 0)
    await alice.fire(AppState.undo, state.notices[-1]["id"])
    assert [row["name"] for row in state.rows] == ["get_city"]
    assert state.rows[0]["evidence"] == Evidence.CHECKED


async def test_tools_are_switched_and_added(alice, place):
    path = f"/o/acme/servers/{place[0]}/tools"
    await alice.open(path, AppState.enter, ServerState.enter_server, ToolsState.load)
    await alice.fire(ToolsState.enable, str(place[1]), False)
    state = await alice.state(ToolsState)
    assert not state.rows[0]["is_enabled"]
    await alice.fire(ToolsState.add, {"method": "GET", "url": "nowhere"})
    assert "https://" in state.problems["url"]
    await alice.fire(ToolsState.add, {"method": "GET", "url": "https://api.example.com/{id}"})
    assert alice.redirects[-1].startswith(path + "/")


async def test_a_value_never_comes_back_to_the_tab(alice, place):
    path = f"/o/acme/servers/{place[0]}/variables"
    await alice.open(path, AppState.enter, ServerState.enter_server, VariablesState.load)
    definition = {"name": "token", "is_secret": "on", "is_required": "on"}
    await alice.fire(VariablesState.define, definition)
    await alice.fire(VariablesState.set_value, {"name": "TOKEN", "value": SECRET})
    state = await alice.state(VariablesState)
    assert state.rows[0]["is_set"]
    assert SECRET not in str(state._get_root_state().dict())
    await alice.fire(VariablesState.ask_delete, state.rows[0]["id"])
    assert (state.asking, len(state.rows)) == ("delete", 1)
    await alice.fire(VariablesState.lose_value, {})
    assert "gone for good" in state.notices[-1]["text"]
    await alice.fire(AppState.undo, state.notices[-1]["id"])
    assert (state.rows[0]["name"], state.rows[0]["is_set"]) == ("TOKEN", False)


@pytest.mark.parametrize("who", ["mallory", "vera"])
async def test_others_change_nothing_by_calling_events(
    tab, committed_cast, session_of, place, database, who
):
    tab.carry(await session_of(getattr(committed_cast, who)))
    await open_tool(tab, place)
    await tab.fire(ToolState.save, "title", "Mine now")
    await tab.fire(ToolState.save_argument, "city_id", "description", "Mine now")
    await tab.open(f"/o/acme/servers/{place[0]}/tools", AppState.enter, ToolsState.load)
    await tab.fire(ToolsState.delete, str(place[1]))
    await tab.open(f"/o/acme/servers/{place[0]}/variables", VariablesState.load)
    await tab.fire(VariablesState.define, {"name": "MINE"})
    async with database.read() as session:
        assert (await session.exec(select(DraftTool))).one().spec["title"] == "Get a city"
        assert (await session.exec(select(EnvironmentVariable))).all() == []


ODD = [{"a": 1}, None, 3, ["x"], "x" * 5_000]


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
async def test_odd_arguments_break_nothing(alice, place, odd):
    await open_tool(alice, place)
    for field in ("title", "is_enabled", "url"):
        await alice.fire(ToolState.save, field, odd)
    await alice.fire(ToolState.save_argument, "city_id", "choices", odd)
    await alice.fire(NewServerState.take_text, odd)
    await alice.fire(ToolsState.search, odd)
    assert (await alice.state(ToolState)).is_ready


@pytest.fixture
async def code_place(database, committed_cast):
    """A server of acme with one Python tool: their ids."""
    async with database.write() as session:
        server = await make_server(session, committed_cast.alice)
        row = await add_tool(session, server.id, a_python_tool())
    return server.id, row.id


async def test_code_is_saved_as_it_is_typed_and_its_signature_follows_the_arguments(
    alice, code_place
):
    seen = await open_tool(alice, code_place)
    assert (seen.kind, seen.function) == ("python", "forecast")
    await alice.fire(ToolState.save, "source", "def forecast(town): return town\n")
    seen = await alice.state(ToolState)
    assert (seen.saving, seen.evidence) == ("saved", "unchecked")
    assert "does not answer" in seen.code_trouble  # no runtime is there
    await alice.fire(ToolState.add_argument)
    await alice.fire(ToolState.write_signature)
    seen = await alice.state(ToolState)
    assert seen.source == ("def forecast(city: str, argument: str | None = None): return town\n")
    await alice.fire(ToolState.save, "function", "a b")
    assert "A function's name" in (await alice.state(ToolState)).problems["function"]


async def test_the_arguments_are_taken_from_the_signature(alice, code_place):
    await open_tool(alice, code_place)
    tool = await alice.state(ToolState)
    tool._signature = '{"type": "object", "properties": {"town": {}}}'
    await alice.fire(ToolState.read_signature)
    assert [one["name"] for one in (await alice.state(ToolState)).arguments] == ["town"]


async def test_a_request_is_converted_and_the_notice_takes_it_back(alice, place):
    await open_tool(alice, place)
    await alice.fire(ToolState.convert)
    seen = await alice.state(ToolState)
    assert (seen.kind, seen.function) == ("python", "get_city")
    await alice.fire(ToolState.put_back, str(place[1]))
    assert (await alice.state(ToolState)).kind == "http"
