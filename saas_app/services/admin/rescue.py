"""Helping people: the letter that confirms an address, and factors or devices that are lost."""

from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from core.admin_access import Admin
from core.errors import Conflict
from core.models import User
from core.sessions import end_sessions_of
from saas_app.services.admin.bans import NotOnAdmins
from saas_app.services.admin.person import user_seen, user_to_change
from saas_app.services.admin.record import record_admin_act
from saas_app.services.factors.reset import reset_factors
from saas_app.services.letters import Letters
from saas_app.services.signing_up import send_verification


async def require_unverified(session: AsyncSession, admin: Admin, user_id: UUID) -> User:
    """Return a user who can be asked to confirm their address.

    Raises:
        NotFresh: the admin has not proved lately who they are.
        Conflict: it is confirmed.
    """
    admin.require_fresh()
    user = await user_seen(session, admin, user_id)
    if user.email_verified_at is not None:
        raise Conflict("Their address is confirmed already.")
    return user


async def resend_verification(
    session: AsyncSession, admin: Admin, letters: Letters, user_id: UUID, *, now: datetime
) -> User:
    """Ask a user to confirm their address; the letter was counted before.

    Raises:
        NotFresh: the admin has not proved lately who they are.
        Conflict: it is confirmed.
    """
    user = await require_unverified(session, admin, user_id)
    await send_verification(session, letters, user, now=now)
    record_admin_act(session, admin, "verification_resent", subject=user.id, now=now)
    return user


async def reset_factors_of(
    session: AsyncSession, admin: Admin, letters: Letters, user_id: UUID, *, now: datetime
) -> User:
    """Remove a user's second factors and passkeys, sign them out, and tell them by letter.

    Raises:
        NotFresh: the admin has not proved lately who they are.
        NotOnAdmins: they are another admin, whose account would be opened by a password alone.
    """
    user = await user_to_change(session, admin, user_id)
    if user.is_admin:
        raise NotOnAdmins("An admin's factors stay. Take the admin's rights from them first.")
    await reset_factors(
        session, letters, user.id, admin_id=admin.user_id, origin=admin.origin, now=now
    )
    record_admin_act(session, admin, "factors_reset", subject=user.id, now=now)
    return user


async def sign_out_everywhere(
    session: AsyncSession, admin: Admin, user_id: UUID, *, now: datetime
) -> User:
    """End all sessions of a user, as for a device that is lost (ASVS 7.4.5).

    Raises:
        NotFresh: the admin has not proved lately who they are.
    """
    user = await user_to_change(session, admin, user_id)
    ended = await end_sessions_of(session, user.id)
    record_admin_act(
        session, admin, "sessions_ended", subject=user.id, now=now, sessions_ended=ended
    )
    return user
