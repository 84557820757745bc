"""Keys of an organization: shown once, narrowed by scopes and roles, rotated, ended."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from core.errors import Conflict, Forbidden, Invalid, LimitReached, NotFound, NotFresh
from core.models import AuditEntry, Mail, Membership, OrganizationKey, User
from core.organization_key_access import note_key_use, open_key
from core.permissions import ALLOWED, Origin, Permission, Role
from core.tokens import digest_of
from saas_app.services import organization_keys as service
from saas_app.services.key_scopes import SCOPES, covers
from saas_app.services.letters import Letters
from saas_app.services.organization_keys import (
    KeyStatus,
    WantedKey,
    create_organization_key,
    list_organization_keys,
    revoke_organization_key,
    rotate_organization_key,
)
from tests.cast import NOW

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def fresh(actor):
    return replace(actor, origin=Origin(is_fresh=True))


@pytest.fixture
def letters(sealer):
    return Letters(sealer, "http://localhost:3000")


@pytest.fixture
def make(session, letters):
    async def make(actor, *, scopes=("servers:read",), name="CI", lifetime="30", now=NOW):
        wanted = WantedKey(name, scopes, lifetime)
        return await create_organization_key(
            session, fresh(actor), wanted, letters=letters, now=now
        )

    return make


async def membership_of(session, actor):
    mine = select(Membership).where(Membership.user_id == actor.user_id)
    return (await session.exec(mine)).one()


async def opens(session, made, *, now=NOW):
    return await open_key(session, digest_of(made.token), now=now) is not None


async def test_a_key_is_kept_as_a_digest_and_recorded(session, cast, make):
    made = await make(cast.alice, name="  CI   runner ", scopes=["servers:write", "calls:read"])
    row = (await session.exec(select(OrganizationKey))).one()
    assert made.token.startswith("tko_")
    assert row.token_digest == digest_of(made.token)
    assert made.token not in str(row.model_dump())
    assert made.token.startswith(row.shown_part)
    assert (row.name, row.scopes) == ("CI runner", ["servers:write", "calls:read"])
    entry = (await session.exec(select(AuditEntry))).one()
    assert (entry.action, entry.subject) == ("organization_key.created", str(row.id))
    assert made.token not in str(entry.details)
    assert await opens(session, made)


async def test_its_maker_is_always_told_by_mail(session, cast, make):
    made = await make(cast.alice)
    mail = (await session.exec(select(Mail))).one()
    assert (mail.template, mail.to_address) == ("key_created", "alice@example.com")
    assert made.token.encode() not in mail.sealed_values
    (await session.get_one(User, cast.alice.user_id)).muted_mail = ["key_created"]
    await make(cast.alice)
    assert len((await session.exec(select(Mail))).all()) == 2


@pytest.mark.parametrize(
    ("name", "scopes", "lifetime", "field"),
    [
        (" ", ["servers:read"], "30", "name"),
        ("x" * 81, ["servers:read"], "30", "name"),
        ("a\0b", ["servers:read"], "30", "name"),
        ("CI", [], "30", "scopes"),
        ("CI", ["everything"], "30", "scopes"),
        ("CI", ["servers:read"], "31", "lifetime"),
    ],
)
async def test_odd_wishes_are_refused(session, cast, make, name, scopes, lifetime, field):
    with pytest.raises(Invalid) as refusal:
        await make(cast.alice, name=name, scopes=scopes, lifetime=lifetime)
    assert refusal.value.field == field


async def test_keys_are_made_and_rotated_by_people_who_have_just_proved_who_they_are(
    session, cast, make, letters
):
    made = await make(cast.alice)
    wanted = WantedKey("CI", ["servers:read"], "30")
    key_id = made.summary.id
    for origin, refusal in (
        (Origin(), NotFresh),
        (Origin(is_fresh=True, impersonator_id=cast.mallory.user_id), Forbidden),
        (Origin(is_fresh=True, key_id=key_id), Forbidden),
    ):
        actor = replace(cast.alice, origin=origin)
        with pytest.raises(refusal):
            await create_organization_key(session, actor, wanted, letters=letters, now=NOW)
        with pytest.raises(refusal):
            await rotate_organization_key(session, actor, key_id, letters=letters, now=NOW)


async def test_active_keys_are_limited_and_others_do_not_count(session, cast, make, monkeypatch):
    monkeypatch.setattr(service, "MAX_ACTIVE_KEYS", 2)
    first = await make(cast.alice)
    await make(cast.alice)
    with pytest.raises(LimitReached):
        await make(cast.alice)
    await revoke_organization_key(session, cast.alice, first.summary.id, now=NOW)
    await make(cast.alice)


async def test_members_and_viewers_neither_see_nor_make_nor_end_keys(session, cast, make, letters):
    made = await make(cast.alice)
    for actor in (cast.bob, cast.vera):
        with pytest.raises(Forbidden):
            await make(actor)
        with pytest.raises(Forbidden):
            await list_organization_keys(session, actor, now=NOW)
        with pytest.raises(Forbidden):
            await revoke_organization_key(session, actor, made.summary.id, now=NOW)
        with pytest.raises(Forbidden):
            await rotate_organization_key(
                session, fresh(actor), made.summary.id, letters=letters, now=NOW
            )
    assert await opens(session, made)


async def test_a_stranger_finds_no_keys(session, cast, make, letters):
    made = await make(cast.alice)
    assert await list_organization_keys(session, cast.mallory, now=NOW) == []
    with pytest.raises(NotFound):
        await revoke_organization_key(session, cast.mallory, made.summary.id, now=NOW)
    with pytest.raises(NotFound):
        await rotate_organization_key(
            session, fresh(cast.mallory), made.summary.id, letters=letters, now=NOW
        )
    assert await opens(session, made)


async def test_a_revoked_key_opens_nothing_and_is_revoked_once(session, cast, make):
    made = await make(cast.alice)
    await revoke_organization_key(session, cast.alice, made.summary.id, now=NOW)
    assert not await opens(session, made)
    with pytest.raises(Conflict):
        await revoke_organization_key(session, cast.alice, made.summary.id, now=NOW)


async def test_a_key_opens_until_it_ends(session, cast, make):
    made = await make(cast.alice, lifetime="7")
    assert await opens(session, made, now=NOW + 7 * DAY - HOUR)
    assert not await opens(session, made, now=NOW + 7 * DAY)


async def test_a_rotated_key_works_for_a_day_beside_the_new_one(session, cast, make, letters):
    old = await make(cast.alice, lifetime="30", scopes=["calls:read", "servers:read"])
    later = NOW + 10 * DAY
    new = await rotate_organization_key(
        session, fresh(cast.alice), old.summary.id, letters=letters, now=later
    )
    assert new.summary.scopes == old.summary.scopes
    assert new.summary.expires_at == later + 30 * DAY
    assert await opens(session, old, now=later + DAY - HOUR)
    assert not await opens(session, old, now=later + DAY)
    assert await opens(session, new, now=later + DAY)
    listed = {key.id: key.status for key in
              await list_organization_keys(session, cast.alice, now=later)}  # fmt: skip
    assert listed == {old.summary.id: KeyStatus.ROTATED, new.summary.id: KeyStatus.ACTIVE}
    with pytest.raises(Conflict):
        await rotate_organization_key(
            session, fresh(cast.alice), old.summary.id, letters=letters, now=later
        )


async def test_rotating_never_lengthens_the_old_keys_life(session, cast, make, letters):
    old = await make(cast.alice, lifetime="7")
    late = NOW + 7 * DAY - HOUR
    await rotate_organization_key(
        session, fresh(cast.alice), old.summary.id, letters=letters, now=late
    )
    assert not await opens(session, old, now=late + HOUR)


async def test_an_ended_key_is_not_rotated(session, cast, make, letters):
    old = await make(cast.alice, lifetime="7")
    with pytest.raises(Conflict):
        await rotate_organization_key(
            session, fresh(cast.alice), old.summary.id, letters=letters, now=NOW + 8 * DAY
        )


async def test_a_key_follows_its_makers_role_down(session, cast, make):
    made = await make(cast.alice, scopes=["servers:write", "servers:read"])
    (await membership_of(session, cast.alice)).role = Role.VIEWER
    held = await open_key(session, digest_of(made.token), now=NOW)
    assert held.role is Role.VIEWER
    admin = replace(cast.bob, role=Role.ADMIN)
    listed = await list_organization_keys(session, admin, now=NOW)
    assert listed[0].idle_scopes == ("servers:write",)


async def test_a_key_stops_with_its_maker_and_another_admin_can_take_it_over(
    session, cast, make, letters
):
    made = await make(cast.alice)
    await session.delete(await membership_of(session, cast.alice))
    assert not await opens(session, made)
    admin = replace(cast.bob, role=Role.ADMIN)
    assert (await list_organization_keys(session, admin, now=NOW))[0].status is KeyStatus.STOPPED
    new = await rotate_organization_key(
        session, fresh(admin), made.summary.id, letters=letters, now=NOW
    )
    assert new.summary.maker == "Bob"
    assert await opens(session, new)
    assert not await opens(session, made)


async def test_a_banned_makers_key_opens_nothing_until_the_ban_ends(session, cast, make):
    made = await make(cast.alice)
    alice = await session.get_one(User, cast.alice.user_id)
    alice.banned_at, alice.ban_ends_at = NOW, NOW + DAY
    assert not await opens(session, made)
    assert await opens(session, made, now=NOW + DAY)


async def test_a_use_is_written_down_every_five_minutes(session, cast, make):
    made = await make(cast.alice)
    seen = []
    for minutes in (0, 4, 5):
        moment = NOW + timedelta(minutes=minutes)
        held = await open_key(session, digest_of(made.token), now=moment)
        await note_key_use(session, made.summary.id, now=moment)
        await session.refresh(held.key)
        seen.append((held.is_due(moment), held.key.last_used_at))
    five = NOW + timedelta(minutes=5)
    assert [used for _, used in seen] == [NOW, NOW, five]


def test_no_scope_reaches_what_only_owners_may_or_where_a_person_must_decide():
    asked = frozenset().union(*(scope.permissions for scope in SCOPES.values()))
    assert asked <= ALLOWED[Role.ADMIN]
    assert not asked & {
        Permission.ORGANIZATION_KEY_MANAGE,
        Permission.OWNER_MANAGE,
        Permission.ORGANIZATION_DELETE,
        Permission.EVIDENCE_MANAGE,
    }


def test_a_scope_covers_itself_and_what_it_includes():
    assert covers(["servers:write"], "servers:read")
    assert covers(["members:write"], "members:read")
    assert not covers(["servers:read"], "servers:write")
    assert not covers(["calls:read", "gone:scope"], "servers:read")
