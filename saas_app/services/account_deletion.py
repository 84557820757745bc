"""The end of an account: what goes with it, asked for, waited for, taken back, and done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from core.audit import record_own_act
from core.errors import Conflict, Invalid
from core.generation import announce_changes
from core.logs import log
from core.models import StoredFile, User
from core.organization_access import (
    Belonging,
    belongings_of,
    hold_organization_by_id,
    hold_servers_connected_by,
    hold_user,
    organization_ids_of,
)
from core.permissions import Actor, Origin, Role, require_fresh
from core.sessions import mark_access_changed
from saas_app.services.letters import Letters, as_day
from saas_app.services.members import revoke_invitations
from saas_app.services.organization_deletion import GRACE, drop_files, set_end


class OwnerOfOthers(Conflict):
    """Organizations with other people in them would be left without an owner."""

    code = "owner_of_others"


class AdminsStay(Conflict):
    """An admin's account would end, and with it perhaps the last way into the admin area."""

    code = "admins_stay"


@dataclass(frozen=True, slots=True)
class Affected:
    """An organization that deleting the account touches, and how many servers it has."""

    name: str
    slug: str
    servers: int
    members: int


@dataclass(frozen=True, slots=True)
class DeletionPlan:
    """What deleting an account does.

    Attributes:
        email: What is typed to confirm it.
        blocking: Where the user is the last owner of others: to be transferred first.
        going: Where nobody else is in: these go with the account.
        staying: What the user merely leaves.
        delete_at: When it happens, if it was asked for.
    """

    email: str
    blocking: Sequence[Affected]
    going: Sequence[Affected]
    staying: Sequence[Affected]
    delete_at: datetime | None


async def plan_deletion(session: AsyncSession, user_id: UUID, *, now: datetime) -> DeletionPlan:
    """Say what would go with the account, and what stands in its way."""
    user = await session.get_one(User, user_id)
    return _plan(user, await belongings_of(session, user_id, now=now))


async def schedule_account_deletion(
    session: AsyncSession,
    user_id: UUID,
    *,
    typed_email: str,
    origin: Origin,
    letters: Letters,
    now: datetime,
) -> datetime:
    """Have the account deleted after the grace period, and return when.

    What goes with it stops serving now. Signing in stays possible, to take it back.

    Raises:
        Invalid: the address was not typed.
        NotFresh: the person has not proved lately who they are.
        AdminsStay: they are an admin: the rights are given up first.
        OwnerOfOthers: organizations must be transferred first.
        Conflict: it was asked for already.
    """
    email = (await session.get_one(User, user_id)).email
    if typed_email.strip().casefold() != email.casefold():
        raise Invalid(f"Type {email} to delete the account.", field="confirmation")
    require_fresh(origin)
    delete_at = await set_account_end(session, user_id, letters=letters, now=now)
    record_own_act(
        session, user_id, "account.deletion_scheduled", now=now, origin=origin,
        after=delete_at.isoformat(),
    )  # fmt: skip
    return delete_at


async def set_account_end(
    session: AsyncSession, user_id: UUID, *, letters: Letters, now: datetime, whose: str = "You are"
) -> datetime:
    """Set when an account ends, and all that goes with it; the caller has asked for the right.

    Raises:
        AdminsStay: it is an admin's; like the next one, it begins with `whose`.
        OwnerOfOthers: organizations must be transferred first.
        Conflict: it was asked for already.
    """
    await _hold_organizations(session, user_id)
    user = await hold_user(session, user_id)
    if user.delete_at is not None:
        raise Conflict("The account is about to be deleted already.")
    if user.is_admin:
        raise AdminsStay(
            f"{whose} an admin of the product. The admin's rights are given up first; where nobody "
            "else is an admin, make somebody else one before that."
        )
    belongings = await belongings_of(session, user_id, now=now)
    _require_transferred(belongings, whose)
    user.delete_at = now + GRACE
    session.add(user)
    for one in belongings:
        if one.others == 0 and one.organization.delete_at is None:
            await set_end(session, one.organization, user.delete_at)
    await mark_access_changed(session, user_id)
    await letters.send(
        session, "deletion_scheduled", user, now=now, organization="",
        link=letters.link("/account/data"), expires=as_day(user.delete_at),
    )  # fmt: skip
    log.info("account.deletion_scheduled", user_id=str(user_id))
    return user.delete_at


async def cancel_account_deletion(
    session: AsyncSession, user_id: UUID, *, origin: Origin, now: datetime
) -> None:
    """Keep the account after all, and what would have gone with it.

    Raises:
        Conflict: it is not about to be deleted.
    """
    before = await drop_account_end(session, user_id, now=now)
    record_own_act(
        session, user_id, "account.deletion_canceled", now=now, origin=origin,
        before=before.isoformat(),
    )  # fmt: skip


async def drop_account_end(session: AsyncSession, user_id: UUID, *, now: datetime) -> datetime:
    """Take an account's end back, and return when it would have been.

    Raises:
        Conflict: it is not about to be deleted.
    """
    await _hold_organizations(session, user_id)
    user = await hold_user(session, user_id)
    if user.delete_at is None:
        raise Conflict("The account is not about to be deleted.")
    before, user.delete_at = user.delete_at, None
    session.add(user)
    for one in await belongings_of(session, user_id, now=now):
        if one.organization.delete_at == before:  # another end was set on its own
            await set_end(session, one.organization, None)
    await mark_access_changed(session, user_id)
    log.info("account.deletion_canceled", user_id=str(user_id))
    return before


async def delete_next_account(session: AsyncSession, *, now: datetime) -> bool:
    """Delete one account whose time has come, or return False.

    Organizations whose only member it is have an end of their own, at the same moment. One that
    would be left without an owner keeps the account: the log says so, and somebody has to look.
    """
    due = select(User.id).where(col(User.delete_at) <= now)
    for user_id in (await session.exec(due.order_by(col(User.delete_at), col(User.id)))).all():
        await _hold_organizations(session, user_id)
        user = await hold_user(session, user_id)
        belongings = await belongings_of(session, user_id, now=now)
        if user.delete_at is None or user.delete_at > now:
            continue
        if any(_is_last_owner(one) for one in belongings):
            log.error("account.deletion_blocked", user_id=str(user_id))
            continue
        await _delete(session, user, belongings, now=now)
        return True
    return False


async def _delete(
    session: AsyncSession, user: User, belongings: Sequence[Belonging], *, now: datetime
) -> None:
    for one in belongings:
        if one.others == 0:  # it joined no one and was given no end: it goes with its only member
            await set_end(session, one.organization, now)
        inviter = Actor(user.id, one.organization.id, one.role)
        await revoke_invitations(session, inviter, by=inviter, now=now, is_gone=True)
    await drop_files(session, col(StoredFile.user_id) == user.id, now=now)
    await announce_changes(session, await hold_servers_connected_by(session, user.id))
    record_own_act(session, user.id, "account.deleted", now=now)
    await session.delete(user)
    log.info("account.deleted", user_id=str(user.id))


async def _hold_organizations(session: AsyncSession, user_id: UUID) -> None:
    """Lock all organizations of a user, by id: two who do this never wait for each other."""
    for organization_id in await organization_ids_of(session, user_id):
        await hold_organization_by_id(session, organization_id)


def _plan(user: User, belongings: Sequence[Belonging]) -> DeletionPlan:
    blocking = [one for one in belongings if _is_last_owner(one)]
    going = [one for one in belongings if one.others == 0]
    staying = [one for one in belongings if one.others > 0 and not _is_last_owner(one)]
    return DeletionPlan(
        email=user.email,
        blocking=[_affected(one) for one in blocking],
        going=[_affected(one) for one in going],
        staying=[_affected(one) for one in staying],
        delete_at=user.delete_at,
    )


def _is_last_owner(one: Belonging) -> bool:
    """Whether others would be left without an owner; one that ends anyway needs none."""
    stays = one.organization.delete_at is None
    return stays and one.role is Role.OWNER and one.others > 0 and one.other_owners == 0


def _require_transferred(belongings: Sequence[Belonging], whose: str) -> None:
    names = [one.organization.name for one in belongings if _is_last_owner(one)]
    if names:
        raise OwnerOfOthers(
            f"{whose} the last owner of {', '.join(names)}, and others are in there. "
            "Transfer the ownership first."
        )


def _affected(one: Belonging) -> Affected:
    return Affected(
        one.organization.name, one.organization.slug, one.servers, members=one.others + 1
    )
