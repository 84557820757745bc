"""What a call to a worker is, and what it comes to."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

MAX_OUTPUT_CHARACTERS = 32 * 1024


class WorkerFailed(Exception):
    """A worker could not be started or bound."""


class End(StrEnum):
    """Why a worker ended."""

    TIMEOUT = "timeout"
    MEMORY = "memory"
    CPU = "cpu"
    CRASHED = "crashed"
    PROTOCOL = "protocol"
    RETIRED = "retired"
    STOPPED = "stopped"
    LEFT = "left"
    GONE = "gone"


StoreRequest = Mapping[str, Any]
AnswerStore = Callable[[StoreRequest], Awaitable[Any]]
Hear = Callable[[str, Any], None]


class StoreRefused(Exception):
    """The store says no; the message is for the tool's author."""


@dataclass(slots=True)
class Call:
    """A call to run in a worker.

    Attributes:
        answer_store: serves the tool's questions to the key-value store.
        hear: is told what happens as it happens: `stdout` or `stderr` with a piece of text, or
            `connection` with what `Pool.note_connection` knows of one.
    """

    tool: str
    arguments: Mapping[str, Any]
    timeout_seconds: float
    answer_store: AnswerStore
    hear: Hear = lambda _source, _said: None


@dataclass(slots=True)
class Answer:
    """What a call came to: `body` as the worker sent it, or how the worker ended."""

    body: dict[str, Any] | None
    end: End | None = None
    detail: str = ""
    output: list[tuple[str, str]] = field(default_factory=list)
    is_output_cut: bool = False


@dataclass(slots=True)
class Served:
    """A call that was served, what it took, and the connections that it made."""

    answer: Answer
    waited_ms: float
    started_ms: float
    ran_ms: float
    is_cold: bool
    connections: list[dict[str, Any]]


@dataclass(slots=True)
class Running:
    """A call that a worker has, what it asks the store for, and what it printed so far."""

    call: Call
    done: asyncio.Future[Answer]
    timer: asyncio.TimerHandle | None = None
    is_late: bool = False
    storing: dict[int, asyncio.Task[None]] = field(default_factory=dict)
    output: list[tuple[str, str]] = field(default_factory=list)
    output_characters: int = 0
    is_output_cut: bool = False

    def keep_output(self, stream: str, text: str) -> None:
        """Keep a piece of what it printed, as long as there is room."""
        if not text:  # of nothing, there could be without end
            return
        room = MAX_OUTPUT_CHARACTERS - self.output_characters
        self.is_output_cut = self.is_output_cut or len(text) > room
        if room > 0:
            self.output.append((stream, text[:room]))
            self.output_characters += len(text)
            self.call.hear(stream, text[:room])

    def stop_storing(self) -> None:
        """Ask the store for nothing more."""
        for task in self.storing.values():
            task.cancel()

    def finish(self, answer: Answer) -> None:
        """Answer the call, with what it printed."""
        answer.output, answer.is_output_cut = self.output, self.is_output_cut
        if not self.done.done():
            self.done.set_result(answer)


def end_of(status: int, *, ran_out: bool) -> End:
    """Return why a process ended that nobody here killed.

    Args:
        status: its wait status.
        ran_out: whether memory ran out, for all that is known.
    """
    if os.WIFSIGNALED(status):
        killed_by = os.WTERMSIG(status)
        if killed_by == signal.SIGKILL and ran_out:
            return End.MEMORY
        return End.CPU if killed_by == signal.SIGXCPU else End.CRASHED
    return End.CRASHED


def detail_of(status: int | None) -> str:
    """Return a wait status in a word: the signal's name, or the exit code."""
    if status is None:
        return ""
    if os.WIFSIGNALED(status):
        return signal.Signals(os.WTERMSIG(status)).name
    return f"exit {os.waitstatus_to_exitcode(status)}"
