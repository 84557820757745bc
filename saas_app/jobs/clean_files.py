"""Deletes files whose time is over: the object first, so that no row is gone before its object."""

from sqlmodel import col, delete, select

from core.clock import now_utc
from core.models import StoredFile
from saas_app import resources

BATCH_FILES = 100


async def delete_old_files() -> int:
    """Delete some files and return how many; a store that is away is asked again next hour."""
    parts = resources.get()
    old = (
        select(StoredFile.key)
        .where(col(StoredFile.delete_at) <= now_utc())
        .order_by(col(StoredFile.delete_at))
        .limit(BATCH_FILES)
    )
    async with parts.database.read() as session:
        keys = (await session.exec(old)).all()
    for key in keys:
        await parts.storage.delete(key)
    async with parts.database.write() as session:
        await session.exec(delete(StoredFile).where(col(StoredFile.key).in_(keys)))
    return len(keys)
