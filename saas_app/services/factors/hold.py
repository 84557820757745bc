"""What the factors of one person share: their changes wait for each other, and end together."""

from uuid import UUID

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from core.models import BackupCode, TrustedDevice, User
from saas_app.services.signing_in import has_second_factor


async def locked_user(session: AsyncSession, user_id: UUID) -> User:
    """Return the user; whoever else changes their ways in waits for the transaction's end."""
    locked = select(User).where(User.id == user_id).with_for_update()
    return (await session.exec(locked)).one()


async def forget_leftovers(session: AsyncSession, user_id: UUID) -> None:
    """After the last second factor is gone, drop what stood in for it."""
    await session.flush()  # the factor that goes must be gone before it is asked for
    if await has_second_factor(session, user_id):
        return
    for table in (BackupCode, TrustedDevice):
        await session.exec(delete(table).where(col(table.user_id) == user_id))
