"""Who goes last, who gets the last place: decided once, when many try at the same moment.

Each contender has a transaction of its own, as in the product.
"""

import asyncio
from collections import Counter
from dataclasses import replace

import pytest
from sqlmodel import func, select

from core.models import AuditEntry, Invitation, Membership, Organization, User
from core.permissions import Origin, Role
from core.plans import PLANS, PlanName
from saas_app.services.account_deletion import OwnerOfOthers, schedule_account_deletion
from saas_app.services.invitations import invite_by_link, invite_by_mail
from saas_app.services.joining import InvitationGone, accept_invitation
from saas_app.services.letters import Letters
from saas_app.services.member_places import MemberLimitReached
from saas_app.services.members import (
    LastOwner,
    change_role,
    leave_organization,
    remove_member,
    transfer_ownership,
)
from saas_app.services.organizations import OrganizationForm, create_organization
from saas_app.services.slugs import SlugTaken
from tests.cast import NOW
from tests.people import FRESH, add_person, fresh, holding, lift_limit, make_user

AT_ONCE = 16


@pytest.fixture
def at_once(database):
    """Runs a service once for each of some arguments, all at the same moment."""

    async def run(service, *each):
        async def one(arguments):
            async with database.write() as session:
                return await service(session, *arguments)

        return await asyncio.gather(*(one(a) for a in each), return_exceptions=True)

    return run


@pytest.fixture
async def olga(database, committed_cast):
    """A second owner of acme, and alice with another organization: both may go."""
    async with database.write() as session:
        owner = await add_person(session, committed_cast.acme, "Olga", Role.OWNER)
        alice = await session.get_one(User, committed_cast.alice.user_id)
        form = OrganizationForm.parse("Alice's own", "alices-own")
        await create_organization(session, alice.id, form, origin=Origin(), now=NOW)
    return owner


async def owners(database, organization):
    theirs = select(func.count()).where(
        Membership.organization_id == organization.id, Membership.role == Role.OWNER
    )
    async with database.read() as session:
        return (await session.exec(theirs)).one()


def kinds(outcomes):
    return Counter(type(outcome) for outcome in outcomes)


async def leave(session, actor):
    return await leave_organization(session, actor, now=NOW)


async def test_of_two_owners_who_leave_at_once_one_stays(database, committed_cast, olga, at_once):
    actors = [fresh(committed_cast.alice), fresh(olga)]
    outcomes = await at_once(leave, *((actor,) for actor in actors))
    assert kinds(outcomes) == {type(None): 1, LastOwner: 1}
    assert await owners(database, committed_cast.acme) == 1


async def test_of_two_owners_who_demote_each_other_one_stays(
    database, committed_cast, olga, at_once
):
    async def demote(session, actor, other):
        return await change_role(session, actor, other.user_id, role="viewer", now=NOW)

    alice = committed_cast.alice
    outcomes = await at_once(demote, (alice, olga), (olga, alice))
    assert kinds(outcomes)[Role] == 1
    assert await owners(database, committed_cast.acme) == 1


async def test_of_two_owners_who_remove_each_other_one_stays(
    database, committed_cast, olga, at_once
):
    async def remove(session, actor, other):
        return await remove_member(session, actor, other.user_id, now=NOW)

    alice = committed_cast.alice
    outcomes = await at_once(remove, (alice, olga), (olga, alice))
    assert kinds(outcomes)[type(None)] == 1
    assert await owners(database, committed_cast.acme) == 1


async def test_an_owner_who_transfers_twice_at_once_does_it_once(database, committed_cast, at_once):
    async def transfer(session, heir):
        alice = fresh(committed_cast.alice)
        return await transfer_ownership(session, alice, heir.user_id, now=NOW)

    outcomes = await at_once(transfer, (committed_cast.bob,), (committed_cast.vera,))
    assert kinds(outcomes)[type(None)] == 1
    assert await owners(database, committed_cast.acme) == 1


async def test_of_two_owners_whose_accounts_go_at_once_one_stays(
    database, committed_cast, olga, at_once, sealer
):
    async def go(session, actor):
        user = await session.get_one(User, actor.user_id)
        return await schedule_account_deletion(
            session, user.id, typed_email=user.email, origin=FRESH,
            letters=Letters(sealer, "https://t.test"), now=NOW,
        )  # fmt: skip

    outcomes = await at_once(go, (committed_cast.alice,), (olga,))
    assert kinds(outcomes)[OwnerOfOthers] == 1


async def test_an_owner_who_leaves_while_the_other_account_goes_stays(
    database, committed_cast, olga, at_once, sealer
):
    async def go(session, actor, is_leaving):
        if is_leaving:
            return await leave(session, actor)
        user = await session.get_one(User, actor.user_id)
        return await schedule_account_deletion(
            session, user.id, typed_email=user.email, origin=FRESH,
            letters=Letters(sealer, "https://t.test"), now=NOW,
        )  # fmt: skip

    outcomes = await at_once(go, (fresh(committed_cast.alice), True), (olga, False))
    refused = [one for one in outcomes if isinstance(one, (LastOwner, OwnerOfOthers))]
    assert len(refused) == 1


async def test_an_invitation_accepted_many_times_at_once_makes_one_membership(
    database, committed_cast, at_once
):
    async with database.write() as session:
        await lift_limit(session, await session.get_one(Organization, committed_cast.acme.id))
        token = await invite_by_link(session, committed_cast.alice, role="viewer", now=NOW)
        gus = await make_user(session, "Gus")

    async def accept(session):
        return await accept_invitation(
            session, token, holder=holding(gus), origin=Origin(), now=NOW
        )

    outcomes = await at_once(accept, *[()] * AT_ONCE)
    assert outcomes == ["acme"] * AT_ONCE
    async with database.read() as session:
        mine = select(func.count()).where(Membership.user_id == gus.id)
        assert (await session.exec(mine)).one() == 1
        joined = select(func.count()).where(AuditEntry.action == "member.joined")
        assert (await session.exec(joined)).one() == 1


async def test_a_link_opened_by_many_at_once_lets_one_in(database, committed_cast, at_once):
    async with database.write() as session:
        await lift_limit(session, await session.get_one(Organization, committed_cast.acme.id))
        token = await invite_by_link(session, committed_cast.alice, role="viewer", now=NOW)
        people = [await make_user(session, f"P{number}") for number in range(AT_ONCE)]

    async def accept(session, user):
        return await accept_invitation(
            session, token, holder=holding(user), origin=Origin(), now=NOW
        )

    outcomes = await at_once(accept, *((user,) for user in people))
    assert kinds(outcomes) == {str: 1, InvitationGone: AT_ONCE - 1}


@pytest.mark.parametrize("free", [1, 5])
async def test_as_many_join_as_there_are_places(
    database, committed_cast, at_once, free, monkeypatch
):
    """Sixteen with an invitation each, and a plan that has become smaller meanwhile."""
    async with database.write() as session:
        acme = await session.get_one(Organization, committed_cast.acme.id)
        await lift_limit(session, acme)
        people = [await make_user(session, f"P{number}") for number in range(AT_ONCE)]
        tokens = [
            await invite_by_link(session, committed_cast.alice, role="viewer", now=NOW)
            for _ in people
        ]
        acme.plan = PlanName.FREE
    _allow(monkeypatch, members=3 + free)

    async def accept(session, user, token):
        return await accept_invitation(
            session, token, holder=holding(user), origin=Origin(), now=NOW
        )

    outcomes = await at_once(accept, *zip(people, tokens, strict=True))
    assert kinds(outcomes) == {str: free, MemberLimitReached: AT_ONCE - free}
    assert await _members(database, committed_cast.acme) == 3 + free


@pytest.mark.parametrize("free", [1, 5])
async def test_as_many_are_invited_as_there_are_places(
    database, committed_cast, at_once, free, monkeypatch, sealer
):
    _allow(monkeypatch, members=3 + free)

    async def invite(session, number):
        await invite_by_mail(
            session, committed_cast.alice, [f"p{number}@example.com"], role="viewer",
            letters=Letters(sealer, "https://t.test"), now=NOW,
        )  # fmt: skip

    outcomes = await at_once(invite, *((number,) for number in range(AT_ONCE)))
    assert kinds(outcomes) == {type(None): free, MemberLimitReached: AT_ONCE - free}
    async with database.read() as session:
        assert (await session.exec(select(func.count(Invitation.id)))).one() == free


async def test_an_address_that_many_want_at_once_is_given_once(database, committed_cast, at_once):
    form = OrganizationForm.parse("Clay", "clay")

    async def make(session):
        made = await create_organization(
            session, committed_cast.bob.user_id, form, origin=Origin(), now=NOW
        )
        return made.slug

    outcomes = await at_once(make, *[()] * 6)
    assert kinds(outcomes) == {str: 1, SlugTaken: 5}


def _allow(monkeypatch, *, members):
    plan = PLANS[PlanName.FREE]
    monkeypatch.setitem(PLANS, PlanName.FREE, replace(plan, members=members))


async def _members(database, organization):
    theirs = select(func.count()).where(Membership.organization_id == organization.id)
    async with database.read() as session:
        return (await session.exec(theirs)).one()
