"""The workers of all servers: who serves which call, who rests, who goes."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from time import monotonic, perf_counter
from typing import Any

from core.logs import log
from core.sandbox_protocol import Binding, Packages, Share
from sandbox.admission import SECONDS_TO_WAIT, Admission, Busy
from sandbox.back_off import DEATHS, BackOff
from sandbox.bound import Bound, is_out_of_memory
from sandbox.calls import Answer, Call, End, Served, WorkerFailed
from sandbox.egress.client import Egress
from sandbox.egress.policy import Policy
from sandbox.fleet import Fleet
from sandbox.spares import PORTS, Kind, Spares
from sandbox.statistics import Statistics
from sandbox.worker import Worker

IDLE_SECONDS = 900.0
FREEZE_AFTER_SECONDS = 0.2
TICK_SECONDS = 0.1
LOOKS_AT_MEMORY_SECONDS = 5.0
MAX_CONNECTIONS_TOLD = 100


# Making workers is what keeps the host busiest: no organization may have all of it made for itself.
STARTS_AT_ONCE = 4
STARTS = Share(calls=2, waiting=1_000)

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
        self._starts = Admission(calls=STARTS_AT_ONCE, waiting=STARTS.waiting)
        self._fleet = Fleet(most=most_workers)
        self._spares = Spares(self._made, common=Kind(), keep=spares)
        self._freed = asyncio.Event()
        self._is_closed = False
        self._back_off = BackOff()
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
        self.close()

    async def serve(self, binding: Binding, call: Call) -> Served:
        """Run a call of a server.

        Raises:
            Busy: there is no room for it.
            WorkerFailed: no worker could be started, or the server's code kept it from starting.
        """
        asked = perf_counter()
        async with self._admission.turn(binding.tenant, binding.share):
            bound, is_cold, waited_ms = await self._acquired(binding, call.tool, asked)
            started_ms = _ms_since(asked) - waited_ms
            earlier, began = set(bound.connections), perf_counter()
            answer = await bound.worker.call(call)
            ran_ms = _ms_since(began)
            self._egress.catch_up()
            new = [c for number, c in bound.connections.items() if number not in earlier]
            bound.learn(call.tool, answer)
            self._after(bound, answer)
        self._statistics.of(binding.server).note_call(waited_ms, is_cold=is_cold)
        return Served(answer, waited_ms, started_ms, ran_ms, is_cold, new)

    async def check(self, asked: dict[str, Any], packages: Packages, *, tenant: str) -> Any:
        """Have source code looked at in a worker of its own, beside what it may import.

        Raises:
            Busy: there is no room for it.
            WorkerFailed: no worker could be started, or it did not answer.
        """
        async with self._admission.turn(tenant, Share()):
            worker = await self._spares.take(Kind(packages))
            try:
                return await worker.check(asked)
            finally:
                worker.kill(End.RETIRED)

    def forget(self, lane: str) -> None:
        """End a lane's workers once their calls are over: they hold values that may be old."""
        self._back_off.forget(lane)
        self._fleet.cool(lane)
        for bound in self._fleet.in_lane(lane):
            bound.retire()

    def end(self, binding: Binding) -> None:
        """End the workers of a binding once their calls are over, and keep none of it warm."""
        if self._fleet.keeps_warm(binding):
            self._fleet.cool(binding.lane)
        for bound in self._fleet.live(binding):
            bound.retire()

    def refill(self) -> None:
        """Make new spares for those that went."""
        self._spares.refill()

    def close(self) -> None:
        """End every worker, and give none a server any more."""
        self._is_closed = True
        self.end_all(End.STOPPED)

    def end_all(self, end: End) -> None:
        """End every worker, spares too."""
        self._spares.discard_all()
        self._fleet.cool_all()
        for bound in self._fleet:
            bound.worker.kill(end)

    def note_connection(
        self, server: str, worker: Worker | None, connection: dict[str, Any]
    ) -> None:
        """Keep what the guard tells of a connection: that it is open, over, or refused."""
        self._statistics.of(server).note_connection(connection)
        bound = None if worker is None else self._fleet.of(worker)
        if bound is None:
            return
        number = connection["number"]
        if number in bound.connections or len(bound.connections) < MAX_CONNECTIONS_TOLD:
            bound.connections[number] = connection
            bound.worker.tell("connection", connection)

    def status(self) -> dict[str, Any]:
        """Return how the host does."""
        return {
            "workers": len(self._fleet),
            "spares": self._spares.ready,
            "running": self._admission.running,
            "waiting": self._admission.waiting,
        }

    def status_of(self, server: str) -> dict[str, Any]:
        """Return what is known of a server's workers."""
        workers = [bound.as_data() for bound in self._fleet if bound.binding.server == server]
        return {"workers": workers, **self._statistics.of(server).as_data()}

    async def _acquired(
        self, binding: Binding, tool: str, asked: float
    ) -> tuple[Bound, bool, float]:
        """Return a worker with room for a call, whether it is new, and what waiting took."""
        for bound in self._fleet.older(binding):
            bound.retire()
        if binding.isolation == "shared":
            bound = self._with_room(binding, tool) or await self._waited_for(binding, tool)
            if bound is not None:
                return bound, False, _ms_since(asked)
        waited_ms = _ms_since(asked)
        self._back_off.require_start(binding)
        self._fleet.keep_warm(binding)
        return await self._started(binding), True, waited_ms

    async def _waited_for(self, binding: Binding, tool: str) -> Bound | None:
        """Return a worker once one has room, or None once another may start."""
        try:
            async with asyncio.timeout(SECONDS_TO_WAIT):
                while (bound := self._with_room(binding, tool)) is None:
                    if self._may_start(binding):
                        return None
                    await self._freed.wait()
                return bound
        except TimeoutError:
            message = "All processes of this server are at work. Try again in a moment."
            raise Busy(message, is_own=True) from None

    def _with_room(self, binding: Binding, tool: str) -> Bound | None:
        """Return the least busy worker that takes the call, unless another had better start."""
        able = [bound for bound in self._fleet.live(binding) if bound.has_room(tool)]
        bound = min(able, key=lambda bound: bound.worker.running, default=None)
        if bound is not None and bound.is_crowded and self._may_start(binding):
            return None
        return bound

    def _may_start(self, binding: Binding) -> bool:
        """Whether a server may have one more worker; one that is starting is waited for first."""
        live = self._fleet.live(binding)
        if self._fleet.is_starting(binding.lane) or len(live) >= binding.workers:
            return False
        # With a worker there already, nobody is refused for want of another.
        return not live or (self._fleet.has_space() and not self._back_off.seconds_left(binding))

    async def _started(self, binding: Binding) -> Bound:
        """Start a worker of a server."""
        try:
            with self._fleet.starting(binding.lane):
                return await self._bind(await self._taken(binding), binding)
        finally:
            self._tell_freed()

    async def _bind(self, worker: Worker, binding: Binding) -> Bound:
        if self._is_closed:
            worker.kill(End.STOPPED)
            raise WorkerFailed("No tools are run any more.")
        bound = Bound(worker, binding)
        self._fleet.add(bound)
        self._keep(self._let_go(bound))
        names = {"tenant": binding.tenant, "server": binding.server}
        policy = Policy(**binding.egress.model_dump(), ports=_ports(binding))
        self._egress.allow(worker, policy, **names)
        tools = {name: tool.model_dump() for name, tool in binding.tools.items()}
        try:
            await worker.bind({"tools": tools, "env": binding.env})
            bound.is_ready = True
        finally:
            if not bound.is_ready:
                worker.kill(End.RETIRED)
        return bound

    async def _taken(self, binding: Binding) -> Worker:
        """Return a worker that nobody had; until there is one, the room for it is kept."""
        kind = Kind(binding.packages, binding.limits, _ports(binding))
        async with self._starts.turn(binding.tenant, STARTS):
            with self._fleet.room():
                return await self._spares.take(kind)

    async def _made(self, kind: Kind) -> Worker:
        worker = await self._spawn(kind)
        if worker.ended.is_set():
            raise WorkerFailed("A worker ended before it had a server.")
        self._egress.adopt(worker)
        self._keep(self._forgotten(worker))
        return worker

    async def _forgotten(self, worker: Worker) -> None:
        await worker.ended.wait()
        self._egress.forget(worker)

    async def _let_go(self, bound: Bound) -> None:
        await bound.worker.ended.wait()
        self._fleet.remove(bound)
        end = bound.worker.end or End.GONE
        self._statistics.of(bound.binding.server).ends[end.value] += 1
        if end in DEATHS:
            self._back_off.note_death(bound.binding, end, started_at=bound.started_at)
        self._tell_freed()

    def _after(self, bound: Bound, answer: Answer) -> None:
        worker, binding = bound.worker, bound.binding
        if is_out_of_memory(answer):
            self._back_off.note_death(binding, End.MEMORY, started_at=bound.started_at)
        elif answer.body is not None:
            self._back_off.forget(binding.lane)
        is_last = binding.isolation == "per_call" or self._fleet.has_newer(binding)
        if is_last or bound.is_spent(answer):
            worker.retire()
        if not worker.running:
            bound.connections.clear()
        self._tell_freed()

    def _tell_freed(self) -> None:
        """Let those look again who wait for a worker."""
        freed, self._freed = self._freed, asyncio.Event()
        freed.set()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            looks_at_memory = monotonic() - self._looked_at_memory > LOOKS_AT_MEMORY_SECONDS
            if looks_at_memory:
                self._looked_at_memory = monotonic()
            for bound in self._fleet.resting():
                try:
                    self._look_after(bound, looks_at_memory=looks_at_memory)
                except OSError as error:
                    log.warning("sandbox.worker_lost", why=str(error))
            for binding in self._fleet.lacking():
                if not self._back_off.seconds_left(binding):
                    self._keep(self._warmed_up(binding))

    async def _warmed_up(self, binding: Binding) -> None:
        """Start a worker that is kept warm before anybody calls."""
        try:
            bound = await self._started(binding)
        except (Busy, WorkerFailed) as error:
            self._fleet.cool(binding.lane)
            log.warning("sandbox.not_kept_warm", why=str(error))
        else:
            if bound.worker.is_draining or not self._fleet.keeps_warm(binding):
                bound.retire()  # its lane was forgotten meanwhile

    def _look_after(self, bound: Bound, *, looks_at_memory: bool) -> None:
        worker, binding = bound.worker, bound.binding
        idle = monotonic() - worker.idle_since
        is_unused = idle > IDLE_SECONDS and not self._fleet.is_kept(bound)
        if is_unused or (looks_at_memory and bound.is_grown()):
            worker.retire()
        elif idle > FREEZE_AFTER_SECONDS and not binding.warm:
            worker.freeze()

    def _keep(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _ports(binding: Binding) -> tuple[int, ...]:
    return tuple(dict.fromkeys((*PORTS, *binding.ports)))


def _ms_since(moment: float) -> float:
    return (perf_counter() - moment) * 1000
