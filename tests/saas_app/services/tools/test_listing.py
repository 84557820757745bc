"""The list of tools is searched, filtered and counted as a whole, and read a page at a time."""

import pytest

from core.errors import NotFound
from saas_app.services.tools import ToolFilter, find_tool_ids, list_tools
from tests.cast import a_tool, add_tool, make_server


@pytest.fixture
async def server(session, cast):
    server = await make_server(session, cast.alice)
    for number in range(7):
        tool = a_tool(f"tool_{number}")
        tag = "even" if number % 2 == 0 else "odd"
        row = await add_tool(session, server.id, tool.model_copy(update={"tags": (tag,)}))
        row.position, row.is_enabled = number, number != 3
    return server


async def test_a_page_carries_counts_of_the_whole(session, cast, server):
    page = await list_tools(session, cast.vera, server.id, ToolFilter(), offset=5, limit=5)
    assert [card.name for card in page.cards] == ["tool_5", "tool_6"]
    assert (page.found, page.total, page.enabled) == (7, 7, 6)
    assert page.tags == [("even", 4), ("odd", 3)]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (ToolFilter(tag="odd"), 3),
        (ToolFilter(query="tool_4"), 1),
        (ToolFilter(query="CITIES get"), 7),
        (ToolFilter(query="nowhere"), 0),
        (ToolFilter(state="off"), 1),
        (ToolFilter(state="on", tag="odd"), 2),
        (ToolFilter(state="checked"), 7),
        (ToolFilter(state="proven"), 0),
    ],
)
async def test_filters_narrow_the_list(session, cast, server, wanted, found):
    page = await list_tools(session, cast.alice, server.id, wanted)
    assert page.found == found
    assert len(await find_tool_ids(session, cast.alice, server.id, wanted)) == found


async def test_a_stranger_sees_no_list(session, cast, server):
    with pytest.raises(NotFound):
        await list_tools(session, cast.mallory, server.id, ToolFilter())
