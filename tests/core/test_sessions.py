"""Browser sessions: how long they last, what opens them, and what ends them (ASVS 7)."""

from datetime import timedelta

import pytest

from core.models import User
from core.sessions import (
    FRESH,
    IMPERSONATION_LIFETIME,
    LIFETIME,
    LONGEST_LIFETIME,
    cookie_in,
    end_sessions_of,
    holder_of,
    renew_session,
    rotate_session,
    rotated_session_of,
    start_session,
    token_in,
)
from tests.cast import NOW

STRANGE_COOKIES = ('ad={"a": 1}', "a b=c", "=nameless", "flag", "path=/", 'q="open', "ключ=ä")
SECOND = timedelta(seconds=1)


@pytest.fixture
async def token(session, cast):
    return await start_session(session, cast.alice.user_id, now=NOW)


async def held(session, token, at=NOW):
    await session.flush()
    return await holder_of(session, token, now=at)


async def test_a_session_ends_thirty_days_after_its_last_use(session, token):
    assert (await held(session, token, NOW + LIFETIME - SECOND)).email == "alice@example.com"
    assert await held(session, token, NOW + LIFETIME) is None


async def test_each_use_pushes_the_end_away_until_ninety_days_are_over(session, token):
    at = NOW
    while at + LIFETIME < NOW + LONGEST_LIFETIME + LIFETIME:
        holder = await held(session, token, at)
        if holder is None:
            break
        await renew_session(session, holder.session_id, now=at)
        at += timedelta(days=10)
    assert at == NOW + LONGEST_LIFETIME


async def test_a_use_is_written_down_once_in_a_while(session, token):
    holder = await held(session, token)
    assert not holder.is_due(NOW + timedelta(minutes=4))
    assert holder.is_due(NOW + timedelta(minutes=5))


async def test_a_rotated_session_is_the_same_one_and_the_old_token_opens_nothing(session, token):
    before = await held(session, token)
    new = await rotate_session(session, before.session_id, now=NOW)
    assert await held(session, token) is None
    assert (await held(session, new)).session_id == before.session_id
    assert await rotated_session_of(session, token) == before.session_id
    assert await rotated_session_of(session, new) is None


async def test_a_proof_of_identity_is_fresh_for_ten_minutes(session, token):
    holder = await held(session, token)
    assert holder.is_fresh(NOW + FRESH - SECOND)
    assert not holder.is_fresh(NOW + FRESH)
    later = NOW + timedelta(days=1)
    new = await rotate_session(session, holder.session_id, now=later)
    assert (await held(session, new, later)).is_fresh(later)


async def test_all_sessions_of_a_user_end_but_the_one_that_stays(session, cast, token):
    other = await start_session(session, cast.alice.user_id, now=NOW)
    bobs = await start_session(session, cast.bob.user_id, now=NOW)
    kept = await held(session, token)
    assert await end_sessions_of(session, cast.alice.user_id, but=kept.session_id) == 1
    assert await held(session, token) is not None
    assert await held(session, other) is None
    assert await held(session, bobs) is not None
    assert await end_sessions_of(session, cast.alice.user_id) == 1
    assert await held(session, token) is None


async def test_a_ban_closes_every_session_until_it_ends(session, cast, token):
    alice = await session.get_one(User, cast.alice.user_id)
    alice.banned_at, alice.ban_ends_at = NOW, NOW + timedelta(days=1)
    assert await held(session, token) is None
    assert await held(session, token, NOW + timedelta(days=1)) is not None
    alice.ban_ends_at = None
    assert await held(session, token, NOW + timedelta(days=1)) is None


async def test_an_impersonation_ends_after_an_hour_and_with_the_admins_rights(session, cast):
    admin = await session.get_one(User, cast.mallory.user_id)
    admin.is_admin = True
    token = await start_session(session, cast.bob.user_id, now=NOW, impersonator_id=admin.id)
    holder = await held(session, token)
    assert (holder.user_id, holder.impersonator_id) == (cast.bob.user_id, admin.id)
    assert not holder.is_admin
    assert not holder.is_fresh(NOW)
    assert await held(session, token, NOW + IMPERSONATION_LIFETIME) is None
    admin.is_admin = False
    assert await held(session, token) is None


@pytest.mark.parametrize("strange", STRANGE_COOKIES)
def test_a_cookie_of_somebody_else_hides_none_of_ours(strange):
    ours = "toolkiln_session=tks_ours"
    for header in (f"{strange}; {ours}", f"{ours}; {strange}", f"a=1;{strange};{ours};b=2"):
        assert token_in(header, is_secure=False) == "tks_ours"


def test_a_cookie_is_read_by_its_whole_name():
    header = "x-theme=dark; Theme=light; theme=a=b"
    assert cookie_in(header, "theme") == "a=b"
    assert cookie_in(header, "heme") == ""
    assert token_in("toolkiln_session=other", is_secure=False) is None
