"""Answering an invitation: by the right person, by another, twice, too late, signed out."""

from datetime import timedelta

import pytest
from sqlmodel import select

from core.access import actor_for
from core.models import AuditEntry, Invitation, Membership
from core.permissions import Origin, Role
from core.plans import PlanName
from saas_app.services.invitations import LIFETIME, invite_by_link, invite_by_mail
from saas_app.services.joining import (
    AddressUnconfirmed,
    Answer,
    InvitationGone,
    WrongAccount,
    accept_invitation,
    decline_invitation,
    look_at_invitation,
)
from saas_app.services.letters import Letters
from saas_app.services.member_places import MemberLimitReached
from saas_app.services.members import change_role
from saas_app.services.organization_deletion import BeingDeleted
from tests.cast import NOW
from tests.letters import posted
from tests.people import holding, join, lift_limit, make_user, user_of

HERE = Origin(ip_address="203.0.113.9", user_agent="Test")


@pytest.fixture
async def token(session, cast, sealer):
    """The token of a letter to Gus, as a member of acme."""
    await lift_limit(session, cast.acme)
    await invite_by_mail(
        session, cast.alice, ["Gus@Example.com"], role="member",
        letters=Letters(sealer, "https://toolkiln.test"), now=NOW,
    )  # fmt: skip
    return (await posted(session, sealer))[0].token


@pytest.fixture
async def link(session, cast):
    """The token of a link, for a viewer of acme."""
    await lift_limit(session, cast.acme)
    return await invite_by_link(session, cast.alice, role="viewer", now=NOW)


@pytest.fixture
async def gus(session, cast):
    return await make_user(session, "Gus", email="gus@example.com")


async def accept(session, token, user, *, now=NOW):
    return await accept_invitation(session, token, holder=holding(user), origin=HERE, now=now)


async def look(session, token, user=None, *, now=NOW):
    holder = None if user is None else holding(user)
    return await look_at_invitation(session, token, holder=holder, now=now)


async def test_the_right_person_joins_in_the_role_and_it_is_noted(session, cast, token, gus):
    seen = await look(session, token, gus)
    assert (seen.answer, seen.organization, seen.inviter) == (Answer.ACCEPT, "Acme", "Alice")
    assert (seen.role, seen.slug) == (Role.MEMBER, "")
    assert await accept(session, token, gus) == "acme"
    assert (await actor_for(session, gus.id, "acme")).role is Role.MEMBER
    joined = select(AuditEntry).where(AuditEntry.action == "member.joined")
    entry = (await session.exec(joined)).one()
    assert (entry.user_id, entry.ip_address) == (gus.id, "203.0.113.9")
    assert token not in str(entry.model_dump())
    await session.refresh(gus)
    assert gus.access_version == 1


async def test_accepting_confirms_no_address(session, token, link):
    newcomer = await make_user(session, "Nell", verified_at=None)
    await accept(session, link, newcomer)
    await session.refresh(newcomer)
    assert newcomer.email_verified_at is None


async def test_another_account_is_told_whom_it_is_for_and_does_not_join(session, cast, token):
    mallory = await user_of(session, cast.mallory)
    seen = await look(session, token, mallory)
    assert (seen.answer, seen.email) == (Answer.SWITCH, "Gus@Example.com")
    with pytest.raises(WrongAccount, match="for Gus@"):
        await accept(session, token, mallory)


async def test_without_the_token_nobody_learns_anything(session, cast, token, gus):
    for wrong in ("", "x", token[:-1], token + "x", token * 9, "\0", "ß" * 50):
        for user in (None, gus):
            with pytest.raises(InvitationGone) as refusal:
                await look(session, wrong, user)
            assert "Acme" not in refusal.value.message
        with pytest.raises(InvitationGone):
            await accept(session, wrong, gus)


async def test_an_address_that_is_not_confirmed_does_not_count(session, token):
    squatter = await make_user(session, "Gus", email="GUS@example.com", verified_at=None)
    assert (await look(session, token, squatter)).answer is Answer.CONFIRM
    with pytest.raises(AddressUnconfirmed):
        await accept(session, token, squatter)
    squatter.email_verified_at = NOW
    await session.flush()
    await accept(session, token, squatter)


async def test_a_signed_out_visitor_is_asked_to_sign_in(session, token):
    assert (await look(session, token)).answer is Answer.SIGN_IN


async def test_a_link_is_good_for_one_person(session, cast, link, gus):
    await accept(session, link, gus)
    with pytest.raises(InvitationGone, match="accepted already"):
        await accept(session, link, await user_of(session, cast.mallory))
    assert (await actor_for(session, gus.id, "acme")).role is Role.VIEWER


async def test_accepting_again_only_leads_there(session, token, gus):
    assert [await accept(session, token, gus) for _ in range(2)] == ["acme", "acme"]
    memberships = (await session.exec(select(Membership).where(Membership.user_id == gus.id))).all()
    assert len(memberships) == 1
    seen = await look(session, token, gus)
    assert (seen.answer, seen.slug) == (Answer.OPEN, "acme")


async def test_a_member_keeps_their_role_and_leaves_the_link_to_another(session, cast, link, gus):
    assert await accept(session, link, await user_of(session, cast.bob)) == "acme"
    assert (await actor_for(session, cast.bob.user_id, "acme")).role is Role.MEMBER
    await accept(session, link, gus)


async def test_its_time_ends_after_seven_days(session, token, gus):
    await look(session, token, gus, now=NOW + LIFETIME - timedelta(seconds=1))
    with pytest.raises(InvitationGone, match="expired"):
        await accept(session, token, gus, now=NOW + LIFETIME)


@pytest.mark.parametrize("moment", ["declined_at", "revoked_at", "accepted_at"])
async def test_what_was_answered_or_taken_back_opens_nothing(session, token, gus, moment):
    row = (await session.exec(select(Invitation))).one()
    setattr(row, moment, NOW)
    await session.flush()
    for act in (look(session, token, gus), accept(session, token, gus)):
        with pytest.raises(InvitationGone):
            await act


async def test_an_inviter_who_may_not_any_more_lets_nobody_in(session, cast, gus):
    await lift_limit(session, cast.acme)
    await change_role(session, cast.alice, cast.bob.user_id, role="admin", now=NOW)
    bob = await actor_for(session, cast.bob.user_id, "acme")
    token = await invite_by_link(session, bob, role="admin", now=NOW)
    await change_role(session, cast.alice, cast.bob.user_id, role="viewer", now=NOW)
    with pytest.raises(InvitationGone, match="taken back"):
        await accept(session, token, gus)


async def test_a_plan_that_has_become_smaller_is_counted_again(session, cast, token, gus):
    cast.acme.plan = PlanName.FREE
    await session.flush()
    assert (await look(session, token, gus)).answer is Answer.FULL
    with pytest.raises(MemberLimitReached):
        await accept(session, token, gus)


async def test_the_last_place_that_an_invitation_kept_is_given(session, cast, sealer):
    first = await invite_by_link(session, cast.mallory, role="member", now=NOW)
    second = await invite_by_link(session, cast.mallory, role="member", now=NOW)
    for number, token in enumerate((first, second)):
        await accept(session, token, await make_user(session, f"N{number}"))
    late = await make_user(session, "Late")
    await join(session, cast.evil, await make_user(session, "Extra"))
    with pytest.raises(InvitationGone):
        await accept(session, second, late)


async def test_an_organization_that_is_about_to_go_takes_nobody_in(session, cast, token, gus):
    cast.acme.delete_at = NOW + timedelta(days=14)
    await session.flush()
    for act in (look(session, token, gus), accept(session, token, gus)):
        with pytest.raises(BeingDeleted):
            await act


async def test_whoever_holds_the_token_declines_once(session, cast, token, gus):
    assert await decline_invitation(session, token, holder=None, origin=HERE, now=NOW) == "Acme"
    with pytest.raises(InvitationGone, match="declined"):
        await decline_invitation(session, token, holder=holding(gus), origin=HERE, now=NOW)
    with pytest.raises(InvitationGone):
        await accept(session, token, gus)
    declined = select(AuditEntry).where(AuditEntry.action == "invitation.declined")
    entry = (await session.exec(declined)).one()
    assert (entry.user_id, entry.organization_id) == (None, cast.acme.id)
