"""Pages: each entry once, whatever comes and goes meanwhile."""

from datetime import timedelta
from uuid import UUID

import pytest

from tests.cast import NOW, a_tool, add_tool, make_server
from tests.saas_app.api.v1.world import a_call, problem_in


async def pages(world, name, *, limit=1, between=None, **query):
    token, _ = await world.key()
    found, cursor = [], ""
    while cursor is not None:
        asked = query | {"limit": str(limit)} | ({"cursor": cursor} if cursor else {})
        answer = await world.ask(name, token, query=asked)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert len(page["items"]) <= limit
        found += page["items"]
        cursor = page["next_cursor"]
        if between is not None:
            await between()
            between = None
    return found


@pytest.mark.parametrize(
    ("name", "by", "expected"),
    [
        ("list_servers", "name", {"Weather", "Paused"}),
        ("list_tools", "name", ["get_city", "get_town", "get_village"]),
        ("list_variables", "name", ["API_KEY"]),
        ("list_versions", "number", [2, 1]),
        ("list_server_keys", "name", ["Old"]),
        ("list_calls", "tool_name", ["get_city"] * 3),
        ("list_members", "name", {"Alice", "Bob", "Vera"}),
    ],
)
async def test_pages_of_one_hold_every_entry_once_and_in_order(world, name, by, expected):
    found = [item[by] for item in await pages(world, name)]
    assert (set(found) if isinstance(expected, set) else found) == expected
    assert len(found) == len(expected)


async def test_calls_that_come_in_between_move_nothing(world):
    server_id = UUID(world.fills["server_id"])

    async def insert():
        async with world.parts.database.write() as session:
            session.add_all(a_call(server_id, minutes=-1) for _ in range(5))

    found = await pages(world, "list_calls", between=insert)
    assert len(found) == len({item["id"] for item in found}) == 3
    moments = [item["started_at"] for item in found]
    assert moments == sorted(moments, reverse=True)


async def test_calls_of_one_moment_are_told_apart(world):
    async with world.parts.database.write() as session:
        session.add_all(a_call(UUID(world.fills["server_id"])) for _ in range(6))
    found = await pages(world, "list_calls", limit=2)
    assert len(found) == len({item["id"] for item in found}) == 9


async def test_calls_are_filtered_by_tool_and_outcome(world):
    assert len(await pages(world, "list_calls", tool="get_city", status="ok")) == 3
    assert await pages(world, "list_calls", tool="get_town") == []
    token, _ = await world.key()
    answer = await world.ask("list_calls", token, query={"status": "fine"})
    assert problem_in(answer)["field"] == "status"


async def test_servers_and_tools_that_come_and_go_in_between_move_nothing(world):
    async def insert():
        async with world.parts.database.write() as session:
            later = await make_server(session, world.cast.alice, name="Later")
            later.created_at = NOW + timedelta(days=1)

    assert {item["name"] for item in await pages(world, "list_servers", between=insert)} == {
        "Weather",
        "Paused",
    }

    async def change():
        async with world.parts.database.write() as session:
            await add_tool(session, UUID(world.fills["server_id"]), a_tool("a_new_one"))
        token, _ = await world.key()
        await world.ask("delete_tool", token)  # the one that the cursor names

    names = [item["name"] for item in await pages(world, "list_tools", between=change)]
    assert names == ["get_city", "get_town", "get_village"]
