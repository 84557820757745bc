"""Servers of an organization: listed, made from a source or from nothing, named and described."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from core.access import ServerFacts, server_facts_of, server_for, servers_of
from core.audit import record_act
from core.crypto import Sealer
from core.errors import Invalid
from core.generation import announce_change
from core.logs import log
from core.models import Intake, Server
from core.permissions import Actor, Permission
from core.tool_spec import Variable
from saas_app.services.adoption import Adopted, adopt
from saas_app.services.intakes import fresh_intake, picked_tools, values_in

LONGEST = {"name": 64, "description": 500, "instructions": 4_000}


class Standing(StrEnum):
    """Where a server stands, in one word."""

    DRAFT = "draft"
    LIVE = "live"
    CHANGED = "changed"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class ServerCard:
    """A server in a list."""

    id: UUID
    name: str
    description: str
    standing: Standing
    tool_count: int
    live_number: int | None
    last_call_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class NewServer:
    """What a person decided about a server to be made: its name, and which tools (None: all)."""

    name: str
    picks: set[str] | None = None
    description: str = ""


async def list_servers(session: AsyncSession, actor: Actor) -> list[ServerCard]:
    """Return the organization's servers, newest first."""
    servers = await servers_of(session, actor)
    facts = await server_facts_of(session, actor)
    return [_card(server, facts.get(server.id, ServerFacts())) for server in servers]


async def read_server(
    session: AsyncSession, actor: Actor, server_id: UUID
) -> tuple[Server, ServerCard]:
    """Return a server, and what a list shows of it."""
    server = await server_for(session, actor, server_id, to=Permission.SERVER_VIEW)
    facts = await server_facts_of(session, actor)
    return server, _card(server, facts.get(server.id, ServerFacts()))


async def create_empty_server(
    session: AsyncSession, actor: Actor, *, name: str, now: datetime
) -> UUID:
    """Make a server with nothing in it, and return its id."""
    return (await _create(session, actor, NewServer(name), now=now)).id


async def create_server_from_intake(
    session: AsyncSession,
    actor: Actor,
    intake_id: UUID,
    wanted: NewServer,
    *,
    sealer: Sealer,
    now: datetime,
) -> UUID:
    """Make a server of the picked tools of a source, and return its id.

    Raises:
        Invalid: the name cannot be taken (`name`), or nothing is picked (`picks`).
        NotFound: the source is gone.
        TooManyTools: more are picked than a server holds.
    """
    intake = await fresh_intake(session, actor, intake_id, now=now)
    picked = _adopted(intake, wanted.picks, sealer)
    described = NewServer(wanted.name, description=intake.proposal["description"])
    server = await _create(session, actor, described, now=now)
    await adopt(session, server, picked, sealer=sealer, now=now)
    return server.id


async def add_from_intake(
    session: AsyncSession,
    actor: Actor,
    places: tuple[UUID, UUID],
    picks: set[str] | None,
    *,
    sealer: Sealer,
    now: datetime,
) -> list[str]:
    """Add picked tools to a server, given as its id and the source's; return the names they got."""
    server_id, intake_id = places
    server = await server_for(session, actor, server_id, to=Permission.SERVER_EDIT)
    intake = await fresh_intake(session, actor, intake_id, now=now)
    names = await adopt(session, server, _adopted(intake, picks, sealer), sealer=sealer, now=now)
    record_act(session, actor, "tools.added", subject=server.id, now=now, names=names[:50])
    return names


async def describe_server(
    session: AsyncSession,
    actor: Actor,
    server_id: UUID,
    *,
    changes: Mapping[str, Any],
    now: datetime,
) -> None:
    """Change the name, the description or the instructions of a server.

    Raises:
        Invalid: one of them does not fit; its field is told.
    """
    server = await server_for(session, actor, server_id, to=Permission.SERVER_EDIT)
    before, changed = server.name, []
    for field in LONGEST:
        if field in changes and getattr(server, field) != (text := _fitting(field, changes[field])):
            setattr(server, field, text)
            changed.append(field)
    server.updated_at = max(server.updated_at, now)
    await announce_change(session, server)
    if changed:
        names = {"before": before, "after": server.name} if "name" in changed else {}
        record_act(
            session, actor, "server.described", subject=server.id, now=now, fields=changed, **names
        )


def standing_of(server: Server, facts: ServerFacts) -> Standing:
    """A published server counts as changed when its draft was touched after that version."""
    if facts.published_at is None:
        return Standing.DRAFT
    if server.is_paused:
        return Standing.PAUSED
    return Standing.CHANGED if server.updated_at > facts.published_at else Standing.LIVE


async def _create(
    session: AsyncSession, actor: Actor, wanted: NewServer, *, now: datetime
) -> Server:
    actor.require(Permission.SERVER_EDIT)
    server = Server(
        organization_id=actor.organization_id,
        name=_fitting("name", wanted.name),
        description=" ".join(wanted.description.split())[: LONGEST["description"]],
        created_at=now,
        updated_at=now,
    )
    session.add(server)
    await session.flush()  # its parts refer to it
    await announce_change(session, server)
    record_act(session, actor, "server.created", subject=server.id, now=now, name=server.name)
    log.info("server.created", server_id=str(server.id))
    return server


def _adopted(intake: Intake, picks: set[str] | None, sealer: Sealer) -> Adopted:
    variables = [Variable.model_validate(one) for one in intake.proposal["variables"]]
    return Adopted(picked_tools(intake, picks), variables, values_in(intake, sealer))


def _fitting(field: str, value: Any) -> str:
    text = str(value).strip()
    if field == "name" and not text:
        raise Invalid("Give the server a name.", field="name")
    if len(text) > LONGEST[field]:
        raise Invalid(f"At most {LONGEST[field]:,} characters fit here.", field=field)
    return text


def _card(server: Server, facts: ServerFacts) -> ServerCard:
    return ServerCard(
        id=server.id,
        name=server.name,
        description=server.description,
        standing=standing_of(server, facts),
        tool_count=facts.tool_count,
        live_number=facts.live_number,
        last_call_at=facts.last_call_at,
        created_at=server.created_at,
    )
