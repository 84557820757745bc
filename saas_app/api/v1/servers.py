"""Servers: listed, made, described, paused, resumed, deleted."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from core.errors import Invalid
from core.models import AccessPolicy, Evidence
from saas_app import resources
from saas_app.api.v1.contract import (
    Given,
    NoQuery,
    Nothing,
    Operation,
    Page,
    PageQuery,
    Request,
    Shown,
)
from saas_app.api.v1.paging import as_number, page_of
from saas_app.services import server_state, servers
from saas_app.services.servers import ServerCard, Standing


class ServerItem(Shown):
    """A server in a list."""

    id: UUID
    name: str
    description: str
    standing: Standing = Field(description="changed: the draft is ahead of what clients see.")
    tool_count: int = Field(description="Tools of the draft.")
    live_number: int | None = Field(description="The version that clients see.")
    mcp_url: str = Field(description="Where MCP clients connect.")
    last_call_at: datetime | None
    created_at: datetime


class ServerShown(ServerItem):
    """A server."""

    instructions: str
    access_policy: AccessPolicy
    evidence_bar: Evidence
    updated_at: datetime


class ServerGiven(Given):
    """A server to be made."""

    name: str
    description: str = ""
    instructions: str = ""


class ServerChanges(Given):
    """What to change of a server; what is left out stays."""

    name: str | None = None
    description: str | None = None
    instructions: str | None = None


class DeleteQuery(NoQuery):
    """So that nothing is deleted by a slip."""

    confirm: str = Field(max_length=200, description="The server's name, exactly.")


async def list_servers(asked: Request) -> Page[ServerItem]:
    """List servers, newest first."""
    return page_of(
        await servers.list_servers(asked.session, asked.actor),
        lambda card: ServerItem(**_fields(card)),
        asked.query,
        place=lambda card: (as_number(card.created_at), str(card.id)),
        like=(0, ""),
        is_backwards=True,
    )


async def create_server(asked: Request) -> ServerShown:
    """Make a server with nothing in it."""
    given = asked.body
    server_id = await servers.create_empty_server(
        asked.session, asked.actor, name=given.name, now=asked.now
    )
    await servers.describe_server(
        asked.session,
        asked.actor,
        server_id,
        changes={"description": given.description, "instructions": given.instructions},
        now=asked.now,
    )
    return await show_server(asked, server_id)


async def read_server(asked: Request) -> ServerShown:
    """Show a server."""
    return await show_server(asked, asked.server_id)


async def change_server(asked: Request) -> ServerShown:
    """Change the words of a server."""
    changes = asked.body.model_dump(exclude_none=True)
    await servers.describe_server(
        asked.session, asked.actor, asked.server_id, changes=changes, now=asked.now
    )
    return await show_server(asked, asked.server_id)


async def pause_server(asked: Request) -> ServerShown:
    """Refuse clients."""
    await server_state.pause_server(asked.session, asked.actor, asked.server_id, now=asked.now)
    return await show_server(asked, asked.server_id)


async def resume_server(asked: Request) -> ServerShown:
    """Let clients in again."""
    await server_state.resume_server(asked.session, asked.actor, asked.server_id, now=asked.now)
    return await show_server(asked, asked.server_id)


async def delete_server(asked: Request) -> None:
    """Take a server away."""
    try:
        await server_state.delete_server(
            asked.session,
            asked.actor,
            asked.server_id,
            typed_name=asked.query.confirm,
            now=asked.now,
        )
    except Invalid as error:
        raise Invalid("Give the server's name, exactly, to delete it.", field="confirm") from error


async def show_server(asked: Request, server_id: UUID) -> ServerShown:
    """Return a server as the API shows it."""
    await asked.session.flush()  # what was just changed is read by queries
    server, card = await servers.read_server(asked.session, asked.actor, server_id)
    return ServerShown(
        **_fields(card),
        instructions=server.instructions,
        access_policy=server.access_policy,
        evidence_bar=server.evidence_bar,
        updated_at=server.updated_at,
    )


def _fields(card: ServerCard) -> dict[str, Any]:
    address = f"{resources.get().settings.runtime_url}/mcp/{card.id}/mcp"
    named = {name: getattr(card, name) for name in ServerItem.model_fields if name != "mcp_url"}
    return named | {"mcp_url": address}


SERVERS, SERVER = "/servers", "/servers/{server_id}"
TAG = "Servers"
OPERATIONS = (
    Operation(
        "list_servers", "GET", SERVERS, "servers:read", "Servers, newest first",
        list_servers, Page[ServerItem], query=PageQuery, tag=TAG,
    ),
    Operation(
        "create_server", "POST", SERVERS, "servers:write", "Make an empty server",
        create_server, ServerShown, status=201, body=ServerGiven, tag=TAG,
    ),
    Operation(
        "read_server", "GET", SERVER, "servers:read", "One server",
        read_server, ServerShown, tag=TAG,
    ),
    Operation(
        "change_server", "PATCH", SERVER, "servers:write", "Rename or describe a server",
        change_server, ServerShown, body=ServerChanges, tag=TAG,
        description="The name and the instructions reach clients with the next version.",
    ),
    Operation(
        "delete_server", "DELETE", SERVER, "servers:delete", "Delete a server for good",
        delete_server, None, status=204, query=DeleteQuery, tag=TAG,
    ),
    Operation(
        "pause_server", "POST", f"{SERVER}/pause", "servers:publish", "Refuse all clients",
        pause_server, ServerShown, body=Nothing, tag=TAG,
    ),
    Operation(
        "resume_server", "POST", f"{SERVER}/resume", "servers:publish", "Let clients in again",
        resume_server, ServerShown, body=Nothing, tag=TAG,
    ),
)  # fmt: skip
