"""What a whole server is set to: paused or running, how much evidence it asks for, or deleted."""

from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from core.access import server_for
from core.audit import record_act
from core.errors import Conflict, Invalid
from core.generation import announce_change
from core.logs import log
from core.models import Evidence
from core.permissions import Actor, Permission


async def pause_server(
    session: AsyncSession, actor: Actor, server_id: UUID, *, now: datetime
) -> None:
    """Refuse all clients until the server is resumed; calls in flight end by themselves."""
    await _set_paused(session, actor, server_id, is_paused=True, now=now)


async def resume_server(
    session: AsyncSession, actor: Actor, server_id: UUID, *, now: datetime
) -> None:
    """Let clients in again."""
    await _set_paused(session, actor, server_id, is_paused=False, now=now)


async def set_evidence_bar(
    session: AsyncSession, actor: Actor, server_id: UUID, *, bar: str, now: datetime
) -> None:
    """Set how much must be known of a tool before it is published.

    Raises:
        Invalid: there is no such level.
    """
    server = await server_for(session, actor, server_id, to=Permission.EVIDENCE_MANAGE)
    try:
        level = Evidence(bar)
    except ValueError:
        raise Invalid("Choose unchecked, checked or proven.", field="evidence_bar") from None
    before, server.evidence_bar = server.evidence_bar, level
    session.add(server)
    record_act(
        session, actor, "server.evidence_bar_set", subject=server.id, now=now,
        before=before.value, after=level.value,
    )  # fmt: skip


async def delete_server(
    session: AsyncSession, actor: Actor, server_id: UUID, *, typed_name: str, now: datetime
) -> None:
    """Take a server away for good; clients lose it within a second.

    The row stays until the clean-up, so that the runtime notices.

    Raises:
        Invalid: the name was not typed exactly.
        NotFresh: a person has not proved lately who they are.
    """
    server = await server_for(session, actor, server_id, to=Permission.SERVER_DELETE)
    actor.require_fresh_or_key()
    if typed_name.strip() != server.name:
        raise Invalid(f"Type {server.name} to delete it.", field="typed_name")
    server.deleted_at = now
    await announce_change(session, server)
    record_act(session, actor, "server.deleted", subject=server.id, now=now, name=server.name)
    log.info("server.deleted", server_id=str(server.id))


async def _set_paused(
    session: AsyncSession, actor: Actor, server_id: UUID, *, is_paused: bool, now: datetime
) -> None:
    server = await server_for(session, actor, server_id, to=Permission.SERVER_PUBLISH)
    if server.is_paused == is_paused:
        raise Conflict("It is paused already." if is_paused else "It is running already.")
    server.is_paused = is_paused
    await announce_change(session, server)
    action = "server.paused" if is_paused else "server.resumed"
    record_act(session, actor, action, subject=server.id, now=now)
    log.info(action, server_id=str(server.id))
