"""For the day when nothing else helps: an admin who knows the person takes their factors away."""

from datetime import datetime
from uuid import UUID

from sqlmodel import col, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from core.models import BackupCode, Passkey, TotpFactor, TrustedDevice
from core.permissions import Origin, require_fresh
from core.sessions import end_sessions_of
from saas_app.services.accounts import locked_user
from saas_app.services.factors.news import Change, note_change
from saas_app.services.letters import Letters


async def reset_factors(
    session: AsyncSession,
    letters: Letters,
    user_id: UUID,
    *,
    admin_id: UUID,
    origin: Origin,
    now: datetime,
) -> None:
    """Remove a user's app, backup codes, passkeys and trusted devices, and sign them out.

    Password and connected accounts stay; whoever has neither sets a password by mail. The caller
    has made sure that `admin_id` is an admin; `origin` is theirs, and fresh. A letter tells the
    owner.

    Raises:
        NotFresh, Forbidden: see `require_fresh`.
    """
    require_fresh(origin)
    await locked_user(session, user_id)
    for table in (TotpFactor, BackupCode, Passkey, TrustedDevice):
        await session.exec(delete(table).where(col(table.user_id) == user_id))
    await end_sessions_of(session, user_id)
    as_admin = Origin(
        ip_address=origin.ip_address, user_agent=origin.user_agent, impersonator_id=admin_id
    )
    await note_change(session, letters, user_id, Change.RESET, origin=as_admin, now=now)
