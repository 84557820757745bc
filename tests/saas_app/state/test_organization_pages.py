"""The screens of an organization itself, as tabs do them: settings, members, invitations, log."""

from urllib.parse import parse_qs, urlsplit

import pytest
from sqlmodel import select

from core.access import actor_for
from core.models import Invitation, Membership, Organization, User
from core.permissions import Role
from saas_app.services.limits import Limit
from saas_app.state import invitations as invitations_module
from saas_app.state.audit import AuditState
from saas_app.state.base import AppState
from saas_app.state.home import HomeState
from saas_app.state.invitation import InvitationState
from saas_app.state.invitations import InvitationsState
from saas_app.state.members import MembersState
from saas_app.state.new_organization import NewOrganizationState
from saas_app.state.organization import OrganizationState
from tests.people import make_user
from tests.saas_app.state.conftest import make_stale, notices


@pytest.fixture(params=["sqlite"])
def database_kind(request):
    """States only listen; the services they call are tried on both databases."""
    return request.param


async def settings(open_page, actor):
    return await open_page(
        actor, "/o/acme/settings", AppState.enter, OrganizationState.load_organization
    )


async def members(open_page, actor, query=""):
    return await open_page(
        actor,
        f"/o/acme/members{query}",
        AppState.enter,
        MembersState.load_members,
        InvitationsState.load_invitations,
    )


async def test_an_organization_is_made_under_the_address_that_is_suggested(
    open_page, committed_cast
):
    tab = await open_page(committed_cast.bob, "/organizations/new", NewOrganizationState.arrive)
    await tab.fire(NewOrganizationState.name_it, "Acme")
    seen = await tab.state(NewOrganizationState)
    assert (seen.slug, seen.free_slug) == ("acme", "")
    assert "taken" in (await tab.state(AppState)).problems["slug"]
    await tab.fire(NewOrganizationState.name_it, "Clay guild")
    seen = await tab.state(NewOrganizationState)
    assert (seen.slug, seen.free_slug) == ("clay-guild", "clay-guild")
    await tab.fire(NewOrganizationState.type_slug, "Clay")
    await tab.fire(NewOrganizationState.name_it, "Another name")
    assert (await tab.state(NewOrganizationState)).slug == "clay"
    await tab.fire(NewOrganizationState.create, {"name": "Clay guild", "slug": "clay"})
    assert tab.redirects[-1] == "/o/clay/servers"


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({}, "name"),
        ({"name": "X", "slug": "acme"}, "slug"),
        ({"name": "X", "slug": "new"}, "slug"),
        ({"name": ["x"], "slug": None}, "name"),
    ],
)
async def test_a_form_with_a_fault_makes_none(open_page, committed_cast, database, typed, field):
    tab = await open_page(committed_cast.bob, "/organizations/new", NewOrganizationState.arrive)
    await tab.fire(NewOrganizationState.create, typed)
    assert field in (await tab.state(AppState)).problems
    async with database.read() as session:
        assert len((await session.exec(select(Organization))).all()) == 2


async def test_whoever_is_in_no_organization_is_led_to_making_one(tabs, session_of, database):
    async with database.write() as session:
        nell = await make_user(session, "Nell")
    tab = tabs("nell")
    tab.carry(await session_of(type("Nell", (), {"user_id": nell.id})()))
    await tab.open("/home", HomeState.lead_on)
    assert tab.redirects == ["/organizations/new"]
    await tab.open("/o/acme/servers", AppState.enter)
    shared = await tab.state(AppState)
    assert (shared.organization_slug, shared.organizations) == ("", [])
    assert "not in it" in shared.organization_trouble


async def test_everybody_sees_the_settings_and_owners_and_admins_change_them(
    open_page, committed_cast
):
    tab = await settings(open_page, committed_cast.vera)
    seen = await tab.state(OrganizationState)
    assert (seen.set_name, seen.plan, seen.member_count) == ("Acme", "Free", 3)
    assert seen.heirs == []
    await tab.fire(OrganizationState.rename, {"name": "Vera's"})
    assert "does not allow that" in (await notices(tab))[-1]
    tab = await settings(open_page, committed_cast.alice)
    await tab.fire(OrganizationState.rename, {"name": "Acme Clay"})
    assert (await tab.state(AppState)).organization_name == "Acme Clay"
    await tab.fire(OrganizationState.change_slug, {"slug": "evil"})
    assert "taken" in (await tab.state(AppState)).problems["slug"]
    await tab.fire(OrganizationState.change_slug, {"slug": "acme-clay"})
    assert tab.redirects[-1] == "/o/acme-clay/settings"


async def test_the_ownership_is_transferred_after_a_question(open_page, committed_cast):
    tab = await settings(open_page, committed_cast.alice)
    heirs = (await tab.state(OrganizationState)).heirs
    assert [name for _, name in heirs] == ["Bob (bob@example.com)", "Vera (vera@example.com)"]
    await tab.fire(OrganizationState.ask_transfer, {"new_owner": "nobody"})
    assert (await tab.state(OrganizationState)).heir_id == ""
    await tab.fire(OrganizationState.ask_transfer, {"new_owner": str(committed_cast.bob.user_id)})
    await tab.fire(OrganizationState.transfer)
    seen = await tab.state(OrganizationState)
    assert (seen.heirs, seen.heir_id) == ([], "")
    assert "owner:manage" not in (await tab.state(AppState)).permissions


async def test_what_is_sensitive_leads_to_a_proof_when_it_is_long_ago(
    open_page, committed_cast, database, with_room
):
    tab = await settings(open_page, with_room[0])
    await make_stale(database)
    await tab.fire(OrganizationState.leave)
    await tab.fire(OrganizationState.delete, {"confirmation": "Acme"})
    assert tab.redirects[-2:] == ["/confirm?next=/o/acme/settings"] * 2
    async with database.read() as session:
        assert (await session.get(Organization, committed_cast.acme.id)).delete_at is None


async def test_leaving_leads_home_and_the_last_owner_is_told_why_not(
    open_page, committed_cast, with_room
):
    tab = await settings(open_page, with_room[1])
    await tab.fire(OrganizationState.leave)
    assert tab.redirects[-1] == "/home"
    tab = await settings(open_page, with_room[0])
    await tab.fire(OrganizationState.leave)
    tab = await settings(open_page, committed_cast.alice)
    await tab.fire(OrganizationState.leave)
    assert "at least one owner" in (await notices(tab))[-1]


async def test_deletion_shows_on_every_page_until_an_owner_keeps_it(
    open_page, committed_cast, with_room
):
    tab = await settings(open_page, with_room[0])
    await tab.fire(OrganizationState.delete, {"confirmation": "other"})
    assert "confirmation" in (await tab.state(AppState)).problems
    await tab.fire(OrganizationState.delete, {"confirmation": "Acme"})
    assert (await tab.state(AppState)).organization_delete_at != ""
    viewer = await open_page(committed_cast.vera, "/o/acme/servers", AppState.enter)
    assert (await viewer.state(AppState)).organization_delete_at != ""
    await viewer.fire(OrganizationState.keep)
    assert "does not allow" in (await notices(viewer))[-1]
    await tab.fire(OrganizationState.keep)
    assert (await tab.state(AppState)).organization_delete_at == ""


async def test_members_are_listed_and_roles_changed_with_a_way_back(
    open_page, committed_cast, with_room
):
    tab = await members(open_page, committed_cast.alice)
    rows = {row.name: row for row in (await tab.state(MembersState)).member_rows}
    assert {name: row.can_change for name, row in rows.items()} == {
        "Adam": True, "Alice": False, "Bob": True, "Olga": True, "Vera": True,
    }  # fmt: skip
    assert rows["Alice"].is_me
    await tab.fire(MembersState.change_role, rows["Bob"].id, "admin")
    bob = next(r for r in (await tab.state(MembersState)).member_rows if r.name == "Bob")
    assert bob.role == "admin"
    await tab.fire(AppState.undo, (await tab.state(AppState)).notices[-1]["id"])
    bob = next(r for r in (await tab.state(MembersState)).member_rows if r.name == "Bob")
    assert bob.role == "member"


async def test_members_are_listed_with_their_pictures(open_page, committed_cast, database):
    async with database.write() as session:
        (await session.get_one(User, committed_cast.bob.user_id)).avatar_key = "avatars/b.webp"
    tab = await members(open_page, committed_cast.alice)
    pictures = {row.name: row.picture for row in (await tab.state(MembersState)).member_rows}
    assert pictures["Bob"].startswith("/storage/avatars/b.webp?")
    assert pictures["Alice"] == ""


async def test_an_admin_is_offered_no_owners(open_page, with_room):
    tab = await members(open_page, with_room[1])
    seen = await tab.state(MembersState)
    assert [role for role, _ in seen.role_options] == ["admin", "member", "viewer"]
    assert {row.name for row in seen.member_rows if row.can_change} == {"Bob", "Vera"}


async def test_the_last_owner_cannot_be_demoted_and_is_told(open_page, committed_cast):
    tab = await members(open_page, committed_cast.alice)
    await tab.fire(MembersState.change_role, str(committed_cast.alice.user_id), "viewer")
    assert "at least one owner" in (await notices(tab))[-1]


async def test_a_member_is_removed_after_a_question(open_page, committed_cast, database):
    tab = await members(open_page, committed_cast.alice)
    await tab.fire(MembersState.ask_remove, str(committed_cast.bob.user_id), "Bob")
    await tab.fire(MembersState.cancel_remove)
    await tab.fire(MembersState.remove)
    await tab.fire(MembersState.ask_remove, str(committed_cast.bob.user_id), "Bob")
    await tab.fire(MembersState.remove)
    seen = await tab.state(MembersState)
    assert [row.name for row in seen.member_rows] == ["Alice", "Vera"]
    async with database.read() as session:
        mine = select(Membership).where(Membership.user_id == committed_cast.bob.user_id)
        assert (await session.exec(mine)).first() is None


async def test_the_address_asks_for_a_search_and_a_view(open_page, committed_cast):
    tab = await members(open_page, committed_cast.vera, "?q=bob")
    assert [row.name for row in (await tab.state(MembersState)).member_rows] == ["Bob"]
    await tab.fire(MembersState.search_members, "vera b")
    assert tab.redirects[-1] == "/o/acme/members?q=vera+b"
    tab = await members(open_page, committed_cast.vera, "?tab=nonsense&page=99")
    seen = await tab.state(MembersState)
    assert (seen.members_tab, len(seen.member_rows)) == ("members", 3)
    tab = await members(open_page, committed_cast.vera, "?tab=invitations")
    assert (await tab.state(InvitationsState)).invitation_total == 0


async def test_people_are_invited_and_too_many_are_told_at_the_field(
    open_page, committed_cast, with_room
):
    tab = await members(open_page, with_room[1], "?tab=invitations")
    await tab.fire(InvitationsState.ask_invite)
    await tab.fire(InvitationsState.invite, {"emails": "nobody", "role": "member"})
    assert "emails" in (await tab.state(AppState)).problems
    assert (await tab.state(InvitationsState)).is_inviting
    typed = {"emails": "gus@example.com, ida@example.com", "role": "member"}
    await tab.fire(InvitationsState.invite, typed)
    seen = await tab.state(InvitationsState)
    assert ({row.email for row in seen.invitation_rows}, seen.is_inviting) == (
        {"gus@example.com", "ida@example.com"}, False,
    )  # fmt: skip
    await tab.fire(InvitationsState.invite, {"emails": "eve@example.com", "role": "owner"})
    assert "may not make or change" in (await notices(tab))[-1]
    await tab.fire(InvitationsState.send_again, seen.invitation_rows[0].id)
    assert "Try again" in (await notices(tab))[-1]
    await tab.fire(InvitationsState.ask_revoke, seen.invitation_rows[0].id, "gus")
    await tab.fire(InvitationsState.revoke)
    assert (await tab.state(InvitationsState)).invitation_total == 1


async def test_an_organization_mails_only_so_much_in_a_day(
    open_page, committed_cast, with_room, monkeypatch
):
    few = invitations_module.INVITATION_MAIL
    monkeypatch.setattr(invitations_module, "INVITATION_MAIL", Limit(few.name, 1, few.window))
    tab = await members(open_page, committed_cast.alice)
    typed = {"emails": "gus@example.com ida@example.com", "role": "member"}
    await tab.fire(InvitationsState.invite, typed)
    assert "Too many" in (await tab.state(AppState)).problems["emails"]
    assert (await tab.state(InvitationsState)).invitation_total == 0
    await tab.fire(InvitationsState.invite, {"emails": "gus@example.com", "role": "member"})
    assert (await tab.state(InvitationsState)).invitation_total == 1


async def test_what_is_refused_and_what_is_no_letter_leaves_the_letters_of_the_day(
    open_page, committed_cast, with_room, monkeypatch
):
    few = invitations_module.INVITATION_MAIL
    monkeypatch.setattr(invitations_module, "INVITATION_MAIL", Limit(few.name, 1, few.window))
    tab = await members(open_page, with_room[1], "?tab=invitations")
    await tab.fire(InvitationsState.invite, {"emails": "bob@example.com", "role": "member"})
    await tab.fire(InvitationsState.invite, {"emails": "gus@example.com", "role": "owner"})
    await tab.fire(InvitationsState.make_link, {"role": "viewer"})
    (link,) = (await tab.state(InvitationsState)).invitation_rows
    await tab.fire(InvitationsState.send_again, link.id)
    await tab.fire(InvitationsState.invite, {"emails": "gus@example.com", "role": "member"})
    assert (await tab.state(InvitationsState)).invitation_total == 2


async def test_a_full_plan_says_how_many_places_there_are(open_page, committed_cast):
    tab = await members(open_page, committed_cast.alice)
    await tab.fire(InvitationsState.invite, {"emails": "gus@example.com", "role": "viewer"})
    assert "3 places" in (await tab.state(AppState)).problems["emails"]


async def link_of(open_page, actor):
    tab = await members(open_page, actor)
    await tab.fire(InvitationsState.ask_link)
    await tab.fire(InvitationsState.make_link, {"role": "viewer"})
    link = (await tab.state(InvitationsState)).link
    await tab.fire(InvitationsState.make_link, {"role": "viewer"})  # a double click
    assert (await tab.state(InvitationsState)).link == link
    await tab.fire(InvitationsState.close_forms)
    assert (await tab.state(InvitationsState)).link == ""
    return f"{urlsplit(link).path}?{urlsplit(link).query}"


async def test_a_link_is_shown_once_and_lets_a_stranger_in(
    open_page, committed_cast, with_room, database
):
    path = await link_of(open_page, committed_cast.alice)
    tab = await open_page(committed_cast.mallory, path, InvitationState.arrive)
    seen = await tab.state(InvitationState)
    assert (seen.answer, seen.asking_name, seen.asking_role) == ("accept", "Acme", "Viewer")
    await tab.fire(InvitationState.accept)
    assert tab.redirects[-1] == "/o/acme/servers"
    async with database.read() as session:
        mallory = await actor_for(session, committed_cast.mallory.user_id, "acme")
    assert mallory.role is Role.VIEWER
    await tab.open(path, InvitationState.arrive)
    assert (await tab.state(InvitationState)).answer == "open"


async def test_a_signed_out_visitor_sees_who_asks_and_is_led_through_signing_in(
    tab, open_page, committed_cast, with_room
):
    path = await link_of(open_page, committed_cast.alice)
    await tab.open(path, InvitationState.arrive)
    seen = await tab.state(InvitationState)
    assert (seen.answer, seen.asking_inviter) == ("sign_in", "Alice")
    assert parse_qs(f"next={seen.way_back_in_query}")["next"] == [path]
    await tab.fire(InvitationState.accept)
    assert tab.redirects[-1].startswith("/sign-in?next=/invitation")


async def test_the_holder_of_the_link_declines_without_an_account(
    tab, open_page, committed_cast, with_room, database
):
    path = await link_of(open_page, committed_cast.alice)
    await tab.open(path, InvitationState.arrive)
    await tab.fire(InvitationState.decline)
    assert (await tab.state(InvitationState)).is_declined
    async with database.read() as session:
        assert (await session.exec(select(Invitation))).one().declined_at is not None
    await tab.open(path, InvitationState.arrive)
    assert "declined" in (await tab.state(InvitationState)).gone


async def test_an_invitation_that_is_not_there_tells_nothing(tab, committed_cast):
    for path in ("/invitation", "/invitation?token=", "/invitation?token=x%00"):
        await tab.open(path, InvitationState.arrive)
        seen = await tab.state(InvitationState)
        assert "does not exist" in seen.gone
        assert seen.asking_name == ""
        await tab.fire(InvitationState.decline)


async def test_the_log_is_filtered_by_the_address_and_kept_from_members(
    open_page, committed_cast, with_room
):
    tab = await members(open_page, committed_cast.alice)
    await tab.fire(MembersState.change_role, str(committed_cast.bob.user_id), "viewer")
    await tab.fire(MembersState.change_role, str(committed_cast.bob.user_id), "member")
    path = "/o/acme/audit"
    tab = await open_page(with_room[1], path, AppState.enter, AuditState.load_audit)
    seen = await tab.state(AuditState)
    assert [(act.who, act.before, act.after) for act in seen.acts] == [
        ("Alice", "viewer", "member"), ("Alice", "member", "viewer"),
    ]  # fmt: skip
    assert seen.csv_href == "/api/o/acme/audit.csv"
    typed = {"person": "", "action": "key.created", "since": "2026-11-01", "until": ""}
    await tab.fire(AuditState.filter_acts, typed)
    assert tab.redirects[-1] == f"{path}?action=key.created&since=2026-11-01"
    await tab.open(tab.redirects[-1], AuditState.load_audit)
    seen = await tab.state(AuditState)
    assert (seen.acts, seen.is_filtered) == ([], True)
    assert seen.csv_href.endswith("audit.csv?action=key.created&since=2026-11-01")
    for actor in (committed_cast.bob, committed_cast.vera):
        tab = await open_page(actor, path, AppState.enter, AuditState.load_audit)
        seen = await tab.state(AuditState)
        assert (seen.acts, seen.people) == ([], [])
        assert "does not allow that" in seen.audit_trouble
