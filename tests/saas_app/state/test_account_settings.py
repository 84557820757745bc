"""Profile, notifications and data as tabs see them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from core.clock import now_utc
from core.models import Job, JobStatus, Organization, User
from core.sessions import start_session
from saas_app import resources
from saas_app.integrations.no_storage import NoStorage
from saas_app.jobs.export_account import key_of
from saas_app.services.account_export import record_export
from saas_app.state.account import AccountState
from saas_app.state.account_data import AccountDataState
from saas_app.state.base import AppState
from saas_app.state.command_menu import CommandMenuState
from saas_app.state.notifications import NotificationsState
from saas_app.state.onboarding import OnboardingState
from saas_app.state.pictures import AvatarState, LogoState
from saas_app.state.profile import ProfileState
from tests.people import make_organization, user_of

DATA = "/account/data"
PROFILE = "/account/profile"


@pytest.fixture(params=["sqlite"])
def database_kind(request):
    """The services are tried on both databases; here it is about what tabs show."""
    return request.param


@pytest.fixture
def carry(tab, database):
    """Returns a function that signs the tab in, however long ago, as whoever is wanted."""

    async def sign_in(actor, *, ago=timedelta(), **options) -> None:
        async with database.write() as session:
            began = now_utc() - ago
            tab.carry(await start_session(session, actor.user_id, now=began, **options))

    return sign_in


@pytest.fixture
async def own_organization(database, committed_cast):
    """An organization of bob's own."""
    async with database.write() as session:
        bob = await user_of(session, committed_cast.bob)
        return await make_organization(session, bob, slug="bobs", is_personal=True)


def notice(state: AppState) -> str:
    return state.notices[-1]["text"]


async def test_a_new_name_is_shown_everywhere_at_once(tab, committed_cast, carry, database):
    await carry(committed_cast.bob)
    await tab.open(PROFILE, AccountState.enter_account, ProfileState.load_profile)
    await tab.fire(ProfileState.rename, {"name": " Bobby  B. "})
    state = await tab.state(ProfileState)
    assert (state.user_name, notice(state)) == ("Bobby B.", "Others see you as Bobby B. now.")
    await tab.fire(ProfileState.rename, {"name": " "})
    assert (await tab.state(ProfileState)).problems == {"name": "Enter your name."}
    async with database.read() as session:
        assert (await session.get_one(User, committed_cast.bob.user_id)).name == "Bobby B."


async def test_a_switch_is_saved_when_it_is_moved_and_can_be_moved_back(
    tab, committed_cast, carry, database
):
    await carry(committed_cast.bob)
    await tab.open("/account/notifications", NotificationsState.load_notifications)
    await tab.fire(NotificationsState.set_mail, "export_ready", False)
    state = await tab.state(NotificationsState)
    shown = {one.name: one.is_wanted for one in state.mail_switches}
    assert shown["export_ready"] is False
    assert notice(state) == "Off: Copies of your data."
    await tab.fire(AppState.undo, state.notices[-1]["id"])
    async with database.read() as session:
        assert (await session.get_one(User, committed_cast.bob.user_id)).muted_mail == []
        assert (await session.get_one(User, committed_cast.alice.user_id)).muted_mail == []


@pytest.mark.parametrize("name", ["new_sign_in", "key_created", "", None, ["export_ready"]])
async def test_no_other_mail_can_be_switched_off(tab, committed_cast, carry, database, name):
    await carry(committed_cast.bob)
    await tab.open("/account/notifications", NotificationsState.load_notifications)
    await tab.fire(NotificationsState.set_mail, name, False)
    assert notice(await tab.state(AppState)) == "That mail cannot be switched off."
    async with database.read() as session:
        assert (await session.get_one(User, committed_cast.bob.user_id)).muted_mail == []


async def test_a_copy_is_asked_for_awaited_and_there(tab, committed_cast, carry, database):
    bob = committed_cast.bob.user_id
    await carry(committed_cast.bob)
    await tab.open(DATA, AccountDataState.load_data)
    await tab.fire(AccountDataState.copy_data)
    assert (await tab.state(AccountDataState)).is_copying
    async with database.write() as session:
        job = (await session.exec(select(Job).where(Job.kind == "export_account"))).one()
        job.status = JobStatus.DONE
        file = (key_of(job.id), 4_200)
        await record_export(session, bob, file=file, letters=resources.get().letters, now=now_utc())
    await tab.fire(AccountDataState.look_at_copy)
    state = await tab.state(AccountDataState)
    assert (state.is_copying, state.copy_size) == (False, "4 kB")
    assert notice(state) == "The copy of your data is there."


async def test_looking_for_the_copy_leaves_the_form_below_it_alone(
    tab, committed_cast, carry, database
):
    await carry(committed_cast.bob)
    await tab.open(DATA, AccountDataState.load_data)
    async with database.write() as session:
        (await session.get_one(Organization, committed_cast.acme.id)).name = "Other"
    await tab.fire(AccountDataState.look_at_copy)
    assert [row.name for row in (await tab.state(AccountDataState)).staying] == ["Acme"]


async def test_a_new_copy_that_fails_leaves_the_one_before(tab, committed_cast, carry, database):
    await carry(committed_cast.bob)
    async with database.write() as session:
        await record_export(
            session, committed_cast.bob.user_id, file=("exports/1.zip", 4_200),
            letters=resources.get().letters, now=now_utc(),
        )  # fmt: skip
    await tab.open(DATA, AccountDataState.load_data)
    await tab.fire(AccountDataState.copy_data)
    async with database.write() as session:
        job = (await session.exec(select(Job).where(Job.kind == "export_account"))).one()
        job.status, job.message = JobStatus.FAILED, "The store did not answer."
    await tab.fire(AccountDataState.look_at_copy)
    state = await tab.state(AccountDataState)
    assert (state.copy_problem, state.copy_size) == ("The store did not answer.", "4 kB")
    assert notice(state) != "The copy of your data is there."


async def test_a_session_that_is_not_fresh_is_led_to_confirm(tab, committed_cast, carry, database):
    await carry(committed_cast.bob, ago=timedelta(minutes=11))
    await tab.open(DATA, AccountDataState.load_data)
    await tab.fire(AccountDataState.copy_data)
    email = (await tab.state(AccountDataState)).account_email
    await tab.fire(AccountDataState.delete_account, {"confirmation": email})
    assert tab.redirects == [f"/confirm?next={DATA}"] * 2
    async with database.read() as session:
        assert (await session.exec(select(Job))).all() == []
        assert (await session.get_one(User, committed_cast.bob.user_id)).delete_at is None


@pytest.mark.parametrize(
    ("code", "words"),
    [("copy_gone", "Make a new one"), ("forbidden", "alone"), ("x", "Try again"), ("", "")],
)
async def test_a_download_that_did_not_come_about_is_explained(
    tab, committed_cast, carry, code, words
):
    await carry(committed_cast.bob)
    await tab.open(f"{DATA}?error={code}", AccountDataState.load_data)
    state = await tab.state(AccountDataState)
    assert words in state.not_fetched
    assert bool(state.not_fetched) is bool(words)


async def test_without_a_store_the_pages_say_so_and_nothing_is_begun(
    tab, committed_cast, carry, database, parts, monkeypatch
):
    off = replace(parts, storage=NoStorage())
    monkeypatch.setattr(resources, "get", lambda: off)
    await carry(committed_cast.alice)
    await tab.open(DATA, AccountDataState.load_data)
    assert (await tab.state(AccountDataState)).is_storage_off
    await tab.fire(AccountDataState.copy_data)
    assert "switched off here" in notice(await tab.state(AppState))
    await tab.open(PROFILE, AvatarState.load_avatar)
    assert (await tab.state(AvatarState)).is_storage_off
    await tab.open("/o/acme/settings", LogoState.load_logo)
    assert (await tab.state(LogoState)).is_storage_off
    async with database.read() as session:
        assert (await session.exec(select(Job))).all() == []


async def test_deletion_names_what_goes_and_every_page_says_it_until_it_is_taken_back(
    tab, committed_cast, own_organization, carry, database
):
    await carry(committed_cast.bob)
    await tab.open(DATA, AccountDataState.load_data)
    state = await tab.state(AccountDataState)
    assert [one.name for one in state.going] == ["Bobs"]
    assert [one.name for one in state.staying] == ["Acme"]
    await tab.fire(AccountDataState.delete_account, {"confirmation": "bob@example.com"})
    async with database.read() as session:
        ends_at = (await session.get_one(User, committed_cast.bob.user_id)).delete_at
    await carry(committed_cast.bob)  # signing in stays possible, and says so
    await tab.open("/o/bobs/servers", AppState.enter)
    state = await tab.state(AppState)
    assert state.account_delete_at == state.organization_delete_at == ends_at.isoformat()
    await tab.fire(AccountDataState.keep_account)
    state = await tab.state(AppState)
    assert (state.account_delete_at, state.organization_delete_at) == ("", "")
    async with database.read() as session:
        kept = await session.get_one(Organization, own_organization.id)
        assert kept.delete_at is None
        assert (await session.get_one(User, committed_cast.bob.user_id)).delete_at is None


async def test_the_last_owner_of_others_is_told_to_transfer_first(
    tab, committed_cast, carry, database
):
    await carry(committed_cast.alice)
    await tab.open(DATA, AccountDataState.load_data)
    assert [one.name for one in (await tab.state(AccountDataState)).blocking] == ["Acme"]
    await tab.fire(AccountDataState.delete_account, {"confirmation": "alice@example.com"})
    assert "Transfer the ownership first" in notice(await tab.state(AppState))
    async with database.read() as session:
        assert (await session.get_one(User, committed_cast.alice.user_id)).delete_at is None


async def test_an_admin_in_bobs_name_neither_copies_nor_deletes(
    tab, committed_cast, carry, database
):
    async with database.write() as session:
        (await session.get_one(User, committed_cast.alice.user_id)).is_admin = True
    await carry(committed_cast.bob, impersonator_id=committed_cast.alice.user_id)
    await tab.open(DATA, AccountDataState.load_data)
    await tab.fire(AccountDataState.copy_data)
    await tab.fire(AccountDataState.delete_account, {"confirmation": "bob@example.com"})
    async with database.read() as session:
        assert (await session.exec(select(Job))).all() == []
        assert (await session.get_one(User, committed_cast.bob.user_id)).delete_at is None


async def test_onboarding_begins_with_the_picture_there_is(tab, committed_cast, carry, database):
    async with database.write() as session:
        user = await session.get_one(User, committed_cast.bob.user_id)
        user.onboarded_at, user.avatar_key = None, "avatars/b.webp"
    await carry(committed_cast.bob)
    await tab.open("/onboarding", AvatarState.load_avatar, OnboardingState.load_onboarding)
    state = await tab.state(AvatarState)
    assert state.shown.startswith("/storage/avatars/b.webp?")
    assert state.user_picture == state.shown


@pytest.mark.parametrize(
    ("who", "path", "there", "hidden"),
    [
        ("alice", "/o/acme/servers", {"New server", "API keys", "Audit log", "Members"}, set()),
        ("bob", "/o/acme/servers", {"New server", "Members"}, {"API keys", "Audit log"}),
        ("vera", "/o/acme/servers", {"Servers", "Members"}, {"New server", "API keys"}),
        ("alice", PROFILE, {"Profile", "Data", "API keys", "Settings"}, set()),
        ("mallory", "/o/acme/servers", {"Profile", "Data"}, {"Servers", "API keys", "Settings"}),
    ],
)
async def test_the_command_menu_offers_the_screens_that_the_role_opens(
    tab, committed_cast, carry, who, path, there, hidden
):
    await carry(getattr(committed_cast, who))
    enter = AccountState.enter_account if path == PROFILE else AppState.enter
    await tab.open(path, enter)
    await tab.fire(CommandMenuState.offer)
    offers = {one["label"]: one["href"] for one in (await tab.state(CommandMenuState)).offers}
    assert there <= set(offers)
    assert not hidden & set(offers)
    if who != "mallory":
        assert offers["Settings"] == "/o/acme/settings"
