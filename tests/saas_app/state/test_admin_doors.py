"""Every handler of the admin area as a door: tried by all who are not admins in their own name.

The list of handlers is read from the running app, so that a new one is tried without being named.
"""

import inspect
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from reflex_base.registry import RegistrationContext

from core.clock import now_utc
from core.models import User, metadata
from core.sandbox_settings import SandboxMode
from core.sessions import start_session
from saas_app import resources
from saas_app.state.admin import OPEN, SHUT, AdminState
from saas_app.state.admin_audit import AdminAuditState
from saas_app.state.admin_configuration import AdminConfigurationState
from saas_app.state.admin_features import AdminFeaturesState
from saas_app.state.admin_organization import AdminOrganizationState
from saas_app.state.admin_organizations import AdminOrganizationsState
from saas_app.state.admin_user import AdminUserState
from saas_app.state.admin_user_acts import AdminUserActsState
from saas_app.state.admin_users import AdminUsersState
from saas_app.state.base import AppState
from saas_app.state.command_menu import CommandMenuState
from saas_app.state.markers import ADMIN, access_of
from tests.people import make_user

LONG_AGO = timedelta(hours=1)
UNTOUCHED = ("web_session", "limit_counter")  # a use is written down, and counted, for the caller
FORM = {"reason": "Spam.", "last_day": "", "confirmation": "Acme"}
LOADS = (
    AdminUsersState.load_users,
    AdminUserState.load_person,
    AdminOrganizationsState.load_organizations,
    AdminOrganizationState.load_whole,
    AdminAuditState.load_acts,
    AdminFeaturesState.load_switches,
    AdminConfigurationState.load_configuration,
)


@pytest.fixture(params=["sqlite"])
def database_kind(request):
    """The services are tried on both databases; here it is about who gets through to them."""
    return request.param


@dataclass
class Area:
    """Addresses of the admin area, and who comes to them."""

    person: str
    organization: str
    root_id: object
    cast: object


@pytest.fixture
async def area(database, committed_cast):
    async with database.write() as session:
        root = await make_user(session, "Root")
        root.is_admin = True
    return Area(
        person=f"/admin/users/{committed_cast.bob.user_id}",
        organization=f"/admin/organizations/{committed_cast.acme.id}",
        root_id=root.id,
        cast=committed_cast,
    )


@pytest.fixture
def enter(database, area):
    """Returns a function that opens a session as whoever is wanted."""

    async def sign_in(who: str) -> str:
        now, cast = now_utc(), area.cast
        async with database.write() as session:
            if who == "nobody":
                return ""
            if who == "acting admin":
                return await start_session(
                    session, cast.alice.user_id, now=now, impersonator_id=area.root_id
                )
            if who == "banned admin":
                root = await session.get_one(User, area.root_id)
                root.banned_at = now
            user_id = area.root_id if who.endswith("admin") else getattr(cast, who).user_id
            began = now - LONG_AGO if who == "stale admin" else now
            return await start_session(session, user_id, now=began)

    return sign_in


def admin_handlers():
    return {
        name: registered.handler
        for name, registered in RegistrationContext.get().event_handlers.items()
        if access_of(registered.handler.fn) == ADMIN
    }


def arguments_for(handler, area: Area) -> dict[str, object]:
    made: dict[str, object] = {}
    for name, parameter in list(inspect.signature(handler.fn).parameters.items())[1:]:
        annotated = str(parameter.annotation)
        made[name] = (
            FORM if "dict" in annotated else {"name": "sign_up", "is_on": False}.get(name, "ban")
        )
    return made


async def contents(database) -> dict[str, list[str]]:
    async with database.engine.connect() as connection:
        return {
            table.name: sorted(str(row) for row in await connection.execute(sa.select(table)))
            for table in metadata.sorted_tables
            if table.name not in UNTOUCHED
        }


async def shown_to(tab) -> str:
    return str((await tab.state(AppState))._get_root_state().dict())


OUTSIDERS = ("alice", "banned admin", "acting admin")  # others knock in tests/saas_app/doors


@pytest.mark.parametrize("who", OUTSIDERS)
async def test_for_others_there_is_no_such_handler_and_no_such_page(
    tab, database, area, enter, who
):
    token = await enter(who)
    if token:
        tab.carry(token)
    before = await contents(database)
    assert len(admin_handlers()) > 20
    for path in (area.person, area.organization, "/admin/users", "/admin/features"):
        await tab.open(path, AdminState.enter_admin)
        assert (await tab.state(AdminState)).admin_door == SHUT
        for name, handler in admin_handlers().items():
            await tab.call(name, **arguments_for(handler, area))
    assert await contents(database) == before
    assert tab.redirects == []  # not even to sign in: that would say that there is something
    shown, state = await shown_to(tab), await tab.state(AppState)
    assert state.notices == []
    assert "root@example.com" not in shown
    assert "MASTER_KEY" not in shown
    assert "mallory@example.com" not in shown


async def test_an_admin_sees_every_page(tab, area, enter):
    tab.carry(await enter("admin"))
    await tab.open(area.person, AdminState.enter_admin, *LOADS)
    assert (await tab.state(AdminState)).admin_door == OPEN
    assert (await tab.state(AdminUserState)).person.name == "Bob"
    users = await tab.state(AdminUsersState)
    assert (len(users.user_rows), users.user_list.summary) == (5, "5 in all")
    assert len((await tab.state(AdminOrganizationsState)).organization_rows) == 2
    assert len((await tab.state(AdminFeaturesState)).switch_rows) == 3
    configuration = await tab.state(AdminConfigurationState)
    assert {part.part for part in configuration.part_rows} > {"Database", "Mail"}
    await tab.open(area.organization, AdminState.enter_admin, *LOADS)
    assert (await tab.state(AdminOrganizationState)).whole.name == "Acme"
    assert (await tab.state(AdminUserState)).person_trouble != ""


@pytest.mark.parametrize("mode", ["auto", "compat", "unsafe-dev"])
async def test_pages_know_how_much_isolates_python_tools(
    tab, parts, area, enter, monkeypatch, mode
):
    settings = parts.settings.model_copy(update={"sandbox": SandboxMode(mode)})
    monkeypatch.setattr(resources, "get", lambda: replace(parts, settings=settings))
    tab.carry(await enter("admin"))
    await tab.open("/admin/users", AdminState.enter_admin)
    assert (await tab.state(AppState)).sandbox_mode == mode
    await tab.open("/o/acme/servers", AppState.enter)
    assert (await tab.state(AppState)).sandbox_mode == mode


async def test_a_stale_admin_sees_and_changes_nothing(tab, database, area, enter):
    tab.carry(await enter("stale admin"))
    before = await contents(database)
    acts = (
        (area.person, AdminUserActsState.ask("ban")),
        (area.person, AdminUserActsState.ban(FORM)),
        (area.person, AdminUserActsState.unban()),
        (area.person, AdminUserActsState.resend_letter()),
        (area.person, AdminUserActsState.reset_factors()),
        (area.person, AdminUserActsState.sign_out()),
        (area.person, AdminUserActsState.grant()),
        (area.person, AdminUserActsState.revoke()),
        (area.person, AdminUserActsState.end_account(FORM)),
        (area.person, AdminUserActsState.keep_account()),
        (area.organization, AdminOrganizationState.ask_end()),
        (area.organization, AdminOrganizationState.end_organization(FORM)),
        (area.organization, AdminOrganizationState.keep_organization()),
        ("/admin/features", AdminFeaturesState.set_feature("sign_up", False)),
    )
    for path, act in acts:
        await tab.open(path)
        await tab.fire(act)
    assert await contents(database) == before
    assert tab.redirects == [f"/confirm?next={path}" for path, _ in acts]


@pytest.mark.parametrize("path", ["/admin/users/x?page=-1&sort=\0&q=%00", "/admin"])
async def test_an_odd_address_breaks_nothing(tab, area, enter, logged, path):
    tab.carry(await enter("admin"))
    await tab.open(path, AdminState.enter_admin, *LOADS)
    assert (await tab.state(AdminState)).admin_door == OPEN
    assert "event.failed" not in [line["event"] for line in logged]


async def test_a_person_is_banned_and_let_in_again(tab, area, enter, database):
    tab.carry(await enter("admin"))
    await tab.open(area.person, AdminUserState.load_person)
    await tab.fire(AdminUserActsState.ask, "ban")
    assert (await tab.state(AdminUserActsState)).asking == "ban"
    await tab.fire(AdminUserActsState.ban, {"reason": "", "last_day": ""})
    assert "Say why" in (await tab.state(AppState)).problems["reason"]
    await tab.fire(AdminUserActsState.ban, {"reason": "Spam.", "last_day": ""})
    state = await tab.state(AdminUserActsState)
    assert (state.asking, state.person.is_banned, state.person.ban_reason) == ("", True, "Spam.")
    assert state.person_acts[0].words == "User banned"
    day = (now_utc() + timedelta(days=9)).date().isoformat()
    await tab.fire(AdminUserActsState.ban, {"reason": "Spam.", "last_day": day})
    person = (await tab.state(AdminUserState)).person
    assert (person.ban_last_day, person.ban_ends != "") == (day, True)
    await tab.fire(AdminUserActsState.unban)
    assert not (await tab.state(AdminUserState)).person.is_banned


async def test_a_letter_goes_once_a_minute(tab, area, enter, database):
    async with database.write() as session:
        (await session.get_one(User, area.cast.bob.user_id)).email_verified_at = None
    tab.carry(await enter("admin"))
    await tab.open(area.person, AdminUserState.load_person)
    for words in ("on its way to bob@example.com", "You can send another"):
        await tab.fire(AdminUserActsState.resend_letter)
        assert words in (await tab.state(AppState)).notices[-1]["text"]


async def test_an_organization_ends_by_its_name_and_stays_after_all(tab, area, enter):
    tab.carry(await enter("admin"))
    await tab.open(area.organization, AdminOrganizationState.load_whole)
    await tab.fire(AdminOrganizationState.ask_end)
    await tab.fire(AdminOrganizationState.end_organization, {"confirmation": "acme"})
    assert "confirmation" in (await tab.state(AppState)).problems
    await tab.fire(AdminOrganizationState.end_organization, {"confirmation": "Acme"})
    state = await tab.state(AdminOrganizationState)
    assert (state.whole.delete_at != "", state.is_asking_end) == (True, False)
    await tab.fire(AdminOrganizationState.keep_organization)
    assert (await tab.state(AdminOrganizationState)).whole.delete_at == ""


async def test_a_switch_is_set_and_set_back(tab, area, enter):
    tab.carry(await enter("admin"))
    await tab.open("/admin/features", AdminFeaturesState.load_switches)
    await tab.fire(AdminFeaturesState.set_feature, "marketing", False)
    rows = {row.name: row for row in (await tab.state(AdminFeaturesState)).switch_rows}
    assert (rows["marketing"].is_on, rows["marketing"].by) == (False, "Root")
    notice = (await tab.state(AppState)).notices[-1]
    await tab.fire(AppState.undo, notice["id"])
    rows = {row.name: row for row in (await tab.state(AdminFeaturesState)).switch_rows}
    assert rows["marketing"].is_on


async def test_filters_and_searches_stand_in_the_address(tab, area, enter):
    tab.carry(await enter("admin"))
    await tab.open("/admin/users?role=admin&sort=-name&page=2")
    await tab.fire(AdminUsersState.search_users, "ada & co")
    await tab.fire(AdminUsersState.narrow_users, "standing", "banned")
    await tab.fire(AdminUsersState.narrow_users, "role", "")
    await tab.open("/admin/organizations?plan=pro")
    await tab.fire(AdminOrganizationsState.narrow_organizations, "kind", "personal")
    assert tab.redirects == [
        "/admin/users?q=ada+%26+co&role=admin&sort=-name",
        "/admin/users?role=admin&standing=banned&sort=-name",
        "/admin/users?sort=-name",
        "/admin/organizations?kind=personal&plan=pro",
    ]


@pytest.mark.parametrize(("who", "finds"), [("admin", True), ("alice", False)])
async def test_the_menus_lead_there_for_admins_alone(tab, area, enter, who, finds):
    tab.carry(await enter(who))
    await tab.open("/o/acme/servers", AppState.enter)
    assert (await tab.state(AppState)).is_admin is finds
    await tab.fire(CommandMenuState.offer)
    hrefs = {one["href"] for one in (await tab.state(CommandMenuState)).offers}
    assert ("/admin/users" in hrefs) is finds


async def test_the_bar_stands_on_every_page_while_an_admin_acts_for_somebody(tab, area, enter):
    tab.carry(await enter("acting admin"))
    await tab.open("/")  # asks nobody who they are
    state = await tab.state(AppState)
    assert state.acting_as == "Alice (alice@example.com)"
    assert state.acting_until != ""
    tab.carry(await enter("alice"))
    await tab.open("/")
    assert (await tab.state(AppState)).acting_as == ""
