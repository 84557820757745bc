"""Who is an admin of the product: granted by another, or by the operator at the machine itself."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from core.admin_access import Admin
from core.errors import Conflict, NotFound
from core.logs import log
from core.models import AuditEntry, User
from core.sessions import mark_access_changed
from saas_app.services.accounts import user_with_email
from saas_app.services.admin.person import user_to_change
from saas_app.services.admin.record import record_admin_act


class LastAdmin(Conflict):
    """Nobody would be left to be an admin."""

    code = "last_admin"


async def grant_admin(session: AsyncSession, admin: Admin, user_id: UUID, *, now: datetime) -> User:
    """Make a user an admin.

    Raises:
        NotFresh: the admin has not proved lately who they are.
        Conflict: they are one already, or are not fit to be one.
    """
    user = await user_to_change(session, admin, user_id)
    await _grant(session, user, now=now)
    record_admin_act(session, admin, "admin_granted", subject=user.id, now=now)
    return user


async def revoke_admin(
    session: AsyncSession, admin: Admin, user_id: UUID, *, now: datetime
) -> User:
    """Take the admin's rights from a user; sessions in somebody else's name end with them.

    Raises:
        NotFresh: the admin has not proved lately who they are.
        Conflict: they are none.
        LastAdmin: there would be no admin left.
    """
    admin.require_fresh()
    user = await _revoke(session, user_id, now=now)
    record_admin_act(session, admin, "admin_revoked", subject=user.id, now=now)
    return user


async def list_admins(session: AsyncSession) -> Sequence[User]:
    """Return all admins, by address."""
    admins = select(User).where(col(User.is_admin)).order_by(User.email_normalized)
    return (await session.exec(admins)).all()


async def grant_by_operator(session: AsyncSession, email: str, *, now: datetime) -> User:
    """Make the user with an address an admin, as whoever holds the machine may.

    Raises:
        NotFound: nobody has signed up with it.
        Conflict: they are one already, or are not fit to be one.
    """
    user = await _with_email(session, email)
    await _grant(session, user, now=now)
    _record_operator(session, user, "admin.admin_granted", now=now)
    return user


async def revoke_by_operator(session: AsyncSession, email: str, *, now: datetime) -> User:
    """Take the admin's rights from the user with an address, also from the last one.

    Raises:
        NotFound: nobody has signed up with it.
        Conflict: they are no admin.
    """
    user = await _with_email(session, email)
    await _revoke(session, user.id, now=now, may_be_last=True)
    _record_operator(session, user, "admin.admin_revoked", now=now)
    return user


async def _grant(session: AsyncSession, user: User, *, now: datetime) -> None:
    if user.is_admin:
        raise Conflict("They are an admin already.")
    if user.email_verified_at is None:
        raise Conflict("Their address is not confirmed, so nobody knows who they are.")
    if user.is_banned(now):
        raise Conflict("They are banned. Lift the ban first.")
    if user.delete_at is not None:
        raise Conflict("Their account is about to be deleted.")
    user.is_admin = True
    session.add(user)
    await mark_access_changed(session, user.id)
    log.info("admin.granted", user_id=str(user.id))


async def _revoke(
    session: AsyncSession, user_id: UUID, *, now: datetime, may_be_last: bool = False
) -> User:
    """Lock all admins, in one order, so that two who revoke each other do not both succeed."""
    held = select(User).where(col(User.is_admin)).order_by(col(User.id)).with_for_update()
    found = await session.exec(held, execution_options={"populate_existing": True})
    admins = {user.id: user for user in found.all() if user.is_admin}
    user = admins.get(user_id)
    if user is None:
        raise Conflict("They are no admin.")
    others = [one for one in admins.values() if one.id != user_id and one.delete_at is None]
    if not may_be_last and not any(not one.is_banned(now) for one in others):
        raise LastAdmin("There is no other admin. Make somebody else one first.")
    user.is_admin = False
    session.add(user)
    await mark_access_changed(session, user.id)
    log.info("admin.revoked", user_id=str(user.id))
    return user


def _record_operator(session: AsyncSession, user: User, action: str, *, now: datetime) -> None:
    """Add an entry of an act at the machine itself, where nobody is signed in."""
    session.add(
        AuditEntry(action=action, subject=str(user.id), details={"by": "operator"}, created_at=now)
    )


async def _with_email(session: AsyncSession, email: str) -> User:
    user = await user_with_email(session, email)
    if user is None:
        raise NotFound(f"Nobody has signed up with {email}.")
    return user
