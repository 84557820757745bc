"""Draft tools by their name and as a whole, for programs: read, written, switched, deleted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from core.access import draft_tools_of
from core.errors import Invalid, NotFound
from core.http_request import ValueCredential
from core.models import DraftTool
from core.permissions import Actor, Permission
from core.tool_spec import HttpTool, Tool
from saas_app.services.tools.bindings import BODYLESS
from saas_app.services.tools.fields import HEADER_NAME, MAX_SCHEMA_CHARACTERS, OUR_HEADERS
from saas_app.services.tools.python.looking import Seen, evidence_seen
from saas_app.services.tools.rows import (
    Draft,
    draft_for,
    locked_tool,
    new_row,
    refuse_taken,
    room_for,
    write_tool,
)
from saas_app.services.tools.schemas import schema_problem
from saas_app.services.tools.views import ToolCard, card_of, pretty, tool_of

LONGEST = {"title": 200, "description": 8_000}


@dataclass(frozen=True, slots=True)
class NamedTool:
    """A tool of a draft, whole."""

    card: ToolCard
    spec: Tool
    updated_at: datetime


async def tools_behind(
    session: AsyncSession, actor: Actor, server_id: UUID, *, name: str, limit: int
) -> Sequence[ToolCard]:
    """Return the tools whose names follow one in the alphabet; all follow the empty name."""
    draft = await draft_for(session, actor, server_id, to=Permission.SERVER_VIEW)
    rows = sorted(await draft_tools_of(session, draft.server), key=lambda row: row.name)
    return [card_of(row, draft.variables) for row in [r for r in rows if r.name > name][:limit]]


async def tool_named(session: AsyncSession, actor: Actor, server_id: UUID, name: str) -> NamedTool:
    """Return one tool.

    Raises:
        NotFound: the draft has no such tool.
    """
    draft = await draft_for(session, actor, server_id, to=Permission.SERVER_VIEW)
    return _named(await _row_named(session, draft, name), draft)


async def id_of_tool(session: AsyncSession, actor: Actor, server_id: UUID, name: str) -> UUID:
    """Return the id by which the other services know a tool.

    Raises:
        NotFound: the draft has no such tool.
    """
    draft = await draft_for(session, actor, server_id, to=Permission.SERVER_VIEW)
    return (await _row_named(session, draft, name)).id


async def put_tool(
    session: AsyncSession,
    actor: Actor,
    server_id: UUID,
    tool: Tool,
    *,
    now: datetime,
    seen: Seen | None = None,
) -> NamedTool:
    """Write a whole tool, in the place of the one of its name or behind the last one.

    Args:
        session: a write transaction.
        actor: who writes.
        server_id: the server.
        tool: the tool.
        now: when.
        seen: what was found in its code; None where it was not looked at.

    Raises:
        Invalid: it could not have been made in the editor either.
        TooManyTools: the server is full.
    """
    draft = await draft_for(session, actor, server_id)
    _check(tool)
    rows = await draft_tools_of(session, draft.server)
    row = next((row for row in rows if row.name == tool.name), None)
    if row is None:
        await refuse_taken(session, draft.server, tool.name)
        position = await room_for(session, draft.server)
        row = await new_row(session, draft, tool, now=now, position=position)
    else:
        row = await locked_tool(session, draft, row.id)
        write_tool(draft, row, tool, now=now)
    if seen is not None:
        row.evidence = evidence_seen(row, draft, seen)
    await session.flush()  # a name taken in the same moment shows here, not at the commit
    return _named(row, draft)


def _check(tool: Tool) -> None:
    """Refuse what the importers never make and the editor refuses, field by field."""
    for field, longest in LONGEST.items():
        if len(getattr(tool, field)) > longest:
            raise Invalid(f"At most {longest:,} characters fit here.", field=field)
    for field in ("input_schema", "output_schema"):
        _check_schema(field, getattr(tool, field))
    if isinstance(tool, HttpTool):
        _check_request(tool)


def _check_request(tool: HttpTool) -> None:
    request = tool.request
    if request.method in BODYLESS and request.body is not None:
        raise Invalid(f"A {request.method} request has no body.", field="request.body")
    for name in _header_names(tool):
        if not HEADER_NAME.fullmatch(name):
            raise Invalid(f"{name[:40]!r} cannot be a header's name.", field="request")
        if name.lower() in OUR_HEADERS:
            raise Invalid(f"The header {name} is set by the connection itself.", field="request")


def _check_schema(field: str, schema: dict[str, Any] | None) -> None:
    if schema is None:
        return
    if len(pretty(schema)) > MAX_SCHEMA_CHARACTERS:
        raise Invalid(f"A schema has at most {MAX_SCHEMA_CHARACTERS:,} characters.", field=field)
    if problem := schema_problem(schema):
        raise Invalid(f"Not a valid JSON Schema: {problem}", field=field)


def _header_names(tool: HttpTool) -> list[str]:
    request = tool.request
    credentials = [one for alternative in request.credentials for one in alternative]
    return [
        *(one.name for one in request.parameters if one.location == "header"),
        *(one.name for one in request.fixed if one.location == "header"),
        *(
            one.name
            for one in credentials
            if isinstance(one, ValueCredential) and one.location == "header"
        ),
    ]


async def _row_named(session: AsyncSession, draft: Draft, name: str) -> DraftTool:
    for row in await draft_tools_of(session, draft.server):
        if row.name == name:
            return row
    raise NotFound("This server's draft has no tool of that name.")


def _named(row: DraftTool, draft: Draft) -> NamedTool:
    return NamedTool(card_of(row, draft.variables), tool_of(row), row.updated_at)
