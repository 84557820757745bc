"""Ending an account as an admin: with its grace period, and a letter that says how to keep it."""

from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from core.admin_access import Admin
from core.errors import Invalid
from core.models import User
from saas_app.services.account_deletion import drop_account_end, set_account_end
from saas_app.services.admin.person import user_seen
from saas_app.services.admin.record import record_admin_act
from saas_app.services.letters import Letters


async def schedule_person_end(
    session: AsyncSession,
    admin: Admin,
    user_id: UUID,
    *,
    typed_email: str,
    letters: Letters,
    now: datetime,
) -> User:
    """Have an account deleted after the grace period, with the organizations of nobody else.

    Raises:
        NotFresh: the admin has not proved lately who they are.
        Invalid: the address was not typed.
        AdminsStay: they are an admin: take that from them first.
        OwnerOfOthers: organizations with other people would be left without an owner.
        Conflict: it is about to be deleted already.
    """
    admin.require_fresh()
    user = await user_seen(session, admin, user_id)
    if typed_email.strip().casefold() != user.email.casefold():
        raise Invalid(f"Type {user.email} to delete the account.", field="confirmation")
    delete_at = await set_account_end(session, user_id, letters=letters, now=now, whose="They are")
    record_admin_act(
        session, admin, "deletion_scheduled", subject=user_id, now=now, after=delete_at.isoformat()
    )
    return user


async def cancel_person_end(
    session: AsyncSession, admin: Admin, user_id: UUID, *, now: datetime
) -> User:
    """Keep an account after all, and what would have gone with it.

    Raises:
        NotFresh: the admin has not proved lately who they are.
        Conflict: it is not about to be deleted.
    """
    admin.require_fresh()
    user = await user_seen(session, admin, user_id)
    before = await drop_account_end(session, user_id, now=now)
    record_admin_act(
        session, admin, "deletion_canceled", subject=user_id, now=now, before=before.isoformat()
    )
    return user
