"""Keys: shown once, kept as a digest, ended at once; as owner, member, viewer and stranger."""

from datetime import timedelta

import pytest
from sqlmodel import select

from core.errors import Conflict, Forbidden, Invalid, LimitReached, NotFound
from core.models import AuditEntry, ServerKey
from core.tokens import digest_of
from saas_app.services import keys
from saas_app.services.keys import KeyStatus, create_key, list_keys, revoke_key
from tests.cast import NOW, make_server
from tests.people import fresh


@pytest.fixture
async def server(session, cast):
    return await make_server(session, cast.alice)


async def make_key(session, actor, server, *, name="CI", lifetime="30", now=NOW):
    return await create_key(session, fresh(actor), server.id, name=name, lifetime=lifetime, now=now)


async def test_a_key_is_kept_as_a_digest_and_announced(session, cast, server):
    before = server.generation
    made = await make_key(session, cast.alice, server, name="  CI   runner ")
    row = (await session.exec(select(ServerKey))).one()
    assert made.token.startswith("tkk_")
    assert row.token_digest == digest_of(made.token)
    assert made.token not in str(row.model_dump())
    assert (row.name, row.created_by) == ("CI runner", cast.alice.user_id)
    assert made.token.startswith(row.shown_part)
    assert server.generation > before
    entry = (await session.exec(select(AuditEntry))).one()
    assert (entry.action, made.token in str(entry.details)) == ("key.created", False)


@pytest.mark.parametrize("lifetime", ["7", "30", "90", "365"])
async def test_a_key_ends_after_its_days(session, cast, server, lifetime):
    made = await make_key(session, cast.alice, server, lifetime=lifetime)
    assert made.summary.expires_at == NOW + timedelta(days=int(lifetime))


async def test_a_key_may_never_end(session, cast, server):
    made = await make_key(session, cast.alice, server, lifetime="never")
    assert made.summary.expires_at is None


@pytest.mark.parametrize(
    ("name", "lifetime", "field"),
    [(" ", "30", "name"), ("x" * 81, "30", "name"), ("CI", "31", "lifetime")],
)
async def test_odd_names_and_lifetimes_are_refused(session, cast, server, name, lifetime, field):
    with pytest.raises(Invalid) as refusal:
        await make_key(session, cast.alice, server, name=name, lifetime=lifetime)
    assert refusal.value.field == field


async def test_active_keys_are_limited_and_others_do_not_count(session, cast, server, monkeypatch):
    monkeypatch.setattr(keys, "MAX_ACTIVE_KEYS", 2)
    first = await make_key(session, cast.alice, server)
    await make_key(session, cast.alice, server)
    with pytest.raises(LimitReached):
        await make_key(session, cast.alice, server)
    await revoke_key(session, cast.alice, server.id, first.summary.id, now=NOW)
    await make_key(session, cast.alice, server)


async def test_the_list_shows_active_keys_first_and_never_the_key(session, cast, server):
    later = NOW + timedelta(days=8)
    expired = await make_key(session, cast.alice, server, lifetime="7")
    revoked = await make_key(session, cast.alice, server)
    active = await make_key(session, cast.alice, server, now=later)
    await revoke_key(session, cast.alice, server.id, revoked.summary.id, now=NOW)
    listed = await list_keys(session, cast.vera, server.id, now=later)
    assert (listed[0].id, listed[0].status) == (active.summary.id, KeyStatus.ACTIVE)
    assert {key.id: key.status for key in listed[1:]} == {
        expired.summary.id: KeyStatus.EXPIRED,
        revoked.summary.id: KeyStatus.REVOKED,
    }
    assert active.token not in str(listed)


async def test_revoking_is_announced_and_happens_once(session, cast, server):
    made = await make_key(session, cast.alice, server)
    before = server.generation
    await revoke_key(session, cast.alice, server.id, made.summary.id, now=NOW)
    assert server.generation > before
    with pytest.raises(Conflict):
        await revoke_key(session, cast.alice, server.id, made.summary.id, now=NOW)


async def test_members_and_viewers_see_keys_but_do_not_make_or_end_them(session, cast, server):
    made = await make_key(session, cast.alice, server)
    for actor in (cast.bob, cast.vera):
        assert len(await list_keys(session, actor, server.id, now=NOW)) == 1
        with pytest.raises(Forbidden):
            await make_key(session, actor, server)
        with pytest.raises(Forbidden):
            await revoke_key(session, actor, server.id, made.summary.id, now=NOW)


async def test_a_stranger_finds_no_keys(session, cast, server):
    made = await make_key(session, cast.alice, server)
    theirs = await make_server(session, cast.mallory)
    with pytest.raises(NotFound):
        await list_keys(session, cast.mallory, server.id, now=NOW)
    with pytest.raises(NotFound):
        await make_key(session, cast.mallory, server)
    with pytest.raises(NotFound):
        await revoke_key(session, cast.mallory, theirs.id, made.summary.id, now=NOW)
