"""What the command menu offers of an organization, and to whom."""

from saas_app.services.places import Place, list_places
from tests.cast import a_tool, add_tool, make_server


async def test_members_find_their_servers_and_tools(session, cast):
    server = await make_server(session, cast.alice)
    tool = await add_tool(session, server.id, a_tool("get_city"))
    for actor in (cast.alice, cast.bob, cast.vera):
        assert await list_places(session, actor) == [
            Place("Weather", f"/servers/{server.id}", "Server"),
            Place("get_city", f"/servers/{server.id}/tools/{tool.id}", "Tool of Weather"),
        ]


async def test_a_stranger_finds_nothing_of_theirs(session, cast):
    server = await make_server(session, cast.alice)
    await add_tool(session, server.id, a_tool())
    assert await list_places(session, cast.mallory) == []
