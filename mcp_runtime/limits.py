"""How many calls may run at once: per server and per organization, with a short queue behind."""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

from mcp_runtime.errors import TooBusy

PER_SERVER = 64
PER_ORGANIZATION = 128
QUEUE_PER_ORGANIZATION = 256
LONGEST_WAIT_SECONDS = 10.0


@dataclass(slots=True, eq=False)
class _Waiter:
    server_id: UUID
    turn: asyncio.Future[None]


@dataclass(slots=True)
class _Organization:
    running: int = 0
    servers: Counter[UUID] = field(default_factory=Counter)
    queue: deque[_Waiter] = field(default_factory=deque)


class Limits:
    """Counts running calls in memory; each replica grants its own share."""

    def __init__(
        self,
        *,
        per_server: int = PER_SERVER,
        per_organization: int = PER_ORGANIZATION,
        queue: int = QUEUE_PER_ORGANIZATION,
        longest_wait_seconds: float = LONGEST_WAIT_SECONDS,
    ) -> None:
        self._per_server = per_server
        self._per_organization = per_organization
        self._queue = queue
        self._longest_wait = longest_wait_seconds
        self._organizations: dict[UUID, _Organization] = {}

    @asynccontextmanager
    async def slot(self, server_id: UUID, organization_id: UUID) -> AsyncIterator[None]:
        """Hold one of the places, after waiting for it if need be.

        Raises:
            TooBusy: the queue is full, or the wait took too long.
        """
        organization = self._organizations.setdefault(organization_id, _Organization())
        if organization.queue or not self._has_room(organization, server_id):
            await self._wait_for_turn(organization, server_id)
        else:
            self._take(organization, server_id)
        try:
            yield
        finally:
            self._give_back(organization, server_id)
            if not organization.running and not organization.queue:
                self._organizations.pop(organization_id, None)

    @property
    def running(self) -> int:
        """How many calls run now."""
        return sum(organization.running for organization in self._organizations.values())

    def _has_room(self, organization: _Organization, server_id: UUID) -> bool:
        return (
            organization.running < self._per_organization
            and organization.servers[server_id] < self._per_server
        )

    def _take(self, organization: _Organization, server_id: UUID) -> None:
        organization.running += 1
        organization.servers[server_id] += 1

    def _give_back(self, organization: _Organization, server_id: UUID) -> None:
        organization.running -= 1
        organization.servers[server_id] -= 1
        if not organization.servers[server_id]:
            del organization.servers[server_id]
        self._admit(organization)

    def _admit(self, organization: _Organization) -> None:
        """Give free places to those who wait, in order; a full server does not hold up others."""
        for waiter in list(organization.queue):
            if waiter.turn.done() or not self._has_room(organization, waiter.server_id):
                continue
            organization.queue.remove(waiter)
            self._take(organization, waiter.server_id)
            waiter.turn.set_result(None)

    async def _wait_for_turn(self, organization: _Organization, server_id: UUID) -> None:
        if len(organization.queue) >= self._queue:
            raise _busy()
        waiter = _Waiter(server_id, asyncio.get_running_loop().create_future())
        organization.queue.append(waiter)
        self._admit(organization)
        try:
            async with asyncio.timeout(self._longest_wait):
                await asyncio.shield(waiter.turn)
        except BaseException as error:
            if waiter in organization.queue:
                organization.queue.remove(waiter)
            else:
                # The turn came in the same moment as the end of the wait.
                self._give_back(organization, server_id)
            if isinstance(error, TimeoutError):
                raise _busy() from None
            raise


def _busy() -> TooBusy:
    return TooBusy(
        "This server is busy: too many calls at once. Try again in a few seconds.",
        retry_after_seconds=2,
    )
