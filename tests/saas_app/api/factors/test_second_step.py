"""The second step of signing in over HTTP: codes, passkeys and trusted browsers."""

from datetime import timedelta

import pytest

from core.clock import now_utc
from core.models import User
from saas_app.services.signing_in import SecondFactor
from tests.saas_app.api.factors.conftest import CHALLENGE, TRUSTED
from tests.saas_app.services.factors.conftest import code_of


async def test_the_first_factor_alone_opens_nothing_asvs_6_3_4(
    browser, alice, secret, half_way, holder
):
    assert isinstance(await half_way(alice), SecondFactor)
    assert await holder() is None


async def test_a_code_of_the_app_opens_the_session_once(browser, alice, secret, half_way, holder):
    await half_way(alice)
    token, code = browser.cookies.get(CHALLENGE), code_of(secret, now_utc())
    answer = await browser.post("/api/auth/verify/code", data={"code": code})
    assert (answer.status_code, answer.headers["location"]) == (303, "/o/acme/servers")
    assert (await holder()).user_id == alice
    assert browser.cookies.get(TRUSTED) is None
    browser.cookies.clear()
    browser.cookies.set(CHALLENGE, token, domain="localhost.local")
    later = code_of(secret, now_utc() + timedelta(seconds=30))
    answer = await browser.post("/api/auth/verify/code", data={"code": later})
    assert answer.headers["location"] == "/verify?error=challenge_over"
    assert await holder() is None


@pytest.mark.parametrize("fields", [{}, {"code": "000000"}, {"code": "x", "kind": "backup"}])
async def test_a_wrong_code_leads_back_and_opens_nothing(
    browser, alice, secret, half_way, holder, fields
):
    await half_way(alice)
    answer = await browser.post("/api/auth/verify/code", data=fields)
    assert answer.headers["location"].startswith("/verify?error=wrong_code")
    assert await holder() is None


async def test_the_eleventh_guess_has_to_wait_and_is_told_how_long(
    browser, alice, secret, half_way
):
    await half_way(alice)
    for _ in range(10):
        await browser.post("/api/auth/verify/code", data={"code": "000000"})
    answer = await browser.post("/api/auth/verify/code", data={"code": "000000"})
    assert answer.headers["location"].startswith("/verify?error=too_often&wait=")


async def test_a_backup_code_stands_in(browser, alice, codes, half_way, holder):
    await half_way(alice)
    fields = {"code": codes[3], "kind": "backup"}
    answer = await browser.post("/api/auth/verify/code", data=fields)
    assert answer.headers["location"] == "/o/acme/servers"
    assert (await holder()).user_id == alice


async def test_a_trusted_device_is_not_asked_again_until_it_is_forgotten(
    browser, alice, secret, half_way, database, committed_cast
):
    await half_way(alice)
    fields = {"code": code_of(secret, now_utc()), "trust": "on"}
    answer = await browser.post("/api/auth/verify/code", data=fields)
    cookie = next(one for one in answer.headers.get_list("set-cookie") if TRUSTED in one)
    assert "HttpOnly" in cookie
    assert "Max-Age=2592000" in cookie
    assert not isinstance(await half_way(alice), SecondFactor)
    browser.cookies.delete(TRUSTED)
    assert isinstance(await half_way(alice), SecondFactor)


async def test_without_a_beginning_there_is_no_second_step(browser, alice, secret, holder):
    code = code_of(secret, now_utc())
    for path, fields, way in (
        ("verify/code", {"code": code}, ""),
        ("verify/passkey", {"credential": "{}"}, "&with=passkey"),
    ):
        answer = await browser.post(f"/api/auth/{path}", data=fields)
        assert answer.headers["location"] == f"/verify?error=challenge_over{way}"
    assert await holder() is None


async def test_whoever_is_banned_meanwhile_does_not_get_in(
    browser, alice, secret, half_way, holder, database
):
    await half_way(alice)
    async with database.write() as session:
        (await session.get_one(User, alice)).banned_at = now_utc()
    fields = {"code": code_of(secret, now_utc())}
    answer = await browser.post("/api/auth/verify/code", data=fields)
    assert answer.headers["location"] == "/banned"
    assert await holder() is None


async def test_a_passkey_that_answers_too_late_may_answer_again_in_the_second_step(
    browser, alice, secret, half_way
):
    await half_way(alice)
    answer = await browser.post("/api/auth/verify/passkey", data={"credential": "{}"})
    assert answer.headers["location"] == "/verify?error=challenge_over&with=passkey"
