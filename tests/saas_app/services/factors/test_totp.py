"""The authenticator app: set up, confirmed, used once per code, turned off."""

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import select

from core.errors import Conflict, Forbidden, NotFresh
from core.models import AuditEntry, BackupCode, Mail, TotpFactor, TrustedDevice
from core.permissions import Origin
from core.sessions import Browser
from saas_app.services.factors.backup_codes import keep_codes, make_codes
from saas_app.services.factors.totp import (
    AppIsOn,
    begin_totp,
    confirm_totp,
    has_totp,
    spend_totp,
    turn_totp_off,
)
from saas_app.services.factors.tries import WrongCode
from saas_app.services.factors.trusted_devices import trust_device
from tests.cast import NOW
from tests.saas_app.conftest import PASSWORDS
from tests.saas_app.services.factors.conftest import FRESH, STALE, code_of

LATER = NOW + timedelta(seconds=30)


async def test_the_app_is_on_only_after_its_first_code(session, cast, sealer, letters):
    alice = cast.alice.user_id
    made = await begin_totp(session, sealer, alice, origin=FRESH, now=NOW)
    assert "issuer=Toolkiln" in made.address
    assert "alice%40example.com" in made.address
    assert not await has_totp(session, alice)
    assert not await spend_totp(session, sealer, alice, code_of(made.secret), now=NOW)
    with pytest.raises(WrongCode):
        await confirm_totp(session, letters, alice, "000000", origin=FRESH, now=NOW)
    await confirm_totp(session, letters, alice, code_of(made.secret), origin=FRESH, now=NOW)
    assert await has_totp(session, alice)
    assert not await has_totp(session, cast.bob.user_id)


async def test_the_secret_is_sealed(session, cast, sealer, turn_app_on):
    secret = await turn_app_on(session, cast.alice.user_id)
    row = (await session.exec(select(TotpFactor))).one()
    assert secret.encode() not in row.sealed_secret
    assert sealer.open(row.sealed_secret, bound_to=row.seal_binding).decode() == secret


async def test_beginning_again_replaces_a_secret_that_waits(session, cast, sealer, letters):
    alice = cast.alice.user_id
    first = await begin_totp(session, sealer, alice, origin=FRESH, now=NOW)
    await session.flush()
    second = await begin_totp(session, sealer, alice, origin=FRESH, now=NOW)
    await session.flush()
    with pytest.raises(WrongCode):
        await confirm_totp(session, letters, alice, code_of(first.secret), origin=FRESH, now=NOW)
    await confirm_totp(session, letters, alice, code_of(second.secret), origin=FRESH, now=NOW)


async def test_an_app_in_use_cannot_be_replaced_unseen(session, cast, sealer, turn_app_on):
    await turn_app_on(session, cast.alice.user_id)
    with pytest.raises(AppIsOn):
        await begin_totp(session, sealer, cast.alice.user_id, origin=FRESH, now=NOW)


async def test_a_code_is_good_once_asvs_6_5_1(session, cast, sealer, turn_app_on):
    alice = cast.alice.user_id
    secret = await turn_app_on(session, alice)
    assert not await spend_totp(session, sealer, alice, code_of(secret), now=NOW)  # confirmed by it
    code = code_of(secret, LATER)
    assert await spend_totp(session, sealer, alice, f" {code[:3]} {code[3:]} ", now=LATER)
    assert not await spend_totp(session, sealer, alice, code, now=LATER)


async def test_an_older_code_is_worth_nothing_after_a_newer_one(session, cast, sealer, turn_app_on):
    alice = cast.alice.user_id
    secret = await turn_app_on(session, alice)
    newer = NOW + timedelta(seconds=60)
    assert await spend_totp(session, sealer, alice, code_of(secret, newer), now=newer)
    assert not await spend_totp(session, sealer, alice, code_of(secret, LATER), now=newer)


@pytest.mark.parametrize("drift", [-60, 60, 3600])
async def test_a_code_of_another_time_is_refused(session, cast, sealer, turn_app_on, drift):
    secret = await turn_app_on(session, cast.alice.user_id)
    now = NOW + timedelta(hours=1)
    code = code_of(secret, now + timedelta(seconds=drift))
    assert not await spend_totp(session, sealer, cast.alice.user_id, code, now=now)


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "0" * 9_000])
async def test_what_is_no_code_is_refused(session, cast, sealer, turn_app_on, code):
    await turn_app_on(session, cast.alice.user_id)
    assert not await spend_totp(session, sealer, cast.alice.user_id, code, now=LATER)


async def test_one_persons_code_is_nothing_at_anothers_account(session, cast, sealer, turn_app_on):
    secret = await turn_app_on(session, cast.alice.user_id)
    await turn_app_on(session, cast.mallory.user_id)
    code = code_of(secret, LATER)
    assert not await spend_totp(session, sealer, cast.mallory.user_id, code, now=LATER)


async def test_of_many_uses_of_a_code_at_once_one_wins(
    database, committed_cast, sealer, turn_app_on
):
    alice = committed_cast.alice.user_id
    async with database.write() as session:
        secret = await turn_app_on(session, alice)
    code = code_of(secret, LATER)

    async def use() -> bool:
        async with database.write() as session:
            return await spend_totp(session, sealer, alice, code, now=LATER)

    assert sum(await asyncio.gather(*[use() for _ in range(8)])) == 1


async def test_turning_it_off_takes_codes_and_trusted_devices_along(
    session, cast, letters, turn_app_on
):
    alice = cast.alice.user_id
    await turn_app_on(session, alice)
    codes = await make_codes(PASSWORDS)
    await keep_codes(session, letters, alice, codes, origin=FRESH, now=NOW)
    trust_device(session, alice, browser=Browser(), now=NOW)
    await turn_totp_off(session, letters, alice, origin=FRESH, now=NOW)
    for table in (TotpFactor, BackupCode, TrustedDevice):
        assert (await session.exec(select(table))).all() == []
    with pytest.raises(Conflict):
        await turn_totp_off(session, letters, alice, origin=FRESH, now=NOW)


async def test_each_change_is_recorded_and_told_by_mail(session, cast, letters, turn_app_on):
    await turn_app_on(session, cast.alice.user_id)
    await turn_totp_off(session, letters, cast.alice.user_id, origin=FRESH, now=NOW)
    entries = (await session.exec(select(AuditEntry))).all()
    assert [entry.action for entry in entries] == ["factor.totp_on", "factor.totp_off"]
    assert {entry.ip_address for entry in entries} == {"192.0.2.7"}
    mails = (await session.exec(select(Mail))).all()
    assert {(m.template, m.to_address) for m in mails} == {("factor_changed", "alice@example.com")}
    assert len(mails) == 2


async def test_factors_change_only_in_a_fresh_session_of_ones_own_asvs_7_5_1(
    session, cast, sealer, letters, turn_app_on
):
    alice = cast.alice.user_id
    await turn_app_on(session, alice)
    as_admin = Origin(impersonator_id=cast.mallory.user_id, is_fresh=True)
    by_key = Origin(key_id=cast.mallory.user_id, is_fresh=True)
    for origin, refusal in ((STALE, NotFresh), (as_admin, Forbidden), (by_key, Forbidden)):
        with pytest.raises(refusal):
            await begin_totp(session, sealer, alice, origin=origin, now=NOW)
        with pytest.raises(refusal):
            await confirm_totp(session, letters, alice, "1", origin=origin, now=NOW)
        with pytest.raises(refusal):
            await turn_totp_off(session, letters, alice, origin=origin, now=NOW)
