"""Passkeys, against an authenticator in software whose signatures are really verified."""

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import select

from core.errors import Conflict, Forbidden, Invalid, NotFound, NotFresh
from core.models import AuditEntry, Mail, Passkey, User
from core.permissions import Origin
from saas_app.services import challenges
from saas_app.services.challenges import ChallengeOver, Purpose
from saas_app.services.factors.passkey_proof import (
    Answer,
    WrongPasskey,
    ask_for_passkey,
    prove_passkey,
)
from saas_app.services.factors.passkeys import (
    MadePasskey,
    PasskeyRefused,
    add_passkey,
    begin_passkey,
    list_passkeys,
    remove_passkey,
    rename_passkey,
)
from saas_app.services.factors.ways_in import LastWayIn
from tests.authenticator import BACKED_UP, BACKUP_ELIGIBLE, PRESENT, VERIFIED, Authenticator
from tests.cast import NOW
from tests.saas_app.services.factors.conftest import FRESH, PARTY, STALE


@pytest.fixture
def register(letters):
    """Returns a function that adds an authenticator's passkey to a user."""

    async def add(session, user_id, device=None, *, name="Laptop", **changes):
        device = device or Authenticator()
        token, options = await begin_passkey(session, PARTY, user_id, origin=FRESH, now=NOW)
        await session.flush()
        made = MadePasskey(user_id, token, name, device.make(options, **changes))
        await add_passkey(session, letters, PARTY, made, origin=FRESH, now=NOW)
        await session.flush()
        return device

    return add


@pytest.fixture
def ask(database):
    """Returns a function that begins a proof and returns token and options."""

    async def begin(purpose=Purpose.PASSKEY_SIGN_IN, user_id=None):
        async with database.write() as session:
            return await ask_for_passkey(session, PARTY, purpose, user_id=user_id, now=NOW)

    return begin


@pytest.fixture
async def device(database, committed_cast, register) -> Authenticator:
    async with database.write() as session:
        return await register(session, committed_cast.alice.user_id)


async def test_a_passkey_is_added_named_listed_and_told(session, cast, register):
    synced = Authenticator(flags=PRESENT | VERIFIED | BACKUP_ELIGIBLE | BACKED_UP)
    await register(session, cast.alice.user_id, synced, name="  My   phone ")
    listed = await list_passkeys(session, cast.alice.user_id)
    assert [(one.name, one.is_synced, one.last_used_at) for one in listed] == [
        ("My phone", True, None)
    ]
    assert await list_passkeys(session, cast.mallory.user_id) == []
    assert (await session.exec(select(AuditEntry.action))).all() == ["factor.passkey_added"]
    assert (await session.exec(select(Mail.template))).all() == ["factor_changed"]


async def test_a_second_registration_excludes_the_passkeys_that_are_there(session, cast, register):
    device = await register(session, cast.alice.user_id)
    _, options = await begin_passkey(session, PARTY, cast.alice.user_id, origin=FRESH, now=NOW)
    assert [one["id"] for one in options["excludeCredentials"]] == [
        (await session.exec(select(Passkey.credential_id))).one()
    ]
    assert options["rp"]["id"] == "localhost"
    assert options["authenticatorSelection"]["residentKey"] == "required"
    with pytest.raises(Conflict):
        await register(session, cast.mallory.user_id, device)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"origin": "https://evil.example"}, "webauthn.create"),
        ({"origin": "http://localhost:8800"}, "webauthn.create"),
        ({"rp_id": "evil.example"}, "webauthn.create"),
        ({"flags": VERIFIED}, "webauthn.create"),
        ({}, "webauthn.get"),
    ],
)
async def test_a_registration_that_is_not_for_us_is_refused(session, cast, register, changes, kind):
    with pytest.raises(PasskeyRefused):
        await register(session, cast.alice.user_id, Authenticator(**changes), kind=kind)


async def test_a_registration_is_taken_once_and_by_its_beginner(session, cast, letters):
    token, options = await begin_passkey(session, PARTY, cast.alice.user_id, origin=FRESH, now=NOW)
    await session.flush()
    forged = MadePasskey(cast.mallory.user_id, token, "Mine", Authenticator().make(options))
    with pytest.raises(PasskeyRefused):
        await add_passkey(session, letters, PARTY, forged, origin=FRESH, now=NOW)
    mine = MadePasskey(cast.alice.user_id, token, "Mine", Authenticator().make(options))
    with pytest.raises(ChallengeOver):
        await add_passkey(session, letters, PARTY, mine, origin=FRESH, now=NOW)


@pytest.mark.parametrize("credential", [{}, {"id": 1}, {"id": "a", "rawId": "a", "response": []}])
async def test_rubbish_for_a_registration_is_refused(session, cast, letters, credential):
    token, _ = await begin_passkey(session, PARTY, cast.alice.user_id, origin=FRESH, now=NOW)
    await session.flush()
    made = MadePasskey(cast.alice.user_id, token, "Mine", credential)
    with pytest.raises(Invalid):
        await add_passkey(session, letters, PARTY, made, origin=FRESH, now=NOW)


async def test_passkeys_change_only_in_a_fresh_session_of_ones_own(
    session, cast, letters, register
):
    alice = cast.alice.user_id
    await register(session, alice)
    row = (await list_passkeys(session, alice))[0]
    as_admin = Origin(impersonator_id=cast.bob.user_id, is_fresh=True)
    for origin, refusal in ((STALE, NotFresh), (as_admin, Forbidden)):
        with pytest.raises(refusal):
            await begin_passkey(session, PARTY, alice, origin=origin, now=NOW)
        with pytest.raises(refusal):
            await remove_passkey(session, letters, alice, row.id, origin=origin, now=NOW)


async def test_a_passkey_is_renamed_and_removed_by_its_owner_alone(
    session, cast, letters, register
):
    alice, mallory = cast.alice.user_id, cast.mallory.user_id
    await register(session, alice)
    row = (await list_passkeys(session, alice))[0]
    with pytest.raises(NotFound):
        await rename_passkey(session, mallory, row.id, "Mine", origin=STALE, now=NOW)
    with pytest.raises(NotFound):
        await remove_passkey(session, letters, mallory, row.id, origin=FRESH, now=NOW)
    for name in ("", " ", "x" * 65, "a\0b"):
        with pytest.raises(Invalid):
            await rename_passkey(session, alice, row.id, name, origin=STALE, now=NOW)
    await rename_passkey(session, alice, row.id, "Desk", origin=STALE, now=NOW)
    assert (await list_passkeys(session, alice))[0].name == "Desk"
    await remove_passkey(session, letters, alice, row.id, origin=FRESH, now=NOW)
    assert await list_passkeys(session, alice) == []


async def test_the_last_way_in_stays(session, cast, letters, register):
    alice = cast.alice.user_id
    await register(session, alice)
    (await session.get_one(User, alice)).password_hash = None
    row = (await list_passkeys(session, alice))[0]
    with pytest.raises(LastWayIn):
        await remove_passkey(session, letters, alice, row.id, origin=FRESH, now=NOW)


async def test_of_two_last_ways_in_removed_at_once_one_stays(
    database, committed_cast, letters, register
):
    alice = committed_cast.alice.user_id
    async with database.write() as session:
        await register(session, alice)
        await register(session, alice)
        (await session.get_one(User, alice)).password_hash = None
    async with database.read() as session:
        rows = await list_passkeys(session, alice)

    async def remove(passkey_id) -> None:
        async with database.write() as session:
            await remove_passkey(session, letters, alice, passkey_id, origin=FRESH, now=NOW)

    outcomes = await asyncio.gather(*[remove(row.id) for row in rows], return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["LastWayIn", "NoneType"]


async def test_a_passkey_says_who_signs_in(database, committed_cast, device, ask):
    alice = committed_cast.alice.user_id
    token, options = await ask()
    assert options["allowCredentials"] == []
    assert options["userVerification"] == "required"
    answer = Answer(Purpose.PASSKEY_SIGN_IN, token, device.sign(options, user_id=alice))
    assert await prove_passkey(database, PARTY, answer, now=NOW) == alice
    async with database.read() as session:
        assert (await list_passkeys(session, alice))[0].last_used_at == NOW


async def test_an_answer_is_taken_once(database, committed_cast, device, ask):
    token, options = await ask()
    credential = device.sign(options, user_id=committed_cast.alice.user_id)
    answer = Answer(Purpose.PASSKEY_SIGN_IN, token, credential)
    outcomes = await asyncio.gather(
        *[prove_passkey(database, PARTY, answer, now=NOW) for _ in range(4)],
        return_exceptions=True,
    )
    assert sum(isinstance(outcome, ChallengeOver) for outcome in outcomes) == 3


async def test_a_wrong_answer_uses_the_challenge_up(database, committed_cast, device, ask):
    token, options = await ask()
    right = device.sign(options, user_id=committed_cast.alice.user_id)
    wrong = {**right, "response": {**right["response"], "signature": "AAAA"}}
    with pytest.raises(WrongPasskey):
        await prove_passkey(database, PARTY, Answer(Purpose.PASSKEY_SIGN_IN, token, wrong), now=NOW)
    with pytest.raises(ChallengeOver):
        await prove_passkey(database, PARTY, Answer(Purpose.PASSKEY_SIGN_IN, token, right), now=NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"origin": "https://evil.example"},
        {"rp_id": "evil.example"},
        {"flags": PRESENT},
        {"flags": VERIFIED},
        {"kind": "webauthn.create"},
        {"handle": "other"},
    ],
)
async def test_an_answer_that_is_not_for_us_is_refused(
    database, committed_cast, device, ask, changes
):
    changes = dict(changes)
    kind, handle = changes.pop("kind", "webauthn.get"), changes.pop("handle", None)
    for name, value in changes.items():
        setattr(device, name, value)
    owner = committed_cast.mallory if handle else committed_cast.alice
    token, options = await ask()
    credential = device.sign(options, user_id=owner.user_id, kind=kind)
    with pytest.raises(WrongPasskey):
        await prove_passkey(
            database, PARTY, Answer(Purpose.PASSKEY_SIGN_IN, token, credential), now=NOW
        )


async def test_a_challenge_serves_what_it_was_made_for_and_for_ten_minutes(
    database, committed_cast, device, ask
):
    alice = committed_cast.alice.user_id
    token, options = await ask(Purpose.PASSKEY_VERIFY, alice)
    credential = device.sign(options, user_id=alice)
    with pytest.raises(ChallengeOver):
        await prove_passkey(
            database, PARTY, Answer(Purpose.PASSKEY_SIGN_IN, token, credential), now=NOW
        )
    late = NOW + challenges.LIFETIMES[Purpose.PASSKEY_VERIFY]
    answer = Answer(Purpose.PASSKEY_VERIFY, token, credential, alice)
    with pytest.raises(ChallengeOver):
        await prove_passkey(database, PARTY, answer, now=late)
    assert await prove_passkey(database, PARTY, answer, now=late - timedelta(seconds=1)) == alice


async def test_anothers_passkey_is_no_second_factor(database, committed_cast, device, ask):
    alice, mallory = committed_cast.alice.user_id, committed_cast.mallory.user_id
    token, options = await ask(Purpose.PASSKEY_VERIFY, mallory)
    credential = device.sign(options, user_id=alice)
    for user_id in (mallory, alice, None):
        answer = Answer(Purpose.PASSKEY_VERIFY, token, credential, user_id)
        with pytest.raises((WrongPasskey, ChallengeOver)):
            await prove_passkey(database, PARTY, answer, now=NOW)


async def test_a_second_factor_needs_no_finger_but_a_presence(
    database, committed_cast, device, ask
):
    alice = committed_cast.alice.user_id
    device.flags = PRESENT
    token, options = await ask(Purpose.PASSKEY_VERIFY, alice)
    assert len(options["allowCredentials"]) == 1
    answer = Answer(Purpose.PASSKEY_VERIFY, token, device.sign(options, user_id=alice), alice)
    assert await prove_passkey(database, PARTY, answer, now=NOW) == alice


async def test_a_counter_that_does_not_go_up_is_refused_and_recorded(
    database, committed_cast, device, ask
):
    alice = committed_cast.alice.user_id
    for count, is_taken in ((5, True), (6, True), (6, False), (3, False), (0, False), (7, True)):
        device.count = count
        token, options = await ask()
        answer = Answer(Purpose.PASSKEY_SIGN_IN, token, device.sign(options, user_id=alice))
        if is_taken:
            assert await prove_passkey(database, PARTY, answer, now=NOW) == alice
        else:
            with pytest.raises(WrongPasskey):
                await prove_passkey(database, PARTY, answer, now=NOW)
    async with database.read() as session:
        actions = (await session.exec(select(AuditEntry.action))).all()
    assert actions.count("factor.passkey_copy_suspected") == 3
