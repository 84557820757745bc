"""A person's sessions, connected accounts and connected clients: theirs alone to see and end."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlmodel import select

from core.errors import Conflict, Forbidden, NotFound, NotFresh
from core.generation import current_generation
from core.models import AuditEntry, Grant, Identity, OAuthClient, User
from core.sessions import Browser, holder_of, start_session
from saas_app.services.factors.ways_in import LastWayIn
from saas_app.services.identities import disconnect_identity, list_identities
from saas_app.services.letters import Letters
from saas_app.services.own_grants import list_own_grants, revoke_own_grant
from saas_app.services.web_sessions import end_one, end_others, list_sessions
from tests.cast import NOW, make_server
from tests.saas_app.services.factors.conftest import FRESH, STALE

LATER = NOW + timedelta(minutes=1)
PHONE = Browser("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Safari/604.1", "198.51.100.4")


@pytest.fixture
def letters(sealer) -> Letters:
    return Letters(sealer, "http://localhost:3000")


@pytest.fixture
async def alice(session, cast):
    return await _holder(session, cast.alice.user_id)


@pytest.fixture
async def mallory(session, cast):
    return await _holder(session, cast.mallory.user_id)


@pytest.fixture
async def grant(session, cast):
    """alice, a stranger at mallory's public server, let a client in there."""
    server = await make_server(session, cast.mallory, name="Open kilns")
    client = OAuthClient(
        server_id=server.id, client_id="c1", details={"client_name": "Cursor"}, created_at=NOW
    )
    session.add(client)
    await session.flush()
    grant = Grant(
        server_id=server.id,
        client_row_id=client.id,
        user_id=cast.alice.user_id,
        scope="tools",
        created_at=NOW,
    )
    session.add(grant)
    await session.flush()
    return grant


@pytest.fixture
async def identity(session, cast):
    row = Identity(
        user_id=cast.alice.user_id,
        issuer="https://accounts.google.com",
        subject="g-1",
        email="alice@gmail.example",
        created_at=NOW,
    )
    session.add(row)
    await session.flush()
    return row


async def test_sessions_are_listed_with_device_place_and_last_use(session, cast, alice):
    await start_session(session, cast.alice.user_id, now=LATER, browser=PHONE)
    await session.flush()
    here, phone = await list_sessions(session, alice, now=LATER)
    assert (here.is_current, phone.is_current) == (True, False)
    assert (phone.device, phone.place, phone.last_used_at) == (
        "Safari on iPhone",
        "198.51.100.4",
        LATER,
    )
    assert not phone.is_impersonation


async def test_an_impersonation_is_marked_and_one_that_expired_is_not_listed(session, cast, alice):
    await start_session(session, cast.alice.user_id, now=NOW, impersonator_id=cast.bob.user_id)
    await session.flush()
    listed = await list_sessions(session, alice, now=LATER)
    assert [one.is_impersonation for one in listed] == [False, True]
    assert len(await list_sessions(session, alice, now=NOW + timedelta(hours=2))) == 1


async def test_one_session_is_ended_by_its_owner_alone(session, cast, alice, mallory):
    token = await start_session(session, cast.alice.user_id, now=NOW, browser=PHONE)
    await session.flush()
    _, phone = await list_sessions(session, alice, now=LATER)
    with pytest.raises(NotFound):
        await end_one(session, mallory, phone.id, origin=FRESH, now=LATER)
    with pytest.raises(NotFound):
        await end_one(session, alice, alice.session_id, origin=FRESH, now=LATER)
    await end_one(session, alice, phone.id, origin=FRESH, now=LATER)
    assert await holder_of(session, token, now=LATER) is None
    with pytest.raises(NotFound):
        await end_one(session, alice, phone.id, origin=FRESH, now=LATER)


async def test_all_others_end_and_this_one_stays(session, cast, alice, mallory):
    for _ in range(3):
        await start_session(session, cast.alice.user_id, now=NOW)
    await session.flush()
    assert await end_others(session, alice, origin=FRESH, now=LATER) == 3
    assert [one.is_current for one in await list_sessions(session, alice, now=LATER)] == [True]
    assert len(await list_sessions(session, mallory, now=LATER)) == 1
    entry = (await session.exec(select(AuditEntry))).one()
    assert (entry.action, entry.details) == ("session.others_ended", {"count": 3})
    assert await end_others(session, alice, origin=FRESH, now=LATER) == 0


async def test_an_impersonator_ends_nothing(session, cast, alice, grant):
    bob = await session.get_one(User, cast.bob.user_id)
    bob.is_admin = True
    token = await start_session(session, cast.alice.user_id, now=NOW, impersonator_id=bob.id)
    await session.flush()
    holder = await holder_of(session, token, now=NOW)
    with pytest.raises(Forbidden):
        await end_one(session, holder, alice.session_id, origin=FRESH, now=NOW)
    with pytest.raises(Forbidden):
        await end_others(session, holder, origin=FRESH, now=NOW)
    with pytest.raises(Forbidden):
        await revoke_own_grant(session, holder, grant.id, origin=FRESH, now=NOW)


async def test_a_client_is_listed_and_ended_by_whoever_let_it_in(
    session, cast, alice, mallory, grant
):
    listed = await list_own_grants(session, alice.user_id)
    assert [(one.client, one.server, one.organization, one.since) for one in listed] == [
        ("Cursor", "Open kilns", "Evil", NOW)
    ]
    assert await list_own_grants(session, mallory.user_id) == []
    for grant_id in (grant.id, uuid4()):
        with pytest.raises(NotFound):
            await revoke_own_grant(session, mallory, grant_id, origin=FRESH, now=LATER)
    await revoke_own_grant(session, alice, grant.id, origin=FRESH, now=LATER)
    await session.flush()
    assert grant.revoked_at == LATER
    assert await list_own_grants(session, alice.user_id) == []
    with pytest.raises(Conflict):
        await revoke_own_grant(session, alice, grant.id, origin=FRESH, now=LATER)


async def test_ending_a_client_is_announced_to_the_runtime(session, cast, alice, grant):
    before = await current_generation(session)
    await revoke_own_grant(session, alice, grant.id, origin=FRESH, now=LATER)
    assert await current_generation(session) > before


async def test_a_connected_account_is_disconnected_by_its_owner_alone(
    session, cast, letters, identity
):
    alice, mallory = cast.alice.user_id, cast.mallory.user_id
    assert [one.email for one in await list_identities(session, alice)] == ["alice@gmail.example"]
    assert await list_identities(session, mallory) == []
    with pytest.raises(NotFound):
        await disconnect_identity(session, letters, mallory, identity.id, origin=FRESH, now=NOW)
    with pytest.raises(NotFresh):
        await disconnect_identity(session, letters, alice, identity.id, origin=STALE, now=NOW)
    await disconnect_identity(session, letters, alice, identity.id, origin=FRESH, now=NOW)
    assert await list_identities(session, alice) == []


async def test_the_last_way_in_is_not_disconnected(session, cast, letters, identity):
    (await session.get_one(User, cast.alice.user_id)).password_hash = None
    with pytest.raises(LastWayIn):
        await disconnect_identity(
            session, letters, cast.alice.user_id, identity.id, origin=FRESH, now=NOW
        )
    assert len(await list_identities(session, cast.alice.user_id)) == 1


async def _holder(session, user_id):
    token = await start_session(session, user_id, now=NOW)
    await session.flush()
    return await holder_of(session, token, now=NOW)
