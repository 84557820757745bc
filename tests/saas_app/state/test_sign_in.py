"""The forms of signing in as tabs see them: what stands on the fields, and what is never told."""

from datetime import timedelta
from urllib.parse import parse_qs, urlencode

import pytest
from sqlmodel import delete, select

from core.clock import now_utc
from core.environment import Environment
from core.models import LimitCounter, SignInChallenge, User
from core.tokens import digest_of
from saas_app.services import signing_in
from saas_app.services.features import Feature, switch_feature
from saas_app.state.banned import BannedState
from saas_app.state.base import AppState
from saas_app.state.forgot_password import ForgotPasswordState, ResetPasswordState
from saas_app.state.sign_in import SignInState
from saas_app.state.sign_up import InboxState, SignUpState
from saas_app.state.verify_email import VerifyEmailState
from tests.cast import PASSWORD
from tests.saas_app.letters import letters, newest
from tests.saas_app.visitor import ELSEWHERE

ALICE = {"name": "Alice Smith", "email": "alice@kiln.example", "password": PASSWORD}
WRONG = ALICE | {"password": "wrong and long enough"}
CHALLENGE = "toolkiln_challenge"


@pytest.fixture(params=["sqlite"])
def database_kind(request):
    """The services are tried on both databases; here it is about what tabs are told."""
    return request.param


async def forget_counts(database):
    async with database.write() as session:
        await session.exec(delete(LimitCounter))


def carry(tab, visitor):
    """Give a tab the cookies of a browser, as its websocket brings them."""
    tab.cookie = "; ".join(f"{name}={value}" for name, value in visitor.client.cookies.items())


async def shown(tab):
    return str((await tab.state(AppState))._get_root_state().dict())


class CountedChecks:
    def __init__(self, passwords):
        self._passwords, self.count = passwords, 0

    async def verify(self, password, encoded):
        self.count += 1
        return await self._passwords.verify(password, encoded)


async def test_one_sign_in_costs_one_hash_and_one_attempt(tab, browser, parts, monkeypatch):
    await browser.sign_up(ALICE)
    checks = CountedChecks(parts.passwords)
    monkeypatch.setattr(parts.password_door, "_passwords", checks)
    await tab.open("/sign-in?next=/o/x/servers", SignInState.arrive)
    await tab.fire(SignInState.check_sign_in, ALICE)
    state = await tab.state(SignInState)
    answer = await browser.post("sign-in", {"approval": state.approval, "next": state.next_path})
    assert answer.headers["location"] == "/o/x/servers"
    assert checks.count == 1


async def test_an_approval_is_good_once_and_for_a_minute(tab, browser, database):
    await browser.sign_up(ALICE)
    await tab.open("/sign-in", SignInState.arrive)
    for is_late in (False, True):
        await tab.fire(SignInState.check_sign_in, ALICE)
        approval = (await tab.state(SignInState)).approval
        if is_late:
            async with database.write() as session:
                for row in (await session.exec(select(SignInChallenge))).all():
                    row.expires_at = now_utc()
        else:
            await browser.post("sign-in", {"approval": approval})
        answer = await browser.post("sign-in", {"approval": approval} | ALICE)
        assert "error=challenge_over" in answer.headers["location"]


async def test_an_approval_for_one_door_opens_no_other(tab, browser, visitors, parts):
    await browser.sign_up(ALICE)
    await tab.open("/sign-in", SignInState.arrive)
    await tab.fire(SignInState.check_sign_in, ALICE)
    approval = (await tab.state(SignInState)).approval
    answer = await browser.post(
        "change-password", {"approval": approval, "password": "seven blue kilns glow"}
    )
    assert "error=challenge_over" in answer.headers["location"]


async def test_a_wrong_password_and_an_unknown_address_look_the_same(tab, browser):
    await browser.sign_up(ALICE)
    await tab.open("/sign-in", SignInState.arrive)
    seen = []
    for fields in (WRONG, WRONG | {"email": "nobody@kiln.example"}):
        await tab.fire(SignInState.check_sign_in, fields)
        state = await tab.state(SignInState)
        seen.append((state.problems, state.trouble, state.approval))
    assert seen == [({"password": "That address and password do not match."}, "", "")] * 2


async def test_the_wait_stands_on_the_form(tab):
    await tab.open("/sign-in", SignInState.arrive)
    for _ in range(11):
        await tab.fire(SignInState.check_sign_in, WRONG)
    problem = (await tab.state(SignInState)).problems["password"]
    assert problem.startswith("Too many attempts. Try again in 1")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("error=too_often&wait=840", "Too many attempts. Try again in 14 minutes."),
        ("error=too_often&wait=x", "Too many attempts. Try again later."),
        ("error=too_often&wait=99999999", "Too many attempts. Try again later."),
        ("error=too_often&wait=000000" + "9" * 5_000, "Too many attempts. Try again later."),
        ("error=too_often&wait=\u0663", "Too many attempts. Try again later."),
        ("error=link_over", "This link was used already or is too old."),
        ("error=You+won+a+prize", ""),
    ],
)
async def test_a_refused_post_is_explained_in_our_words_alone(tab, query, words):
    await tab.open(f"/sign-in?{query}", SignInState.arrive)
    assert (await tab.state(SignInState)).trouble == words


@pytest.mark.parametrize("wanted", ["https://evil.example", "//evil.example", "javascript:x"])
async def test_no_form_leads_to_another_site(tab, wanted):
    await tab.open(f"/sign-in?next={wanted}", SignInState.arrive)
    assert (await tab.state(SignInState)).next_path == ""


async def test_the_way_back_stands_whole_in_the_links_to_other_doors(tab):
    wanted = "/o/acme/calls?page=2&tool=a%26b"
    await tab.open(f"/sign-in?{urlencode({'next': wanted})}", SignInState.arrive)
    state = await tab.state(SignInState)
    assert state.next_path == wanted
    assert parse_qs(f"next={state.next_quoted}") == {"next": [wanted]}


async def test_the_check_of_a_sign_up_does_not_look_whether_the_address_is_known(tab, browser):
    await browser.sign_up(ALICE)
    await tab.open("/sign-up", SignUpState.arrive_to_sign_up)
    for email in (ALICE["email"], "nobody@kiln.example"):
        await tab.fire(SignUpState.check_sign_up, ALICE | {"email": email})
        state = await tab.state(SignUpState)
        assert (state.problems, state.trouble, bool(state.approval)) == ({}, "", True)


async def test_the_fields_of_a_sign_up_are_judged_one_by_one(tab):
    await tab.open("/sign-up", SignUpState.arrive_to_sign_up)
    for field, value in (("name", ""), ("email", "x"), ("password", "password123")):
        await tab.fire(SignUpState.check_sign_up, ALICE | {field: value})
        state = await tab.state(SignUpState)
        assert list(state.problems) == [field]
        assert state.approval == ""


async def test_a_password_is_weighed_and_not_kept(tab):
    await tab.open("/sign-up", SignUpState.arrive_to_sign_up)
    await tab.fire(SignUpState.weigh_password, {"password": PASSWORD})
    state = await tab.state(SignUpState)
    assert (state.strength, state.strength_word) == (4, "Strong")
    assert PASSWORD not in await shown(tab)
    secret = "alice smith kiln"
    await tab.fire(SignUpState.weigh_password, {"password": secret, "name": "Alice Smith Kiln"})
    assert (await tab.state(SignUpState)).strength < 2
    assert secret not in await shown(tab)


async def test_a_closed_sign_up_says_so(tab, database, committed_cast):
    async with database.write() as session:
        admin = committed_cast.alice.user_id
        await switch_feature(session, Feature.SIGN_UP, is_on=False, admin_id=admin, now=now_utc())
    await tab.open("/sign-up", SignUpState.arrive_to_sign_up)
    assert (await tab.state(SignUpState)).is_closed


async def test_without_mail_nobody_can_sign_up(tab, browser, parts):
    object.__setattr__(parts, "settings", parts.settings.model_copy(update={"mail": "off"}))
    await tab.open("/sign-up", SignUpState.arrive_to_sign_up)
    assert "sends no mail" in (await tab.state(SignUpState)).closed_why
    answer = await browser.post("sign-up", ALICE)
    assert "error=feature_off" in answer.headers["location"]


async def test_the_inbox_shows_the_letter_of_its_own_browser_in_development(tab, browser, parts):
    await browser.post("sign-up", ALICE)
    await tab.open("/check-inbox", InboxState.wait_for_letter)
    assert (await tab.state(InboxState)).awaited_email == ""
    assert ALICE["email"] not in await shown(tab)
    carry(tab, browser)
    await tab.open("/check-inbox", InboxState.wait_for_letter)
    state = await tab.state(InboxState)
    assert state.awaited_email == ALICE["email"]
    assert state.letter.token == (await newest(parts, "verify_email")).token


@pytest.mark.parametrize(
    "changes", [{"environment": Environment.PRODUCTION}, {"mail": "smtp"}, {"mail": "resend"}]
)
async def test_the_inbox_shows_no_letter_where_mail_is_sent(tab, browser, parts, changes):
    await browser.post("sign-up", ALICE)
    object.__setattr__(parts, "settings", parts.settings.model_copy(update=changes))
    carry(tab, browser)
    await tab.open("/check-inbox", InboxState.wait_for_letter)
    token = (await newest(parts, "verify_email")).token
    assert token not in await shown(tab)


async def test_a_letter_is_sent_again_once_a_minute(tab, browser, database, parts):
    await browser.post("sign-up", ALICE)
    carry(tab, browser)
    await tab.open("/check-inbox", InboxState.wait_for_letter)
    await tab.fire(InboxState.resend, {})
    state = await tab.state(InboxState)
    assert state.trouble.startswith("A letter is on its way. You can ask for another in ")
    assert len(await letters(parts)) == 1
    await forget_counts(database)
    await tab.fire(InboxState.resend, {})
    assert (await tab.state(InboxState)).resent.startswith("Sent again.")
    assert len(await letters(parts)) == 2


async def test_the_inbox_of_a_known_address_resends_and_shows_the_same(
    tab, browser, visitors, database, parts
):
    await browser.sign_up(ALICE)
    await forget_counts(database)
    again = visitors()
    await again.post("sign-up", ALICE)
    await forget_counts(database)
    carry(tab, again)
    await tab.open("/check-inbox", InboxState.wait_for_letter)
    await tab.fire(InboxState.resend, {})
    state = await tab.state(InboxState)
    assert (state.awaited_email, state.trouble) == (ALICE["email"], "")
    assert [one.template for one in await letters(parts)] == [
        "verify_email",
        "already_registered",
        "already_registered",
    ]


async def test_a_browser_that_waits_for_nothing_cannot_make_us_write(tab, browser, parts):
    await browser.post("sign-up", ALICE)
    await tab.open("/check-inbox", InboxState.wait_for_letter)
    await tab.fire(InboxState.resend, {"email": ALICE["email"]})
    assert len(await letters(parts)) == 1


async def test_the_link_asks_another_browser_for_the_password(tab, browser, visitors, parts):
    await browser.post("sign-up", ALICE)
    token = (await newest(parts, "verify_email")).token
    await tab.open(f"/verify-email?token={token}", VerifyEmailState.look_at_link)
    state = await tab.state(VerifyEmailState)
    assert (state.verified_email, state.asks_password) == (ALICE["email"], True)
    await tab.fire(VerifyEmailState.check_verification, {"password": "wrong and long enough"})
    assert (await tab.state(VerifyEmailState)).problems == {
        "password": "That is not your password."
    }
    await tab.fire(VerifyEmailState.check_verification, {"password": PASSWORD})
    approval = (await tab.state(VerifyEmailState)).approval
    phone = visitors()
    await phone.post("verify-email", {"token": token, "approval": approval})
    assert (await phone.holder()).email == ALICE["email"]


async def test_an_approved_password_is_counted_once_where_the_link_is_opened_too(
    tab, browser, visitors, parts, database
):
    await browser.post("sign-up", ALICE)
    token = (await newest(parts, "verify_email")).token
    tab.ip = ELSEWHERE
    await tab.open(f"/verify-email?token={token}", VerifyEmailState.look_at_link)
    await tab.fire(VerifyEmailState.check_verification, {"password": PASSWORD})
    approval = (await tab.state(VerifyEmailState)).approval
    await visitors(ELSEWHERE).post("verify-email", {"token": token, "approval": approval})
    tries = LimitCounter.key == digest_of(f"verify_email.address\n{ELSEWHERE}/32")
    async with database.read() as session:
        assert (await session.exec(select(LimitCounter.count).where(tries))).one() == 1


async def test_the_link_asks_the_browser_that_signed_up_for_nothing(tab, browser, parts):
    await browser.post("sign-up", ALICE)
    token = (await newest(parts, "verify_email")).token
    carry(tab, browser)
    await tab.open(f"/verify-email?token={token}", VerifyEmailState.look_at_link)
    assert not (await tab.state(VerifyEmailState)).asks_password
    await tab.fire(VerifyEmailState.check_verification, {})
    assert (await tab.state(VerifyEmailState)).approval


async def test_a_used_link_says_so(tab, browser, parts):
    await browser.sign_up(ALICE)
    token = (await newest(parts, "verify_email")).token
    for page, handler, state in (
        ("verify-email", VerifyEmailState.look_at_link, VerifyEmailState),
        ("reset-password", ResetPasswordState.look_at_reset, ResetPasswordState),
    ):
        await tab.open(f"/{page}?token={token}", handler)
        found = await tab.state(state)
        assert getattr(found, "is_link_over", False) or getattr(found, "is_reset_over", False)
    assert ALICE["email"] not in await shown(tab)


async def test_forgetting_says_the_same_to_everybody(tab, browser, database, parts):
    """ASVS 6.3.8."""
    await browser.sign_up(ALICE)
    seen = []
    for email in (ALICE["email"], "nobody@kiln.example"):
        await tab.open("/forgot-password", ForgotPasswordState.arrive_forgetful)
        await tab.fire(ForgotPasswordState.ask, {"email": email})
        state = await tab.state(ForgotPasswordState)
        seen.append((state.asked_email == email, state.problems, state.trouble))
        await tab.fire(ForgotPasswordState.ask, {"email": email})
        state = await tab.state(ForgotPasswordState)
        seen.append((state.problems, state.trouble.partition(" in ")[0]))
    assert seen[:2] == seen[2:]
    assert seen[1][1] == "Too many attempts. Try again"
    resets = [one for one in await letters(parts) if one.template == "reset_password"]
    assert [one.to for one in resets] == [ALICE["email"]]
    assert resets[0].values["expires"] == "1 hour"


async def test_a_new_password_is_judged_at_its_field(tab, browser, parts):
    await browser.sign_up(ALICE)
    await tab.open("/forgot-password", ForgotPasswordState.arrive_forgetful)
    await tab.fire(ForgotPasswordState.ask, {"email": ALICE["email"]})
    token = (await newest(parts, "reset_password")).token
    await tab.open(f"/reset-password?token={token}", ResetPasswordState.look_at_reset)
    assert (await tab.state(ResetPasswordState)).reset_email == ALICE["email"]
    await tab.fire(ResetPasswordState.check_reset, {"password": "alice smith"})
    assert "easy to guess" in (await tab.state(ResetPasswordState)).problems["password"]
    await tab.fire(ResetPasswordState.check_reset, {"password": "seven blue kilns glow"})
    assert (await tab.state(ResetPasswordState)).approval


async def test_a_ban_is_told_to_the_browser_with_the_right_password_alone(tab, browser, database):
    await browser.sign_up(ALICE)
    async with database.write() as session:
        user = (await session.exec(select(User))).one()
        user.banned_at, user.ban_reason = now_utc(), "Sent spam."
        user.ban_ends_at = now_utc() + timedelta(days=3)
    await tab.open("/banned", BannedState.look_at_ban)
    assert not (await tab.state(BannedState)).is_ban_known
    assert "Sent spam." not in await shown(tab)
    await browser.post("sign-in", ALICE)
    carry(tab, browser)
    await tab.open("/banned", BannedState.look_at_ban)
    state = await tab.state(BannedState)
    assert (state.is_ban_known, state.ban_reason) == (True, "Sent spam.")
    assert state.ban_ends.endswith("UTC")


async def test_nothing_of_what_is_typed_reaches_the_log(tab, browser, capfd):
    await tab.open("/sign-in", SignInState.arrive)
    await tab.fire(SignInState.check_sign_in, WRONG)
    await tab.fire(SignUpState.check_sign_up, ALICE | {"password": "password123"})
    await browser.post("sign-up", ALICE)
    out = capfd.readouterr()
    for secret in (WRONG["password"], PASSWORD, "password123", ALICE["email"]):
        assert secret not in out.out + out.err


def test_the_purposes_of_challenges_live_as_long_as_they_must():
    lifetimes = {str(key): value for key, value in signing_in.challenges.LIFETIMES.items()}
    assert lifetimes["approved"] <= timedelta(minutes=1)
    assert lifetimes["second_factor"] == timedelta(minutes=10)
