"""Does something again and again until told to stop, never broken off in the middle."""

import asyncio
from collections.abc import Awaitable, Callable


class Ticker:
    """Calls `action` every so many seconds.

    It is asked to stop rather than cancelled: a database connection that is cancelled in the middle
    of a statement is lost.
    """

    def __init__(self, action: Callable[[], Awaitable[None]], *, every_seconds: float) -> None:
        self._action = action
        self._every_seconds = every_seconds
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self, name: str) -> None:
        """Begin; the first call comes after the first pause."""
        self._task = asyncio.create_task(self._run(), name=name)

    async def stop(self) -> None:
        """Let a call that is under way come to its end, and make no other."""
        self._stopping.set()
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        while True:
            try:
                async with asyncio.timeout(self._every_seconds):
                    await self._stopping.wait()
            except TimeoutError:
                await self._action()
            else:
                return
