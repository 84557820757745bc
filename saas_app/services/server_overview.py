"""One server at a glance: what its header and its overview show."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from core.access import (
    ServerFacts,
    draft_tools_of,
    live_version_of,
    newest_number_of,
    server_for,
    variables_of,
)
from core.models import AccessPolicy, Evidence, Server
from core.permissions import Actor, Permission
from core.settings import Settings
from core.tool_spec import Variable
from saas_app.services.servers import Standing, standing_of


@dataclass(frozen=True, slots=True)
class ServerOverview:
    """A server as its own pages show it.

    Args:
        missing: names of required variables that have no value yet.
    """

    id: UUID
    name: str
    description: str
    instructions: str
    address: str
    standing: Standing
    is_paused: bool
    access_policy: AccessPolicy
    evidence_bar: Evidence
    live_number: int | None
    live_since: datetime | None
    next_number: int
    tool_count: int
    enabled_count: int
    missing: tuple[str, ...]


async def server_overview(
    session: AsyncSession, actor: Actor, server_id: UUID, *, settings: Settings
) -> ServerOverview:
    """Return what the actor's server is and where it stands."""
    server = await server_for(session, actor, server_id, to=Permission.SERVER_VIEW)
    live = await live_version_of(session, server)
    tools = await draft_tools_of(session, server)
    published_at = live.created_at if live is not None else None
    return ServerOverview(
        id=server.id,
        name=server.name,
        description=server.description,
        instructions=server.instructions,
        address=f"{settings.runtime_url}/mcp/{server.id}/mcp",
        standing=standing_of(server, ServerFacts(published_at=published_at)),
        is_paused=server.is_paused,
        access_policy=server.access_policy,
        evidence_bar=server.evidence_bar,
        live_number=live.number if live is not None else None,
        live_since=server.live_since,
        next_number=await newest_number_of(session, server) + 1,
        tool_count=len(tools),
        enabled_count=sum(tool.is_enabled for tool in tools),
        missing=await _missing_variables(session, server),
    )


async def _missing_variables(session: AsyncSession, server: Server) -> tuple[str, ...]:
    rows = await variables_of(session, server)
    pairs = [(row, Variable.model_validate(row.definition)) for row in rows]
    return tuple(
        variable.name
        for row, variable in pairs
        if variable.is_required and row.sealed_value is None and variable.default is None
    )
