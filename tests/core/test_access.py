"""The door to tenant rows: owner, team mate, stranger."""

from uuid import uuid4

import pytest

from core.access import actor_for, row_for, server_for, servers_of
from core.errors import Forbidden, NotFound
from core.models import DraftTool
from core.permissions import Permission
from tests.cast import a_tool, add_tool, make_server


async def test_the_owner_and_her_team_reach_their_server(session, cast):
    server = await make_server(session, cast.alice)
    for member in (cast.alice, cast.bob, cast.vera):
        found = await server_for(session, member, server.id, to=Permission.SERVER_VIEW)
        assert found.id == server.id
        assert [row.id for row in await servers_of(session, member)] == [server.id]


async def test_a_stranger_cannot_tell_a_foreign_server_from_none(session, cast):
    server = await make_server(session, cast.alice)
    messages = []
    for server_id in (server.id, uuid4()):
        with pytest.raises(NotFound) as refusal:
            await server_for(session, cast.mallory, server_id, to=Permission.SERVER_VIEW)
        messages.append(refusal.value.message)
    assert messages[0] == messages[1]
    assert await servers_of(session, cast.mallory) == []


async def test_a_viewer_sees_but_does_not_edit(session, cast):
    server = await make_server(session, cast.alice)
    with pytest.raises(Forbidden):
        await server_for(session, cast.vera, server.id, to=Permission.SERVER_EDIT)


async def test_a_deleted_server_is_gone_for_everybody(session, cast):
    server = await make_server(session, cast.alice)
    server.deleted_at = server.created_at
    await session.flush()
    with pytest.raises(NotFound):
        await server_for(session, cast.alice, server.id, to=Permission.SERVER_VIEW)


async def test_a_tool_of_another_server_is_not_found(session, cast):
    mine = await make_server(session, cast.alice)
    theirs = await make_server(session, cast.mallory)
    tool = await add_tool(session, theirs.id, a_tool())
    with pytest.raises(NotFound):
        await row_for(session, mine, DraftTool, tool.id)


async def test_only_members_become_actors_of_an_organization(session, cast):
    actor = await actor_for(session, cast.bob.user_id, "acme")
    assert actor == cast.bob
    with pytest.raises(NotFound):
        await actor_for(session, cast.mallory.user_id, "acme")
