"""Makes servers wait whose workers keep dying: each death costs the host another start.

What counts is a worker that crashed, broke the protocol, or took more memory or processor time than
it may. A call past its deadline does not count, since deadlines bound by themselves how often that
happens and the fault may be a slow service's; nor does a caller who leaves.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from time import monotonic

from core.sandbox_protocol import Binding
from sandbox.admission import Busy
from sandbox.calls import End

# What is said of a worker that ended so.
DEATHS = {
    End.MEMORY: "ran out of memory",
    End.CPU: "used up its time on the processor",
    End.CRASHED: "crashed",
    End.PROTOCOL: "broke the protocol",
}
DEATHS_IN_A_ROW = 3
LONGEST_SECONDS = 30.0
MAX_LANES = 5_000


@dataclass(slots=True)
class _Deaths:
    revision: str
    count: int
    end: End
    at: float

    @property
    def ready_at(self) -> float:
        """When the next start may be: after 1, 2, 4 … seconds."""
        beyond = self.count - DEATHS_IN_A_ROW
        return self.at + min(LONGEST_SECONDS, 2.0**beyond) if beyond >= 0 else self.at


class BackOff:
    """The deaths in a row of each lane; a new revision starts afresh."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lanes: OrderedDict[str, _Deaths] = OrderedDict()

    def note_death(self, binding: Binding, end: End, *, started_at: float) -> None:
        """Count a death, but of workers that were there side by side only the first."""
        known = self._of(binding)
        if known is not None and started_at < known.at:
            return
        count = 1 if known is None else known.count + 1
        self._lanes[binding.lane] = _Deaths(binding.revision, count, end, self._clock())
        self._lanes.move_to_end(binding.lane)
        if len(self._lanes) > MAX_LANES:
            self._lanes.popitem(last=False)

    def forget(self, lane: str) -> None:
        """Begin anew: a call was answered, or the server changed."""
        self._lanes.pop(lane, None)

    def seconds_left(self, binding: Binding) -> float:
        """Return how long it is until a worker may be started; 0 when it may be now."""
        known = self._of(binding)
        return 0.0 if known is None else max(0.0, known.ready_at - self._clock())

    def require_start(self, binding: Binding) -> None:
        """Refuse a start that comes too soon.

        Raises:
            Busy: it does; the message says what happened, and when it is tried again.
        """
        known, seconds = self._of(binding), ceil(self.seconds_left(binding))
        if known is not None and seconds:
            raise Busy(
                f"The server's process {DEATHS[known.end]}, {known.count} times in a row. "
                f"It is started again after {seconds} s.",
                is_own=True,
                retry_after_seconds=seconds,
            )

    def _of(self, binding: Binding) -> _Deaths | None:
        known = self._lanes.get(binding.lane)
        return known if known is not None and known.revision == binding.revision else None
