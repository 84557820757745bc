"""The second step, sudo and passkeys over HTTP, as browsers and hostile sites do it."""

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx2
import pytest
from sqlmodel import select

from core.clock import now_utc
from core.models import AuditEntry, User
from core.sessions import Browser, cookie_name, holder_of, start_session
from saas_app.api.routes import make_api
from saas_app.services.factors.backup_codes import keep_codes, make_codes
from saas_app.services.factors.totp import begin_totp, confirm_totp
from saas_app.services.signing_in import Arrival, Method, SecondFactor, finish_first_factor
from tests.authenticator import PRESENT, Authenticator
from tests.cast import PASSWORD
from tests.saas_app.services.factors.conftest import FRESH, code_of

BASE = "http://localhost:3000"
HERE = {"origin": BASE}
AN_HOUR = timedelta(hours=1)
SESSION, CHALLENGE, TRUSTED = cookie_name(is_secure=False), "toolkiln_challenge", "toolkiln_trusted"


@pytest.fixture
async def browser(parts) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=make_api())
    async with httpx2.AsyncClient(transport=transport, base_url=BASE, headers=HERE) as client:
        yield client


@pytest.fixture
def enter(browser, database):
    """Returns a function that signs the browser in as a user."""

    async def sign_in(user_id, *, ago=None, **options) -> str:
        async with database.write() as session:
            began = now_utc() - ago if ago else now_utc()
            token = await start_session(session, user_id, now=began, **options)
        browser.cookies.set(cookie_name(is_secure=False), token, domain="localhost.local")
        return token

    return sign_in


@pytest.fixture
def holder(browser, database):
    """Returns a function that says who is signed in with the browser, if somebody is."""

    async def look():
        token = browser.cookies.get(cookie_name(is_secure=False))
        async with database.read() as session:
            return await holder_of(session, token, now=now_utc())

    return look


@pytest.fixture(params=["sqlite"])
def database_kind(request):
    """The services are tried on both databases; here it is about cookies and ways."""
    return request.param


@pytest.fixture
async def alice(parts, committed_cast):
    """alice, with a password."""
    encoded = await parts.passwords.hash(PASSWORD)
    async with parts.database.write() as session:
        (await session.get_one(User, committed_cast.alice.user_id)).password_hash = encoded
    return committed_cast.alice.user_id


@pytest.fixture
async def secret(parts, alice) -> str:
    """The secret of alice's app, which was set up a while ago."""
    then = now_utc() - AN_HOUR
    async with parts.database.write() as session:
        made = await begin_totp(session, parts.sealer, alice, origin=FRESH, now=then)
    async with parts.database.write() as session:
        code = code_of(made.secret, then)
        await confirm_totp(session, parts.letters, alice, code, origin=FRESH, now=then)
    return made.secret


@pytest.fixture
async def codes(parts, alice, secret):
    made = await make_codes(parts.passwords)
    async with parts.database.write() as session:
        await keep_codes(session, parts.letters, alice, made, origin=FRESH, now=now_utc())
    return made.texts


@pytest.fixture
def half_way(parts, browser, database):
    """Returns a function that shows the browser's first factor and returns what follows."""

    async def first(user_id, *, next_path="/o/acme/servers"):
        arrival = Arrival(
            FRESH_BROWSER, trusted_token=browser.cookies.get(TRUSTED) or "", next_path=next_path
        )
        async with database.write() as session:
            following = await finish_first_factor(
                session, parts.letters, user_id, arrival, method=Method.PASSWORD, now=now_utc()
            )
        if isinstance(following, SecondFactor):
            token = following.challenge_token
            browser.cookies.set(CHALLENGE, token, domain="localhost.local")
        return following

    return first


FRESH_BROWSER = Browser("Firefox/140.0", "192.0.2.7")


async def ask(browser, purpose: str) -> dict:
    answer = await browser.post("/api/auth/passkeys/options", json={"for": purpose})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def register(browser, device, *, name="Laptop"):
    options = await ask(browser, "register")
    return await browser.post(
        "/api/auth/passkeys", json={"name": name, "credential": device.make(options)}
    )


def as_field(credential) -> str:
    return httpx2.Request("POST", BASE, json=credential).content.decode()


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


async def test_a_passkey_that_answers_too_late_may_answer_again_in_the_second_step(
    browser, alice, secret, half_way
):
    await half_way(alice)
    answer = await browser.post("/api/auth/verify/passkey", data={"credential": "{}"})
    assert answer.headers["location"] == "/verify?error=challenge_over&with=passkey"


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


@pytest.mark.parametrize(
    "path",
    [
        "verify/code",
        "verify/passkey",
        "confirm",
        "passkeys",
        "passkeys/options",
        "passkeys/sign-in",
    ],
)
@pytest.mark.parametrize(
    "headers", [{"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {}]
)
async def test_a_form_of_another_site_is_refused_asvs_3_5_1(parts, path, headers):
    transport = httpx2.ASGITransport(app=make_api())
    async with httpx2.AsyncClient(transport=transport, base_url=BASE, headers=headers) as evil:
        answer = await evil.post(f"/api/auth/{path}", data={"code": "000000"})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
