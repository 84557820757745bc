"""One worker, as the supervisor holds it: its calls, their deadlines, and its certain end.

Nothing that a worker says is believed: a message that was not asked for, or that is none, ends it.
"""

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any

import orjson
from pydantic import ValidationError

from sandbox.calls import Answer, Call, End, Running, StoreRefused, WorkerFailed, detail_of, end_of
from sandbox.control_groups import Leaf
from sandbox.jail.frames import LENGTH, MAX_STORE_BYTES, Frames, FrameTooLong
from sandbox.jail.results import MAX_RESULT_BYTES
from sandbox.memory import anonymous_kib, private_kib
from sandbox.output import Output
from sandbox.said import Done, StoreRequest

SECONDS_TO_LOCK_DOWN = 10.0
SECONDS_TO_BIND = 5.0
# Between being told to stop and being killed: enough to end an `await`, too little to be noticed.
GRACE_SECONDS = 0.15
# How long the end of a worker may stay unexplained before it is told without a reason.
SECONDS_TO_EXPLAIN = 0.2
MAX_DESCRIPTORS = 16
MAX_ANSWER_BYTES = MAX_RESULT_BYTES + 16 * 1024  # with what is said beside the result
MAX_STORE_REQUESTS = 32


class Worker(asyncio.Protocol):
    """A locked-down process that serves one server version until it ends.

    Attributes:
        is_draining: whether it takes no more calls and ends with its last one.
        leaf: its control group, where it has one.
        listeners: the sockets for the egress guard: names first, then one for each port; or the
            broker alone (`sandbox.jail.broker`).
    """

    def __init__(
        self, rpc: socket.socket, output: socket.socket, *, on_gone: Callable[[], None]
    ) -> None:
        self._rpc = rpc
        self._on_gone = on_gone
        self._loop = asyncio.get_running_loop()
        self._frames = Frames()
        self._transport: Any = None
        self._pidfd: int | None = None
        self._inherited_kib = 0
        self._expected: tuple[str, asyncio.Future[Any]] | None = None
        self._running: dict[int, Running] = {}
        self._output = Output(output, self._running)
        self._number = 0
        self._left: set[int] = set()
        self._status: int | None = None
        self.is_frozen = False
        self.leaf: Leaf | None = None
        self.listeners: list[socket.socket] = []
        self.ended = asyncio.Event()
        self.end: End | None = None
        self.is_draining = False
        self._why_draining = End.RETIRED
        self.calls_served = 0
        self.idle_since = monotonic()

    @property
    def running(self) -> int:
        """How many calls it has."""
        return len(self._running)

    @property
    def running_tools(self) -> Iterator[str]:
        """The tools of the calls that it has."""
        return (running.call.tool for running in self._running.values())

    async def start(self) -> None:
        """Wait until it is locked down.

        Raises:
            WorkerFailed: it could not be; the message names the kernel's refusal.
        """
        try:
            async with asyncio.timeout(SECONDS_TO_LOCK_DOWN):
                await self._receive_descriptors()
                locked = self._expect("locked")
                self._rpc.setblocking(False)
                await self._loop.create_unix_connection(lambda: self, sock=self._rpc)
                self._output.start()
                await locked
        except TimeoutError:
            self.kill(End.TIMEOUT)
            raise WorkerFailed("A worker did not lock itself down in time.") from None
        except asyncio.CancelledError:
            self.kill(End.RETIRED)  # nobody knows of it yet who would
            raise
        finally:
            if self._transport is None:
                self._leave()

    async def bind(self, bound: Mapping[str, Any]) -> None:
        """Give it its server, once and for ever.

        Args:
            bound: `tools` by name (`source`, `function`) and `env`.

        Raises:
            WorkerFailed: it ended instead, or took too long.
        """
        await self._asked({"bind": bound}, "bound")

    async def check(self, asked: Mapping[str, Any]) -> Any:
        """Have source code looked at, which only a worker may do; return what it says."""
        return await self._asked({"check": asked}, "checked")

    async def call(self, call: Call) -> Answer:
        """Run a call; it is answered in every case, and in time."""
        if self.ended.is_set():
            return Answer(None, self.end)
        self._number += 1
        number = self._number
        running = Running(call, self._loop.create_future())
        self._running[number] = running
        running.timer = self._loop.call_later(call.timeout_seconds, self._is_late, number, running)
        self.thaw()
        self._send({"call": number, "tool": call.tool, "arguments": call.arguments})
        try:
            return await running.done
        finally:
            running.timer.cancel()
            running.stop_storing()
            if self._running.pop(number, None) is not None and not self.ended.is_set():
                # Its caller has left: a thread cannot be stopped, so the process goes with it.
                self._drain(End.LEFT)
                self._left.add(number)
                self._send({"cancel": number})
            self._after_call()

    def tell(self, source: str, said: Any) -> None:
        """Tell all who wait for a call what happened, as far as any of them may have caused it."""
        for running in self._running.values():
            running.call.hear(source, said)

    def freeze(self) -> None:
        """Stop it in its tracks: between calls, nothing of it runs."""
        if not self.is_frozen and not self._running and self._expected is None:
            self._signal(signal.SIGSTOP)
            self.is_frozen = True

    def thaw(self) -> None:
        """Let it go on."""
        self.idle_since = monotonic()
        if self.is_frozen:
            self._signal(signal.SIGCONT)
            self.is_frozen = False

    def retire(self) -> None:
        """Take no more calls, and end with the last one that runs."""
        self.is_draining = True
        if not self._running:
            self.kill(End.RETIRED)

    def kill(self, end: End) -> None:
        """End it now, whatever it does."""
        self.end = self.end or end
        self.is_draining = True
        self._signal(signal.SIGKILL)
        if self._transport is not None:
            self._transport.abort()

    def note_end(self, status: int) -> None:
        """Take the zygote's word for how the process ended (wait status)."""
        self._status = status
        if self.end is None:
            # The kernel kills for nothing else. A leaf knows better, since a person may kill too.
            self.end = end_of(status, ran_out=self.leaf is None or self.leaf.has_run_out())

    def memory_kib(self) -> int:
        """How much of the machine's memory is the process's alone; 0 when it is gone."""
        pid = self.pid()
        if pid is None:
            return 0
        return private_kib(pid, inherited_kib=self._inherited_kib)

    def pid(self) -> int | None:
        """Return its number as the supervisor's system counts; None when that does not say."""
        if self._pidfd is None:
            return None
        with suppress(OSError):
            for line in Path(f"/proc/self/fdinfo/{self._pidfd}").read_text().splitlines():
                if line.startswith("Pid:"):
                    number = int(line.split()[1])
                    return number if number > 0 else None
        return None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Hear what the worker says, and end it when that makes no sense."""
        try:
            for frame in self._frames.feed(data):
                self._hear(frame)
        except (FrameTooLong, orjson.JSONDecodeError, ValidationError, _Nonsense):
            self.kill(End.PROTOCOL)
        if self._frames.is_amid_one and not self._is_asked:
            self.kill(End.PROTOCOL)  # half of what nobody asked for is not kept either

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - of asyncio
        """Find out why it ended, and tell those who wait."""
        self.is_draining = True
        if self.end is not None:
            self.kill(self.end)
            self._leave()
        else:
            self._loop.call_later(SECONDS_TO_EXPLAIN, self._leave_unexplained)

    async def _receive_descriptors(self) -> None:
        """Take the descriptors that the worker hands over before it locks itself down."""
        arrived: asyncio.Future[None] = self._loop.create_future()
        self._rpc.setblocking(False)
        self._loop.add_reader(self._rpc, lambda: arrived.done() or arrived.set_result(None))
        try:
            await arrived
        finally:
            self._loop.remove_reader(self._rpc)
        data, descriptors, flags, _ = socket.recv_fds(self._rpc, 4096, MAX_DESCRIPTORS)
        if data != b"\0" or not descriptors:
            raise WorkerFailed(_why(data))
        self._pidfd = descriptors[0]
        self._inherited_kib = anonymous_kib(self.pid() or 0)
        self.listeners = [socket.socket(fileno=descriptor) for descriptor in descriptors[1:]]
        if flags & socket.MSG_CTRUNC:
            raise WorkerFailed("The supervisor may open no more files.")

    async def _asked(self, message: dict[str, Any], answer: str) -> Any:
        expected = self._expect(answer)
        self._send(message)
        try:
            async with asyncio.timeout(SECONDS_TO_BIND):
                return await expected
        except TimeoutError:
            self.kill(End.TIMEOUT)
            raise WorkerFailed("The worker did not answer in time.") from None

    def _expect(self, name: str) -> asyncio.Future[Any]:
        future: asyncio.Future[Any] = self._loop.create_future()
        self._expected = (name, future)
        return future

    def _send(self, message: Mapping[str, Any]) -> None:
        body = orjson.dumps(message)
        if self._transport is not None:
            self._transport.write(LENGTH.pack(len(body)) + body)

    @property
    def _is_asked(self) -> bool:
        """Whether it has anything to say at all."""
        return bool(self._running) or self._expected is not None

    def _hear(self, frame: bytes) -> None:
        message = orjson.loads(frame)
        if not isinstance(message, dict):
            raise _Nonsense
        if "done" in message:
            if len(frame) > MAX_ANSWER_BYTES:
                raise _Nonsense
            self._answer(message)
        elif "store" in message:
            if len(frame) > MAX_STORE_BYTES:
                raise _Nonsense
            self._ask_store(message)
        elif self._expected is not None and self._expected[0] in message:
            name, future = self._expected
            self._expected = None
            if not future.done():
                future.set_result(message[name])
        else:
            raise _Nonsense

    def _answer(self, message: dict[str, Any]) -> None:
        number = Done.model_validate(message).done
        if number in self._left:  # its caller left, and does not hear it any more
            self._left.remove(number)
            return
        if number not in self._running:
            raise _Nonsense
        self._output.catch_up()
        running = self._running.pop(number)
        running.finish(Answer(message, End.TIMEOUT if running.is_late else None))
        self.calls_served += 1

    def _is_late(self, number: int, running: Running) -> None:
        running.is_late = True
        self._drain(End.TIMEOUT)
        self._send({"cancel": number})
        running.timer = self._loop.call_later(GRACE_SECONDS, self.kill, End.TIMEOUT)

    def _drain(self, why: End) -> None:
        """Take no more calls, and end with the last one: because of one that did not end well."""
        self.is_draining, self._why_draining = True, why

    def _after_call(self) -> None:
        self.idle_since = monotonic()
        if self.is_draining and not self._running:
            self.kill(self._why_draining)

    def _ask_store(self, message: dict[str, Any]) -> None:
        asked = StoreRequest.model_validate(message)
        running, number = self._running.get(asked.call), asked.store
        if asked.call in self._left:
            return
        if running is None or number in running.storing:
            raise _Nonsense
        if len(running.storing) >= MAX_STORE_REQUESTS:
            raise _Nonsense
        task = self._loop.create_task(self._answer_store(number, running, message))
        running.storing[number] = task
        task.add_done_callback(lambda _: running.storing.pop(number))

    async def _answer_store(self, number: int, running: Running, message: dict[str, Any]) -> None:
        try:
            value = await running.call.answer_store(message)
        except StoreRefused as refusal:
            self._send({"stored": number, "refused": str(refusal)})
        else:
            self._send({"stored": number, "value": value})

    def _signal(self, which: signal.Signals) -> None:
        if self._pidfd is not None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, which)

    def _leave_unexplained(self) -> None:
        """Leave it: when nobody has told of its end by now, it hung up and lives."""
        self.kill(End.PROTOCOL)
        self._leave()

    def _leave(self) -> None:
        """Close everything, and answer the calls that are still open."""
        if self.ended.is_set():
            return
        self.end = self.end or End.GONE
        self.ended.set()
        self._output.close()
        for held in (self._rpc, *self.listeners):
            held.close()
        if self._pidfd is not None:
            os.close(self._pidfd)
            self._pidfd = None
        if self._expected is not None and not self._expected[1].done():
            expected = self._expected[1]
            expected.set_exception(WorkerFailed(f"The worker ended: {self.end}."))
            expected.exception()  # whoever asked may have left: then nobody else looks at it
        for running in self._running.values():
            end = End.TIMEOUT if running.is_late else self.end
            running.finish(Answer(None, end, detail_of(self._status)))
        self._on_gone()


class _Nonsense(Exception):
    """A worker said something that no worker says."""


def _why(data: bytes) -> str:
    try:
        said = orjson.loads(data)
        return f"A worker could not lock itself down: {said['where']}: {said['why']}"
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return "A worker ended before it was locked down."
