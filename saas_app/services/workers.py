"""How the Python tools of a server run at this moment, as the runtime tells it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from core.access import server_for
from core.crypto import Sealer
from core.permissions import Actor, Permission
from core.settings import Settings
from saas_app.services.draft_address import DraftLeave, ask_runtime, leave_for


@dataclass(frozen=True, slots=True)
class WorkerView:
    """One process: whether it serves the draft, what it does, and how much memory it takes."""

    is_draft: bool
    running: int
    calls: int
    memory_kib: int
    is_frozen: bool
    idle_seconds: float


@dataclass(frozen=True, slots=True)
class HostView:
    """What went to one host, in bytes, and how many connections were made and refused."""

    host: str
    connections: int
    refused: int
    sent: int
    received: int


@dataclass(frozen=True, slots=True)
class Workers:
    """A server's workers, and what happened since the sandbox started.

    Args:
        tier: what isolates them, in the sandbox's own words.
        ends: why workers ended, and how often.
        waited_ms: how long a call waited for its turn, on average.
    """

    tier: str
    workers: tuple[WorkerView, ...]
    calls: int
    cold_starts: int
    ends: dict[str, int]
    waited_ms: float
    longest_wait_ms: float
    hosts: tuple[HostView, ...]


async def leave_to_look(
    session: AsyncSession, actor: Actor, server_id: UUID, *, sealer: Sealer, now: datetime
) -> DraftLeave:
    """Give leave to look at a server's workers to whoever may try its tools."""
    server = await server_for(session, actor, server_id, to=Permission.SERVER_TRY)
    return leave_for(actor.user_id, server.id, sealer=sealer, now=now)


async def workers_of(settings: Settings, leave: DraftLeave) -> Workers:
    """Return how a server's workers are.

    Raises:
        UpstreamUnavailable: the runtime cannot tell, with why.
    """
    said = await ask_runtime(settings, leave, "workers", {})
    traffic = said.get("hosts", {})
    return Workers(
        tier=said.get("tier", ""),
        workers=tuple(map(_worker, said.get("workers", ()))),
        calls=said.get("calls", 0),
        cold_starts=said.get("cold_starts", 0),
        ends=said.get("ends", {}),
        waited_ms=said.get("waited_ms", 0.0),
        longest_wait_ms=said.get("longest_wait_ms", 0.0),
        hosts=tuple(HostView(host=host, **traffic[host]) for host in sorted(traffic)),
    )


def _worker(said: dict[str, Any]) -> WorkerView:
    return WorkerView(
        is_draft=said["lane"].endswith(":draft"),
        running=said["running"],
        calls=said["calls"],
        memory_kib=said["memory_kib"],
        is_frozen=said["is_frozen"],
        idle_seconds=said["idle_seconds"],
    )
