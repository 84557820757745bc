"""The MCP clients that a person let in, over all servers, their own and others'."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from core.audit import record_own_act
from core.connection_access import grant_of_user, grants_of_user
from core.errors import Conflict
from core.grants import revoke_grant
from core.models import OAuthClient
from core.permissions import Origin, require_in_person
from core.sessions import SignedIn


@dataclass(frozen=True, slots=True)
class OwnGrant:
    """A client that may act for the person at one server."""

    id: UUID
    client: str
    server: str
    organization: str
    since: datetime


async def list_own_grants(session: AsyncSession, user_id: UUID) -> Sequence[OwnGrant]:
    """Return what the user allowed and may take back, newest first."""
    return [
        OwnGrant(grant.id, _name(client), server.name, organization.name, grant.created_at)
        for grant, client, server, organization in await grants_of_user(session, user_id)
    ]


async def revoke_own_grant(
    session: AsyncSession, holder: SignedIn, grant_id: UUID, *, origin: Origin, now: datetime
) -> None:
    """Take a client's permission back; the runtime refuses it within a second.

    Raises:
        Forbidden: an admin acts in the user's name.
        NotFound: the user gave no such permission.
        Conflict: it was taken back already.
    """
    require_in_person(holder)
    grant, server = await grant_of_user(session, holder.user_id, grant_id)
    if grant.revoked_at is not None:
        raise Conflict("That client is disconnected already.")
    await revoke_grant(session, server, grant, now=now)
    record_own_act(
        session, holder.user_id, "client.disconnected", now=now, origin=origin,
        grant=str(grant.id), server=str(server.id),
    )  # fmt: skip


def _name(client: OAuthClient) -> str:
    name = client.details.get("client_name")
    return name if isinstance(name, str) and name else client.client_id
