"""Invitations: sent, made into links, sent again, taken back; by everybody of the cast."""

from datetime import timedelta

import pytest
from sqlmodel import select

from core.errors import Conflict, Forbidden, Invalid, NotFound, NotFresh
from core.models import AuditEntry, Invitation
from core.permissions import Role
from core.tokens import digest_of
from saas_app.services import invitations
from saas_app.services.invitations import (
    LIFETIME,
    RESEND_AFTER,
    invite_by_link,
    invite_by_mail,
    list_invitations,
    parse_addresses,
    renew_invitation,
    revoke_invitation,
)
from saas_app.services.letters import Letters
from saas_app.services.limits import TooOften
from saas_app.services.member_places import MemberLimitReached
from saas_app.services.organization_deletion import BeingDeleted
from tests.cast import NOW
from tests.letters import posted
from tests.people import add_person, fresh, lift_limit, make_user

LATER = NOW + RESEND_AFTER


@pytest.fixture
def letters(sealer):
    return Letters(sealer, "https://toolkiln.test")


@pytest.fixture
async def acme(session, cast):
    """Acme with room for everybody."""
    await lift_limit(session, cast.acme)
    return cast.acme


@pytest.fixture
async def adam(session, cast):
    return await add_person(session, cast.acme, "Adam", Role.ADMIN)


async def invite(session, actor, letters, *emails, role="member", now=NOW):
    await invite_by_mail(
        session, actor, emails or ["gus@example.com"], role=role, letters=letters, now=now
    )


async def the_invitation(session):
    return (await session.exec(select(Invitation))).one()


async def test_each_address_gets_a_letter_with_a_token_kept_as_a_digest(
    session, cast, acme, letters, sealer
):
    await invite(session, cast.alice, letters, "Gus@Example.com", "ida@example.com")
    sent = await posted(session, sealer)
    assert {(letter.template, letter.to) for letter in sent} == {
        ("invitation", "Gus@Example.com"), ("invitation", "ida@example.com"),
    }  # fmt: skip
    assert sent[0].values["link"].startswith("https://toolkiln.test/invitation?token=")
    assert {key: sent[0].values[key] for key in ("inviter", "organization", "role")} == {
        "inviter": "Alice", "organization": "Acme", "role": "member",
    }  # fmt: skip
    rows = (await session.exec(select(Invitation))).all()
    assert {row.token_digest for row in rows} == {digest_of(letter.token) for letter in sent}
    assert {row.expires_at for row in rows} == {NOW + LIFETIME}
    entries = (await session.exec(select(AuditEntry))).all()
    assert [entry.action for entry in entries] == ["invitation.sent"] * 2
    assert not any(letter.token in str(entries) for letter in sent)


async def test_nothing_tells_whether_an_address_has_an_account(
    session, cast, acme, letters, sealer
):
    await make_user(session, "Known")
    await invite(session, cast.alice, letters, "known@example.com")
    await invite(session, cast.alice, letters, "unknown@example.com")
    known, unknown = await posted(session, sealer)
    assert {**known.values, "link": ""} == {**unknown.values, "link": ""}
    assert len(known.values["link"]) == len(unknown.values["link"])
    first, second = (await list_invitations(session, cast.alice, now=NOW)).invitations
    assert (first.role, first.is_expired) == (second.role, second.is_expired)


async def test_members_and_those_invited_are_told_apart_by_what_the_inviter_sees_anyway(
    session, cast, acme, letters
):
    with pytest.raises(Conflict, match="member already"):
        await invite(session, cast.alice, letters, "BOB@example.com")
    await invite(session, cast.alice, letters, "gus@example.com")
    with pytest.raises(Conflict, match="invited already"):
        await invite(session, cast.alice, letters, "Gus@example.com")


async def test_all_or_none_are_invited(session, cast, letters):
    cast.acme.plan = cast.acme.plan.FREE
    with pytest.raises(MemberLimitReached) as refusal:
        await invite(session, cast.alice, letters, "gus@example.com")
    assert refusal.value.field == "emails"
    assert (await session.exec(select(Invitation))).all() == []


async def test_members_and_open_invitations_take_the_places(session, cast, letters):
    from_evil = fresh(cast.mallory)
    await invite(session, from_evil, letters, "a@example.com")
    with pytest.raises(MemberLimitReached):
        await invite(session, from_evil, letters, "b@example.com", "c@example.com")
    await invite_by_link(session, from_evil, role="viewer", now=NOW)
    with pytest.raises(MemberLimitReached):
        await invite_by_link(session, from_evil, role="viewer", now=NOW)
    later = NOW + LIFETIME
    await invite(session, from_evil, letters, "b@example.com", "c@example.com", now=later)


async def test_an_expired_invitation_is_renewed_only_into_a_free_place(session, cast, letters):
    await invite(session, cast.mallory, letters, "a@example.com")
    row = await the_invitation(session)
    later = NOW + LIFETIME
    await invite(session, cast.mallory, letters, "b@example.com", "c@example.com", now=later)
    with pytest.raises(MemberLimitReached):
        await renew_invitation(session, cast.mallory, row.id, letters=letters, now=later)


async def test_nobody_invites_above_their_own_role(session, cast, acme, adam, letters):
    for role in ("admin", "member", "viewer"):
        await invite(session, adam, letters, f"{role}@example.com", role=role)
    with pytest.raises(Forbidden):
        await invite(session, fresh(adam), letters, role="owner")
    with pytest.raises(NotFresh):
        await invite(session, cast.alice, letters, role="owner")
    await invite(session, fresh(cast.alice), letters, role="owner")
    with pytest.raises(Forbidden):
        await invite_by_link(session, fresh(cast.alice), role="owner", now=NOW)
    with pytest.raises(Invalid):
        await invite(session, cast.alice, letters, role="root")


async def test_an_admin_touches_no_invitation_of_an_owner(session, cast, acme, adam, letters):
    await invite(session, fresh(cast.alice), letters, role="owner")
    row = await the_invitation(session)
    (shown,) = (await list_invitations(session, adam, now=NOW)).invitations
    assert not shown.can_change
    with pytest.raises(Forbidden):
        await revoke_invitation(session, adam, row.id, letters=letters, now=NOW)
    with pytest.raises(Forbidden):
        await renew_invitation(session, adam, row.id, letters=letters, now=LATER)


async def test_members_and_viewers_neither_see_nor_send_any(session, cast, acme, letters):
    await invite(session, cast.alice, letters)
    row = await the_invitation(session)
    for actor in (cast.bob, cast.vera):
        for act in (
            list_invitations(session, actor, now=NOW),
            invite(session, actor, letters, "x@example.com", role="viewer"),
            invite_by_link(session, actor, role="viewer", now=NOW),
            renew_invitation(session, actor, row.id, letters=letters, now=LATER),
            revoke_invitation(session, actor, row.id, letters=letters, now=NOW),
        ):
            with pytest.raises(Forbidden):
                await act


async def test_a_stranger_finds_none(session, cast, acme, letters):
    await invite(session, cast.alice, letters)
    row = await the_invitation(session)
    assert (await list_invitations(session, cast.mallory, now=NOW)).total == 0
    with pytest.raises(NotFound):
        await revoke_invitation(session, cast.mallory, row.id, letters=letters, now=NOW)
    with pytest.raises(NotFound):
        await renew_invitation(session, cast.mallory, row.id, letters=letters, now=LATER)


async def test_sending_again_waits_a_moment_and_ends_the_token_before(
    session, cast, acme, adam, letters, sealer
):
    await invite(session, cast.alice, letters)
    row = await the_invitation(session)
    with pytest.raises(TooOften):
        await renew_invitation(session, adam, row.id, letters=letters, now=LATER - RESEND_AFTER / 2)
    assert await renew_invitation(session, adam, row.id, letters=letters, now=LATER) == ""
    first, second = await posted(session, sealer)
    assert (second.to, second.values["inviter"]) == (first.to, "Adam")
    row = await the_invitation(session)
    assert (row.token_digest, row.expires_at) == (digest_of(second.token), LATER + LIFETIME)
    assert row.invited_by == adam.user_id


async def test_a_link_is_returned_once_and_renewed_without_a_letter(
    session, cast, acme, letters, sealer
):
    token = await invite_by_link(session, cast.alice, role="viewer", now=NOW)
    row = await the_invitation(session)
    assert (row.token_digest, row.email) == (digest_of(token), "")
    renewed = await renew_invitation(session, cast.alice, row.id, letters=letters, now=LATER)
    assert renewed not in ("", token)
    await revoke_invitation(session, cast.alice, row.id, letters=letters, now=LATER)
    assert await posted(session, sealer) == []


async def test_taking_back_tells_the_address_once_and_frees_the_place(
    session, cast, acme, letters, sealer
):
    await invite(session, cast.alice, letters)
    row = await the_invitation(session)
    await revoke_invitation(session, cast.alice, row.id, letters=letters, now=LATER)
    sent = [one for one in await posted(session, sealer) if one.template != "invitation"]
    assert [(one.template, one.to) for one in sent] == [("invitation_revoked", "gus@example.com")]
    assert sent[0].values["organization"] == "Acme"
    for act in (revoke_invitation, renew_invitation):
        with pytest.raises(Conflict):
            await act(session, cast.alice, row.id, letters=letters, now=LATER)
    assert (await list_invitations(session, cast.alice, now=LATER)).total == 0
    await invite(session, cast.alice, letters, now=LATER)


async def test_the_list_comes_in_pages_with_expired_ones_marked(
    session, cast, acme, letters, monkeypatch
):
    monkeypatch.setattr(invitations, "PAGE", 2)
    for number in range(3):
        when = NOW + timedelta(days=number)
        await invite(session, cast.alice, letters, f"p{number}@example.com", now=when)
    first = await list_invitations(session, cast.alice, now=NOW + LIFETIME)
    second = await list_invitations(session, cast.alice, page=2, now=NOW + LIFETIME)
    assert [one.email for one in first.invitations] == ["p2@example.com", "p1@example.com"]
    assert [(one.email, one.is_expired) for one in second.invitations] == [("p0@example.com", True)]
    assert (first.total, first.invitations[0].inviter) == (3, "Alice")
    past = await list_invitations(session, cast.alice, page=9, now=NOW + LIFETIME)
    assert (past.page, past.invitations) == (2, second.invitations)


async def test_an_organization_that_is_about_to_go_invites_nobody(session, cast, acme, letters):
    cast.acme.delete_at = NOW + timedelta(days=14)
    await session.flush()
    with pytest.raises(BeingDeleted):
        await invite(session, cast.alice, letters)
    with pytest.raises(BeingDeleted):
        await invite_by_link(session, cast.alice, role="viewer", now=NOW)


def test_addresses_are_read_however_they_are_separated():
    text = " a@example.com,b@example.com;\nc@example.com  A@EXAMPLE.com "
    assert parse_addresses(text) == ["a@example.com", "b@example.com", "c@example.com"]


@pytest.mark.parametrize("text", ["", " ,; ", "a@example.com nobody", "a@b " * 21, "x@\0.com"])
def test_what_is_no_list_of_addresses_is_refused(text):
    with pytest.raises(Invalid) as refusal:
        parse_addresses(text)
    assert refusal.value.field == "emails"
