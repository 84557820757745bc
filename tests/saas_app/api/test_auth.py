"""Signing up, in and out over HTTP, as browsers and as hostile sites do it."""

import asyncio

import pytest
from sqlmodel import delete, select

from core.clock import now_utc
from core.models import LimitCounter, Membership, Organization, User
from core.permissions import Role
from core.sessions import cookie_name, holder_of
from saas_app.services.features import Feature, switch_feature
from tests.cast import PASSWORD
from tests.saas_app.letters import letters, newest
from tests.saas_app.visitor import HERE

ALICE = {"name": "Alice Smith", "email": "Alice@Example.com", "password": PASSWORD}
OTHER = {"name": "Mallory", "email": "mallory@example.com", "password": "seven blue kilns glow"}
CHALLENGE = "toolkiln_challenge"


async def users(database):
    async with database.read() as session:
        return (await session.exec(select(User))).all()


async def set_user(database, **values):
    async with database.write() as session:
        user = (await session.exec(select(User))).one()
        for name, value in values.items():
            setattr(user, name, value)


async def forget_cooldowns(database):
    """Let the minute between two letters pass."""
    async with database.write() as session:
        await session.exec(delete(LimitCounter))


def seen(answer):
    """What a browser sees of an answer, but for what is random in it."""
    headers = {name: value for name, value in answer.headers.items() if name != "set-cookie"}
    cookies = [cookie.partition("=")[0] for cookie in answer.headers.get_list("set-cookie")]
    attributes = [cookie.partition(";")[2] for cookie in answer.headers.get_list("set-cookie")]
    return answer.status_code, headers, cookies, attributes, answer.text


async def test_signing_up_makes_an_account_and_an_organization_and_waits_for_the_letter(
    browser, database, parts
):
    answer = await browser.post("sign-up", ALICE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/check-inbox")
    assert await browser.holder() is None
    async with database.read() as session:
        organization = (await session.exec(select(Organization))).one()
        assert (organization.slug, organization.is_personal) == ("alice-smith", True)
        assert (await session.exec(select(Membership.role))).one() is Role.OWNER
    letter = await newest(parts, "verify_email")
    assert (letter.to, letter.values["name"]) == ("Alice@example.com", "Alice Smith")
    assert letter.values["expires"] == "14 days"
    assert letter.values["link"].startswith("http://localhost:3000/verify-email?token=")


async def test_the_letters_link_signs_the_browser_in_that_signed_up(browser, parts):
    await browser.post("sign-up", ALICE | {"next": "/connect?request=abc"})
    letter = await newest(parts, "verify_email")
    answer = await browser.post("verify-email", {"token": letter.token})
    assert (answer.status_code, answer.headers["location"]) == (303, "/connect?request=abc")
    cookie = next(c for c in answer.headers.get_list("set-cookie") if "session" in c)
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Max-Age=7776000" in cookie
    holder = await browser.holder()
    assert (holder.email, holder.is_email_verified) == ("Alice@example.com", True)


async def test_a_link_is_good_once(browser, visitors, parts):
    await browser.sign_up(ALICE)
    letter = await newest(parts, "verify_email")
    answer = await visitors().post("verify-email", {"token": letter.token, "password": PASSWORD})
    assert "error=link_over" in answer.headers["location"]


async def test_two_uses_of_a_link_at_once_sign_in_once(browser, parts):
    await browser.post("sign-up", ALICE)
    letter = await newest(parts, "verify_email")
    answers = await asyncio.gather(
        *(browser.post("verify-email", {"token": letter.token}) for _ in range(6))
    )
    places = sorted(answer.headers["location"].partition("?")[0] for answer in answers)
    assert places == ["/home", *["/verify-email"] * 5]


async def test_in_another_browser_the_link_asks_for_the_password_as_well(browser, visitors, parts):
    await browser.post("sign-up", ALICE)
    letter, phone = await newest(parts, "verify_email"), visitors()
    answer = await phone.post("verify-email", {"token": letter.token})
    assert "error=wrong_credentials" in answer.headers["location"]
    assert await phone.holder() is None
    await phone.post("verify-email", {"token": letter.token, "password": PASSWORD})
    assert (await phone.holder()).email == "Alice@example.com"


async def test_an_account_made_with_a_strangers_address_is_not_confirmed_by_the_stranger(
    visitors, database, parts
):
    """Account pre-hijacking: mallory signs up as alice, alice opens the letter."""
    await visitors().post("sign-up", OTHER | {"email": ALICE["email"]})
    letter, alice = await newest(parts, "verify_email"), visitors()
    answer = await alice.post("verify-email", {"token": letter.token, "password": PASSWORD})
    assert "error=wrong_credentials" in answer.headers["location"]
    assert [user.email_verified_at for user in await users(database)] == [None]


async def test_the_latest_sign_up_of_an_unconfirmed_address_counts(visitors, database, parts):
    mallory, alice = visitors(), visitors("203.0.113.8")
    await mallory.post("sign-up", OTHER | {"email": ALICE["email"]})
    first = await newest(parts, "verify_email")
    await alice.post("sign-up", ALICE)
    answer = await mallory.post("verify-email", {"token": first.token})
    assert "error=wrong_credentials" in answer.headers["location"]
    await alice.post("verify-email", {"token": first.token})
    assert (await alice.holder()).name == "Alice Smith"
    assert len(await users(database)) == 1


async def test_a_known_address_gets_a_letter_and_its_visitor_sees_the_same_as_a_newcomer(
    visitors, parts, database
):
    """ASVS 6.3.8: no enumeration by text, code or headers."""
    unknown = await visitors().post("sign-up", OTHER)
    owner = visitors()
    await owner.sign_up(ALICE)
    await forget_cooldowns(database)
    known = await visitors().post(
        "sign-up", ALICE | {"name": "Someone", "password": "a" + PASSWORD}
    )
    assert seen(known) == seen(unknown)
    letter = (await letters(parts))[-1]
    assert (letter.template, letter.to) == ("already_registered", "Alice@example.com")
    assert letter.values["reset_link"] == "http://localhost:3000/forgot-password"
    assert [user.name for user in await users(database)] == ["Mallory", "Alice Smith"]


class CountedHashes:
    """Counts the hashes of a password service, which the time of an answer consists of."""

    def __init__(self, passwords):
        self._passwords, self.count = passwords, 0

    async def hash(self, password):
        self.count += 1
        return await self._passwords.hash(password)

    async def verify(self, password, encoded):
        self.count += 1
        return await self._passwords.verify(password, encoded)


@pytest.fixture
def hashes(parts, monkeypatch):
    counted = CountedHashes(parts.passwords)
    object.__setattr__(parts, "passwords", counted)
    monkeypatch.setattr(parts.password_door, "_passwords", counted)
    return counted


async def test_known_and_unknown_addresses_cost_one_hash_each(browser, visitors, parts, hashes):
    """ASVS 6.3.8: no enumeration by time."""
    await browser.sign_up(ALICE)
    for fields in (ALICE, OTHER):
        for path in ("sign-up", "sign-in"):
            hashes.count = 0
            await visitors().post(path, fields | {"password": "wrong and long enough"})
            assert (path, fields["email"], hashes.count) == (path, fields["email"], 1)


async def test_two_sign_ups_of_one_address_at_once_make_one_account(visitors, database, parts):
    people = [visitors(f"203.0.113.{number}") for number in range(5)]
    answers = await asyncio.gather(*(one.post("sign-up", ALICE) for one in people))
    assert {answer.headers["location"] for answer in answers} == {"/check-inbox"}
    assert len(await users(database)) == 1
    async with database.read() as session:
        assert len((await session.exec(select(Membership))).all()) == 1


async def test_people_of_one_name_at_once_all_get_an_organization(visitors, database):
    people = [visitors(f"203.0.113.{number}") for number in range(4)]
    forms = [ALICE | {"email": f"a{number}@example.com"} for number in range(4)]
    await asyncio.gather(
        *(one.post("sign-up", fields) for one, fields in zip(people, forms, strict=True))
    )
    async with database.read() as session:
        slugs = (await session.exec(select(Organization.slug))).all()
    assert len(set(slugs)) == 4


async def test_the_token_is_stored_as_a_digest_and_the_password_as_argon2id(browser, database):
    await browser.post("sign-up", ALICE)
    (user,) = await users(database)
    assert user.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 65),
        ("name", "win http://evil.example"),
        ("email", "nobody"),
        ("password", "short"),
        ("password", "y" * 129),
        ("password", "alice@example.com"),
        ("password", "Alice Smith"),
        ("password", "password123"),
        ("password", "qwertyuiop"),
    ],
)
async def test_a_bad_field_is_refused_and_no_account_is_made(browser, database, field, value):
    answer = await browser.post("sign-up", {**ALICE, field: value})
    assert answer.headers["location"].startswith("/sign-up?error=invalid")
    assert await users(database) == []


async def test_nobody_signs_up_while_sign_up_is_closed(browser, database, committed_cast):
    async with database.write() as session:
        alice = committed_cast.alice.user_id
        await switch_feature(session, Feature.SIGN_UP, is_on=False, admin_id=alice, now=now_utc())
    answer = await browser.post("sign-up", OTHER | {"email": "new@example.com"})
    assert "error=feature_off" in answer.headers["location"]
    assert "new@example.com" not in {user.email for user in await users(database)}


async def test_the_right_password_signs_in_and_the_wrong_one_does_not(browser):
    await browser.sign_up(ALICE)
    browser.client.cookies.clear()
    wrong = {"email": ALICE["email"], "password": "wrong password"}
    answer = await browser.post("sign-in", wrong)
    assert "error=wrong_credentials" in answer.headers["location"]
    answer = await browser.post("sign-in", ALICE)
    assert answer.headers["location"] == "/home"
    assert (await browser.holder()).name == "Alice Smith"


async def test_an_unconfirmed_address_with_the_right_password_is_led_to_its_inbox(
    visitors, database, parts
):
    await visitors().post("sign-up", ALICE)
    await forget_cooldowns(database)
    laptop = visitors()
    answer = await laptop.post("sign-in", ALICE)
    assert answer.headers["location"] == "/check-inbox"
    assert await laptop.holder() is None
    assert [one.template for one in await letters(parts)] == ["verify_email"] * 2
    await laptop.post("verify-email", {"token": (await letters(parts))[-1].token})
    assert (await laptop.holder()).is_email_verified


async def test_signing_in_again_and_again_writes_one_letter_a_minute(visitors, parts):
    await visitors().post("sign-up", ALICE)
    for _ in range(3):
        await visitors().post("sign-in", ALICE)
    assert len(await letters(parts)) == 1


async def test_the_banned_learn_it_with_the_right_password_alone(browser, visitors, database):
    await browser.sign_up(ALICE)
    await set_user(database, banned_at=now_utc(), ban_reason="Spam.")
    answer = await visitors().post("sign-in", ALICE | {"password": "wrong and long enough"})
    assert "error=wrong_credentials" in answer.headers["location"]
    banned = visitors()
    answer = await banned.post("sign-in", ALICE)
    assert answer.headers["location"] == "/banned"
    assert banned.client.cookies.get(CHALLENGE)
    assert banned.client.cookies.get(cookie_name(is_secure=False)) is None


async def test_signing_in_again_ends_the_browsers_old_session(browser, database):
    """ASVS 7.2.4: a new token at every authentication, and the old one ends."""
    await browser.sign_up(ALICE)
    old = browser.client.cookies.get(cookie_name(is_secure=False))
    await browser.post("sign-in", ALICE)
    assert browser.client.cookies.get(cookie_name(is_secure=False)) != old
    async with database.read() as session:
        assert await holder_of(session, old, now=now_utc()) is None


async def test_a_session_that_was_planted_in_a_browser_is_never_signed_in(visitors, database):
    """Session fixation: mallory's own token in alice's browser stays mallory's, and ends."""
    mallory, alice = visitors(), visitors()
    await mallory.sign_up(OTHER)
    planted = mallory.client.cookies.get(cookie_name(is_secure=False))
    await visitors().sign_up(ALICE)
    await alice.post("sign-in", ALICE, cookie=f"{cookie_name(is_secure=False)}={planted}")
    async with database.read() as session:
        assert await holder_of(session, planted, now=now_utc()) is None


async def test_signing_out_ends_the_session_on_the_server(browser, database):
    await browser.sign_up(ALICE)
    token = browser.client.cookies.get(cookie_name(is_secure=False))
    answer = await browser.post("sign-out", {})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    async with database.read() as session:
        assert await holder_of(session, token, now=now_utc()) is None


ON_ONE = pytest.mark.parametrize("database_kind", ["sqlite"])
DOORS = ["sign-up", "sign-in", "sign-out", "verify-email", "reset-password", "change-password"]


@ON_ONE
@pytest.mark.parametrize("path", DOORS)
@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost:8800"},
        {"sec-fetch-site": "cross-site"},
        {},
    ],
)
async def test_a_form_of_another_site_is_refused(browser, path, headers):
    answer = await browser.client.post(f"/api/auth/{path}", data=ALICE, headers=headers)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/a\nb"],
)
async def test_signing_in_never_leads_to_another_site(browser, parts, wanted):
    await browser.post("sign-up", {**ALICE, "next": wanted})
    letter = await newest(parts, "verify_email")
    answer = await browser.post("verify-email", {"token": letter.token})
    assert answer.headers["location"] == "/home"
    answer = await browser.post("sign-in", {**ALICE, "next": wanted})
    assert answer.headers["location"] == "/home"


async def test_signing_in_leads_to_the_page_that_was_wanted(browser):
    await browser.sign_up(ALICE)
    wanted = "/connect?request=abc"
    answer = await browser.post("sign-in", {**ALICE, "next": wanted})
    assert answer.headers["location"] == wanted


async def test_forms_are_small(browser):
    fields = {"email": "x" * 70_000}
    answer = await browser.client.post("/api/auth/sign-in", data=fields, headers=HERE)
    assert answer.status_code == 422


@pytest.mark.parametrize("path", DOORS[:2])
async def test_a_length_that_is_no_number_is_refused(browser, path):
    headers = {b"origin": HERE["origin"].encode(), b"content-length": b"\xb2"}
    answer = await browser.client.post(f"/api/auth/{path}", data=ALICE, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        ("/sign-in?next=/invitation%3Ftoken%3Dx", "/sign-in?next=/invitation%3Ftoken%3Dx"),
        ("https://evil.example", "/"),
        ("//evil.example", "/"),
        ("", "/"),
    ],
)
async def test_signing_out_leads_on_within_this_site(browser, wanted, path):
    await browser.sign_up(ALICE)
    answer = await browser.post("sign-out", {"next": wanted})
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    assert browser.client.cookies.get(cookie_name(is_secure=False)) is None


@pytest.mark.parametrize("field", ["name", "email", "password", "next", "token", "current"])
async def test_text_that_cannot_be_stored_is_refused_in_words(browser, field):
    for path in set(DOORS) - {"sign-out"}:
        answer = await browser.post(path, {**ALICE, field: f"a\0{ALICE.get(field, '/')}"})
        assert answer.status_code == 422
        assert "cannot be stored" in answer.json()["title"]
