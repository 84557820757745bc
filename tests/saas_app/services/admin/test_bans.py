"""Bans, and the rights of admins: who, by whom, and what is refused."""

from datetime import UTC, datetime, timedelta

import pytest

from core.errors import Conflict, Invalid, NotFound, NotFresh
from core.generation import current_generation
from core.sessions import holder_of, shut_out_by_ban, start_session
from saas_app.services.admin.admins import (
    LastAdmin,
    grant_admin,
    grant_by_operator,
    list_admins,
    revoke_admin,
    revoke_by_operator,
)
from saas_app.services.admin.bans import Ban, NotOnAdmins, ban_user, unban_user
from tests.cast import NOW, make_server
from tests.people import let_in, make_user, user_of

SPAM = Ban("Spam.", None)


async def test_a_ban_ends_all_sessions_at_once_and_for_ever(session, cast, admin, recorded):
    bob = cast.bob.user_id
    own = await start_session(session, bob, now=NOW)
    before = (await user_of(session, cast.bob)).access_version
    await ban_user(session, admin, bob, SPAM, now=NOW)
    assert await holder_of(session, own, now=NOW) is None
    shut_out = await shut_out_by_ban(session, own, now=NOW)
    assert shut_out is not None
    assert shut_out.id == bob
    user = await user_of(session, cast.bob)
    assert (user.ban_reason, user.ban_ends_at, user.access_version > before) == (
        "Spam.", None, True,
    )  # fmt: skip
    (entry,) = await recorded("admin.user_banned", bob)
    assert (entry.user_id, entry.organization_id) == (admin.user_id, None)
    assert entry.details["reason"] == "Spam."
    await unban_user(session, admin, bob, now=NOW)
    assert await holder_of(session, own, now=NOW) is None  # they sign in anew
    assert await shut_out_by_ban(session, own, now=NOW) is None


async def test_a_ban_reaches_the_clients_of_the_person_at_once(session, cast, admin):
    server, other = [await make_server(session, cast.mallory, name=name) for name in ("A", "B")]
    await let_in(session, server, cast.bob.user_id)
    before = (server.generation, other.generation)
    await ban_user(session, admin, cast.bob.user_id, SPAM, now=NOW)
    assert server.generation == await current_generation(session) > max(before)
    assert other.generation == before[1]


async def test_a_session_in_somebodys_name_is_not_told_of_the_ban(session, cast, admin):
    acting = await start_session(session, cast.bob.user_id, now=NOW, impersonator_id=admin.user_id)
    await ban_user(session, admin, cast.bob.user_id, SPAM, now=NOW)
    assert await holder_of(session, acting, now=NOW) is None
    assert await shut_out_by_ban(session, acting, now=NOW) is None


async def test_a_ban_with_an_end_is_over_then(session, cast, admin):
    ban = Ban.parse(" Too   many\n\nkeys ", "2026-11-24", now=NOW)
    assert ban == Ban("Too many\n\nkeys", datetime(2026, 11, 25, tzinfo=UTC))
    assert (ban.last_day, SPAM.last_day) == ("2026-11-24", "")
    user = await ban_user(session, admin, cast.bob.user_id, ban, now=NOW)
    assert user.is_banned(NOW + timedelta(days=1))
    assert not user.is_banned(NOW + timedelta(days=2))


@pytest.mark.parametrize(
    ("reason", "last_day", "field"),
    [
        ("", "", "reason"),
        (" \n ", "", "reason"),
        ("x" * 1001, "", "reason"),
        ("x", "soon", "last_day"),
        ("x", "2026-11-22", "last_day"),
        ("x", "2099-01-01", "last_day"),
    ],
)
def test_a_ban_that_makes_no_sense_stands_on_its_field(reason, last_day, field):
    with pytest.raises(Invalid) as refusal:
        Ban.parse(reason, last_day, now=NOW)
    assert refusal.value.field == field


async def test_a_ban_may_end_today():
    assert Ban.parse("x", NOW.date().isoformat(), now=NOW).ends_at == datetime(
        2026, 11, 24, tzinfo=UTC
    )


async def test_a_ban_can_be_changed_and_keeps_its_start(session, cast, admin):
    await ban_user(session, admin, cast.bob.user_id, SPAM, now=NOW)
    later = NOW + timedelta(hours=1)
    user = await ban_user(session, admin, cast.bob.user_id, Ban("Worse.", None), now=later)
    assert (user.ban_reason, user.banned_at) == ("Worse.", NOW)


async def test_admins_are_not_banned_and_nobody_bans_themselves(session, cast, admin):
    other = await make_user(session, "Other")
    other.is_admin = True
    await session.flush()
    for user_id in (other.id, admin.user_id):
        with pytest.raises(NotOnAdmins):
            await ban_user(session, admin, user_id, SPAM, now=NOW)


async def test_whoever_is_not_banned_is_not_let_in_again(session, cast, admin):
    with pytest.raises(Conflict):
        await unban_user(session, admin, cast.bob.user_id, now=NOW)


async def test_rights_are_given_and_taken_and_both_reach_open_tabs(session, cast, admin, recorded):
    bob = cast.bob.user_id
    versions = [(await user_of(session, cast.bob)).access_version]
    await grant_admin(session, admin, bob, now=NOW)
    versions.append((await user_of(session, cast.bob)).access_version)
    with pytest.raises(Conflict):
        await grant_admin(session, admin, bob, now=NOW)
    await revoke_admin(session, admin, bob, now=NOW)
    versions.append((await user_of(session, cast.bob)).access_version)
    assert versions == sorted(set(versions))
    with pytest.raises(Conflict):
        await revoke_admin(session, admin, bob, now=NOW)
    assert len(await recorded("admin.admin_granted", bob)) == 1
    assert len(await recorded("admin.admin_revoked", bob)) == 1


async def test_rights_that_are_taken_end_sessions_in_somebodys_name(session, cast, admin):
    token = await start_session(session, cast.bob.user_id, now=NOW, impersonator_id=admin.user_id)
    assert await holder_of(session, token, now=NOW) is not None
    await grant_admin(session, admin, cast.alice.user_id, now=NOW)
    await revoke_admin(session, admin, admin.user_id, now=NOW)
    assert await holder_of(session, token, now=NOW) is None


@pytest.mark.parametrize(
    "unfit",
    [{"email_verified_at": None}, {"banned_at": NOW}, {"delete_at": NOW + timedelta(days=3)}],
)
async def test_whoever_is_not_fit_becomes_no_admin(session, cast, admin, unfit):
    user = await user_of(session, cast.bob)
    for name, value in unfit.items():
        setattr(user, name, value)
    await session.flush()
    with pytest.raises(Conflict):
        await grant_admin(session, admin, user.id, now=NOW)


async def test_the_last_admin_stays_one(session, cast, admin):
    with pytest.raises(LastAdmin):
        await revoke_admin(session, admin, admin.user_id, now=NOW)
    other = await make_user(session, "Other")
    other.is_admin, other.banned_at = True, NOW  # one who cannot act does not count
    await session.flush()
    with pytest.raises(LastAdmin):
        await revoke_admin(session, admin, admin.user_id, now=NOW)


async def test_the_operator_makes_the_first_admin_and_may_take_the_last(session, cast, recorded):
    user = await grant_by_operator(session, " ALICE@example.com ", now=NOW)
    assert [one.id for one in await list_admins(session)] == [user.id]
    (entry,) = await recorded("admin.admin_granted", user.id)
    assert entry.details == {"by": "operator"}
    await revoke_by_operator(session, "alice@example.com", now=NOW)
    assert await list_admins(session) == []
    with pytest.raises(NotFound):
        await grant_by_operator(session, "nobody@example.com", now=NOW)


async def test_a_stale_admin_changes_nothing(session, cast, stale):
    bob = cast.bob.user_id
    for act in (
        lambda: ban_user(session, stale, bob, SPAM, now=NOW),
        lambda: unban_user(session, stale, bob, now=NOW),
        lambda: grant_admin(session, stale, bob, now=NOW),
        lambda: revoke_admin(session, stale, stale.user_id, now=NOW),
    ):
        with pytest.raises(NotFresh):
            await act()
