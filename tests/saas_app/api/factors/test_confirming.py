"""Confirming over HTTP who one is, which makes a session fresh."""

import pytest
from sqlmodel import select

from core.clock import now_utc
from core.models import AuditEntry, User
from core.sessions import holder_of
from tests.authenticator import Authenticator
from tests.cast import PASSWORD
from tests.saas_app.api.factors.conftest import AN_HOUR, SESSION, as_field, ask, register
from tests.saas_app.services.factors.conftest import code_of


async def test_a_password_makes_the_session_fresh_with_a_new_token_asvs_7_2_4(
    browser, alice, enter, holder, database
):
    old = await enter(alice, ago=AN_HOUR)
    assert not (await holder()).is_fresh(now_utc())
    fields = {"way": "password", "password": PASSWORD, "next": "/account/security"}
    answer = await browser.post("/api/auth/confirm", data=fields)
    assert answer.headers["location"] == "/account/security"
    assert (await holder()).is_fresh(now_utc())
    assert browser.cookies.get(SESSION) != old
    async with database.read() as session:
        assert await holder_of(session, old, now=now_utc()) is None
        entry = (await session.exec(select(AuditEntry))).all()[-1]
    assert (entry.action, entry.details) == ("session.confirmed", {"by": "password"})


async def test_the_app_and_a_passkey_confirm_as_well(browser, alice, secret, enter, holder):
    await enter(alice)
    device = Authenticator()
    await register(browser, device)
    await enter(alice, ago=AN_HOUR)
    fields = {"way": "app", "code": code_of(secret, now_utc())}
    assert (await browser.post("/api/auth/confirm", data=fields)).headers["location"] == "/home"
    assert (await holder()).is_fresh(now_utc())
    await enter(alice, ago=AN_HOUR)
    options = await ask(browser, "confirm")
    fields = {"way": "passkey", "credential": as_field(device.sign(options, user_id=alice))}
    assert (await browser.post("/api/auth/confirm", data=fields)).headers["location"] == "/home"
    assert (await holder()).is_fresh(now_utc())


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"way": "password", "password": "wrong"}, "wrong_credentials"),
        ({"way": "password"}, "wrong_credentials"),
        ({"way": "app", "code": "000000"}, "wrong_code"),
        ({"way": "passkey", "credential": "{}"}, "challenge_over"),
        ({"way": "nothing"}, "invalid"),
        ({}, "invalid"),
    ],
)
async def test_a_wrong_proof_makes_nothing_fresh(
    browser, alice, secret, enter, holder, fields, code
):
    token = await enter(alice, ago=AN_HOUR)
    answer = await browser.post("/api/auth/confirm", data={**fields, "next": "/x"})
    assert answer.headers["location"].startswith(f"/confirm?error={code}&next=/x")
    assert browser.cookies.get(SESSION) == token
    assert not (await holder()).is_fresh(now_utc())


async def test_passwords_are_guessed_ten_times_at_most_when_confirming(browser, alice, enter):
    await enter(alice, ago=AN_HOUR)
    fields = {"way": "password", "password": "wrong"}
    for _ in range(10):
        await browser.post("/api/auth/confirm", data=fields)
    answer = await browser.post("/api/auth/confirm", data={**fields, "password": PASSWORD})
    assert answer.headers["location"].startswith("/confirm?error=too_often&wait=")


async def test_an_impersonator_cannot_confirm(
    browser, alice, enter, holder, database, committed_cast
):
    async with database.write() as session:
        (await session.get_one(User, committed_cast.bob.user_id)).is_admin = True
    await enter(alice, impersonator_id=committed_cast.bob.user_id)
    fields = {"way": "password", "password": PASSWORD}
    answer = await browser.post("/api/auth/confirm", data=fields)
    assert answer.headers["location"].startswith("/confirm?error=forbidden")
    assert not (await holder()).is_fresh(now_utc())


async def test_the_signed_out_are_led_to_sign_in_before_they_confirm(browser, alice):
    answer = await browser.post("/api/auth/confirm", data={"way": "password", "next": "/x"})
    assert answer.headers["location"] == "/sign-in?error=signed_out&next=/x"


@pytest.mark.parametrize("wanted", ["https://evil.example", "//evil.example", "/\\evil"])
async def test_confirming_never_leads_to_another_site(browser, alice, enter, wanted):
    await enter(alice)
    fields = {"way": "password", "password": PASSWORD, "next": wanted}
    answer = await browser.post("/api/auth/confirm", data=fields)
    assert answer.headers["location"] == "/home"
