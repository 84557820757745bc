"""The second step: codes of the app, backup codes, and how often either may be guessed."""

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import select

from core.errors import Conflict, NotFound, NotFresh
from core.models import AuditEntry, BackupCode, Mail, TrustedDevice
from core.sessions import Browser
from core.tokens import digest_of
from saas_app.services.factors.backup_codes import codes_left, keep_codes, make_codes
from saas_app.services.factors.reset import reset_factors
from saas_app.services.factors.second_factor import Checker, Choices, choices_of
from saas_app.services.factors.tries import WrongCode
from saas_app.services.factors.trusted_devices import (
    TRUSTED_FOR,
    forget_device,
    list_devices,
    trust_device,
)
from saas_app.services.limits import DatabaseCounters, Limiter, TooOften
from tests.cast import NOW
from tests.saas_app.conftest import PASSWORDS
from tests.saas_app.services.factors.conftest import FRESH, STALE, code_of

LATER = NOW + timedelta(seconds=30)
HERE = Browser("Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", "192.0.2.7")


@pytest.fixture
def checker(database, letters) -> Checker:
    return Checker(database, letters, PASSWORDS, Limiter(DatabaseCounters(database)))


@pytest.fixture
async def secret(database, committed_cast, turn_app_on) -> str:
    async with database.write() as session:
        return await turn_app_on(session, committed_cast.alice.user_id)


@pytest.fixture
async def codes(database, committed_cast, letters, secret, checker):
    made = await make_codes(checker.passwords)
    async with database.write() as session:
        await keep_codes(
            session, letters, committed_cast.alice.user_id, made, origin=FRESH, now=NOW
        )
    return made.texts


async def test_ten_codes_are_made_and_none_is_stored_readable(database, codes):
    assert len(set(codes)) == 10
    assert all(len(code) == 14 for code in codes)
    async with database.read() as session:
        rows = (await session.exec(select(BackupCode))).all()
    assert {row.selector for row in rows} == {code[:4] for code in codes}
    assert all(row.code_hash.startswith("$argon2id$") for row in rows)  # ASVS 6.5.2


async def test_a_backup_code_is_good_once_however_it_is_typed(
    checker, committed_cast, codes, database
):
    alice = committed_cast.alice.user_id
    typed = codes[0].upper().replace("-", " ")
    await checker.check_backup_code(alice, typed, browser=HERE, now=NOW)
    with pytest.raises(WrongCode):
        await checker.check_backup_code(alice, codes[0], browser=HERE, now=NOW)
    async with database.read() as session:
        assert await codes_left(session, alice) == 9
        entry = (await session.exec(select(AuditEntry))).all()[-1]
    assert (entry.action, entry.details) == ("factor.backup_code_used", {"left": "9"})


@pytest.mark.parametrize("typed", ["", "aaaa", "aaaa-aaaa-aaaa", "x" * 9_000, "\0"])
async def test_what_is_no_backup_code_is_refused(checker, committed_cast, codes, typed):
    with pytest.raises(WrongCode):
        await checker.check_backup_code(committed_cast.alice.user_id, typed, browser=HERE, now=NOW)


async def test_a_right_start_with_a_wrong_end_is_refused(checker, committed_cast, codes):
    for wrong in (codes[0][:-1], codes[0] + "a", codes[0][:4] + codes[1][4:]):
        with pytest.raises(WrongCode):
            await checker.check_backup_code(
                committed_cast.alice.user_id, wrong, browser=HERE, now=NOW
            )


async def test_anothers_backup_code_is_refused(checker, committed_cast, codes):
    with pytest.raises(WrongCode):
        await checker.check_backup_code(
            committed_cast.mallory.user_id, codes[0], browser=HERE, now=NOW
        )


async def test_of_many_uses_of_a_backup_code_at_once_one_wins(checker, committed_cast, codes):
    uses = [
        checker.check_backup_code(committed_cast.alice.user_id, codes[0], browser=HERE, now=NOW)
        for _ in range(6)
    ]
    outcomes = await asyncio.gather(*uses, return_exceptions=True)
    assert sum(outcome is None for outcome in outcomes) == 1
    assert sum(isinstance(outcome, WrongCode) for outcome in outcomes) == 5


async def test_new_codes_end_the_old_ones(checker, committed_cast, codes, database, letters):
    alice = committed_cast.alice.user_id
    newer = await make_codes(checker.passwords)
    async with database.write() as session:
        await keep_codes(session, letters, alice, newer, origin=FRESH, now=NOW)
    with pytest.raises(WrongCode):
        await checker.check_backup_code(alice, codes[0], browser=HERE, now=NOW)
    await checker.check_backup_code(alice, newer.texts[0], browser=HERE, now=NOW)


async def test_codes_are_made_in_a_fresh_session_and_for_a_factor_alone(
    session, cast, letters, turn_app_on
):
    codes = await make_codes(PASSWORDS)
    with pytest.raises(NotFresh):
        await keep_codes(session, letters, cast.alice.user_id, codes, origin=STALE, now=NOW)
    with pytest.raises(Conflict):
        await keep_codes(session, letters, cast.alice.user_id, codes, origin=FRESH, now=NOW)


async def test_ten_guesses_in_15_minutes_whatever_the_factor_asvs_6_6_3(
    checker, committed_cast, secret, codes
):
    alice = committed_cast.alice.user_id
    for _ in range(5):
        with pytest.raises(WrongCode):
            await checker.check_app_code(alice, "000000", now=LATER)
        with pytest.raises(WrongCode):
            await checker.check_backup_code(alice, "aaaa", browser=HERE, now=LATER)
    with pytest.raises(TooOften) as refusal:
        await checker.check_app_code(alice, code_of(secret, LATER), now=LATER)
    assert "15 minutes" in refusal.value.message
    with pytest.raises(TooOften):
        await checker.check_backup_code(alice, codes[0], browser=HERE, now=LATER)
    after = LATER + timedelta(minutes=15)
    await checker.check_app_code(alice, code_of(secret, after), now=after)


async def test_guesses_at_once_all_count(checker, committed_cast, secret):
    guesses = [
        checker.check_app_code(committed_cast.alice.user_id, f"{n:06}", now=LATER)
        for n in range(30)
    ]
    outcomes = await asyncio.gather(*guesses, return_exceptions=True)
    assert sum(isinstance(outcome, TooOften) for outcome in outcomes) == 20


async def test_the_choices_are_what_the_user_has(session, cast, turn_app_on):
    assert await choices_of(session, cast.bob.user_id) == Choices(False, False, False)
    await turn_app_on(session, cast.alice.user_id)
    assert (await choices_of(session, cast.alice.user_id)).app


async def test_a_trusted_device_is_listed_and_forgotten_by_its_owner_alone(session, cast):
    token = trust_device(session, cast.alice.user_id, browser=HERE, now=NOW)
    await session.flush()
    row = (await session.exec(select(TrustedDevice))).one()
    assert row.token_digest == digest_of(token)
    listed = await list_devices(session, cast.alice.user_id, token=token, now=NOW)
    assert [(one.device, one.is_this_one) for one in listed] == [("Firefox on Linux", True)]
    assert await list_devices(session, cast.mallory.user_id, token=token, now=NOW) == []
    after = NOW + TRUSTED_FOR
    assert await list_devices(session, cast.alice.user_id, token=token, now=after) == []
    with pytest.raises(NotFound):
        await forget_device(session, cast.mallory.user_id, row.id, origin=FRESH, now=NOW)
    await forget_device(session, cast.alice.user_id, row.id, origin=FRESH, now=NOW)
    with pytest.raises(NotFound):
        await forget_device(session, cast.alice.user_id, row.id, origin=FRESH, now=NOW)


async def test_a_reset_takes_every_factor_and_tells_the_owner(session, cast, letters, turn_app_on):
    alice, admin = cast.alice.user_id, cast.bob.user_id
    await turn_app_on(session, alice)
    with pytest.raises(NotFresh):
        await reset_factors(session, letters, alice, admin_id=admin, origin=STALE, now=NOW)
    await reset_factors(session, letters, alice, admin_id=admin, origin=FRESH, now=NOW)
    assert not (await choices_of(session, alice)).app
    entry = (await session.exec(select(AuditEntry).order_by(AuditEntry.action.desc()))).all()
    reset = next(one for one in entry if one.action == "factor.reset")
    assert (reset.user_id, reset.acting_as_id) == (admin, alice)
    assert len((await session.exec(select(Mail))).all()) == 2
