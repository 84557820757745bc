"""What the factors of one person share: what stands in for the last of them ends with it."""

from uuid import UUID

from sqlmodel import col, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from core.models import BackupCode, TrustedDevice
from saas_app.services.signing_in import has_second_factor


async def forget_leftovers(session: AsyncSession, user_id: UUID) -> None:
    """After the last second factor is gone, drop what stood in for it."""
    await session.flush()  # the factor that goes must be gone before it is asked for
    if await has_second_factor(session, user_id):
        return
    for table in (BackupCode, TrustedDevice):
        await session.exec(delete(table).where(col(table.user_id) == user_id))
