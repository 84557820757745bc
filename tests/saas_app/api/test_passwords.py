"""Resetting and changing a password over HTTP."""

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import select

from core.clock import now_utc
from core.models import OneTimeToken, TotpFactor, TrustedDevice, User
from core.sessions import Browser, cookie_name
from core.tokens import digest_of, new_token
from saas_app.services.password_reset import send_reset
from tests.cast import PASSWORD
from tests.saas_app.api.test_auth import ALICE, forget_cooldowns
from tests.saas_app.letters import letters, newest

NEW = "seven blue kilns glow"


async def ask_reset(parts, email=ALICE["email"]):
    async with parts.database.write() as session:
        await send_reset(session, parts.letters, email, browser=Browser(), now=now_utc())
    return (await newest(parts, "reset_password")).token


async def user_id_of(database):
    async with database.read() as session:
        return (await session.exec(select(User.id))).one()


async def can_sign_in(visitor, password):
    answer = await visitor.post("sign-in", ALICE | {"password": password})
    return answer.headers["location"] == "/home"


async def test_a_reset_sets_the_password_ends_all_sessions_and_tells_the_owner(
    browser, visitors, parts
):
    await browser.sign_up(ALICE)
    token, phone = await ask_reset(parts), visitors("203.0.113.9")
    answer = await phone.post("reset-password", {"token": token, "password": NEW})
    assert answer.headers["location"] == "/home"
    assert await phone.holder() is not None
    assert await browser.holder() is None
    letter = await newest(parts, "password_changed")
    assert (letter.to, letter.values["place"]) == ("Alice@example.com", "203.0.113.9")
    assert not await can_sign_in(visitors(), PASSWORD)
    assert await can_sign_in(visitors(), NEW)


async def test_a_reset_link_is_good_once_even_at_once(browser, visitors, parts):
    await browser.sign_up(ALICE)
    token = await ask_reset(parts)
    passwords = [f"seven blue kilns {word}" for word in ("glow", "shine", "burn", "smoke", "rest")]
    answers = await asyncio.gather(
        *(visitors().post("reset-password", {"token": token, "password": p}) for p in passwords)
    )
    done = [answer.headers["location"] == "/home" for answer in answers]
    assert sum(done) == 1
    assert await can_sign_in(visitors(), passwords[done.index(True)])
    assert [one.template for one in await letters(parts)].count("password_changed") == 1


async def test_a_reset_link_is_good_for_an_hour(browser, database, parts):
    await browser.sign_up(ALICE)
    token = await ask_reset(parts)
    async with database.write() as session:
        row = (
            await session.exec(
                select(OneTimeToken).where(OneTimeToken.token_digest == digest_of(token))
            )
        ).one()
        assert row.expires_at - row.created_at == timedelta(hours=1)
        row.expires_at = now_utc()
    answer = await browser.post("reset-password", {"token": token, "password": NEW})
    assert "error=link_over" in answer.headers["location"]


async def test_a_change_of_the_password_ends_older_links(browser, visitors, parts):
    await browser.sign_up(ALICE)
    first, second = await ask_reset(parts), await ask_reset(parts)
    await visitors().post("reset-password", {"token": second, "password": NEW})
    answer = await visitors().post("reset-password", {"token": first, "password": PASSWORD})
    assert "error=link_over" in answer.headers["location"]


@pytest.mark.parametrize("password", ["short", "password123", "alice@example.com"])
async def test_a_weak_password_is_refused_and_the_link_stays_good(browser, parts, password):
    await browser.sign_up(ALICE)
    token = await ask_reset(parts)
    answer = await browser.post("reset-password", {"token": token, "password": password})
    assert f"error=invalid&token={token}" in answer.headers["location"]
    answer = await browser.post("reset-password", {"token": token, "password": NEW})
    assert answer.headers["location"] == "/home"


async def test_a_reset_asks_for_the_second_factor_even_on_a_trusted_device(
    browser, database, parts
):
    """ASVS 6.4.3: a reset does not bypass the second factor."""
    await browser.sign_up(ALICE)
    user_id, trusted = await user_id_of(database), new_token()
    async with database.write() as session:
        session.add_all(
            [
                TotpFactor(user_id=user_id, sealed_secret=b"x", confirmed_at=now_utc(),
                           created_at=now_utc()),
                TrustedDevice(user_id=user_id, token_digest=digest_of(trusted),
                              expires_at=now_utc() + timedelta(days=1), last_used_at=now_utc(),
                              created_at=now_utc()),
            ]
        )  # fmt: skip
    token = await ask_reset(parts)
    answer = await browser.post(
        "reset-password", {"token": token, "password": NEW}, cookie=f"toolkiln_trusted={trusted}"
    )
    assert answer.headers["location"] == "/verify"
    assert await browser.holder() is None


async def test_a_reset_confirms_the_address_and_throws_out_whoever_signed_up_with_it(
    visitors, parts
):
    mallory, alice = visitors(), visitors("203.0.113.9")
    await mallory.post("sign-up", ALICE | {"password": "mallory knows this one"})
    answer = await alice.post("reset-password", {"token": await ask_reset(parts), "password": NEW})
    assert answer.headers["location"] == "/home"
    link = await newest(parts, "verify_email")
    answer = await mallory.post("verify-email", {"token": link.token})
    assert "error=link_over" in answer.headers["location"]


async def test_a_reset_ends_the_wait_of_an_account_under_attack(browser, visitors, parts):
    await browser.sign_up(ALICE)
    for number in range(11):
        await visitors(f"198.51.{number}.7").post("sign-in", ALICE | {"password": "wrong one 99"})
    stranger = visitors("203.0.113.9")
    assert not await can_sign_in(stranger, PASSWORD)
    await visitors().post("reset-password", {"token": await ask_reset(parts), "password": NEW})
    assert await can_sign_in(stranger, NEW)


async def test_a_link_of_another_purpose_resets_nothing(browser, parts):
    await browser.post("sign-up", ALICE)
    link = await newest(parts, "verify_email")
    answer = await browser.post("reset-password", {"token": link.token, "password": NEW})
    assert "error=link_over" in answer.headers["location"]


async def test_changing_the_password_ends_other_sessions_and_gives_this_one_a_new_token(
    browser, visitors, parts
):
    """ASVS 6.2.3 and 7.2.4."""
    await browser.sign_up(ALICE)
    phone = visitors("203.0.113.9")
    await phone.post("sign-in", ALICE)
    before = browser.client.cookies.get(cookie_name(is_secure=False))
    answer = await browser.post("change-password", {"current": PASSWORD, "password": NEW})
    assert answer.headers["location"] == "/account/security?changed=password"
    assert browser.client.cookies.get(cookie_name(is_secure=False)) != before
    assert await browser.holder() is not None
    assert await phone.holder() is None
    assert (await newest(parts, "password_changed")).to == "Alice@example.com"
    assert await can_sign_in(visitors("203.0.113.10"), NEW)


async def test_the_browser_that_changed_the_password_stays_known(browser, visitors, parts):
    await browser.sign_up(ALICE)
    await browser.post("change-password", {"current": PASSWORD, "password": NEW})
    assert await can_sign_in(browser, NEW)
    assert "new_sign_in" not in [one.template for one in await letters(parts)]
    assert await can_sign_in(visitors("203.0.113.10"), NEW)
    assert (await newest(parts, "new_sign_in")).values["place"] == "203.0.113.10"


async def test_changing_needs_the_current_password_and_a_session(browser, visitors):
    await browser.sign_up(ALICE)
    wrong = {"current": "wrong and long enough", "password": NEW}
    answer = await browser.post("change-password", wrong)
    assert answer.headers["location"].startswith("/account/security?error=wrong_credentials")
    answer = await visitors().post("change-password", {"current": PASSWORD, "password": NEW})
    assert answer.headers["location"] == "/sign-in?next=/account/security"
    assert await can_sign_in(visitors("203.0.113.10"), PASSWORD)


async def test_guesses_at_the_current_password_are_counted(browser):
    await browser.sign_up(ALICE)
    for _ in range(11):
        answer = await browser.post(
            "change-password", {"current": "wrong and long enough", "password": NEW}
        )
    assert "error=too_often" in answer.headers["location"]


async def test_two_changes_at_once_with_the_same_current_password_make_one(browser, visitors):
    await browser.sign_up(ALICE)
    others = ["seven blue kilns shine", "seven blue kilns burn"]
    cookie = "; ".join(f"{name}={value}" for name, value in browser.client.cookies.items())
    await asyncio.gather(
        *(
            visitors().post("change-password", {"current": PASSWORD, "password": p}, cookie=cookie)
            for p in others
        )
    )
    works = [await can_sign_in(visitors("203.0.113.10"), password) for password in others]
    assert sorted(works) == [False, True]


@pytest.mark.parametrize("page", ["https://evil.example", "//evil.example"])
async def test_changing_leads_to_no_other_site(browser, page):
    await browser.sign_up(ALICE)
    answer = await browser.post(
        "change-password", {"current": PASSWORD, "password": NEW, "page": page}
    )
    assert answer.headers["location"] == "/account/security?changed=password"


async def test_a_sign_in_from_an_unknown_browser_is_told_once_unless_it_is_muted(
    browser, visitors, database, parts
):
    """ASVS 6.3.5."""
    await browser.sign_up(ALICE)
    phone = visitors("203.0.113.9")
    for _ in range(2):
        await phone.post("sign-in", ALICE, **{"user-agent": "Mozilla/5.0 (iPhone) Safari/605"})
    told = [one for one in await letters(parts) if one.template == "new_sign_in"]
    assert [(one.values["place"], one.values["device"]) for one in told] == [
        ("203.0.113.9", "Safari on iPhone")
    ]
    async with database.write() as session:
        (await session.exec(select(User))).one().muted_mail = ["new_sign_in"]
    await forget_cooldowns(database)
    await visitors().post("sign-in", ALICE)  # whoever got in could have muted it
    assert len([one for one in await letters(parts) if one.template == "new_sign_in"]) == 2
