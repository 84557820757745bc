"""Members: listed, given roles, taken out, leaving; as owner, admin, member, viewer, stranger."""

from datetime import timedelta

import pytest
from sqlmodel import select

from core.errors import Conflict, Forbidden, Invalid, NotFound, NotFresh
from core.models import (
    AccessPolicy,
    AuditEntry,
    Grant,
    Invitation,
    Membership,
    OAuthClient,
    ServerKey,
)
from core.organization_access import membership_for
from core.permissions import Role
from saas_app.services import members
from saas_app.services.invitations import invite_by_link
from saas_app.services.keys import create_key
from saas_app.services.members import (
    LastOwner,
    change_role,
    leave_organization,
    list_heirs,
    list_members,
    remove_member,
    transfer_ownership,
)
from saas_app.services.organizations import OnlyOrganization
from tests.cast import NOW, make_server
from tests.people import add_person, fresh, lift_limit, make_organization, user_of


@pytest.fixture
async def adam(session, cast):
    return await add_person(session, cast.acme, "Adam", Role.ADMIN)


@pytest.fixture
async def olga(session, cast):
    """A second owner, with an organization of her own."""
    return await add_person(session, cast.acme, "Olga", Role.OWNER)


async def role_of(session, actor):
    return (await membership_for(session, actor, actor.user_id)).role


async def entries(session, action):
    return (await session.exec(select(AuditEntry).where(AuditEntry.action == action))).all()


async def grant_for(session, server, actor):
    client = OAuthClient(
        server_id=server.id, client_id=f"c-{actor.user_id}", details={}, created_at=NOW
    )
    session.add(client)
    await session.flush()
    grant = Grant(
        server_id=server.id,
        client_row_id=client.id,
        user_id=actor.user_id,
        scope="tools",
        created_at=NOW,
    )
    session.add(grant)
    await session.flush()
    return grant


async def test_all_members_see_who_is_in_by_name(session, cast):
    for actor in (cast.alice, cast.bob, cast.vera):
        found = await list_members(session, actor)
        assert [one.name for one in found.members] == ["Alice", "Bob", "Vera"]
        assert found.total == 3
    assert [one.name for one in (await list_members(session, cast.mallory)).members] == ["Mallory"]


async def test_members_are_found_by_name_or_address_and_come_in_pages(session, cast, monkeypatch):
    monkeypatch.setattr(members, "PAGE", 2)
    first, second = [await list_members(session, cast.vera, page=page) for page in (1, 2)]
    assert [one.name for one in first.members] == ["Alice", "Bob"]
    assert [one.name for one in second.members] == ["Vera"]
    assert await list_members(session, cast.vera, page=9) == second
    for search, names in (("BOB", ["Bob"]), ("example vera", ["Vera"]), ("%", []), ("\0", None)):
        found = await list_members(session, cast.vera, search=search)
        assert names is None or [one.name for one in found.members] == names


async def test_members_are_found_whatever_letters_their_names_have(session, cast):
    await add_person(session, cast.acme, "Özlem", Role.VIEWER)
    for search in ("Özlem", "özlem", "ÖZLEM EXAMPLE"):
        found = await list_members(session, cast.vera, search=search)
        assert [one.name for one in found.members] == ["Özlem"]


async def test_an_owner_gives_roles_and_it_is_noted_and_tabs_begin_anew(session, cast):
    version = (await user_of(session, cast.bob)).access_version
    before = await change_role(session, cast.alice, cast.bob.user_id, role="admin", now=NOW)
    assert before is Role.MEMBER
    assert await role_of(session, cast.bob) is Role.ADMIN
    assert (await user_of(session, cast.bob)).access_version == version + 1
    (entry,) = await entries(session, "member.role_changed")
    assert entry.details == {"before": "member", "after": "admin"}
    assert entry.subject == str(cast.bob.user_id)


async def test_the_same_role_again_is_no_act(session, cast):
    await change_role(session, cast.alice, cast.bob.user_id, role="member", now=NOW)
    assert await entries(session, "member.role_changed") == []


async def test_an_admin_gives_roles_up_to_their_own_and_never_touches_owners(session, cast, adam):
    await change_role(session, adam, cast.bob.user_id, role="admin", now=NOW)
    await change_role(session, adam, cast.bob.user_id, role="viewer", now=NOW)
    for user_id, role in ((cast.bob.user_id, "owner"), (cast.alice.user_id, "member")):
        with pytest.raises(Forbidden):
            await change_role(session, fresh(adam), user_id, role=role, now=NOW)
    with pytest.raises(Forbidden):
        await remove_member(session, adam, cast.alice.user_id, now=NOW)
    with pytest.raises(Forbidden):
        await change_role(session, fresh(adam), adam.user_id, role="owner", now=NOW)


async def test_to_make_an_owner_takes_a_fresh_proof(session, cast):
    with pytest.raises(NotFresh):
        await change_role(session, cast.alice, cast.bob.user_id, role="owner", now=NOW)
    await change_role(session, fresh(cast.alice), cast.bob.user_id, role="owner", now=NOW)
    assert await role_of(session, cast.bob) is Role.OWNER


async def test_members_and_viewers_change_no_roles_and_remove_nobody(session, cast):
    for actor in (cast.bob, cast.vera):
        with pytest.raises(Forbidden):
            await change_role(session, actor, actor.user_id, role="owner", now=NOW)
        with pytest.raises(Forbidden):
            await remove_member(session, actor, cast.alice.user_id, now=NOW)
        with pytest.raises(Forbidden):
            await list_heirs(session, actor)


async def test_a_stranger_reaches_nobody(session, cast):
    for act in (
        change_role(session, fresh(cast.mallory), cast.bob.user_id, role="viewer", now=NOW),
        remove_member(session, fresh(cast.mallory), cast.bob.user_id, now=NOW),
        transfer_ownership(session, fresh(cast.mallory), cast.bob.user_id, now=NOW),
    ):
        with pytest.raises(NotFound):
            await act


async def test_there_is_no_such_role(session, cast):
    with pytest.raises(Invalid):
        await change_role(session, cast.alice, cast.bob.user_id, role="root", now=NOW)


async def test_the_last_owner_stays_one(session, cast, adam):
    with pytest.raises(LastOwner):
        await change_role(session, cast.alice, cast.alice.user_id, role="admin", now=NOW)
    with pytest.raises(LastOwner):
        await leave_organization(session, fresh(cast.alice), now=NOW)


async def test_of_two_owners_one_may_go(session, cast, olga):
    await change_role(session, cast.alice, cast.alice.user_id, role="admin", now=NOW)
    with pytest.raises(LastOwner):
        await leave_organization(session, fresh(olga), now=NOW)


@pytest.mark.parametrize("closed", ["delete_at", "banned_at"])
async def test_an_owner_who_is_banned_or_about_to_go_does_not_count(session, cast, olga, closed):
    user = await user_of(session, olga)
    setattr(user, closed, NOW)
    await session.flush()
    with pytest.raises(LastOwner):
        await change_role(session, cast.alice, cast.alice.user_id, role="member", now=NOW)
    await change_role(session, cast.alice, olga.user_id, role="member", now=NOW)
    with pytest.raises(Conflict):
        await transfer_ownership(session, fresh(cast.alice), olga.user_id, now=NOW)


async def test_a_removed_member_loses_what_membership_gave_within_a_second(session, cast):
    private = await make_server(session, cast.alice)
    public = await make_server(session, cast.alice, name="Public")
    public.access_policy = AccessPolicy.SIGNED_IN
    ended = await grant_for(session, private, cast.bob)
    kept = await grant_for(session, public, cast.bob)
    others = await grant_for(session, private, cast.vera)
    made = await create_key(
        session, fresh(cast.alice), private.id, name="CI", lifetime="never", now=NOW
    )
    generation = private.generation
    await remove_member(session, cast.alice, cast.bob.user_id, now=NOW)
    for grant, is_ended in ((ended, True), (kept, False), (others, False)):
        await session.refresh(grant)
        assert (grant.revoked_at is not None) is is_ended
    await session.refresh(private)
    assert private.generation > generation
    assert (await session.get_one(ServerKey, made.summary.id)).revoked_at is None
    with pytest.raises(NotFound):
        await membership_for(session, cast.alice, cast.bob.user_id)
    (entry,) = await entries(session, "member.removed")
    assert (entry.subject, entry.details["before"]) == (str(cast.bob.user_id), "member")
    assert (await user_of(session, cast.bob)).access_version == 1


async def test_nobody_removes_themselves(session, cast, olga):
    with pytest.raises(Conflict):
        await remove_member(session, olga, olga.user_id, now=NOW)


async def test_leaving_takes_a_fresh_proof_and_another_organization(session, cast, adam):
    with pytest.raises(NotFresh):
        await leave_organization(session, adam, now=NOW)
    with pytest.raises(OnlyOrganization):
        await leave_organization(session, fresh(cast.bob), now=NOW)
    await leave_organization(session, fresh(adam), now=NOW)
    with pytest.raises(NotFound):
        await role_of(session, adam)
    assert len(await entries(session, "member.left")) == 1


async def test_an_organization_that_is_about_to_go_is_no_other_one(session, cast):
    bob = await user_of(session, cast.bob)
    other = await make_organization(session, bob, slug="bobs")
    other.delete_at = NOW + timedelta(days=3)
    await session.flush()
    with pytest.raises(OnlyOrganization):
        await leave_organization(session, fresh(cast.bob), now=NOW)


async def test_the_ownership_goes_to_a_member_and_its_owner_stays_as_admin(session, cast):
    with pytest.raises(NotFresh):
        await transfer_ownership(session, cast.alice, cast.bob.user_id, now=NOW)
    await transfer_ownership(session, fresh(cast.alice), cast.bob.user_id, now=NOW)
    assert await role_of(session, cast.bob) is Role.OWNER
    assert await role_of(session, cast.alice) is Role.ADMIN
    (entry,) = await entries(session, "organization.ownership_transferred")
    assert entry.details == {
        "before": str(cast.alice.user_id), "after": str(cast.bob.user_id),
    }  # fmt: skip


async def test_the_ownership_goes_to_nobody_outside_and_to_no_owner(session, cast, olga, adam):
    with pytest.raises(NotFound):
        await transfer_ownership(session, fresh(cast.alice), cast.mallory.user_id, now=NOW)
    with pytest.raises(Conflict):
        await transfer_ownership(session, fresh(cast.alice), olga.user_id, now=NOW)
    with pytest.raises(Forbidden):
        await transfer_ownership(session, fresh(adam), cast.bob.user_id, now=NOW)
    names = [one.name for one in await list_heirs(session, cast.alice)]
    assert names == ["Adam", "Bob", "Vera"]


async def test_invitations_of_one_who_is_out_or_may_not_any_more_are_taken_back(
    session, cast, adam
):
    await lift_limit(session, cast.acme)
    await invite_by_link(session, adam, role="admin", now=NOW)
    await invite_by_link(session, adam, role="viewer", now=NOW)
    await invite_by_link(session, cast.alice, role="viewer", now=NOW)
    await remove_member(session, cast.alice, adam.user_id, now=NOW)
    rows = (await session.exec(select(Invitation))).all()
    assert {row.invited_by for row in rows if row.revoked_at is None} == {cast.alice.user_id}
    bob = await change_role(session, cast.alice, cast.bob.user_id, role="admin", now=NOW)
    assert bob is Role.MEMBER
    as_admin = await _again(session, cast.bob, Role.ADMIN)
    await invite_by_link(session, as_admin, role="viewer", now=NOW)
    await change_role(session, cast.alice, cast.bob.user_id, role="member", now=NOW)
    theirs = select(Invitation).where(Invitation.invited_by == cast.bob.user_id)
    (row,) = (await session.exec(theirs)).all()
    assert row.revoked_at is not None


async def _again(session, actor, role):
    row = (
        await session.exec(
            select(Membership).where(
                Membership.user_id == actor.user_id,
                Membership.organization_id == actor.organization_id,
            )
        )
    ).one()
    assert row.role is role
    return type(actor)(actor.user_id, actor.organization_id, role)
