"""The account's own pages as tabs see them: what they show, keep to themselves, and ask for."""

from datetime import timedelta

import pytest
from sqlmodel import select

from core.clock import now_utc
from core.models import AuditEntry, Grant, Identity, OAuthClient, Passkey, TotpFactor, User
from core.sessions import Browser, start_session
from saas_app.services.factors.trusted_devices import trust_device
from saas_app.services.signing_in import Arrival, Method, finish_first_factor
from saas_app.state.account import AccountState
from saas_app.state.account_connections import AccountConnectionsState
from saas_app.state.base import AppState
from saas_app.state.confirm import ConfirmState
from saas_app.state.passkeys import PasskeysState
from saas_app.state.security import SecurityState
from saas_app.state.verify import VerifyState
from saas_app.state.ways import WaysState
from saas_app.state.web_sessions import WebSessionsState
from tests.cast import make_server
from tests.saas_app.services.factors.conftest import code_of

SECURITY = "/account/security"


@pytest.fixture(params=["sqlite"])
def database_kind(request):
    """The services are tried on both databases; here it is about what tabs show."""
    return request.param


def notices_of(state: AppState) -> list[str]:
    return [notice["text"] for notice in state.notices]


@pytest.fixture
def carry(tab, database):
    """Returns a function that signs the tab in, however long ago, as whoever is wanted."""

    async def sign_in(user_id, *, ago=timedelta(), **options) -> None:
        async with database.write() as session:
            began = now_utc() - ago
            tab.carry(await start_session(session, user_id, now=began, **options))

    return sign_in


async def set_up(tab) -> str:
    """Set the app up in the tab, and return its secret."""
    await tab.fire(SecurityState.set_up_app)
    secret = (await tab.state(SecurityState)).setup_secret.replace(" ", "")
    await tab.fire(SecurityState.confirm_app, {"code": code_of(secret, now_utc())})
    return secret


async def test_an_account_page_shows_no_organization_trouble(tab, committed_cast, carry):
    await carry(committed_cast.alice.user_id)
    await tab.open(SECURITY, AccountState.enter_account)
    state = await tab.state(AppState)
    assert (state.organization_slug, state.organization_trouble) == ("acme", "")


async def test_secret_and_codes_are_in_the_tab_only_while_they_are_shown(
    tab, committed_cast, carry
):
    await carry(committed_cast.alice.user_id)
    await tab.open(SECURITY, SecurityState.load_security)
    secret = await set_up(tab)
    state = await tab.state(SecurityState)
    assert (len(state.new_codes), state.codes_left, state.offers_ending) == (10, 10, True)
    assert (state.setup_secret, state.setup_picture, state.is_setting_up) == ("", "", False)
    codes = list(state.new_codes)
    await tab.fire(SecurityState.close_codes)
    shown = str((await tab.state(AppState))._get_root_state().dict())
    assert secret not in shown.replace(" ", "")
    assert not any(code in shown for code in codes)


async def test_a_page_loaded_again_shows_neither(tab, committed_cast, carry):
    await carry(committed_cast.alice.user_id)
    await tab.open(SECURITY, SecurityState.load_security)
    await tab.fire(SecurityState.set_up_app)
    await tab.fire(SecurityState.load_security)
    state = await tab.state(SecurityState)
    assert (state.setup_secret, state.new_codes) == ("", [])


async def test_a_wrong_code_stands_on_its_field_and_too_many_have_to_wait(
    tab, committed_cast, carry, database
):
    await carry(committed_cast.alice.user_id)
    await tab.open(SECURITY, SecurityState.load_security)
    await tab.fire(SecurityState.set_up_app)
    for _ in range(10):
        await tab.fire(SecurityState.confirm_app, {"code": "000000"})
    assert "not right" in (await tab.state(AppState)).problems["code"]
    secret = (await tab.state(SecurityState)).setup_secret.replace(" ", "")
    await tab.fire(SecurityState.confirm_app, {"code": code_of(secret, now_utc())})
    assert "Too many attempts" in (await tab.state(AppState)).problems["code"]
    async with database.read() as session:
        assert (await session.exec(select(TotpFactor.confirmed_at))).one() is None


FRESH_ACTS = (
    SecurityState.set_up_app,
    SecurityState.ask_off,
    SecurityState.turn_off,
    SecurityState.ask_renew,
    SecurityState.renew_codes,
    PasskeysState.ask_passkey,
    PasskeysState.remove,
)


@pytest.mark.parametrize("number", range(len(FRESH_ACTS)))
async def test_a_session_that_is_not_fresh_is_led_to_confirm_asvs_7_5_1(
    tab, committed_cast, carry, number
):
    await carry(committed_cast.alice.user_id, ago=timedelta(minutes=11))
    await tab.open(SECURITY)
    (await tab.state(PasskeysState)).removing_id = str(committed_cast.alice.user_id)
    await tab.fire(FRESH_ACTS[number])
    assert tab.redirects == ["/confirm?next=/account/security"]


async def test_an_impersonator_sees_the_page_and_changes_nothing(
    tab, committed_cast, carry, database
):
    async with database.write() as session:
        (await session.get_one(User, committed_cast.bob.user_id)).is_admin = True
    await carry(committed_cast.alice.user_id, impersonator_id=committed_cast.bob.user_id)
    await tab.open(SECURITY, SecurityState.load_security)
    await tab.fire(SecurityState.set_up_app)
    assert (await tab.state(SecurityState)).setup_secret == ""
    assert "somebody else's name" in (await tab.state(AppState)).notices[-1]["text"]
    await tab.open("/confirm?next=/account/security", ConfirmState.arrive_to_confirm)
    state = await tab.state(ConfirmState)
    assert (state.confirm_ways, "somebody else's name" in state.trouble) == ([], True)


async def test_confirming_offers_what_the_account_has_and_google_only_without_it(
    tab, committed_cast, carry, parts
):
    alice, issuer = committed_cast.alice.user_id, parts.identity_provider.issuer
    async with parts.database.write() as session:
        session.add(
            Identity(
                user_id=alice, issuer=issuer, subject="s", email="a@g.io", created_at=now_utc()
            )
        )
    await carry(alice)
    await tab.open(SECURITY, SecurityState.load_security)
    await set_up(tab)
    await tab.open("/confirm?next=/account/security", ConfirmState.arrive_to_confirm)
    assert tab.redirects == ["/account/security"]  # it is fresh already
    await carry(alice, ago=timedelta(hours=1))
    await tab.open("/confirm?next=//evil.example&way=app", ConfirmState.arrive_to_confirm)
    state = await tab.state(ConfirmState)
    assert (state.confirm_ways, state.shown_way) == (["password", "app"], "app")
    assert state.next_path == "/home"


async def test_the_second_step_needs_a_first(tab, committed_cast):
    await tab.open("/verify", VerifyState.arrive_to_verify)
    assert tab.redirects == ["/sign-in?error=challenge_over"]
    assert not (await tab.state(VerifyState)).is_verify_ready


async def test_the_second_step_shows_the_ways_of_the_challenges_holder(
    tab, committed_cast, carry, parts
):
    alice = committed_cast.alice.user_id
    await carry(alice)
    await tab.open(SECURITY, SecurityState.load_security)
    await set_up(tab)
    async with parts.database.write() as session:
        following = await finish_first_factor(
            session, parts.letters, alice, Arrival(Browser()), method=Method.GOOGLE, now=now_utc()
        )
    tab.cookie = f"toolkiln_challenge={following.challenge_token}"
    for asked, shown in (("", "app"), ("backup", "backup"), ("passkey", "app"), ("x", "app")):
        await tab.open(f"/verify?with={asked}", VerifyState.arrive_to_verify)
        assert (await tab.state(VerifyState)).shown_way == shown


async def test_sessions_are_shown_and_ended_and_anothers_are_not(
    tab, committed_cast, carry, session_of
):
    await session_of(committed_cast.alice)
    await session_of(committed_cast.mallory)
    await carry(committed_cast.alice.user_id)
    await tab.open("/account/sessions", WebSessionsState.load_sessions)
    state = await tab.state(WebSessionsState)
    assert [one.is_current for one in state.web_sessions] == [True, False]
    await tab.fire(WebSessionsState.ask_end, state.web_sessions[1].id, "Firefox")
    await tab.fire(WebSessionsState.end)
    await tab.fire(WebSessionsState.end)  # pressed twice
    assert notices_of(await tab.state(AppState)) == ["Firefox is signed out."]
    assert len((await tab.state(WebSessionsState)).web_sessions) == 1
    await tab.fire(WebSessionsState.end_others)
    assert (await tab.state(AppState)).notices[-1]["text"] == "You were signed in nowhere else."


async def test_a_trusted_device_is_forgotten_once_however_often_it_is_pressed(
    tab, committed_cast, carry, database
):
    alice = committed_cast.alice.user_id
    async with database.write() as session:
        trust_device(session, alice, browser=Browser("Firefox/140.0"), now=now_utc())
    await carry(alice)
    await tab.open("/account/sessions", WebSessionsState.load_sessions)
    (device,) = (await tab.state(WebSessionsState)).devices
    for _ in range(2):
        await tab.fire(WebSessionsState.forget_device, device.id)
    assert (await tab.state(WebSessionsState)).devices == []
    assert notices_of(await tab.state(AppState)) == [
        "That device is asked for the second factor from now on."
    ]


async def test_connections_are_shown_and_ended(tab, committed_cast, carry, database):
    alice = committed_cast.alice.user_id
    async with database.write() as session:
        server = await make_server(session, committed_cast.mallory, name="Open kilns")
        client = OAuthClient(server_id=server.id, client_id="c1", details={}, created_at=now_utc())
        session.add(client)
        await session.flush()
        session.add_all(
            [
                Grant(
                    server_id=server.id,
                    client_row_id=client.id,
                    user_id=alice,
                    scope="tools",
                    created_at=now_utc(),
                ),
                Identity(
                    user_id=alice,
                    issuer="https://accounts.google.com",
                    subject="g-1",
                    email="alice@gmail.example",
                    created_at=now_utc(),
                ),
            ]
        )
    await carry(alice)
    await tab.open(
        "/account/connections?error=connected_elsewhere",
        WaysState.look_for_ways,
        AccountConnectionsState.load_connections,
    )
    state = await tab.state(AccountConnectionsState)
    assert "another person" in state.connections_trouble
    assert [one.client for one in state.grants] == ["c1"]
    assert (await tab.state(WaysState)).is_provider_local
    await tab.fire(AccountConnectionsState.ask_revoke, state.grants[0].id, "c1")
    for _ in range(2):
        await tab.fire(AccountConnectionsState.revoke)
    await tab.fire(AccountConnectionsState.ask_disconnect, state.identities[0].id, "alice")
    for _ in range(2):
        await tab.fire(AccountConnectionsState.disconnect)
    state = await tab.state(AccountConnectionsState)
    assert (state.grants, state.identities) == ([], [])
    assert notices_of(await tab.state(AppState)) == [
        "c1 is disconnected. It is refused from now on.",
        "alice is disconnected. It signs nobody in any more.",
    ]


async def test_a_second_press_of_what_changes_a_factor_is_no_error(
    tab, committed_cast, carry, database
):
    alice = committed_cast.alice.user_id
    async with database.write() as session:
        session.add(
            Passkey(
                user_id=alice, name="Key", credential_id="c", public_key=b"k", created_at=now_utc()
            )
        )
    await carry(alice)
    await tab.open(SECURITY, SecurityState.load_security, PasskeysState.load_passkeys)
    await set_up(tab)
    (row,) = (await tab.state(PasskeysState)).passkeys
    before = len((await tab.state(AppState)).notices)
    await tab.fire(PasskeysState.ask_rename, row.id, row.name)
    for _ in range(2):
        await tab.fire(PasskeysState.rename, {"passkey_name": "Laptop"})
    await tab.fire(PasskeysState.ask_remove, row.id, "Laptop")
    for _ in range(2):
        await tab.fire(PasskeysState.remove)
    await tab.fire(SecurityState.ask_renew)
    for _ in range(2):
        await tab.fire(SecurityState.renew_codes)
    await tab.fire(SecurityState.ask_off)
    for _ in range(2):
        await tab.fire(SecurityState.turn_off)
    assert notices_of(await tab.state(AppState))[before:] == [
        "The passkey Laptop is removed.",
        "The authenticator app is removed.",
    ]
    async with database.read() as session:
        acts = (await session.exec(select(AuditEntry.action))).all()
    assert acts.count("factor.backup_codes_made") == 2  # with the app, and when they were asked for
