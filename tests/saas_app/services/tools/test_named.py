"""Draft tools by name and whole: what a program writes is held to what the editor demands."""

import pytest
from sqlmodel import select

from core.errors import Forbidden, Invalid, NotFound
from core.http_request import Body, FixedValue, ValueCredential
from core.models import DraftTool, Evidence
from core.tool_spec import HttpTool
from saas_app.services.tools.named import id_of_tool, put_tool, tool_named, tools_behind
from tests.cast import NOW, a_tool, add_tool, make_server


@pytest.fixture
async def server(session, cast):
    return await make_server(session, cast.alice)


def a_changed(**changes) -> HttpTool:
    tool = a_tool()
    return tool.model_copy(update={"request": tool.request.model_copy(update=changes)})


async def test_a_tool_is_written_once_and_then_in_its_place(session, cast, server):
    first = await put_tool(session, cast.bob, server.id, a_tool(), now=NOW)
    other = a_tool().model_copy(update={"title": "Another title"})
    second = await put_tool(session, cast.bob, server.id, other, now=NOW)
    assert (first.card.id, second.card.title) == (second.card.id, "Another title")
    assert second.updated_at > first.updated_at
    assert second.spec == other
    assert len((await session.exec(select(DraftTool))).all()) == 1


async def test_a_proven_tool_stays_proven_until_more_than_its_words_change(session, cast, server):
    row = await add_tool(session, server.id, a_tool())
    row.evidence = Evidence.PROVEN
    words = a_tool().model_copy(update={"description": "Other words."})
    assert (await put_tool(session, cast.bob, server.id, words, now=NOW)).card.evidence == "proven"
    asks = a_changed(fixed=(FixedValue(location="query", name="a", value="1"),))
    assert (await put_tool(session, cast.bob, server.id, asks, now=NOW)).card.evidence == "checked"


@pytest.mark.parametrize(
    ("tool", "field"),
    [
        (a_tool().model_copy(update={"title": "x" * 201}), "title"),
        (a_tool().model_copy(update={"description": "x" * 8_001}), "description"),
        (a_tool().model_copy(update={"output_schema": {"type": "nothing"}}), "output_schema"),
        (a_changed(body=Body(media_type="application/json", fixed={})), "request.body"),
        (a_changed(fixed=(FixedValue(location="header", name="a b", value="1"),)), "request"),
        (a_changed(fixed=(FixedValue(location="header", name="Host", value="1"),)), "request"),
        (
            a_changed(credentials=((ValueCredential(location="header", name="a\nb", value="1"),),)),
            "request",
        ),
    ],
)
async def test_what_the_editor_refuses_is_refused(session, cast, server, tool, field):
    with pytest.raises(Invalid) as refusal:
        await put_tool(session, cast.bob, server.id, tool, now=NOW)
    assert refusal.value.field == field


async def test_two_names_that_differ_in_case_are_one(session, cast, server):
    await put_tool(session, cast.bob, server.id, a_tool("get_city"), now=NOW)
    with pytest.raises(Invalid):
        await put_tool(session, cast.bob, server.id, a_tool("Get_City"), now=NOW)


async def test_viewers_read_and_strangers_find_nothing(session, cast, server):
    await put_tool(session, cast.alice, server.id, a_tool(), now=NOW)
    assert (await tool_named(session, cast.vera, server.id, "get_city")).card.name == "get_city"
    assert len(await tools_behind(session, cast.vera, server.id, name="", limit=9)) == 1
    with pytest.raises(Forbidden):
        await put_tool(session, cast.vera, server.id, a_tool("b"), now=NOW)
    for ask in (
        tool_named(session, cast.mallory, server.id, "get_city"),
        id_of_tool(session, cast.mallory, server.id, "get_city"),
        tools_behind(session, cast.mallory, server.id, name="", limit=9),
        put_tool(session, cast.mallory, server.id, a_tool("b"), now=NOW),
        tool_named(session, cast.alice, server.id, "nothing"),
    ):
        with pytest.raises(NotFound):
            await ask
