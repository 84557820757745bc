"""The workers of all servers: who serves which call, who rests, who goes."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from time import monotonic, perf_counter
from typing import Any

from core.logs import log
from core.sandbox_protocol import Binding, Packages, WorkerLimits
from sandbox.admission import Admission, Busy
from sandbox.calls import Answer, Call, End
from sandbox.egress.client import Egress
from sandbox.spares import PORTS, Kind, Spares
from sandbox.statistics import Statistics
from sandbox.worker import Worker

CALLS_AT_ONCE = 8
MOST_CALLS_OF_A_WORKER = 1_000
IDLE_SECONDS = 900.0
FREEZE_AFTER_SECONDS = 0.2
TICK_SECONDS = 0.1
# A worker that has grown to this part of what it may have is replaced once it is idle.
GROWN = 0.8
LOOKS_AT_MEMORY_SECONDS = 5.0
MAX_CONNECTIONS_TOLD = 100


@dataclass(slots=True)
class Bound:
    """A worker with its server, and what the pool knows of it.

    Attributes:
        is_ready: whether it has taken its server; before that it does not rest.
    """

    worker: Worker
    binding: Binding
    is_ready: bool = False
    connections: dict[int, dict[str, Any]] = field(default_factory=dict)


@dataclass(slots=True)
class Served:
    """A call that was served, and what it took."""

    answer: Answer
    waited_ms: float
    started_ms: float
    ran_ms: float
    is_cold: bool
    connections: list[dict[str, Any]]


MakeWorker = Callable[[Kind], Awaitable[Worker]]


class Pool:
    """Finds or makes a worker for each call.

    Args:
        spawn: makes a locked-down worker of a kind.
        egress: the way out of the workers.
        admission: decides whose call runs next.
        most_workers: how many may live at once on this host.
        spares: how many are kept ready.
    """

    def __init__(
        self,
        spawn: MakeWorker,
        egress: Egress,
        admission: Admission,
        *,
        most_workers: int,
        spares: int,
    ) -> None:
        self._spawn = spawn
        self._egress = egress
        egress.on_connection(self.note_connection)
        self._admission = admission
        self._most_workers = most_workers
        self._spares = Spares(self._made, common=Kind(), keep=spares)
        self._lanes: dict[str, list[Bound]] = {}
        self._bound: dict[Worker, Bound] = {}
        self._starting: Counter[str] = Counter()
        self._promised = 0
        self._freed = asyncio.Condition()
        self._statistics = Statistics()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._looked_at_memory = monotonic()
        self._ticker: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to make spares and to look after the workers."""
        self._spares.start()
        self._ticker = asyncio.create_task(self._tick(), name="pool")

    async def stop(self) -> None:
        """End all workers."""
        if self._ticker is not None:
            self._ticker.cancel()
            with suppress(asyncio.CancelledError):
                await self._ticker
        await self._spares.stop()
        self.end_all(End.STOPPED)

    async def serve(self, binding: Binding, call: Call) -> Served:
        """Run a call of a server.

        Raises:
            Busy: there is no room for it.
            WorkerFailed: no worker could be started, or the server's code kept it from starting.
        """
        asked = perf_counter()
        async with self._admission.turn(binding.tenant, binding.share):
            bound, is_cold, waited_ms = await self._acquired(binding, asked)
            started_ms = _ms_since(asked) - waited_ms
            earlier, began = set(bound.connections), perf_counter()
            answer = await bound.worker.call(call)
            ran_ms = _ms_since(began)
            self._egress.catch_up()
            new = [c for number, c in bound.connections.items() if number not in earlier]
            await self._after(bound, answer)
        self._statistics.of(binding.server).note_call(waited_ms)
        return Served(answer, waited_ms, started_ms, ran_ms, is_cold, new)

    async def check(self, asked: dict[str, Any], packages: Packages) -> Any:
        """Have source code looked at in a worker of its own, beside what it may import."""
        worker = await self._spares.take(Kind(packages))
        try:
            return await worker.check(asked)
        finally:
            worker.kill(End.RETIRED)

    def forget(self, lane: str) -> None:
        """End a lane's workers once their calls are over: they hold values that may be old."""
        for bound in self._lanes.get(lane, ()):
            bound.worker.retire()

    def refill(self) -> None:
        """Make new spares for those that went."""
        self._spares.refill()

    def end_all(self, end: End) -> None:
        """End every worker, spares too."""
        self._spares.discard_all()
        for worker in list(self._bound):
            worker.kill(end)

    def note_connection(self, worker: Worker, connection: dict[str, Any]) -> None:
        """Keep what the guard tells of a connection: that it is open, over, or refused."""
        bound = self._bound.get(worker)
        if bound is None:
            return
        number = connection["number"]
        if number in bound.connections or len(bound.connections) < MAX_CONNECTIONS_TOLD:
            bound.connections[number] = connection
        if not connection["is_open"]:
            self._statistics.of(bound.binding.server).note_connection(connection)

    def status(self) -> dict[str, Any]:
        """Return how the host does."""
        return {
            "workers": len(self._bound),
            "spares": self._spares.ready,
            "running": self._admission.running,
            "waiting": self._admission.waiting,
        }

    def status_of(self, server: str) -> dict[str, Any]:
        """Return what is known of a server's workers."""
        statistics = self._statistics.of(server)
        return {
            "workers": [
                {
                    "revision": bound.binding.revision,
                    "lane": bound.binding.lane,
                    "running": bound.worker.running,
                    "calls": bound.worker.calls_served,
                    "memory_kib": bound.worker.memory_kib(),
                    "is_frozen": bound.worker.is_frozen,
                    "idle_seconds": round(monotonic() - bound.worker.idle_since, 1),
                }
                for bound in self._bound.values()
                if bound.binding.server == server
            ],
            "calls": statistics.calls,
            "cold_starts": statistics.cold_starts,
            "ends": dict(statistics.ends),
            "waited_ms": round(statistics.waited_ms / max(1, statistics.calls), 2),
            "longest_wait_ms": round(statistics.longest_wait_ms, 1),
            "hosts": {host: asdict(traffic) for host, traffic in statistics.hosts.items()},
        }

    async def _acquired(self, binding: Binding, asked: float) -> tuple[Bound, bool, float]:
        """Return a worker with room for a call, whether it is new, and what waiting took."""
        self._replace_older(binding)
        if binding.isolation == "shared":
            while (bound := self._with_room(binding)) is None and not self._may_start(binding):
                async with self._freed:
                    await self._freed.wait()
            if bound is not None:
                return bound, False, _ms_since(asked)
        waited_ms = _ms_since(asked)
        self._starting[binding.lane] += 1
        try:
            return await self._started(binding), True, waited_ms
        finally:
            self._starting[binding.lane] -= 1
            if not self._starting[binding.lane]:
                del self._starting[binding.lane]
            await self._tell_freed()

    def _with_room(self, binding: Binding) -> Bound | None:
        """Return the least busy worker of a revision that takes one more call."""
        able = [
            bound
            for bound in self._lanes.get(binding.lane, ())
            if bound.binding.revision == binding.revision
            and not bound.worker.is_draining
            and bound.worker.running < CALLS_AT_ONCE
        ]
        return min(able, key=lambda bound: bound.worker.running, default=None)

    def _may_start(self, binding: Binding) -> bool:
        """Whether a server may have one more worker; one that is starting is waited for first."""
        live = [b for b in self._lanes.get(binding.lane, ()) if not b.worker.is_draining]
        return not self._starting[binding.lane] and len(live) < binding.workers

    async def _started(self, binding: Binding) -> Bound:
        """Bind a worker to a server."""
        worker = await self._taken(binding)
        bound = Bound(worker, binding)
        self._bound[worker] = bound
        self._lanes.setdefault(binding.lane, []).append(bound)
        self._watch(bound)
        names = {"tenant": binding.tenant, "server": binding.server}
        self._egress.allow(worker, binding.egress, **names)
        tools = {name: tool.model_dump() for name, tool in binding.tools.items()}
        try:
            await worker.bind({"tools": tools, "env": binding.env})
            bound.is_ready = True
        finally:
            if not bound.is_ready:
                worker.retire()
        self._statistics.of(binding.server).cold_starts += 1
        return bound

    async def _taken(self, binding: Binding) -> Worker:
        """Return a worker that nobody had; until there is one, the room for it is kept."""
        self._make_room()
        ports = tuple(dict.fromkeys((*PORTS, *binding.ports)))
        self._promised += 1
        try:
            return await self._spares.take(Kind(binding.packages, binding.limits, ports))
        finally:
            self._promised -= 1

    async def _made(self, kind: Kind) -> Worker:
        worker = await self._spawn(kind)
        self._egress.adopt(worker)
        task = asyncio.create_task(self._forgotten(worker))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return worker

    async def _forgotten(self, worker: Worker) -> None:
        await worker.ended.wait()
        self._egress.forget(worker)

    def _watch(self, bound: Bound) -> None:
        async def leave() -> None:
            await bound.worker.ended.wait()
            self._bound.pop(bound.worker, None)
            lane = self._lanes.get(bound.binding.lane, [])
            lane.remove(bound)
            if not lane:
                self._lanes.pop(bound.binding.lane, None)
            end = bound.worker.end or End.GONE
            self._statistics.of(bound.binding.server).ends[end.value] += 1
            await self._tell_freed()

        task = asyncio.create_task(leave())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _after(self, bound: Bound, answer: Answer) -> None:
        worker = bound.worker
        if bound.binding.isolation == "per_call" or _is_spent(bound, answer):
            worker.retire()
        if not worker.running:
            bound.connections.clear()
        await self._tell_freed()

    async def _tell_freed(self) -> None:
        async with self._freed:
            self._freed.notify_all()

    def _replace_older(self, binding: Binding) -> None:
        for bound in self._lanes.get(binding.lane, ()):
            if bound.binding.revision != binding.revision:
                bound.worker.retire()

    def _make_room(self) -> None:
        """End the worker that has rested longest, when there are as many as may be.

        Raises:
            Busy: all of them work, or are kept warm.
        """
        living = sum(bound.worker.end is None for bound in self._bound.values())
        if living + self._promised < self._most_workers:
            return
        resting = [bound for bound in self._resting() if not self._is_kept_warm(bound)]
        if not resting:
            raise Busy("All workers of this host are at work. Try again soon.", is_own=False)
        min(resting, key=lambda bound: bound.worker.idle_since).worker.kill(End.RETIRED)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            looks_at_memory = monotonic() - self._looked_at_memory > LOOKS_AT_MEMORY_SECONDS
            if looks_at_memory:
                self._looked_at_memory = monotonic()
            for bound in list(self._resting()):
                try:
                    self._look_after(bound, looks_at_memory=looks_at_memory)
                except OSError as error:
                    log.warning("sandbox.worker_lost", why=str(error))

    def _resting(self) -> Iterator[Bound]:
        return (
            bound
            for bound in self._bound.values()
            if bound.is_ready and not bound.worker.running and not bound.worker.is_draining
        )

    def _look_after(self, bound: Bound, *, looks_at_memory: bool) -> None:
        worker, binding = bound.worker, bound.binding
        idle = monotonic() - worker.idle_since
        is_unused = idle > IDLE_SECONDS and not self._is_kept_warm(bound)
        if is_unused or (looks_at_memory and _is_grown(worker, binding.limits)):
            worker.retire()
        elif idle > FREEZE_AFTER_SECONDS and not binding.warm:
            worker.freeze()

    def _is_kept_warm(self, bound: Bound) -> bool:
        live = [b for b in self._lanes[bound.binding.lane] if not b.worker.is_draining]
        return len(live) <= bound.binding.warm


def _is_spent(bound: Bound, answer: Answer) -> bool:
    """Whether a worker is to be replaced after a call: it is old, or its memory is full.

    What it says of its memory itself only tells when to look.
    """
    worker, limits, said = bound.worker, bound.binding.limits, answer.body or {}
    if worker.calls_served >= MOST_CALLS_OF_A_WORKER:
        return True
    if said.get("error", {}).get("kind") == "MemoryLimit":
        return True
    is_heavy = said.get("memory_kib", 0) > GROWN * limits.memory_mib * 1024
    return is_heavy and _is_grown(worker, limits)


def _is_grown(worker: Worker, limits: WorkerLimits) -> bool:
    return worker.memory_kib() > GROWN * limits.memory_mib * 1024


def _ms_since(moment: float) -> float:
    return (perf_counter() - moment) * 1000
