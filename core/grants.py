"""Ends what a user allowed a client: all tokens of the grant end with it."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from core.generation import announce_change
from core.logs import log
from core.models import Grant, Server


async def revoke_grant(
    session: AsyncSession, server: Server, grant: Grant, *, now: datetime
) -> None:
    """End a grant of a server; every replica of the runtime notices within a second.

    The caller has fetched both, and so checked that they belong together and to the actor.
    """
    if grant.revoked_at is not None:
        return
    grant.revoked_at = now
    session.add(grant)
    await announce_change(session, server)
    log.info("oauth.grant_revoked", grant_id=str(grant.id), server_id=str(server.id))
