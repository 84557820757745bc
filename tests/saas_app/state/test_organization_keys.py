"""The page of an organization's keys, as tabs use it."""

from datetime import timedelta

import pytest
from sqlmodel import select

from core.clock import now_utc
from core.models import Membership, OrganizationKey, WebSession
from core.permissions import Role
from saas_app.components.navigation import SETTINGS
from saas_app.pages.organization_keys import organization_keys_page
from saas_app.state.base import AppState
from saas_app.state.organization_keys import OrganizationKeysState as State

FORM = {"name": "Pipeline", "lifetime": "90", "servers:read": "on", "servers:publish": "on"}


@pytest.fixture(params=["sqlite"])
def database_kind(request):
    """States only listen; the services they call are tried on both databases."""
    return request.param


@pytest.fixture
def open_page(tabs, session_of):
    async def open_page(actor):
        tab = tabs(str(actor.user_id))
        tab.carry(await session_of(actor))
        await tab.open("/o/acme/api-keys", AppState.enter, State.load_organization_keys)
        return tab

    return open_page


async def made_by(tab):
    await tab.fire(State.ask_new_key)
    await tab.fire(State.create_key, FORM)
    return await tab.state(State)


async def grow_stale(database):
    async with database.write() as session:
        for row in (await session.exec(select(WebSession))).all():
            row.authenticated_at = now_utc() - timedelta(hours=1)
            session.add(row)


async def test_a_double_click_makes_one_key(open_page, committed_cast):
    tab = await open_page(committed_cast.alice)
    first = (await made_by(tab)).new_token
    await tab.fire(State.create_key, FORM)
    shown = await tab.state(State)
    assert (shown.new_token, len(shown.organization_keys)) == (first, 1)
    await tab.fire(State.ask_rotate, shown.organization_keys[0].id, "Pipeline")
    await tab.fire(State.rotate)
    second = (await tab.state(State)).new_token
    await tab.fire(State.rotate)
    shown = await tab.state(State)
    assert second not in ("", first)
    assert (shown.new_token, len(shown.organization_keys)) == (second, 2)


async def test_a_key_is_shown_once_with_a_request_to_try(open_page, committed_cast):
    tab = await open_page(committed_cast.alice)
    shown = await made_by(tab)
    assert shown.new_token.startswith("tko_")
    assert shown.first_request == (
        f'curl -H "Authorization: Bearer {shown.new_token}" http://localhost:3000/api/v1/key'
    )
    (row,) = shown.organization_keys
    assert (row.name, row.status, row.maker) == ("Pipeline", "active", "Alice")
    assert row.scopes == "servers:read, servers:publish"
    await tab.fire(State.close_new_key)
    shown = await tab.state(State)
    assert (shown.new_token, shown.first_request, shown.is_making_key) == ("", "", False)


async def test_what_is_wrong_is_said_at_its_field(open_page, committed_cast):
    tab = await open_page(committed_cast.alice)
    await tab.fire(State.create_key, {"name": "Pipeline", "lifetime": "90"})
    assert "scopes" in (await tab.state(State)).problems


async def test_whoever_has_not_proved_who_they_are_is_sent_to_do_so_before_the_form(
    open_page, committed_cast, database
):
    tab = await open_page(committed_cast.alice)
    key_id = (await made_by(tab)).organization_keys[0].id
    await tab.fire(State.close_new_key)
    await grow_stale(database)
    await tab.fire(State.ask_new_key)
    await tab.fire(State.ask_rotate, key_id, "Pipeline")
    assert tab.redirects == ["/confirm?next=/o/acme/api-keys"] * 2
    shown = await tab.state(State)
    assert (shown.is_making_key, shown.asked_act) == (False, "")


async def test_rotating_shows_the_new_key_and_revoking_ends_one(open_page, committed_cast):
    tab = await open_page(committed_cast.alice)
    first = (await made_by(tab)).organization_keys[0]
    await tab.fire(State.ask_rotate, first.id, first.name)
    await tab.fire(State.rotate)
    shown = await tab.state(State)
    assert shown.new_token.startswith("tko_")
    assert sorted(row.status for row in shown.organization_keys) == ["active", "rotated"]
    await tab.fire(State.ask_revoke_key, first.id, first.name)
    await tab.fire(State.cancel_asked)
    await tab.fire(State.ask_revoke_key, first.id, first.name)
    await tab.fire(State.revoke_asked)
    shown = await tab.state(State)
    assert sorted(row.status for row in shown.organization_keys) == ["active", "revoked"]
    assert "revoked" in shown.notices[-1]["text"]


async def test_the_list_says_when_a_key_does_less_than_it_says(open_page, committed_cast, database):
    await made_by(await open_page(committed_cast.alice))
    async with database.write() as session:
        rows = {row.user_id: row for row in (await session.exec(select(Membership))).all()}
        rows[committed_cast.alice.user_id].role = Role.VIEWER
        rows[committed_cast.bob.user_id].role = Role.ADMIN
    tab = await open_page(committed_cast.bob)
    (row,) = (await tab.state(State)).organization_keys
    assert "servers:publish" in row.trouble
    async with database.write() as session:
        alice = committed_cast.alice.user_id
        mine = select(Membership).where(Membership.user_id == alice)
        await session.delete((await session.exec(mine)).one())
    await tab.fire(State.load_organization_keys)
    (row,) = (await tab.state(State)).organization_keys
    assert (row.status, row.can_rotate) == ("stopped", True)


async def test_a_member_sees_that_keys_are_not_theirs_to_see(open_page, committed_cast, database):
    await made_by(await open_page(committed_cast.alice))
    for actor in (committed_cast.bob, committed_cast.vera):
        tab = await open_page(actor)
        shown = await tab.state(State)
        assert shown.organization_keys == []
        assert "role" in shown.organization_keys_trouble
        await tab.fire(State.create_key, FORM)
    async with database.read() as session:
        assert len((await session.exec(select(OrganizationKey))).all()) == 1


def test_the_page_can_be_drawn_and_is_led_to():
    assert organization_keys_page().render()
    assert "API keys" in [entry.label for entry in SETTINGS]
