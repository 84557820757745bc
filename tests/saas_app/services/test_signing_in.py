"""What follows a right first factor, for every way in."""

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import select

from core.clock import now_utc
from core.models import Passkey, TotpFactor, TrustedDevice, User
from core.sessions import Browser, holder_of
from core.tokens import digest_of, new_token
from saas_app.services import challenges
from saas_app.services.challenges import ChallengeOver, Purpose
from saas_app.services.known_devices import read_devices, write_devices
from saas_app.services.signing_in import (
    Arrival,
    Banned,
    CheckInbox,
    Enter,
    Method,
    SecondFactor,
    ban_shown_to,
    enter_after_second_factor,
    finish_first_factor,
)
from tests.saas_app.letters import letters

HERE = Browser("Mozilla/5.0 (Macintosh; Intel Mac OS X 14) Firefox/130", "203.0.113.7")
ARRIVAL = Arrival(HERE, next_path="/o/acme/servers")


@pytest.fixture
def alice(parts, committed_cast):
    return committed_cast.alice.user_id


async def finish(parts, user_id, arrival=ARRIVAL, method=Method.PASSWORD):
    async with parts.database.write() as session:
        return await finish_first_factor(
            session, parts.letters, user_id, arrival, method=method, now=now_utc()
        )


async def second(parts, token, now=None):
    async with parts.database.write() as session:
        return await enter_after_second_factor(
            session, parts.letters, token, ARRIVAL, now=now or now_utc()
        )


async def set_user(parts, user_id, **values):
    async with parts.database.write() as session:
        user = await session.get_one(User, user_id)
        for name, value in values.items():
            setattr(user, name, value)


async def add(parts, *rows):
    async with parts.database.write() as session:
        session.add_all(rows)


def an_app(user_id, confirmed_at=None):
    now = now_utc()
    return TotpFactor(
        user_id=user_id, sealed_secret=b"x", confirmed_at=confirmed_at, created_at=now
    )


async def test_nothing_stands_between_a_person_without_factors_and_their_session(parts, alice):
    entered = await finish(parts, alice)
    assert isinstance(entered, Enter)
    assert entered.next_path == "/o/acme/servers"
    async with parts.database.read() as session:
        assert (await holder_of(session, entered.token, now=now_utc())).user_id == alice


async def test_an_app_that_is_confirmed_is_asked_for(parts, alice):
    await add(parts, an_app(alice))
    assert isinstance(await finish(parts, alice), Enter), "not confirmed yet"
    await set_factor_confirmed(parts)
    asked = await finish(parts, alice)
    assert isinstance(asked, SecondFactor)
    async with parts.database.read() as session:
        begun = await challenges.look(
            session, asked.challenge_token, Purpose.SECOND_FACTOR, now=now_utc()
        )
        assert begun.details == {"method": "password", "next_path": "/o/acme/servers"}
        assert begun.expires_at - begun.created_at == timedelta(minutes=10)
    entered = await second(parts, asked.challenge_token)
    assert isinstance(entered, Enter)
    assert entered.next_path == "/o/acme/servers"


async def set_factor_confirmed(parts):
    async with parts.database.write() as session:
        (await session.exec(select(TotpFactor))).one().confirmed_at = now_utc()


@pytest.mark.parametrize(
    "method", [Method.PASSWORD, Method.GOOGLE, Method.RESET, Method.VERIFICATION]
)
async def test_the_second_factor_is_asked_on_every_pathway(parts, alice, method):
    """ASVS 6.3.4."""
    await add(parts, an_app(alice, now_utc()))
    assert isinstance(await finish(parts, alice, method=method), SecondFactor)


async def test_a_passkey_is_both_factors_and_asked_for_after_a_password(parts, alice):
    await add(
        parts,
        Passkey(
            user_id=alice, name="Key", credential_id="c", public_key=b"k", created_at=now_utc()
        ),
    )
    assert isinstance(await finish(parts, alice), SecondFactor)
    assert isinstance(await finish(parts, alice, method=Method.PASSKEY), Enter)


async def test_a_trusted_device_spares_its_owner_the_second_factor_until_it_expires(
    parts, alice, committed_cast
):
    token, now = new_token(), now_utc()
    device = TrustedDevice(
        user_id=alice,
        token_digest=digest_of(token),
        expires_at=now + timedelta(days=30),
        last_used_at=now - timedelta(days=1),
        created_at=now,
    )
    mallory = committed_cast.mallory.user_id
    await add(parts, an_app(alice, now), an_app(mallory, now), device)
    trusted = Arrival(HERE, trusted_token=token)
    assert isinstance(await finish(parts, alice, trusted), Enter)
    assert isinstance(await finish(parts, mallory, trusted), SecondFactor)
    async with parts.database.write() as session:
        row = await session.get_one(TrustedDevice, device.id)
        assert row.last_used_at >= now
        row.expires_at = now
    assert isinstance(await finish(parts, alice, trusted), SecondFactor)


async def test_a_challenge_lets_in_once_even_at_once(parts, alice):
    await add(parts, an_app(alice, now_utc()))
    token = (await finish(parts, alice)).challenge_token
    results = await asyncio.gather(
        *(second(parts, token) for _ in range(5)), return_exceptions=True
    )
    assert [isinstance(result, Enter) for result in results].count(True) == 1
    assert [isinstance(result, ChallengeOver) for result in results].count(True) == 4


async def test_a_challenge_is_over_after_ten_minutes_and_good_for_its_own_purpose(parts, alice):
    await add(parts, an_app(alice, now_utc()))
    token = (await finish(parts, alice)).challenge_token
    with pytest.raises(ChallengeOver):
        await second(parts, token, now=now_utc() + timedelta(minutes=10))
    async with parts.database.write() as session:
        with pytest.raises(ChallengeOver):
            await challenges.take(session, token, Purpose.APPROVED, now=now_utc())


async def test_the_banned_and_the_unconfirmed_get_no_session(parts, alice):
    await set_user(parts, alice, email_verified_at=None)
    assert isinstance(await finish(parts, alice), CheckInbox)
    await set_user(parts, alice, banned_at=now_utc(), ban_reason="Spam.")
    banned = await finish(parts, alice, method=Method.PASSKEY)
    assert isinstance(banned, Banned)
    async with parts.database.read() as session:
        assert (await ban_shown_to(session, banned.challenge_token, now=now_utc())).id == alice
        assert await ban_shown_to(session, "tkc_made-up", now=now_utc()) is None
    await set_user(parts, alice, ban_ends_at=now_utc())
    async with parts.database.read() as session:
        assert await ban_shown_to(session, banned.challenge_token, now=now_utc()) is None


async def test_a_ban_between_the_factors_holds(parts, alice):
    await add(parts, an_app(alice, now_utc()))
    token = (await finish(parts, alice)).challenge_token
    await set_user(parts, alice, banned_at=now_utc())
    assert isinstance(await second(parts, token), Banned)


async def test_an_unknown_browser_is_told_about_and_a_known_one_is_not(parts, alice):
    entered = await finish(parts, alice)
    (letter,) = await letters(parts)
    assert letter.template == "new_sign_in"
    assert (letter.values["device"], letter.values["place"]) == ("Firefox on macOS", "203.0.113.7")
    assert letter.values["link"] == "http://localhost:3000/account/sessions"
    await finish(parts, alice, Arrival(HERE, devices=entered.devices))
    assert len(await letters(parts)) == 1


async def test_a_device_cookie_is_sealed_forgets_with_the_password_and_holds_six(
    parts, alice, committed_cast
):
    async with parts.database.read() as session:
        user = await session.get_one(User, alice)
        bob = await session.get_one(User, committed_cast.bob.user_id)
    devices = read_devices(parts.sealer, "").with_user(user).with_user(bob)
    cookie = write_devices(parts.sealer, devices)
    read = read_devices(parts.sealer, cookie)
    assert read.device_of(user) == devices.device_of(user) != read.device_of(bob)
    assert str(alice) not in cookie
    for broken in ("x", cookie[:-2], "ä", "=" * 9, cookie[::-1]):
        assert read_devices(parts.sealer, broken).entries == {}
    user.password_hash = "another"
    assert read.device_of(user) is None
    for number in range(6):
        someone = User(email="", email_normalized=str(number), name="", created_at=now_utc())
        read = read.with_user(someone)
    assert len(read.entries) == 6
    assert read.device_of(bob) is None
