"""Invitations as members send them: by mail or as a link, counted against the plan's places.

Each open invitation keeps a place, so that all who accept find one. Nothing here asks whether an
address has an account: the answer and the letter are the same.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from core.audit import record_act
from core.errors import Conflict, Forbidden, Invalid
from core.invitation_access import invitation_for, invitations_of, open_invitations_of
from core.logs import log
from core.models import Invitation, Organization, User
from core.organization_access import hold_organization, member_addresses, organization_of
from core.permissions import Actor, Permission, Role
from core.tokens import digest_of, new_token
from saas_app.services.accounts import parse_email
from saas_app.services.letters import Letters, as_day
from saas_app.services.limits import Limit, TooOften
from saas_app.services.mail import Letter, post
from saas_app.services.member_places import require_room
from saas_app.services.members import parse_role
from saas_app.services.organization_deletion import require_staying

LIFETIME = timedelta(days=7)
RESEND_AFTER = timedelta(minutes=2)
MOST_AT_ONCE = 20
PAGE = 25
INVITATION_MAIL = Limit("invitation mail", 100, timedelta(days=1))


@dataclass(frozen=True, slots=True)
class InvitationView:
    """An unanswered invitation as a list shows it; without an address it is a link."""

    id: UUID
    email: str
    role: Role
    inviter: str
    sent_at: datetime
    expires_at: datetime
    is_expired: bool
    can_change: bool


@dataclass(frozen=True, slots=True)
class InvitationPage:
    """One page of unanswered invitations, newest first."""

    invitations: Sequence[InvitationView]
    page: int
    total: int


def parse_addresses(text: str) -> list[str]:
    """Read addresses between spaces, commas, semicolons or on lines of their own.

    Raises:
        Invalid: one of them is none, or there are none or too many.
    """
    words = [word for word in re.split(r"[\s,;]+", text) if word]
    if not words:
        raise Invalid("Enter an e-mail address.", field="emails")
    if len(words) > MOST_AT_ONCE:
        raise Invalid(f"At most {MOST_AT_ONCE} addresses at once.", field="emails")
    found: dict[str, str] = {}
    for word in words:
        try:
            email = parse_email(word)
        except Invalid:
            raise Invalid(f"{word[:80]} is no e-mail address.", field="emails") from None
        found.setdefault(email.casefold(), email)
    return list(found.values())


async def list_invitations(
    session: AsyncSession, actor: Actor, *, page: int = 1, now: datetime
) -> InvitationPage:
    """Return one page of the invitations that nobody has answered, expired ones included.

    A page behind the last one is the last one.
    """
    page = max(page, 1)
    rows, total = await invitations_of(session, actor, limit=PAGE, offset=(page - 1) * PAGE)
    last = max(1, -(-total // PAGE))
    if page > last:
        return await list_invitations(session, actor, page=last, now=now)
    views = [_view(actor, invitation, inviter, now) for invitation, inviter in rows]
    return InvitationPage(views, page, total)


async def require_invitable(
    session: AsyncSession, actor: Actor, emails: Sequence[str], *, role: str, now: datetime
) -> None:
    """Refuse early what `invite_by_mail` would refuse, before its letters are counted."""
    _granted(actor, role)
    await _require_fit(session, await organization_of(session, actor), emails, now=now)


async def require_renewable(
    session: AsyncSession, actor: Actor, invitation_id: UUID, *, now: datetime
) -> bool:
    """Refuse early what `renew_invitation` would refuse; return whether it sends a letter."""
    actor.require_in_person()
    organization = await organization_of(session, actor)
    return bool((await _renewable(session, actor, organization, invitation_id, now=now)).email)


async def invite_by_mail(
    session: AsyncSession,
    actor: Actor,
    emails: Sequence[str],
    *,
    role: str,
    letters: Letters,
    now: datetime,
) -> None:
    """Ask people to join, each with a letter of their own; all of them or none.

    Raises:
        Forbidden: the role allows more than the actor's.
        NotFresh: they are to become owners, and the actor has not proved lately who they are.
        Conflict: one is a member, or invited already.
        MemberLimitReached: the plan has too few places.
    """
    wanted = _granted(actor, role)
    organization, actor = await hold_organization(session, actor)
    actor.require_grant(wanted)
    await _require_fit(session, organization, emails, now=now)
    for email in emails:
        invitation, token = _new(actor, wanted, email, now=now)
        session.add(invitation)
        await _send(session, organization, invitation, token, letters, now=now)
        _record(session, actor, "invitation.sent", invitation, now=now)


async def invite_by_link(session: AsyncSession, actor: Actor, *, role: str, now: datetime) -> str:
    """Return the token of an invitation for whoever is given the link: one person, once.

    Raises:
        Forbidden: the role allows more than the actor's, or is that of an owner.
        MemberLimitReached: the plan has no place left.
    """
    wanted = _granted(actor, role)
    if wanted is Role.OWNER:
        raise Forbidden("A link may pass through many hands. Invite an owner by address.")
    organization, actor = await hold_organization(session, actor)
    actor.require_grant(wanted)
    require_staying(organization)
    await require_room(session, organization, more=1, now=now)
    invitation, token = _new(actor, wanted, "", now=now)
    session.add(invitation)
    _record(session, actor, "invitation.link_made", invitation, now=now)
    return token


async def renew_invitation(
    session: AsyncSession, actor: Actor, invitation_id: UUID, *, letters: Letters, now: datetime
) -> str:
    """Give an invitation seven more days and a new token; the one before opens nothing any more.

    The letter is sent again where there is an address; the token of a link is returned.

    Raises:
        Conflict: it was answered or revoked.
        TooOften: it was sent only just now.
        MemberLimitReached: it had expired, and its place is taken.
    """
    actor.require(Permission.MEMBER_MANAGE)
    actor.require_in_person()
    organization, actor = await hold_organization(session, actor)
    invitation = await _renewable(session, actor, organization, invitation_id, now=now)
    token = new_token()
    invitation.token_digest = digest_of(token)
    invitation.invited_by = actor.user_id
    invitation.sent_at, invitation.expires_at = now, now + LIFETIME
    session.add(invitation)
    _record(session, actor, "invitation.renewed", invitation, now=now)
    if not invitation.email:
        return token
    await _send(session, organization, invitation, token, letters, now=now)
    return ""


async def revoke_invitation(
    session: AsyncSession, actor: Actor, invitation_id: UUID, *, letters: Letters, now: datetime
) -> None:
    """Take an invitation back, and tell whom it was sent to.

    Raises:
        Conflict: it was answered or revoked.
    """
    actor.require(Permission.MEMBER_MANAGE)
    organization, actor = await hold_organization(session, actor)
    invitation = await _unanswered(session, actor, invitation_id)
    invitation.revoked_at = now
    session.add(invitation)
    _record(session, actor, "invitation.revoked", invitation, now=now)
    if invitation.email and invitation.expires_at > now:
        values = {"organization": organization.name}
        letter = Letter("invitation_revoked", to=invitation.email, values=values)
        await post(session, letters.sealer, letter, now=now)


def _granted(actor: Actor, role: str) -> Role:
    """Return the role, if the actor may give it; asked before anything is locked."""
    actor.require(Permission.MEMBER_MANAGE)
    actor.require_in_person()  # else an admin of the product could let themselves in for good
    wanted = parse_role(role)
    actor.require_grant(wanted)
    if wanted is Role.OWNER:
        actor.require_fresh()
    return wanted


async def _require_fit(
    session: AsyncSession, organization: Organization, emails: Sequence[str], *, now: datetime
) -> None:
    """Refuse those who are known, and more people than there are places for."""
    require_staying(organization)
    await _refuse_known(session, organization, emails, now=now)
    await require_room(session, organization, more=len(emails), now=now)


async def _renewable(
    session: AsyncSession,
    actor: Actor,
    organization: Organization,
    invitation_id: UUID,
    *,
    now: datetime,
) -> Invitation:
    invitation = await _unanswered(session, actor, invitation_id)
    require_staying(organization)
    waited = now - invitation.sent_at
    if waited < RESEND_AFTER:
        raise TooOften(wait_seconds=max(1, int((RESEND_AFTER - waited).total_seconds())))
    if invitation.expires_at <= now:
        emails = [invitation.email] if invitation.email else []
        await _refuse_known(session, organization, emails, now=now)
        await require_room(session, organization, more=1, now=now)
    return invitation


async def _refuse_known(
    session: AsyncSession, organization: Organization, emails: Sequence[str], *, now: datetime
) -> None:
    """Refuse addresses of members and of those who are invited: both are on lists one can see."""
    members = await member_addresses(session, organization.id)
    invited = {
        one.email_normalized for one in await open_invitations_of(session, organization.id, now=now)
    }
    for email in emails:
        if email.casefold() in members:
            raise Conflict(f"{email} is a member already.", field="emails")
        if email.casefold() in invited:
            raise Conflict(f"{email} is invited already. Send it again instead.", field="emails")


async def _unanswered(session: AsyncSession, actor: Actor, invitation_id: UUID) -> Invitation:
    actor.require(Permission.MEMBER_MANAGE)
    invitation = await invitation_for(session, actor, invitation_id)
    actor.require_grant(invitation.role)
    if invitation.accepted_at or invitation.declined_at or invitation.revoked_at:
        raise Conflict("That invitation was answered or revoked meanwhile.")
    return invitation


def _new(actor: Actor, role: Role, email: str, *, now: datetime) -> tuple[Invitation, str]:
    token = new_token()
    invitation = Invitation(
        organization_id=actor.organization_id,
        email=email,
        email_normalized=email.casefold(),
        role=role,
        token_digest=digest_of(token),
        invited_by=actor.user_id,
        sent_at=now,
        expires_at=now + LIFETIME,
        created_at=now,
    )
    return invitation, token


async def _send(
    session: AsyncSession,
    organization: Organization,
    invitation: Invitation,
    token: str,
    letters: Letters,
    *,
    now: datetime,
) -> None:
    inviter = await session.get_one(User, invitation.invited_by)
    values = {
        "organization": organization.name,
        "inviter": inviter.name,
        "role": invitation.role.value,
        "link": invitation_link(letters, token),
        "expires": as_day(invitation.expires_at),
    }
    letter = Letter("invitation", to=invitation.email, values=values)
    await post(session, letters.sealer, letter, now=now)


def invitation_link(letters: Letters, token: str) -> str:
    """Return where an invitation is answered."""
    return letters.link("/invitation", token)


def _record(
    session: AsyncSession, actor: Actor, action: str, invitation: Invitation, *, now: datetime
) -> None:
    record_act(
        session, actor, action, subject=invitation.id, now=now,
        email=invitation.email, role=invitation.role.value,
    )  # fmt: skip
    log.info(action, organization_id=str(actor.organization_id))


def _view(actor: Actor, invitation: Invitation, inviter: str, now: datetime) -> InvitationView:
    return InvitationView(
        id=invitation.id,
        email=invitation.email,
        role=invitation.role,
        inviter=inviter,
        sent_at=invitation.sent_at,
        expires_at=invitation.expires_at,
        is_expired=invitation.expires_at <= now,
        can_change=actor.may_grant(invitation.role),
    )
