"""The page of a copy of one's data and the account's end, as tabs do it."""

import pytest

from core.clock import now_utc
from saas_app.state.account_data import AccountDataState
from saas_app.state.base import AppState
from tests.saas_app.state.conftest import make_stale, notices


@pytest.fixture(params=["sqlite"])
def database_kind(request):
    """States only listen; the services they call are tried on both databases."""
    return request.param


async def test_the_account_page_names_what_goes_and_what_stands_in_the_way(
    open_page, committed_cast, with_room
):
    tab = await open_page(with_room[1], "/account/data", AccountDataState.load_data)
    seen = await tab.state(AccountDataState)
    assert [row.name for row in seen.going] == ["Adam-Own"]
    assert [row.name for row in seen.staying] == ["Acme"]
    assert (seen.blocking, seen.account_delete_at) == ([], "")
    await tab.fire(AccountDataState.delete_account, {"confirmation": "no"})
    assert "confirmation" in (await tab.state(AppState)).problems
    await tab.fire(AccountDataState.delete_account, {"confirmation": "adam@example.com"})
    assert (await tab.state(AccountDataState)).account_delete_at > now_utc().isoformat()
    await tab.fire(AccountDataState.keep_account)
    assert (await tab.state(AccountDataState)).account_delete_at == ""


async def test_a_copy_of_the_data_is_asked_for_once(open_page, committed_cast):
    tab = await open_page(committed_cast.bob, "/account/data", AccountDataState.load_data)
    assert not (await tab.state(AccountDataState)).is_copying
    await tab.fire(AccountDataState.copy_data)
    assert (await tab.state(AccountDataState)).is_copying
    await tab.fire(AccountDataState.copy_data)
    assert "already" in (await notices(tab))[-1]


async def test_a_copy_and_an_end_take_a_fresh_proof(open_page, committed_cast, database):
    tab = await open_page(committed_cast.bob, "/account/data", AccountDataState.load_data)
    await make_stale(database)
    await tab.fire(AccountDataState.copy_data)
    await tab.fire(AccountDataState.delete_account, {"confirmation": "bob@example.com"})
    assert tab.redirects[-2:] == ["/confirm?next=/account/data"] * 2
