"""The only door to rows that belong to an organization: to fetch is to authorise."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.orm import defer
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from core.errors import NotFound
from core.models import (
    Call,
    DraftTool,
    EnvironmentVariable,
    Grant,
    Intake,
    Membership,
    Organization,
    Server,
    ServerKey,
    TestCase,
    User,
    Version,
)
from core.permissions import Actor, Origin, Permission, Role

MOST_TOOL_HEADS = 2_000

OfServer = TypeVar("OfServer", DraftTool, EnvironmentVariable, ServerKey, Grant)


async def actor_for(
    session: AsyncSession, user_id: UUID, organization_slug: str, *, origin: Origin | None = None
) -> Actor:
    """Return the user as a member of the organization in the address.

    Raises:
        NotFound: no such organization, or the user is not in it.
    """
    mine = (
        select(Membership)
        .join(Organization, col(Organization.id) == Membership.organization_id)
        .where(Organization.slug == organization_slug, Membership.user_id == user_id)
    )
    membership = (await session.exec(mine)).first()
    if membership is None:
        raise NotFound("That organization does not exist, or you are not in it.")
    return Actor(user_id, membership.organization_id, membership.role, origin or Origin())


async def actor_of_server(session: AsyncSession, user_id: UUID, server_id: UUID) -> Actor:
    """Return the user as a member of the server's organization, for work done on their behalf.

    Raises:
        NotFound: no such server, or the user is not (or no longer) in its organization.
    """
    mine = (
        select(Membership)
        .join(Server, col(Server.organization_id) == Membership.organization_id)
        .where(
            Server.id == server_id,
            col(Server.deleted_at).is_(None),
            Membership.user_id == user_id,
        )
    )
    membership = (await session.exec(mine)).first()
    if membership is None:
        raise NotFound("That server does not exist, or it is not yours to see.")
    return Actor(user_id, membership.organization_id, membership.role)


async def organizations_of(session: AsyncSession, user_id: UUID) -> Sequence[Organization]:
    """Return the user's organizations, the personal one first."""
    mine = (
        select(Organization)
        .join(Membership, col(Membership.organization_id) == Organization.id)
        .where(Membership.user_id == user_id)
        .order_by(col(Organization.is_personal).desc(), col(Organization.name))
    )
    return (await session.exec(mine)).all()


async def personal_organization_of(session: AsyncSession, user_id: UUID) -> Organization | None:
    """Return the organization that the user began with, while they own it."""
    mine = (
        select(Organization)
        .join(Membership, col(Membership.organization_id) == Organization.id)
        .where(
            Membership.user_id == user_id,
            Membership.role == Role.OWNER,
            col(Organization.is_personal),
        )
        .order_by(col(Organization.created_at))
    )
    return (await session.exec(mine)).first()


async def server_for(
    session: AsyncSession, actor: Actor, server_id: UUID, *, to: Permission
) -> Server:
    """Return the actor's server, or refuse.

    Raises:
        NotFound: no such server, or it belongs to another organization, or it was deleted.
        Forbidden: the actor sees the server but lacks the permission.
    """
    mine = select(Server).where(
        Server.id == server_id,
        Server.organization_id == actor.organization_id,
        col(Server.deleted_at).is_(None),
    )
    server = (await session.exec(mine)).first()
    if server is None:
        raise NotFound("That server does not exist, or it is not yours to see.")
    actor.require(to)
    return server


async def servers_of(session: AsyncSession, actor: Actor) -> Sequence[Server]:
    """Return the organization's servers, newest first."""
    actor.require(Permission.SERVER_VIEW)
    mine = (
        select(Server)
        .where(
            Server.organization_id == actor.organization_id,
            col(Server.deleted_at).is_(None),
        )
        .order_by(col(Server.created_at).desc())
    )
    return (await session.exec(mine)).all()


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """What a list shows of a server beside its row; the live version's, where one is published."""

    tool_count: int = 0
    live_number: int | None = None
    published_at: datetime | None = None
    last_call_at: datetime | None = None


async def server_facts_of(session: AsyncSession, actor: Actor) -> dict[UUID, ServerFacts]:
    """Return the facts of all of the organization's servers, by server."""
    actor.require(Permission.SERVER_VIEW)
    tools = (
        select(func.count())
        .where(DraftTool.server_id == Server.id)
        .correlate(Server)
        .scalar_subquery()
    )
    last_call = (
        select(func.max(Call.started_at))
        .where(Call.server_id == Server.id)
        .correlate(Server)
        .scalar_subquery()
    )
    mine = (
        select(Server.id, tools, Version.number, Version.created_at, last_call)  # pyright: ignore[reportCallIssue]
        .join(Version, col(Version.id) == Server.live_version_id, isouter=True)
        .where(Server.organization_id == actor.organization_id, col(Server.deleted_at).is_(None))
    )
    return {row[0]: ServerFacts(*row[1:]) for row in (await session.exec(mine)).all()}


async def intake_for(
    session: AsyncSession, actor: Actor, intake_id: UUID, *, is_whole: bool = True
) -> Intake:
    """Return a source that somebody of the organization pasted.

    Args:
        session: a transaction.
        actor: who asks.
        intake_id: which source.
        is_whole: with its proposal, which can be megabytes; without, it is refreshed on demand.

    Raises:
        NotFound: no such source, or it belongs to another organization.
        Forbidden: the actor may not make servers.
    """
    mine = select(Intake).where(
        Intake.id == intake_id, Intake.organization_id == actor.organization_id
    )
    if not is_whole:
        mine = mine.options(defer(col(Intake.proposal)))  # pyright: ignore[reportArgumentType]
    intake = (await session.exec(mine)).first()
    if intake is None:
        raise NotFound("That source is gone. Paste it again to see its tools.")
    actor.require(Permission.SERVER_EDIT)
    return intake


async def row_for(
    session: AsyncSession, server: Server, kind: type[OfServer], row_id: UUID
) -> OfServer:
    """Return a part of a server that was fetched with `server_for`.

    Raises:
        NotFound: no such part, or it belongs to another server.
    """
    row = (
        await session.exec(select(kind).where(kind.id == row_id, kind.server_id == server.id))
    ).first()
    if row is None:
        raise NotFound("That does not exist any more.")
    return row


async def draft_tools_of(session: AsyncSession, server: Server) -> Sequence[DraftTool]:
    """Return the draft's tools in their order."""
    mine = (
        select(DraftTool)
        .where(DraftTool.server_id == server.id)
        .order_by(col(DraftTool.position), col(DraftTool.name))
    )
    return (await session.exec(mine)).all()


@dataclass(frozen=True, slots=True)
class ToolHead:
    """What a list across servers needs of a draft tool."""

    id: UUID
    server_id: UUID
    name: str


async def draft_tool_heads_of(session: AsyncSession, actor: Actor) -> Sequence[ToolHead]:
    """Return the draft tools of all of the organization's servers, by name."""
    actor.require(Permission.SERVER_VIEW)
    mine = (
        select(DraftTool.id, DraftTool.server_id, DraftTool.name)
        .join(Server, col(Server.id) == DraftTool.server_id)
        .where(Server.organization_id == actor.organization_id, col(Server.deleted_at).is_(None))
        .order_by(DraftTool.name, col(DraftTool.id))
        .limit(MOST_TOOL_HEADS)
    )
    return [ToolHead(*row) for row in (await session.exec(mine)).all()]


async def variables_of(session: AsyncSession, server: Server) -> Sequence[EnvironmentVariable]:
    """Return the server's environment variables in their order."""
    mine = (
        select(EnvironmentVariable)
        .where(EnvironmentVariable.server_id == server.id)
        .order_by(col(EnvironmentVariable.position), col(EnvironmentVariable.name))
    )
    return (await session.exec(mine)).all()


async def cases_of(session: AsyncSession, server: Server) -> Sequence[TestCase]:
    """Return the test cases of all of the draft's tools, oldest first."""
    mine = (
        select(TestCase)
        .join(DraftTool, col(DraftTool.id) == TestCase.tool_id)
        .where(DraftTool.server_id == server.id)
        .order_by(col(TestCase.created_at))
    )
    return (await session.exec(mine)).all()


async def case_for(session: AsyncSession, server: Server, case_id: UUID) -> TestCase:
    """Return a test case of a server that was fetched with `server_for`.

    Raises:
        NotFound: no such case, or it belongs to another server.
    """
    mine = (
        select(TestCase)
        .join(DraftTool, col(DraftTool.id) == TestCase.tool_id)
        .where(DraftTool.server_id == server.id, TestCase.id == case_id)
    )
    case = (await session.exec(mine)).first()
    if case is None:
        raise NotFound("That test case does not exist any more.")
    return case


async def versions_of(session: AsyncSession, server: Server) -> Sequence[Version]:
    """Return the published versions, newest first."""
    mine = (
        select(Version).where(Version.server_id == server.id).order_by(col(Version.number).desc())
    )
    return (await session.exec(mine)).all()


@dataclass(frozen=True, slots=True)
class VersionHead:
    """A version without its spec, which can be large."""

    id: UUID
    number: int
    note: str
    contract_hash: str
    created_at: datetime
    author: str


async def version_heads_of(session: AsyncSession, server: Server) -> Sequence[VersionHead]:
    """Return what a history shows of the published versions, newest first."""
    shown = (
        Version.id,
        Version.number,
        Version.note,
        Version.contract_hash,
        Version.created_at,
        func.coalesce(User.name, ""),
    )
    mine = (
        select(*shown)  # pyright: ignore[reportCallIssue] - typed for four columns at most
        .join(User, col(User.id) == Version.created_by, isouter=True)
        .where(Version.server_id == server.id)
        .order_by(col(Version.number).desc())
    )
    return [VersionHead(*row) for row in (await session.exec(mine)).all()]


async def newest_number_of(session: AsyncSession, server: Server) -> int:
    """Return the highest version number so far, 0 before the first."""
    mine = select(func.coalesce(func.max(Version.number), 0)).where(Version.server_id == server.id)
    return (await session.exec(mine)).one()


async def version_of(session: AsyncSession, server: Server, number: int) -> Version:
    """Return one published version.

    Raises:
        NotFound: the server has no version of that number.
    """
    mine = select(Version).where(Version.server_id == server.id, Version.number == number)
    version = (await session.exec(mine)).first()
    if version is None:
        raise NotFound(f"There is no version {number} of this server.")
    return version


async def live_version_of(session: AsyncSession, server: Server) -> Version | None:
    """Return the version that clients see, if any was published."""
    mine = select(Version).where(
        Version.server_id == server.id, Version.id == server.live_version_id
    )
    return (await session.exec(mine)).first()


async def keys_of(session: AsyncSession, server: Server) -> Sequence[ServerKey]:
    """Return the server's keys, newest first."""
    mine = (
        select(ServerKey)
        .where(ServerKey.server_id == server.id)
        .order_by(col(ServerKey.created_at).desc())
    )
    return (await session.exec(mine)).all()
