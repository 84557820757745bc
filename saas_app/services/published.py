"""A published version, whole: for programs that keep or compare what clients see."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from core.access import server_for, version_of
from core.models import Version
from core.permissions import Actor, Permission


async def read_version(
    session: AsyncSession, actor: Actor, server_id: UUID, *, number: int
) -> tuple[Version, bool]:
    """Return a version, and whether it is the one that clients see.

    Raises:
        NotFound: the server has no version of that number.
    """
    server = await server_for(session, actor, server_id, to=Permission.SERVER_VIEW)
    version = await version_of(session, server, number)
    return version, server.live_version_id == version.id
