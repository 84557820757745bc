"""A worker with its server: what it still takes on, and when it is worn out."""

from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from core.sandbox_protocol import Binding
from sandbox.calls import Answer
from sandbox.worker import Worker

# As many as a worker has threads: calls of plain functions each take one.
CALLS_IN_THREADS = 8
# Calls of `async` functions take turns on one thread, and mostly wait.
CALLS_AT_ONCE = 64
MOST_CALLS_OF_A_WORKER = 1_000
# A worker that has grown to this part of what it may have is replaced once it is idle.
GROWN = 0.8


@dataclass(slots=True, eq=False)
class Bound:
    """A worker with its server, and what the pool knows of it.

    Attributes:
        is_ready: whether it has taken its server; before that it does not rest.
        asynchronous: the tools of which it has said that they need no thread. Where it lies, calls
            of its own server wait for each other in it.
        connections: what is told of connections, by number.
    """

    worker: Worker
    binding: Binding
    is_ready: bool = False
    started_at: float = field(default_factory=monotonic)
    asynchronous: set[str] = field(default_factory=set)
    connections: dict[int, dict[str, Any]] = field(default_factory=dict)

    @property
    def is_crowded(self) -> bool:
        """Whether it has so many calls that another worker would do them good."""
        return self.worker.running >= CALLS_IN_THREADS

    def has_room(self, tool: str) -> bool:
        """Whether it takes one more call of a tool."""
        if self.worker.is_draining or self.worker.running >= CALLS_AT_ONCE:
            return False
        return tool in self.asynchronous or self._in_threads < CALLS_IN_THREADS

    def retire(self) -> None:
        """Have it take no more calls, and end with the last: also with that it is started for."""
        if self.is_ready:
            self.worker.retire()
        else:
            self.worker.is_draining = True

    def learn(self, tool: str, answer: Answer) -> None:
        """Take from an answer whether its tool needs a thread."""
        if (answer.body or {}).get("is_async"):
            self.asynchronous.add(tool)

    def is_spent(self, answer: Answer) -> bool:
        """Whether it is to be replaced after a call: it is old, or its memory is full.

        What it says of its memory itself only tells when to look.
        """
        if self.worker.calls_served >= MOST_CALLS_OF_A_WORKER or is_out_of_memory(answer):
            return True
        said = (answer.body or {}).get("memory_kib", 0)
        return said > self._much_kib and self.is_grown()

    def is_grown(self) -> bool:
        """Whether it has nearly as much memory as it may have."""
        return self.worker.memory_kib() > self._much_kib

    def as_data(self) -> dict[str, Any]:
        """Return how it is."""
        return {
            "revision": self.binding.revision,
            "lane": self.binding.lane,
            "running": self.worker.running,
            "calls": self.worker.calls_served,
            "memory_kib": self.worker.memory_kib(),
            "is_frozen": self.worker.is_frozen,
            "idle_seconds": round(monotonic() - self.worker.idle_since, 1),
        }

    @property
    def _in_threads(self) -> int:
        return sum(tool not in self.asynchronous for tool in self.worker.running_tools)

    @property
    def _much_kib(self) -> float:
        return GROWN * self.binding.limits.memory_mib * 1024


def is_out_of_memory(answer: Answer) -> bool:
    """Whether a call failed for want of memory."""
    return (answer.body or {}).get("error", {}).get("kind") == "MemoryLimit"
