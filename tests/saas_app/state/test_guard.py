"""The guard: what a browser, or whoever speaks like one, can make the app do."""

import inspect
from datetime import timedelta
from typing import Any

import pytest
from reflex_base.registry import RegistrationContext
from sqlmodel import select

from core.clock import now_utc
from core.models import User, WebSession
from core.sessions import LIFETIME, end_session, holder_of, rotate_session, start_session
from saas_app.state.base import AppState
from saas_app.state.home import HomeState
from saas_app.state.markers import access_of
from saas_app.state.new_server import NewServerState
from saas_app.state.sign_in import SignInState


@pytest.fixture(params=["sqlite"])
def database_kind(request):
    """The guard asks one question of the database; the services ask the rest on both."""
    return request.param


def our_handlers():
    return {
        name: registered.handler
        for name, registered in RegistrationContext.get().event_handlers.items()
        if not registered.states[0].__module__.startswith("reflex.")
    }


def test_every_handler_says_who_may_call_it(reflex_app):
    RegistrationContext.set(reflex_app._registration_context)
    inherited = {"setvar"}
    unmarked = [
        name
        for name, handler in our_handlers().items()
        if access_of(handler.fn) is None and name.rpartition(".")[2] not in inherited
    ]
    assert unmarked == []


def test_no_handler_asks_reflex_to_convert_what_it_is_given(reflex_app):
    """Reflex logs the value of an argument that it cannot convert."""
    RegistrationContext.set(reflex_app._registration_context)
    plain = {str, Any, dict[str, Any], inspect.Parameter.empty}
    asking = [
        f"{name} {parameter}"
        for name, handler in our_handlers().items()
        if not name.endswith(".setvar")
        for parameter in list(inspect.signature(handler.fn).parameters.values())[1:]
        if parameter.annotation not in plain
    ]
    assert asking == []


async def test_a_visitor_is_sent_to_sign_in_by_a_members_handler(tab):
    await tab.open("/home")
    await tab.fire(HomeState.lead_on)
    assert tab.redirects[0].startswith("/sign-in?next=/")


async def test_a_member_is_led_to_her_servers(tab, committed_cast, session_of):
    tab.carry(await session_of(committed_cast.alice))
    await tab.open("/home", HomeState.lead_on)
    assert tab.redirects == ["/o/acme/servers"]


async def test_a_use_pushes_the_end_of_the_session_away(tab, committed_cast, database):
    ago = now_utc() - timedelta(days=20)
    async with database.write() as session:
        tab.carry(await start_session(session, committed_cast.alice.user_id, now=ago))
    await tab.open("/o/acme/servers", AppState.enter)
    async with database.read() as session:
        expires_at = (await session.exec(select(WebSession.expires_at))).one()
    assert expires_at >= ago + timedelta(days=20) + LIFETIME


async def test_an_unmarked_handler_does_not_run(tab, committed_cast, session_of):
    tab.carry(await session_of(committed_cast.alice))
    await tab.open("/sign-in")
    name = next(name for name in our_handlers() if name.endswith("sign_in_state.setvar"))
    await tab.call(name, var_name="approval", value="forged")
    assert (await tab.state(SignInState)).approval == ""


async def test_a_session_that_ended_elsewhere_opens_nothing(
    tab, committed_cast, session_of, database
):
    token = await session_of(committed_cast.alice)
    tab.carry(token)
    await tab.open("/o/acme/servers", AppState.enter)
    assert (await tab.state(AppState)).organization_name == "Acme"
    async with database.write() as session:
        await end_session(session, token)
    await tab.fire(AppState.enter)
    assert tab.redirects[0].startswith("/sign-in?next=/")


async def test_another_cookie_on_the_same_tab_finds_it_empty(tabs, committed_cast, session_of):
    hers, his = tabs("shared"), tabs("shared")
    hers.carry(await session_of(committed_cast.alice))
    await hers.open("/o/acme/servers", AppState.enter)
    his.carry(await session_of(committed_cast.mallory))
    await his.open("/sign-in")
    found = await his.state(AppState)
    assert (found.user_email, found.organization_name, found.organizations) == ("", "", [])


async def test_a_stolen_tab_gets_nothing_even_without_reconnecting(
    tabs, committed_cast, session_of
):
    hers, his = tabs("shared"), tabs("shared")
    hers.carry(await session_of(committed_cast.alice))
    await hers.open("/o/acme/servers", AppState.enter)
    his.carry(await session_of(committed_cast.mallory))
    await his.fire(AppState.enter)
    assert his.redirects[0].startswith("/sign-in")


async def test_a_stranger_does_not_enter_an_organization_by_its_address(
    tab, committed_cast, session_of
):
    tab.carry(await session_of(committed_cast.mallory))
    await tab.open("/o/acme/servers", AppState.enter)
    state = await tab.state(AppState)
    assert state.organization_name == "Evil"
    assert "not in it" in state.organization_trouble


async def test_a_rotated_token_leaves_the_tab_what_it_had_and_the_old_one_does_nothing(
    tab, committed_cast, session_of, database
):
    token = await session_of(committed_cast.alice)
    tab.carry(token)
    await tab.open("/o/acme/new", AppState.enter, NewServerState.arrive)
    await tab.fire(NewServerState.take_text, "curl https://api.example.com")
    async with database.write() as session:
        held = await holder_of(session, token, now=now_utc())
        new = await rotate_session(session, held.session_id, now=now_utc())
    await tab.fire(NewServerState.take_text, "typed too late")
    assert tab.redirects == []
    tab.carry(new)
    await tab.open("/o/acme/new", AppState.enter, NewServerState.arrive)
    assert (await tab.state(NewServerState)).box_text == "curl https://api.example.com"


async def test_a_page_for_all_goes_on_without_what_the_ended_session_had(
    tab, committed_cast, session_of, database
):
    token = await session_of(committed_cast.alice)
    tab.carry(token)
    await tab.open("/o/acme/servers", AppState.enter)
    async with database.write() as session:
        await end_session(session, token)
    await tab.fire(AppState.dismiss, "1")
    assert tab.redirects == []
    assert (await tab.state(AppState)).organization_name == ""


async def test_whoever_is_banned_is_out_with_the_next_event(
    tab, committed_cast, session_of, database
):
    tab.carry(await session_of(committed_cast.alice))
    await tab.open("/o/acme/servers", AppState.enter)
    async with database.write() as session:
        (await session.get_one(User, committed_cast.alice.user_id)).banned_at = now_utc()
    await tab.fire(AppState.enter)
    assert tab.redirects[0].startswith("/sign-in?next=/")
