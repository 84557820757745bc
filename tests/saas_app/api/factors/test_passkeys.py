"""Passkeys over HTTP: made, and used to sign in."""

import pytest

from saas_app.services.signing_in import SecondFactor
from tests.authenticator import PRESENT, Authenticator
from tests.saas_app.api.factors.conftest import AN_HOUR, TRUSTED, as_field, ask, register


async def test_a_passkey_is_registered_and_signs_in_alone(browser, alice, enter, holder):
    await enter(alice)
    device = Authenticator()
    answer = await register(browser, device)
    assert (answer.status_code, answer.json()["name"]) == (201, "Laptop")
    browser.cookies.clear()
    options = await ask(browser, "sign-in")
    fields = {"credential": as_field(device.sign(options, user_id=alice)), "next": "/o/acme/new"}
    answer = await browser.post("/api/auth/passkeys/sign-in", data=fields)
    assert answer.headers["location"] == "/o/acme/new"
    assert (await holder()).user_id == alice


async def test_a_passkey_without_a_finger_does_not_sign_in_alone_but_is_a_second_factor(
    browser, alice, enter, holder, half_way
):
    await enter(alice)
    device = Authenticator()
    await register(browser, device)
    browser.cookies.clear()
    device.flags = PRESENT
    options = await ask(browser, "sign-in")
    fields = {"credential": as_field(device.sign(options, user_id=alice))}
    answer = await browser.post("/api/auth/passkeys/sign-in", data=fields)
    assert answer.headers["location"].startswith("/sign-in?error=wrong_passkey")
    assert await holder() is None

    assert isinstance(await half_way(alice), SecondFactor)
    options = await ask(browser, "verify")
    fields = {"credential": as_field(device.sign(options, user_id=alice)), "trust": "on"}
    answer = await browser.post("/api/auth/verify/passkey", data=fields)
    assert answer.headers["location"] == "/o/acme/servers"
    assert (await holder()).user_id == alice
    assert browser.cookies.get(TRUSTED)


async def test_tabs_that_ask_for_a_passkey_for_different_ends_leave_each_other_alone(
    browser, alice, enter, holder, half_way
):
    await enter(alice)
    device = Authenticator()
    await register(browser, device)
    browser.cookies.clear()
    await half_way(alice)
    options = await ask(browser, "verify")
    await ask(browser, "sign-in")  # as another tab's sign-in page does by itself
    fields = {"credential": as_field(device.sign(options, user_id=alice))}
    answer = await browser.post("/api/auth/verify/passkey", data=fields)
    assert answer.headers["location"] == "/o/acme/servers"
    assert (await holder()).user_id == alice


async def test_registering_needs_a_fresh_session(browser, alice, enter):
    refused = await browser.post("/api/auth/passkeys/options", json={"for": "register"})
    assert (refused.status_code, refused.json()["code"]) == (401, "signed_out")
    await enter(alice, ago=AN_HOUR)
    refused = await browser.post("/api/auth/passkeys/options", json={"for": "register"})
    assert (refused.status_code, refused.json()["code"]) == (401, "not_fresh")


@pytest.mark.parametrize("credential", ["", "[]", "{", "{}", '{"id":"a\\u0000"}', "x" * 9_000])
async def test_rubbish_for_a_passkey_signs_nobody_in(browser, alice, holder, credential):
    await ask(browser, "sign-in")
    answer = await browser.post("/api/auth/passkeys/sign-in", data={"credential": credential})
    assert answer.status_code == 303
    assert await holder() is None


@pytest.mark.parametrize("sent", [{}, {"for": "else"}, {"for": ["verify"]}, []])
async def test_options_are_given_for_what_there_is(browser, alice, sent):
    answer = await browser.post("/api/auth/passkeys/options", json=sent)
    assert answer.status_code == 422
