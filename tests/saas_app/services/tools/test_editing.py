"""A tool is edited field by field, by those who may, and nobody's words are overwritten unseen."""

from datetime import timedelta
from uuid import uuid4

import pytest

from core.errors import Forbidden, NotFound
from core.models import DraftTool, Evidence
from saas_app.services.tools import (
    ChangedMeanwhile,
    ToolChanges,
    edit_tool,
    put_back_tool,
    read_tool,
)
from tests.cast import NOW, a_tool, add_tool, make_server

LATER = NOW + timedelta(minutes=1)


async def edit(session, actor, server, row, seen=None, **values):
    changes = ToolChanges(values, seen)
    return await edit_tool(session, actor, server.id, row.id, changes, now=LATER)


@pytest.fixture
async def server(session, cast):
    return await make_server(session, cast.alice)


@pytest.fixture
async def row(session, server):
    return await add_tool(session, server.id, a_tool())


@pytest.mark.parametrize("who", ["alice", "bob"])
async def test_owner_and_member_edit(session, cast, server, row, who):
    edited = await edit(session, getattr(cast, who), server, row, title="City", is_enabled=False)
    assert edited.refused == {}
    assert edited.tool.card.title == "City"
    assert not edited.tool.card.is_enabled
    assert server.updated_at == LATER


async def test_a_viewer_reads_and_does_not_edit(session, cast, server, row):
    assert (await read_tool(session, cast.vera, server.id, row.id)).card.name == "get_city"
    with pytest.raises(Forbidden):
        await edit(session, cast.vera, server, row, title="City")


async def test_a_stranger_cannot_learn_that_a_tool_exists(session, cast, server, row):
    with pytest.raises(NotFound):
        await read_tool(session, cast.mallory, server.id, row.id)
    with pytest.raises(NotFound):
        await edit(session, cast.mallory, server, row, title="City")


async def test_a_tool_of_another_server_is_not_found(session, cast, server, row):
    other = await make_server(session, cast.alice, name="Other")
    with pytest.raises(NotFound):
        await edit(session, cast.alice, other, row, title="City")
    with pytest.raises(NotFound):
        await read_tool(session, cast.alice, server.id, uuid4())


async def test_the_valid_fields_are_kept_when_another_is_refused(session, cast, server, row):
    edited = await edit(session, cast.alice, server, row, title="City", select="a[", name="a b")
    assert set(edited.refused) == {"select", "name"}
    assert edited.tool.card.title == "City"
    assert edited.tool.card.name == "get_city"


async def test_a_name_that_another_tool_has_is_refused_in_any_case(session, cast, server, row):
    await add_tool(session, server.id, a_tool("list_cities"))
    edited = await edit(session, cast.alice, server, row, name="List_Cities")
    assert "another tool" in edited.refused["name"].lower()
    assert (await edit(session, cast.alice, server, row, name="Get_City")).refused == {}


async def test_a_change_on_top_of_an_unseen_one_is_refused(session, cast, server, row):
    seen = (await read_tool(session, cast.alice, server.id, row.id)).stamp
    first = await edit(session, cast.bob, server, row, seen, title="Bob's")
    with pytest.raises(ChangedMeanwhile):
        await edit(session, cast.alice, server, row, seen, title="Alice's")
    second = await edit(session, cast.bob, server, row, first.tool.stamp, title="Bob's second")
    assert second.tool.stamp != first.tool.stamp


async def test_words_keep_a_proof_and_the_request_does_not(session, cast, server, row):
    row.evidence = Evidence.PROVEN
    await edit(session, cast.alice, server, row, description="Clearer.", name="city")
    assert row.evidence is Evidence.PROVEN
    await edit(session, cast.alice, server, row, timeout_seconds="a")
    assert row.evidence is Evidence.PROVEN
    await edit(session, cast.alice, server, row, timeout_seconds="5")
    assert row.evidence is Evidence.CHECKED


async def test_a_tool_with_a_missing_variable_is_unchecked_and_says_so(session, cast, server, row):
    edited = await edit(session, cast.alice, server, row, headers="X-Key: {{KEY}}")
    assert row.evidence is Evidence.UNCHECKED
    assert edited.tool.card.problems == ["The variable KEY is used and not defined."]
    edited = await edit(session, cast.alice, server, row, headers="")
    assert edited.tool.card.problems == []
    assert row.evidence is Evidence.CHECKED


async def test_an_edit_survives_the_transaction(database, committed_cast):
    async with database.write() as session:
        server = await make_server(session, committed_cast.alice)
        row = await add_tool(session, server.id, a_tool())
    async with database.write() as session:
        first = await edit(session, committed_cast.alice, server, row, title="One")
    async with database.write() as session:
        await edit(session, committed_cast.alice, server, row, first.tool.stamp, title="Two")
    async with database.read() as session:
        stored = await session.get_one(DraftTool, row.id)
        assert stored.spec["title"] == "Two"


async def test_edits_are_taken_back(session, cast, server, row):
    edited = await edit(session, cast.alice, server, row, add_argument="limit", name="cities")
    view = await put_back_tool(
        session, cast.bob, server.id, row.id, before=edited.before, now=LATER
    )
    assert [one.name for one in view.arguments] == ["city_id"]
    assert view.card.name == "cities"
    for actor, refusal in ((cast.vera, Forbidden), (cast.mallory, NotFound)):
        with pytest.raises(refusal):
            await put_back_tool(session, actor, server.id, row.id, before=edited.before, now=LATER)
