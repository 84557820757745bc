"""Answering an invitation: whoever holds its token is asked, and joins, or declines."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel.ext.asyncio.session import AsyncSession

from core.audit import record_act, who_acted
from core.errors import Forbidden, NotFound
from core.invitation_access import invitation_by_digest
from core.logs import log
from core.models import AuditEntry, Invitation, Membership, Organization, User
from core.organization_access import hold_organization_by_id, is_member
from core.permissions import Actor, Origin, Role, require_in_person
from core.sessions import SignedIn, mark_access_changed
from core.tokens import digest_of
from saas_app.services.member_places import MemberLimitReached, is_full
from saas_app.services.organization_deletion import require_staying

LONGEST_TOKEN = 100


class InvitationGone(NotFound):
    """There is no such invitation, or nobody can accept it any more."""

    code = "invitation_gone"


class WrongAccount(Forbidden):
    """The invitation is for another address."""

    code = "wrong_account"


class AddressUnconfirmed(Forbidden):
    """Nobody knows yet that the address is the user's."""

    code = "address_unconfirmed"


class Answer(StrEnum):
    """What the holder of a token can do with it."""

    ACCEPT = "accept"
    SIGN_IN = "sign_in"
    SWITCH = "switch"
    CONFIRM = "confirm"
    OPEN = "open"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Asked:
    """An open invitation, as the holder of its token sees it.

    `email` is empty for a link; `slug` is told to members alone.
    """

    organization: str
    inviter: str
    role: Role
    email: str
    expires_at: datetime
    answer: Answer
    slug: str = ""


async def look_at_invitation(
    session: AsyncSession, token: str, *, holder: SignedIn | None, now: datetime
) -> Asked:
    """Say what an invitation is about, and what its holder can do.

    Raises:
        InvitationGone: there is none, or its time is over; the message says which.
        BeingDeleted: the organization is about to go.
    """
    invitation = await _of_token(session, token)
    organization = await session.get_one(Organization, invitation.organization_id)
    if holder is not None and await is_member(session, organization.id, holder.user_id):
        answer, slug = Answer.OPEN, organization.slug
    else:
        _require_open(invitation, organization, now)
        require_staying(organization)
        answer, slug = await _answer_for(session, invitation, organization, holder), ""
    inviter = await session.get(User, invitation.invited_by) if invitation.invited_by else None
    return Asked(
        organization=organization.name,
        inviter=inviter.name if inviter is not None else "",
        role=invitation.role,
        email=invitation.email,
        expires_at=invitation.expires_at,
        answer=answer,
        slug=slug,
    )


async def accept_invitation(
    session: AsyncSession, token: str, *, holder: SignedIn, origin: Origin, now: datetime
) -> str:
    """Join, and return the organization's slug; a member who comes again is only led there.

    Raises:
        InvitationGone: it cannot be accepted any more.
        WrongAccount: it is for another address than the user's.
        AddressUnconfirmed: it is for the user's address, which they have not confirmed.
        MemberLimitReached: the plan has no place left.
        Forbidden: an admin acts in the user's name.
    """
    require_in_person(origin)
    found = await _of_token(session, token)
    organization = await hold_organization_by_id(session, found.organization_id)
    if await is_member(session, organization.id, holder.user_id):
        return organization.slug
    invitation = await _of_token(session, token)  # again: another may just have answered it
    _require_open(invitation, organization, now)
    require_staying(organization)
    await _require_right_person(session, invitation, holder)
    if await is_full(session, organization):
        raise MemberLimitReached("There is no place left. Ask who invited you for one.")
    actor = Actor(holder.user_id, organization.id, invitation.role, origin)
    session.add(
        Membership(
            organization_id=organization.id,
            user_id=holder.user_id,
            role=invitation.role,
            created_at=now,
        )
    )
    invitation.accepted_at = now
    session.add(invitation)
    record_act(
        session, actor, "member.joined", subject=holder.user_id, now=now,
        after=invitation.role.value, invitation=str(invitation.id),
    )  # fmt: skip
    await mark_access_changed(session, holder.user_id)
    log.info("member.joined", organization_id=str(organization.id), user_id=str(holder.user_id))
    return organization.slug


async def decline_invitation(
    session: AsyncSession, token: str, *, holder: SignedIn | None, origin: Origin, now: datetime
) -> str:
    """Turn an invitation down and return the organization's name; the token is the right to it.

    Raises:
        InvitationGone: it was answered before, or its time is over.
    """
    found = await _of_token(session, token)
    organization = await hold_organization_by_id(session, found.organization_id)
    invitation = await _of_token(session, token)
    _require_open(invitation, organization, now)
    invitation.declined_at = now
    session.add(invitation)
    session.add(
        AuditEntry(
            organization_id=organization.id,
            action="invitation.declined",
            subject=str(invitation.id),
            details={"email": invitation.email, "role": invitation.role.value},
            created_at=now,
            **who_acted(holder.user_id if holder is not None else None, origin),
        )
    )
    log.info("invitation.declined", organization_id=str(organization.id))
    return organization.name


async def _of_token(session: AsyncSession, token: str) -> Invitation:
    found = None
    if token and len(token) <= LONGEST_TOKEN:
        found = await invitation_by_digest(session, digest_of(token))
    if found is None:
        raise InvitationGone("This invitation does not exist, or a newer one has replaced it.")
    return found


def _require_open(invitation: Invitation, organization: Organization, now: datetime) -> None:
    if invitation.accepted_at is not None:
        raise InvitationGone("This invitation was accepted already. It is good for one person.")
    if invitation.declined_at is not None:
        raise InvitationGone(f"This invitation to {organization.name} was declined.")
    if invitation.revoked_at is not None:
        raise InvitationGone(f"This invitation to {organization.name} was taken back.")
    if invitation.expires_at <= now:
        raise InvitationGone(
            f"This invitation to {organization.name} has expired. Ask for a new one."
        )


async def _answer_for(
    session: AsyncSession,
    invitation: Invitation,
    organization: Organization,
    holder: SignedIn | None,
) -> Answer:
    if holder is None:
        return Answer.SIGN_IN
    try:
        await _require_right_person(session, invitation, holder)
    except WrongAccount:
        return Answer.SWITCH
    except AddressUnconfirmed:
        return Answer.CONFIRM
    return Answer.FULL if await is_full(session, organization) else Answer.ACCEPT


async def _require_right_person(
    session: AsyncSession, invitation: Invitation, holder: SignedIn
) -> None:
    """Refuse everybody but the owner of the address, where there is one.

    The token alone proves nothing here: a letter can be passed on, and anybody can sign up with any
    address.
    """
    if not invitation.email:
        return
    user = await session.get_one(User, holder.user_id)
    if user.email_normalized != invitation.email_normalized:
        raise WrongAccount(f"This invitation is for {invitation.email}.")
    if user.email_verified_at is None:
        raise AddressUnconfirmed("Confirm your address first, then open this link again.")
