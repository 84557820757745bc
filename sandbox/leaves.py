"""Gives each worker a control group of its own, and removes it when the worker has ended."""

import asyncio
import itertools
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from core.sandbox_protocol import WorkerLimits
from sandbox.calls import End, WorkerFailed
from sandbox.control_groups import Leaf
from sandbox.worker import Worker

SECONDS_BETWEEN_TRIES = 0.05


class Leaves:
    """Makes the leaves of workers, and removes them.

    Args:
        folder: the group that they are made in, to which this process may move others.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count(1)
        self._tasks: set[asyncio.Task[None]] = set()

    async def enclose(self, worker: Worker, limits: WorkerLimits) -> None:
        """Put a worker into a leaf, which is removed when the worker has ended.

        Raises:
            WorkerFailed: it could not be put there, and was ended.
        """
        # It goes on when nobody waits for it any more: what it makes has to be removed.
        enclosing = self._keep(self._enclose(worker, limits))
        try:
            await asyncio.shield(enclosing)
        except asyncio.CancelledError:
            worker.kill(End.RETIRED)
            raise
        except OSError as error:
            worker.kill(End.RETIRED)
            raise WorkerFailed(f"A worker could not have a control group: {error}") from error

    async def close(self) -> None:
        """Wait until the last one is gone; all workers have ended."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _enclose(self, worker: Worker, limits: WorkerLimits) -> None:
        leaf, pid = Leaf(self._folder / str(next(self._numbers))), worker.pid()
        if pid is None:
            raise ProcessLookupError("It has ended already.")
        try:
            # The kernel may take some milliseconds, which others need not wait for.
            await asyncio.to_thread(leaf.take, pid, limits)
            worker.leaf = leaf
        finally:
            self._keep(_remove(leaf, worker))

    def _keep(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


async def _remove(leaf: Leaf, worker: Worker) -> None:
    await worker.ended.wait()
    while not await asyncio.to_thread(leaf.remove):  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(SECONDS_BETWEEN_TRIES)
