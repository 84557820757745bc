"""Workers that are ready before anybody asks, of each kind that is asked for."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic

from core.logs import log
from core.sandbox_protocol import Packages, WorkerLimits
from sandbox.calls import End, WorkerFailed
from sandbox.worker import Worker

# HTTP, HTTPS and the databases that there are drivers for.
PORTS = (80, 443, 8080, 8443, 5432, 3306)
# A kind that nobody asked for in this time is not kept ready any more.
SECONDS_IN_DEMAND = 600.0
PAUSE_AFTER_FAILURE_SECONDS = 1.0


STANDARD = WorkerLimits()


@dataclass(frozen=True, slots=True)
class Kind:
    """What makes one spare fit a server and another not."""

    packages: Packages = "lean"
    limits: WorkerLimits = STANDARD
    ports: tuple[int, ...] = PORTS


@dataclass(slots=True)
class _Stock:
    ready: deque[Worker] = field(default_factory=deque)
    asked_at: float = field(default_factory=monotonic)


Spawn = Callable[[Kind], Awaitable[Worker]]


class Spares:
    """Keeps some workers of each kind ready, and makes more as they are taken.

    Args:
        spawn: makes a worker.
        common: the kind that is kept ready from the start.
        keep: how many of the common kind are kept; of any other kind a quarter of that.
    """

    def __init__(self, spawn: Spawn, *, common: Kind, keep: int) -> None:
        self._spawn = spawn
        self._common = common
        self._keep = keep
        self._stocks: dict[Kind, _Stock] = {common: _Stock()}
        self._wanted = asyncio.Event()
        self._filler: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to make spares."""
        self._wanted.set()
        self._filler = asyncio.create_task(self._fill(), name="spares")

    async def stop(self) -> None:
        """Make no more, and end those that are ready."""
        if self._filler is not None:
            self._filler.cancel()
            with suppress(asyncio.CancelledError):
                await self._filler
        self.discard_all()

    @property
    def ready(self) -> int:
        """How many are ready."""
        return sum(len(stock.ready) for stock in self._stocks.values())

    async def take(self, kind: Kind) -> Worker:
        """Return a worker that nobody had: a spare, or a new one when there is none.

        Raises:
            WorkerFailed: none could be made.
        """
        worker = self._ready(kind) or await self._spawn(kind)
        # Only now: of a kind that cannot be made, no spares are tried either.
        self._stocks.setdefault(kind, _Stock()).asked_at = monotonic()
        self._wanted.set()
        return worker

    def refill(self) -> None:
        """Look again whether there are enough."""
        self._wanted.set()

    def discard_all(self) -> None:
        """End the spares, whose way out is gone."""
        for stock in self._stocks.values():
            while stock.ready:
                stock.ready.popleft().kill(End.STOPPED)

    async def _fill(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                while (kind := self._lacking()) is not None:
                    worker = await self._spawn(kind)
                    worker.freeze()
                    self._stocks[kind].ready.append(worker)
            except WorkerFailed as error:
                log.warning("sandbox.spare_failed", why=str(error))
                await asyncio.sleep(PAUSE_AFTER_FAILURE_SECONDS)
                self._wanted.set()

    def _ready(self, kind: Kind) -> Worker | None:
        stock = self._stocks.get(kind)
        while stock is not None and stock.ready:
            worker = stock.ready.popleft()
            if not worker.is_draining:
                worker.thaw()
                return worker
        return None

    def _lacking(self) -> Kind | None:
        """Return a kind of which there are too few."""
        for kind, stock in self._stocks.items():
            while stock.ready and stock.ready[0].is_draining:
                stock.ready.popleft()
            if len(stock.ready) < self._target(kind, stock):
                return kind
        return None

    def _target(self, kind: Kind, stock: _Stock) -> int:
        if kind == self._common:
            return self._keep
        is_in_demand = monotonic() - stock.asked_at < SECONDS_IN_DEMAND
        return max(1, self._keep // 4) if is_in_demand else 0
