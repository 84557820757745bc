"""The workers that have a server: who is whose, who stays warm, who goes when there are many."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from core.sandbox_protocol import Binding
from sandbox.admission import Busy
from sandbox.bound import Bound
from sandbox.calls import End
from sandbox.worker import Worker

# No more than this part of all workers is kept warm where others need the room.
MOST_WARM = 0.75


class Fleet:
    """The workers of all lanes, and those that are about to be.

    Args:
        most: how many may live at once.
    """

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._bound: dict[Worker, Bound] = {}
        self._lanes: dict[str, list[Bound]] = {}
        self._starting: Counter[str] = Counter()
        self._promised = 0
        self._warm: dict[str, Binding] = {}

    def __len__(self) -> int:
        return len(self._bound)

    def __iter__(self) -> Iterator[Bound]:
        return iter(list(self._bound.values()))

    def add(self, bound: Bound) -> None:
        """Take in a worker."""
        self._bound[bound.worker] = bound
        self._lanes.setdefault(bound.binding.lane, []).append(bound)

    def remove(self, bound: Bound) -> None:
        """Let go of a worker that has ended."""
        del self._bound[bound.worker]
        lane = self._lanes[bound.binding.lane]
        lane.remove(bound)
        if not lane:
            del self._lanes[bound.binding.lane]

    def of(self, worker: Worker) -> Bound | None:
        """Return what is known of a worker."""
        return self._bound.get(worker)

    def in_lane(self, lane: str) -> list[Bound]:
        """Return all workers of a lane."""
        return list(self._lanes.get(lane, ()))

    def live(self, binding: Binding) -> list[Bound]:
        """Return the workers of a revision that take calls."""
        return [
            bound
            for bound in self._lanes.get(binding.lane, ())
            if bound.binding.revision == binding.revision and not bound.worker.is_draining
        ]

    def older(self, binding: Binding) -> list[Bound]:
        """Return the workers that a binding takes the place of."""
        return [
            bound
            for bound in self._lanes.get(binding.lane, ())
            if bound.binding.revision != binding.revision
            and bound.binding.generation <= binding.generation
        ]

    def has_newer(self, binding: Binding) -> bool:
        """Whether a worker has taken the place of those of a binding."""
        lane = self._lanes.get(binding.lane, ())
        return any(bound.binding.generation > binding.generation for bound in lane)

    def resting(self) -> list[Bound]:
        """Return the workers that have nothing to do."""
        return [
            bound
            for bound in self._bound.values()
            if bound.is_ready and not bound.worker.running and not bound.worker.is_draining
        ]

    @contextmanager
    def starting(self, lane: str) -> Iterator[None]:
        """Say that a worker of a lane is being started."""
        self._starting[lane] += 1
        try:
            yield
        finally:
            self._starting[lane] -= 1
            if not self._starting[lane]:
                del self._starting[lane]

    def is_starting(self, lane: str) -> bool:
        """Whether a worker of a lane is being started."""
        return lane in self._starting

    @contextmanager
    def room(self) -> Iterator[None]:
        """Hold the place of a worker that is to come; for it the one goes that is missed least.

        Raises:
            Busy: all of them work, or are kept warm.
        """
        if self._is_full:
            if (bound := self._dispensable()) is None:
                raise Busy("All workers of this host are at work. Try again soon.", is_own=False)
            if self.is_kept(bound):
                self.cool(bound.binding.lane)
            bound.worker.kill(End.RETIRED)
        self._promised += 1
        try:
            yield
        finally:
            self._promised -= 1

    def has_space(self) -> bool:
        """Whether one more worker may live, if need be in the place of one that rests."""
        return not self._is_full or self._dispensable() is not None

    def keep_warm(self, binding: Binding) -> None:
        """Keep as many workers as a binding asks for from now on, also when nothing is called.

        A binding that comes late changes nothing of what is kept of a newer one.
        """
        known = self._warm.get(binding.lane)
        if known is not None and known.generation > binding.generation:
            return
        self.cool(binding.lane)
        if binding.warm and binding.isolation == "shared":
            self._warm[binding.lane] = binding

    def cool(self, lane: str) -> None:
        """Keep none of a lane until it is called again."""
        self._warm.pop(lane, None)

    def cool_all(self) -> None:
        """Keep none of any lane until it is called again."""
        self._warm.clear()

    def keeps_warm(self, binding: Binding) -> bool:
        """Whether workers of a binding are kept."""
        known = self._warm.get(binding.lane)
        return known is not None and known.revision == binding.revision

    def is_kept(self, bound: Bound) -> bool:
        """Whether a worker is one of those that are kept warm."""
        warm = self._warm.get(bound.binding.lane)
        return warm is not None and len(self.live(bound.binding)) <= warm.warm

    def lacking(self) -> list[Binding]:
        """Return what is kept warm and has too few workers, where there is room for one more."""
        short = [one for one in self._warm.values() if self._is_short(one)]
        return short if short and (not self._is_full or self._loose()) else []

    def _is_short(self, binding: Binding) -> bool:
        return not self.is_starting(binding.lane) and len(self.live(binding)) < binding.warm

    @property
    def _is_full(self) -> bool:
        living = sum(bound.worker.end is None for bound in self._bound.values())
        return living + self._promised >= self._most

    def _dispensable(self) -> Bound | None:
        """Return who is missed least: of whoever has most, the worker that rested longest."""
        kept = sum(map(self.is_kept, self._bound.values()))
        candidates = self._loose() or (self.resting() if kept > MOST_WARM * self._most else [])
        workers = Counter(bound.binding.tenant for bound in self._bound.values())
        return min(
            candidates,
            key=lambda bound: (-workers[bound.binding.tenant], bound.worker.idle_since),
            default=None,
        )

    def _loose(self) -> list[Bound]:
        return [bound for bound in self.resting() if not self.is_kept(bound)]
