"""Where the command menu leads within an organization: its servers and their tools."""

from dataclasses import dataclass

from sqlmodel.ext.asyncio.session import AsyncSession

from core.access import draft_tool_heads_of, servers_of
from core.permissions import Actor


@dataclass(frozen=True, slots=True)
class Place:
    """Something with a page of its own; `path` is below the organization's address."""

    label: str
    path: str
    hint: str


async def list_places(session: AsyncSession, actor: Actor) -> list[Place]:
    """Return servers, newest first, then tools by name."""
    servers = await servers_of(session, actor)
    names = {server.id: server.name for server in servers}
    places = [Place(server.name, f"/servers/{server.id}", "Server") for server in servers]
    for tool in await draft_tool_heads_of(session, actor):
        path = f"/servers/{tool.server_id}/tools/{tool.id}"
        places.append(Place(tool.name, path, f"Tool of {names[tool.server_id]}"))
    return places
