"""Who runs next: bounded queues for each organization, served in turn, and a plain no beyond them.

A call waits for two things: its organization must run fewer calls than it may, and the host must
have room. Organizations that wait take turns, so one with a thousand calls delays another's single
call by one call, not by a thousand.
"""

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from core.sandbox_protocol import Share

SECONDS_TO_WAIT = 10.0
# One part of so many of a host's room is not for any one organization alone.
PARTS = 8


class Busy(Exception):
    """There is no room for the call; `is_own` says whether that is its own organization's doing."""

    def __init__(self, message: str, *, is_own: bool, retry_after_seconds: int = 2) -> None:
        super().__init__(message)
        self.is_own = is_own
        self.retry_after_seconds = retry_after_seconds


@dataclass(slots=True)
class _Waiting:
    turn: asyncio.Future[None]
    share: Share


class Admission:
    """The queue in front of all workers.

    Args:
        calls: how many calls may run on this host at once.
        waiting: how many may wait, of all organizations together.
    """

    def __init__(self, *, calls: int, waiting: int) -> None:
        self._calls = calls
        self._most_waiting = waiting
        self._running: Counter[str] = Counter()
        self._queues: OrderedDict[str, deque[_Waiting]] = OrderedDict()

    @property
    def running(self) -> int:
        """How many calls run."""
        return self._running.total()

    @property
    def waiting(self) -> int:
        """How many calls wait."""
        return sum(map(len, self._queues.values()))

    @asynccontextmanager
    async def turn(self, tenant: str, share: Share) -> AsyncIterator[None]:
        """Wait until it is this call's turn, and hold its place while it runs.

        Raises:
            Busy: the queue is full, or it was not its turn in time.
        """
        await self._admitted(tenant, share)
        try:
            yield
        finally:
            self._pass_on(tenant)

    async def _admitted(self, tenant: str, share: Share) -> None:
        if tenant not in self._queues and self._has_room(tenant, share):
            self._running[tenant] += 1
            return
        queue = self._queues.get(tenant, ())
        if len(queue) >= share.waiting:
            raise Busy(
                f"{len(queue)} calls of this organization wait already. Try again in a moment.",
                is_own=True,
            )
        if self.waiting >= self._most_waiting:
            raise Busy("Too many calls wait on this host. Try again in a moment.", is_own=False)
        await self._waited(tenant, share)

    async def _waited(self, tenant: str, share: Share) -> None:
        waiting = _Waiting(asyncio.get_running_loop().create_future(), share)
        self._queues.setdefault(tenant, deque()).append(waiting)
        self._call_up()
        try:
            async with asyncio.timeout(SECONDS_TO_WAIT):
                await waiting.turn
        except BaseException as error:
            self._leave(tenant, waiting)
            if isinstance(error, TimeoutError):
                is_own = self._running[tenant] >= share.calls
                raise Busy("The call waited too long for its turn.", is_own=is_own) from None
            raise

    def _leave(self, tenant: str, waiting: _Waiting) -> None:
        """Give up a place in the queue, or a turn that came at the last moment."""
        queue = self._queues.get(tenant)
        if queue is not None and waiting in queue:
            queue.remove(waiting)
            if not queue:
                del self._queues[tenant]
        elif waiting.turn.done() and not waiting.turn.cancelled():
            self._pass_on(tenant)

    def _pass_on(self, tenant: str) -> None:
        """Give up a turn."""
        self._running[tenant] -= 1
        if not self._running[tenant]:
            del self._running[tenant]
        self._call_up()

    def _call_up(self) -> None:
        """Give turns to those who wait, one of each organization after the other."""
        is_any_called = True
        while is_any_called:
            is_any_called = False
            for tenant in list(self._queues):
                queue = self._queues[tenant]
                if not self._has_room(tenant, queue[0].share):
                    continue
                self._call(tenant, queue)
                is_any_called = True

    def _call(self, tenant: str, queue: deque[_Waiting]) -> None:
        waiting = queue.popleft()
        if queue:
            self._queues.move_to_end(tenant)
        else:
            del self._queues[tenant]
        if not waiting.turn.done():
            self._running[tenant] += 1
            waiting.turn.set_result(None)

    def _has_room(self, tenant: str, share: Share) -> bool:
        most = min(share.calls, self._calls - self._calls // PARTS)
        return self.running < self._calls and self._running[tenant] < most
