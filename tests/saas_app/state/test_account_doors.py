"""Password and address of whoever is signed in, and of whom an admin is signed in as."""

import pytest
from sqlmodel import select

from core.clock import now_utc
from core.models import User, WebSession
from core.sessions import start_session
from saas_app.state.account_email import AccountEmailState, ConfirmEmailState
from saas_app.state.account_password import AccountPasswordState
from tests.cast import PASSWORD
from tests.saas_app.letters import letters, newest

NEW = "seven blue kilns glow"
PAGE = "/account/security"


@pytest.fixture(params=["sqlite"])
def database_kind(request):
    """The services are tried on both databases."""
    return request.param


@pytest.fixture
async def alice(committed_cast, database, parts):
    """alice, with a password."""
    encoded = await parts.passwords.hash(PASSWORD)
    async with database.write() as session:
        (await session.get_one(User, committed_cast.alice.user_id)).password_hash = encoded
    return committed_cast.alice


async def test_the_current_password_is_checked_and_the_new_one_judged_on_their_fields(
    tab, alice, session_of, browser
):
    tab.carry(await session_of(alice))
    await tab.open(PAGE, AccountPasswordState.load_password)
    for fields, field in (
        ({"current": "", "password": NEW}, "current"),
        ({"current": "wrong and long enough", "password": NEW}, "current"),
        ({"current": PASSWORD, "password": "password123"}, "password"),
        ({"current": PASSWORD, "password": PASSWORD}, "password"),
    ):
        await tab.fire(AccountPasswordState.check_new_password, fields)
        state = await tab.state(AccountPasswordState)
        assert (list(state.problems), state.approval) == ([field], "")
    await tab.fire(AccountPasswordState.check_new_password, {"current": PASSWORD, "password": NEW})
    approval = (await tab.state(AccountPasswordState)).approval
    answer = await browser.post(
        "change-password", {"approval": approval, "password": NEW, "page": PAGE}, cookie=tab.cookie
    )
    assert answer.headers["location"] == f"{PAGE}?changed=password"


async def test_anothers_approval_changes_nothing(tab, alice, session_of, committed_cast, browser):
    tab.carry(await session_of(alice))
    await tab.open(PAGE, AccountPasswordState.load_password)
    await tab.fire(AccountPasswordState.check_new_password, {"current": PASSWORD, "password": NEW})
    approval = (await tab.state(AccountPasswordState)).approval
    tab.carry(await session_of(committed_cast.mallory))
    answer = await browser.post(
        "change-password", {"approval": approval, "password": NEW}, cookie=tab.cookie
    )
    assert "error=wrong_credentials" in answer.headers["location"]


async def test_somebody_without_a_password_gets_a_link_to_a_first_one(
    tab, committed_cast, session_of, database, parts, browser
):
    async with database.write() as session:
        (await session.get_one(User, committed_cast.bob.user_id)).password_hash = None
    tab.carry(await session_of(committed_cast.bob))
    await tab.open(PAGE, AccountPasswordState.load_password)
    assert not (await tab.state(AccountPasswordState)).has_password
    await tab.fire(AccountPasswordState.ask_for_password)
    assert "bob@example.com" in (await tab.state(AccountPasswordState)).password_said
    token = (await newest(parts, "reset_password")).token
    answer = await browser.post("reset-password", {"token": token, "password": NEW})
    assert answer.headers["location"] == "/home"
    assert (await browser.holder()).email == "bob@example.com"


async def test_somebody_with_a_password_gets_no_such_link(tab, alice, session_of, parts):
    tab.carry(await session_of(alice))
    await tab.open(PAGE, AccountPasswordState.load_password)
    await tab.fire(AccountPasswordState.ask_for_password)
    assert "Change it with the current one" in (await tab.state(AccountPasswordState)).trouble
    assert await letters(parts) == []


async def test_an_admin_in_alices_name_touches_neither_password_nor_address(
    tab, alice, committed_cast, database, parts, browser
):
    async with database.write() as session:
        (await session.get_one(User, committed_cast.bob.user_id)).is_admin = True
        token = await start_session(
            session, alice.user_id, now=now_utc(), impersonator_id=committed_cast.bob.user_id
        )
    tab.carry(token)
    await tab.open(PAGE)
    fields = {"current": PASSWORD, "password": NEW, "new_email": "bob@other.example"}
    for handler in (
        AccountPasswordState.check_new_password,
        AccountPasswordState.ask_for_password,
        AccountEmailState.ask_email_change,
        AccountEmailState.cancel_email_change,
    ):
        needs_fields = "check" in str(handler.fn) or "ask_email" in str(handler.fn)
        await tab.fire(handler, *([fields] if needs_fields else []))
        assert "somebody else" in (await tab.state(AccountPasswordState)).trouble
    answer = await browser.post("change-password", fields, cookie=tab.cookie)
    assert "error=forbidden" in answer.headers["location"]
    assert await letters(parts) == []


async def test_an_address_is_asked_for_shown_as_waiting_and_confirmed_by_both(
    tab, tabs, alice, session_of, parts
):
    tab.carry(await session_of(alice))
    await tab.open("/account/profile", AccountEmailState.load_email)
    await tab.fire(AccountEmailState.ask_email_change, {"new_email": "alice@new.example"})
    state = await tab.state(AccountEmailState)
    assert (state.wanted_email, state.is_old_confirmed) == ("alice@new.example", False)
    stranger = tabs("tab-2")
    for which, words in (
        ("old", "Now open the link"),
        ("new", "Your address is alice@new.example"),
    ):
        token = (await newest(parts, f"change_email_{which}")).token
        await stranger.open(f"/change-email?token={token}", ConfirmEmailState.look_at_change)
        state = await stranger.state(ConfirmEmailState)
        assert (state.change_from, state.change_to) == ("alice@example.com", "alice@new.example")
        for _ in range(2):  # pressed twice
            await stranger.fire(ConfirmEmailState.confirm_change)
        state = await stranger.state(ConfirmEmailState)
        assert (words in state.change_said, state.trouble) == (True, "")
    await tab.open("/account/profile", AccountEmailState.load_email)
    state = await tab.state(AccountEmailState)
    assert (state.current_email, state.wanted_email) == ("alice@new.example", "")


async def test_a_session_that_is_not_fresh_is_led_to_confirm_and_nothing_is_asked(
    tab, alice, session_of, database, parts
):
    tab.carry(await session_of(alice))
    async with database.write() as session:
        for row in (await session.exec(select(WebSession))).all():
            row.authenticated_at = row.created_at.replace(year=2020)
    await tab.open("/account/profile", AccountEmailState.load_email)
    await tab.fire(AccountEmailState.ask_email_change, {"new_email": "alice@new.example"})
    assert tab.redirects == ["/confirm?next=/account/profile"]
    assert await letters(parts) == []


async def test_addresses_are_asked_for_once_a_minute_and_can_be_canceled(
    tab, alice, session_of, parts
):
    tab.carry(await session_of(alice))
    await tab.open("/account/profile", AccountEmailState.load_email)
    for email in ("alice@new.example", "alice@newer.example"):
        await tab.fire(AccountEmailState.ask_email_change, {"new_email": email})
    state = await tab.state(AccountEmailState)
    assert state.wanted_email == "alice@new.example"
    assert state.trouble.startswith("Too many attempts.")
    await tab.fire(AccountEmailState.cancel_email_change)
    assert (await tab.state(AccountEmailState)).wanted_email == ""


async def test_what_is_no_new_address_stands_on_its_field(tab, alice, session_of):
    tab.carry(await session_of(alice))
    await tab.open("/account/profile", AccountEmailState.load_email)
    await tab.fire(AccountEmailState.ask_email_change, {"new_email": "alice@example.com"})
    assert list((await tab.state(AccountEmailState)).problems) == ["new_email"]


async def test_a_link_that_is_over_says_so_and_a_taken_address_is_told(
    tab, alice, session_of, parts, database, committed_cast
):
    await tab.open("/change-email?token=tkl_x", ConfirmEmailState.look_at_change)
    assert (await tab.state(ConfirmEmailState)).is_change_over
    tab.carry(await session_of(alice))
    await tab.open("/account/profile", AccountEmailState.load_email)
    await tab.fire(AccountEmailState.ask_email_change, {"new_email": "alice@new.example"})
    async with database.write() as session:
        bob = await session.get_one(User, committed_cast.bob.user_id)
        bob.email = bob.email_normalized = "alice@new.example"
    for which in ("old", "new"):
        token = (await newest(parts, f"change_email_{which}")).token
        await tab.open(f"/change-email?token={token}", ConfirmEmailState.look_at_change)
        await tab.fire(ConfirmEmailState.confirm_change)
    assert "Another account has that address" in (await tab.state(ConfirmEmailState)).trouble
    await tab.open("/account/profile", AccountEmailState.load_email)
    assert (await tab.state(AccountEmailState)).wanted_email == ""
