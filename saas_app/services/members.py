"""Who is in an organization, and as what: roles, removal, leaving, and its ownership.

Every change holds the organization, so that of two owners who go at once one stays.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from core.access_policy import may_connect
from core.audit import record_act
from core.errors import Conflict, Invalid
from core.grants import revoke_grant
from core.invitation_access import open_invitations_of
from core.logs import log
from core.models import Membership
from core.organization_access import (
    Member,
    count_owners,
    hold_granted_servers,
    hold_organization,
    hold_user,
    member_for,
    members_behind,
    members_of,
    membership_for,
)
from core.permissions import Actor, Permission, Role
from core.sessions import mark_access_changed
from saas_app.services.organizations import require_another

PAGE = 25
MOST_HEIRS = 500


class LastOwner(Conflict):
    """An organization has at least one owner."""

    code = "last_owner"


@dataclass(frozen=True, slots=True)
class MemberPage:
    """One page of members by name."""

    members: Sequence[Member]
    page: int
    total: int


async def list_members(
    session: AsyncSession, actor: Actor, *, search: str = "", page: int = 1
) -> MemberPage:
    """Return one page of those whose name or address has every word of the search.

    A page behind the last one is the last one.
    """
    page = max(page, 1)
    members, total = await members_of(
        session, actor, search=search.replace("\0", ""), limit=PAGE, offset=(page - 1) * PAGE
    )
    last = max(1, -(-total // PAGE))
    if page > last:
        return await list_members(session, actor, search=search, page=last)
    return MemberPage(members, page, total)


async def list_members_behind(
    session: AsyncSession, actor: Actor, *, place: tuple[datetime, UUID] | None, limit: int
) -> Sequence[Member]:
    """Return members as they joined, from a place in the list on that new ones do not move."""
    return await members_behind(session, actor, place=place, limit=limit)


async def read_member(session: AsyncSession, actor: Actor, user_id: UUID) -> Member:
    """Return one member.

    Raises:
        NotFound: they are not in the organization.
    """
    actor.require(Permission.MEMBER_VIEW)
    return await member_for(session, actor, user_id)


async def list_heirs(session: AsyncSession, actor: Actor) -> Sequence[Member]:
    """Return the members whom the ownership can be transferred to, by name."""
    actor.require(Permission.OWNER_MANAGE)
    members, _ = await members_of(session, actor, limit=MOST_HEIRS)
    return [one for one in members if one.role is not Role.OWNER]


async def change_role(
    session: AsyncSession, actor: Actor, user_id: UUID, *, role: str, now: datetime
) -> Role:
    """Give a member another role, and return the one before.

    Raises:
        Forbidden: it is the role of an owner, or to become one, and the actor is none.
        NotFresh: somebody becomes an owner, and the actor has not proved lately who they are.
        LastOwner: nobody else would own the organization.
    """
    wanted = parse_role(role)
    actor, membership = await _held_member(session, actor, user_id)
    before = membership.role
    actor.require_grant(before)
    actor.require_grant(wanted)
    if wanted is before:
        return before
    if wanted is Role.OWNER:
        actor.require_fresh()
    if before is Role.OWNER:
        await _require_other_owner(session, membership, now=now)
    await _set_role(session, actor, membership, wanted, now=now)
    return before


async def remove_member(
    session: AsyncSession, actor: Actor, user_id: UUID, *, now: datetime
) -> None:
    """Take somebody out; clients that they let in lose what membership gave them, within a second.

    Keys that they made stay: those belong to the organization.

    Raises:
        Conflict: it is the actor, who leaves instead.
        Forbidden: it is an owner, and the actor is none.
        LastOwner: nobody else would own the organization.
    """
    if user_id == actor.user_id:
        raise Conflict("You cannot remove yourself. Leave the organization instead.")
    actor, membership = await _held_member(session, actor, user_id)
    actor.require_grant(membership.role)
    if membership.role is Role.OWNER:
        await _require_other_owner(session, membership, now=now)
    await _end_membership(session, actor, membership, now=now)
    record_act(
        session, actor, "member.removed", subject=user_id, now=now, before=membership.role.value
    )
    log.info("member.removed", organization_id=str(actor.organization_id), user_id=str(user_id))


async def leave_organization(session: AsyncSession, actor: Actor, *, now: datetime) -> None:
    """Go.

    Raises:
        NotFresh: the actor has not proved lately who they are.
        LastOwner: nobody else would own the organization.
        OnlyOrganization: the actor would be in none.
    """
    actor.require_fresh()
    _, actor = await hold_organization(session, actor)
    membership = await membership_for(session, actor, actor.user_id)
    if membership.role is Role.OWNER:
        await _require_other_owner(session, membership, now=now)
    await require_another(session, actor.user_id, but=actor.organization_id)
    await _end_membership(session, actor, membership, now=now)
    record_act(
        session, actor, "member.left", subject=actor.user_id, now=now, before=membership.role.value
    )
    log.info("member.left", organization_id=str(actor.organization_id))


async def transfer_ownership(
    session: AsyncSession, actor: Actor, user_id: UUID, *, now: datetime
) -> None:
    """Make another member an owner in the actor's place, who stays as an admin.

    Raises:
        NotFresh: the actor has not proved lately who they are.
        Conflict: the member owns it already, or cannot take it.
    """
    actor.require(Permission.OWNER_MANAGE)
    actor.require_fresh()
    organization, actor = await hold_organization(session, actor)
    actor.require(Permission.OWNER_MANAGE)
    membership = await membership_for(session, actor, user_id)
    if membership.role is Role.OWNER:
        raise Conflict("That person is an owner already.", field="new_owner")
    heir = await hold_user(session, user_id)
    if heir.delete_at is not None or heir.is_banned(now):
        raise Conflict("That person cannot take it: their account is closed.", field="new_owner")
    mine = await membership_for(session, actor, actor.user_id)
    await _set_role(session, actor, membership, Role.OWNER, now=now)
    await _set_role(session, actor, mine, Role.ADMIN, now=now)
    organization.is_personal = False
    session.add(organization)
    record_act(
        session, actor, "organization.ownership_transferred", subject=user_id, now=now,
        before=str(actor.user_id), after=str(user_id),
    )  # fmt: skip
    log.info("organization.ownership_transferred", organization_id=str(organization.id))


def parse_role(text: str) -> Role:
    """Read a role.

    Raises:
        Invalid: there is no such role.
    """
    try:
        return Role(text)
    except ValueError:
        raise Invalid("Choose owner, admin, member or viewer.", field="role") from None


async def revoke_invitations(
    session: AsyncSession, inviter: Actor, *, by: Actor, now: datetime, is_gone: bool = False
) -> None:
    """Take back the open invitations that the inviter could not send any more; all, once they go.

    A link made before would otherwise let somebody in, or back in, with more than they may give.
    """
    for invitation in await open_invitations_of(session, inviter.organization_id, now=now):
        is_theirs = invitation.invited_by == inviter.user_id
        if is_theirs and (is_gone or not inviter.may_grant(invitation.role)):
            invitation.revoked_at = now
            session.add(invitation)
            record_act(
                session, by, "invitation.revoked", subject=invitation.id, now=now,
                email=invitation.email, role=invitation.role.value,
            )  # fmt: skip


async def _held_member(
    session: AsyncSession, actor: Actor, user_id: UUID
) -> tuple[Actor, Membership]:
    actor.require(Permission.MEMBER_MANAGE)
    _, actor = await hold_organization(session, actor)
    actor.require(Permission.MEMBER_MANAGE)
    return actor, await membership_for(session, actor, user_id)


async def _require_other_owner(
    session: AsyncSession, membership: Membership, *, now: datetime
) -> None:
    others = await count_owners(
        session, membership.organization_id, but=membership.user_id, now=now
    )
    if others == 0:
        raise LastOwner("An organization has at least one owner. Make somebody else one first.")


async def _set_role(
    session: AsyncSession, actor: Actor, membership: Membership, role: Role, *, now: datetime
) -> None:
    before, membership.role = membership.role, role
    session.add(membership)
    await mark_access_changed(session, membership.user_id)
    await revoke_invitations(session, _of(membership), by=actor, now=now)
    record_act(
        session, actor, "member.role_changed", subject=membership.user_id, now=now,
        before=before.value, after=role.value,
    )  # fmt: skip
    log.info("member.role_changed", user_id=str(membership.user_id), role=role.value)


async def _end_membership(
    session: AsyncSession, actor: Actor, membership: Membership, *, now: datetime
) -> None:
    await session.delete(membership)
    await session.flush()  # what is asked below is asked of somebody who is not a member
    await _end_grants(session, actor, membership.user_id, now=now)
    await revoke_invitations(session, _of(membership), by=actor, now=now, is_gone=True)
    await mark_access_changed(session, membership.user_id)


async def _end_grants(session: AsyncSession, actor: Actor, user_id: UUID, *, now: datetime) -> None:
    """End what clients may do for the user on servers that do not let the user in any more."""
    ended = 0
    for server, grant in await hold_granted_servers(session, actor.organization_id, user_id):
        if not await may_connect(session, server, user_id, now=now):
            await revoke_grant(session, server, grant, now=now)
            ended += 1
    if ended:
        record_act(session, actor, "access.grants_ended", subject=user_id, now=now, count=ended)


def _of(membership: Membership) -> Actor:
    return Actor(membership.user_id, membership.organization_id, membership.role)
