"""Access policy, guests and connected clients, as owner, member, viewer and stranger."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlmodel import select

from core.access_policy import may_connect
from core.errors import Conflict, Forbidden, Invalid, LimitReached, NotFound
from core.models import AccessPolicy, AuditEntry, Grant, OAuthClient, User
from saas_app.services import connections
from saas_app.services.connections import (
    add_guest,
    disconnect,
    list_connected,
    list_guests,
    remove_guest,
    set_access_policy,
)
from tests.cast import NOW, make_server


@pytest.fixture
async def server(session, cast):
    return await make_server(session, cast.alice)


@pytest.fixture
async def grant(session, cast, server):
    client = OAuthClient(
        server_id=server.id, client_id="c1", details={"client_name": "Cursor"}, created_at=NOW
    )
    session.add(client)
    await session.flush()
    grant = Grant(
        server_id=server.id,
        client_row_id=client.id,
        user_id=cast.bob.user_id,
        scope="mcp",
        created_at=NOW,
    )
    session.add(grant)
    await session.flush()
    return grant


async def test_every_policy_has_its_consequences_in_words():
    assert set(connections.CONSEQUENCES) == set(AccessPolicy)


async def test_the_policy_changes_and_is_announced_and_recorded(session, cast, server):
    before = server.generation
    await set_access_policy(session, cast.alice, server.id, policy="public", now=NOW)
    assert (server.access_policy, server.generation > before) == (AccessPolicy.PUBLIC, True)
    entry = (await session.exec(select(AuditEntry))).one()
    assert entry.details == {"before": "private", "after": "public"}


async def test_the_same_policy_again_is_no_change(session, cast, server):
    before = server.generation
    await set_access_policy(session, cast.alice, server.id, policy="private", now=NOW)
    assert server.generation == before


async def test_an_unknown_policy_is_refused(session, cast, server):
    with pytest.raises(Invalid):
        await set_access_policy(session, cast.alice, server.id, policy="open", now=NOW)


async def test_a_guest_is_let_in_while_the_policy_is_listed(session, cast, server):
    await set_access_policy(session, cast.alice, server.id, policy="listed", now=NOW)
    assert not await may_connect(session, server, cast.mallory.user_id, now=NOW)
    guest = await add_guest(session, cast.alice, server.id, email=" Mallory@Example.com ", now=NOW)
    await session.flush()
    assert guest.email_normalized == "mallory@example.com"
    assert await may_connect(session, server, cast.mallory.user_id, now=NOW)
    await remove_guest(session, cast.alice, server.id, email="mallory@example.com", now=NOW)
    assert not await may_connect(session, server, cast.mallory.user_id, now=NOW)


async def test_an_address_on_the_list_counts_once_its_owner_has_confirmed_it(session, cast, server):
    await set_access_policy(session, cast.alice, server.id, policy="listed", now=NOW)
    await add_guest(session, cast.alice, server.id, email="mallory@example.com", now=NOW)
    mallory = await session.get_one(User, cast.mallory.user_id)
    mallory.email_verified_at = None  # anybody can sign up with anybody's address
    await session.flush()
    assert not await may_connect(session, server, mallory.id, now=NOW)
    mallory.email_verified_at = NOW
    await session.flush()
    assert await may_connect(session, server, mallory.id, now=NOW)


async def test_whoever_is_banned_connects_to_nothing_until_the_ban_ends(session, cast, server):
    await set_access_policy(session, cast.alice, server.id, policy="public", now=NOW)
    mallory = await session.get_one(User, cast.mallory.user_id)
    mallory.banned_at, mallory.ban_ends_at = NOW, NOW + timedelta(days=1)
    await session.flush()
    assert not await may_connect(session, server, mallory.id, now=NOW)
    assert await may_connect(session, server, mallory.id, now=NOW + timedelta(days=1))


async def test_odd_double_and_too_many_guests_are_refused(session, cast, server, monkeypatch):
    monkeypatch.setattr(connections, "MAX_GUESTS", 1)
    with pytest.raises(Invalid) as refusal:
        await add_guest(session, cast.alice, server.id, email="nobody", now=NOW)
    assert refusal.value.field == "email"
    await add_guest(session, cast.alice, server.id, email="a@example.com", now=NOW)
    await session.flush()
    with pytest.raises(Conflict, match="already"):
        await add_guest(session, cast.alice, server.id, email="A@example.com", now=NOW)
    with pytest.raises(LimitReached):
        await add_guest(session, cast.alice, server.id, email="b@example.com", now=NOW)
    with pytest.raises(NotFound):
        await remove_guest(session, cast.alice, server.id, email="c@example.com", now=NOW)


async def test_connected_clients_are_listed_and_disconnected(session, cast, server, grant):
    listed = await list_connected(session, cast.alice, server.id)
    assert [(c.client, c.user, c.since) for c in listed] == [("Cursor", "Bob", NOW)]
    before = server.generation
    await disconnect(session, cast.alice, server.id, grant.id, now=NOW)
    assert (grant.revoked_at, server.generation > before) == (NOW, True)
    await session.flush()
    assert await list_connected(session, cast.alice, server.id) == []
    with pytest.raises(Conflict):
        await disconnect(session, cast.alice, server.id, grant.id, now=NOW)


async def test_members_and_viewers_manage_no_access(session, cast, server, grant):
    for actor in (cast.bob, cast.vera):
        assert await list_guests(session, actor, server.id) == []
        with pytest.raises(Forbidden):
            await set_access_policy(session, actor, server.id, policy="public", now=NOW)
        with pytest.raises(Forbidden):
            await add_guest(session, actor, server.id, email="a@example.com", now=NOW)
        with pytest.raises(Forbidden):
            await remove_guest(session, actor, server.id, email="a@example.com", now=NOW)
        with pytest.raises(Forbidden):
            await list_connected(session, actor, server.id)
        with pytest.raises(Forbidden):
            await disconnect(session, actor, server.id, grant.id, now=NOW)


async def test_a_stranger_finds_nothing_to_manage(session, cast, server, grant):
    theirs = await make_server(session, cast.mallory)
    with pytest.raises(NotFound):
        await set_access_policy(session, cast.mallory, server.id, policy="public", now=NOW)
    with pytest.raises(NotFound):
        await list_guests(session, cast.mallory, server.id)
    with pytest.raises(NotFound):
        await disconnect(session, cast.mallory, theirs.id, grant.id, now=NOW)
    with pytest.raises(NotFound):
        await disconnect(session, cast.alice, server.id, uuid4(), now=NOW)
