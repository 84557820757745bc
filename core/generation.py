"""How the runtime learns of a change: one counter that each change moves and stamps on its server.

The counter's row is locked until the change commits, so a reader who sees a value sees every change
up to it. Writers of different servers wait for each other, which is why transactions are short.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from core.models import Generation, Server


async def announce_change(session: AsyncSession, server: Server) -> None:
    """Stamp a server, so that every replica of the runtime reloads it within a second."""
    await announce_changes(session, [server])


async def announce_changes(session: AsyncSession, servers: Sequence[Server]) -> None:
    """Stamp several servers with one move of the counter."""
    if not servers:
        return
    moved = update(Generation).values(value=Generation.value + 1).returning(col(Generation.value))
    generation = (await session.exec(moved)).scalar_one()
    for server in servers:
        server.generation = generation
        session.add(server)


async def current_generation(session: AsyncSession) -> int:
    """Return the counter."""
    return (await session.exec(select(Generation.value))).one()


async def servers_changed_since(session: AsyncSession, generation: int) -> Mapping[UUID, int]:
    """Return the servers that were stamped after `generation`, and with what."""
    changed = select(Server.id, Server.generation).where(col(Server.generation) > generation)
    return dict((await session.exec(changed)).all())
