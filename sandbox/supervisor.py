"""The supervisor: one process that starts and ends all workers, and serves the runtime alone.

It holds no key and no database. What a server needs, its secrets included, comes with its binding
and goes to that server's workers alone.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import Any, Literal

from core.logs import log
from core.sandbox_protocol import Packages
from sandbox.admission import Admission
from sandbox.calls import End, WorkerFailed
from sandbox.capacity import most_calls
from sandbox.control_groups import memory_bounds
from sandbox.egress.client import Egress
from sandbox.jail.lockdown import Limits
from sandbox.leaves import Leaves
from sandbox.pool import Pool
from sandbox.spares import Kind
from sandbox.worker import Worker
from sandbox.zygote import Zygote, ZygoteFailed

# A zygote's children share where its code lies in memory: a new one now and then bounds what
# somebody who found that out has learned.
ROTATE_SECONDS = 4 * 3600.0
PAUSE_AFTER_FAILURE_SECONDS = 0.5
MOST_WAITING = 1_000

MakeZygote = Callable[[Packages], Zygote]


class Supervisor:
    """Zygotes, their workers, and the way out of them.

    Args:
        egress: the way out, not started yet.
        make_zygote: makes a zygote with a set of packages, not started yet; it may raise
            `WorkerFailed`.
        most_workers: how many workers may live at once.
        spares: how many are kept ready.
        leaves: gives each worker a control group; None where the host hands out none.

    Attributes:
        over: set to stop it; it sets this itself when it can serve no more.
        is_lost: whether it can serve no more, and must be started again by whoever started it.
    """

    def __init__(
        self,
        make_zygote: MakeZygote,
        egress: Egress,
        *,
        most_workers: int,
        spares: int,
        leaves: Leaves | None = None,
    ) -> None:
        self._make_zygote = make_zygote
        self._zygotes: dict[Packages, Zygote] = {}
        self._living: set[Zygote] = set()  # with those that others have followed
        self._locks: dict[Packages, asyncio.Lock] = {"lean": asyncio.Lock(), "full": asyncio.Lock()}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._egress = egress
        self._leaves = leaves
        self.over = asyncio.Event()
        self.is_lost = False
        self.pool = Pool(
            self._spawn,
            self._egress,
            Admission(calls=most_calls(memory_bounds()), waiting=MOST_WAITING),
            most_workers=most_workers,
            spares=spares,
        )

    @property
    def limits(self) -> Literal["cgroup", "rlimit"]:
        """What bounds the workers."""
        return "rlimit" if self._leaves is None else "cgroup"

    async def start(self) -> None:
        """Start everything that calls need.

        Raises:
            WorkerFailed: no jail can be started on this host.
        """
        self._egress.start()
        await self._zygote("lean")
        self.pool.start()
        self._keep(self._watch_egress())

    async def stop(self) -> None:
        """End everything."""
        for task in list(self._tasks):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await self.pool.stop()
        for zygote in self._living:
            zygote.close()
            await zygote.ended.wait()
        if self._leaves is not None:
            await self._leaves.close()
        self._egress.close()

    async def _spawn(self, kind: Kind) -> Worker:
        limits = Limits(**kind.limits.model_dump(exclude={"processors"}))
        try:
            zygote = await self._zygote(kind.packages)
            worker = await zygote.spawn(limits, kind.ports)
        except OSError as error:  # of files that may be open, say
            raise WorkerFailed(f"The system refuses a worker: {error.strerror}.") from error
        if self._leaves is not None:
            await self._leaves.enclose(worker, kind.limits)
        return worker

    async def _zygote(self, packages: Packages) -> Zygote:
        async with self._locks[packages]:
            zygote = self._zygotes.get(packages)
            if zygote is None or not zygote.is_alive:
                zygote = await self._started(packages)
            elif monotonic() - zygote.started_at > ROTATE_SECONDS:
                zygote = await self._rotated(packages, zygote)
            return zygote

    async def _started(self, packages: Packages) -> Zygote:
        zygote = self._make_zygote(packages)
        try:
            await zygote.start()
        except ZygoteFailed as error:
            await asyncio.sleep(PAUSE_AFTER_FAILURE_SECONDS)
            raise WorkerFailed(str(error)) from error
        self._zygotes[packages] = zygote
        self._living.add(zygote)
        self._keep(self._watch_zygote(zygote))
        return zygote

    async def _rotated(self, packages: Packages, old: Zygote) -> Zygote:
        """Start a new zygote; the old one goes when its last worker has gone."""
        zygote = await self._started(packages)
        self._keep(old.close_when_unused())
        return zygote

    async def _watch_zygote(self, zygote: Zygote) -> None:
        """Make new spares as soon as a zygote is gone: the kernel has ended its workers."""
        await zygote.ended.wait()
        self._living.discard(zygote)
        log.warning("sandbox.zygote_gone")
        self.pool.refill()

    async def _watch_egress(self) -> None:
        """Start the way out again when it is gone; workers without one are of no use."""
        while True:
            await self._egress.ended.wait()
            log.warning("sandbox.egress_gone")
            self.pool.end_all(End.STOPPED)
            try:
                self._egress.start()
            except ConnectionError:
                log.error("sandbox.egress_lost")
                self.is_lost = True
                self.over.set()
                return
            self.pool.refill()

    def _keep(self, coroutine: Any) -> None:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
