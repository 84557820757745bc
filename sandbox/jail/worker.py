"""Serves the calls of one server version, from one bind to the end of the process.

Whatever arrives comes from the supervisor, which is trusted. Whatever leaves may have been written
by the tool's own code, so the supervisor believes none of it.
"""

import asyncio
import contextvars
import gc
import inspect
import io
import itertools
import json
import linecache
import os
import resource
import socket
import struct
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import process_time
from typing import Any

from sandbox.jail import toolkiln
from sandbox.jail.checking import looked_at
from sandbox.jail.frames import MAX_STORE_BYTES, Frames, FrameTooLong, packed
from sandbox.jail.results import as_failure, as_result

THREADS = 8
STACK_BYTES = 1024 * 1024
OUTPUT_CHUNK = 8_192
MAX_OUTPUT_BYTES = 32 * 1024
# Questions to the store that are open at once; more of them wait here. The supervisor ends a worker
# that has twice as many for one call.
STORE_REQUESTS = 16
# Before a piece of output: zero, which call wrote it, and 1 for standard output or 2 for errors.
OUTPUT_HEADER = struct.Struct("!BIB")

calling: contextvars.ContextVar[int] = contextvars.ContextVar("calling", default=0)


class Output(io.TextIOBase):
    """Standard output or errors of tools: each piece goes out at once, with the call it is of.

    What a call prints beyond what is kept of it does not go out at all.
    """

    def __init__(self, stream: int) -> None:
        self._stream = stream
        self._call, self._sent = 0, 0

    def writable(self) -> bool:
        """Whether it can be written to."""
        return True

    def write(self, text: str) -> int:
        """Send text."""
        number = calling.get()
        if number != self._call:
            self._call, self._sent = number, 0
        if self._sent <= MAX_OUTPUT_BYTES:
            data = text[: MAX_OUTPUT_BYTES + 1].encode(errors="replace")
            self._sent += len(data)
            header = OUTPUT_HEADER.pack(0, number, self._stream)
            for start in range(0, len(data), OUTPUT_CHUNK):
                os.write(self._stream, header + data[start : start + OUTPUT_CHUNK])
        return len(text)


class Worker(asyncio.Protocol):
    """One side of the conversation with the supervisor."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._frames = Frames()
        self._tools: dict[str, Tool] = {}
        self._running: dict[int, asyncio.Task[None]] = {}
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._numbers = itertools.count(1)
        self._store_turns = asyncio.Semaphore(STORE_REQUESTS)
        self._threads = ThreadPoolExecutor(THREADS, "tool")
        self._transport: Any = None
        toolkiln.store._ask = self._ask_store  # noqa: SLF001 - this is its other half

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say that the worker is locked down and waits for its server."""
        self._transport = transport
        self._send({"locked": True})

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - of asyncio
        """End: nobody is there to work for."""
        os._exit(0)

    def data_received(self, data: bytes) -> None:
        """Do what the supervisor says."""
        for frame in self._frames.feed(data):
            message = json.loads(frame)
            if "call" in message:
                self._start(message)
            elif "cancel" in message:
                self._cancel(message["cancel"])
            elif "stored" in message:
                self._hand_over(message)
            elif "bind" in message:
                self._bind(message["bind"])
            elif "check" in message:
                self._check(message["check"])

    def _bind(self, bound: dict[str, Any]) -> None:
        toolkiln.env._values.update(bound["env"])  # noqa: SLF001 - this is its other half
        self._tools = {name: Tool(name, **tool) for name, tool in bound["tools"].items()}
        self._send({"bound": True})

    def _check(self, asked: dict[str, Any]) -> None:
        self._send({"checked": looked_at(**asked)})

    def _start(self, message: dict[str, Any]) -> None:
        number = message["call"]
        self._running[number] = self._loop.create_task(self._run(number, message))

    def _cancel(self, number: int) -> None:
        task = self._running.get(number)
        if task is not None:
            task.cancel()

    async def _run(self, number: int, message: dict[str, Any]) -> None:
        calling.set(number)
        tool, began = self._tools[message["tool"]], process_time()
        try:
            value = await tool.run(message["arguments"], self._in_thread)
            answer = as_result(value)
        except BaseException as error:  # noqa: BLE001 - whatever a tool raises is its answer
            answer = as_failure(error)
        del self._running[number]
        used = resource.getrusage(resource.RUSAGE_SELF)
        self._send(
            {
                "done": number,
                **answer,
                "is_async": tool.is_async,
                "cpu_ms": round((process_time() - began) * 1000, 1),
                "memory_kib": used.ru_maxrss,
            }
        )

    async def _in_thread(self, function: Callable[[], Any]) -> Any:
        context = contextvars.copy_context()
        return await self._loop.run_in_executor(self._threads, context.run, function)

    def _ask_store(self, request: dict[str, Any]) -> Any:
        """Ask for something of the store; a coroutine on the loop, the answer in a thread."""
        asked = self._asking_store({**request, "call": calling.get()})
        if toolkiln.is_on_loop():
            return asked
        return asyncio.run_coroutine_threadsafe(asked, self._loop).result()

    async def _asking_store(self, request: dict[str, Any]) -> Any:
        if request["call"] not in self._running:
            raise toolkiln.ToolError("The store can be used while the tool is called.")
        async with self._store_turns:
            return await self._asked_store(request)

    async def _asked_store(self, request: dict[str, Any]) -> Any:
        number = next(self._numbers)
        self._asked[number] = self._loop.create_future()
        try:
            question = packed({"store": number, **request}, most_bytes=MAX_STORE_BYTES)
            self._transport.write(question)
            return await self._asked[number]
        except FrameTooLong:
            raise toolkiln.ToolError("The value is too large for the store.") from None
        finally:
            del self._asked[number]

    def _hand_over(self, message: dict[str, Any]) -> None:
        future = self._asked.get(message["stored"])
        if future is None or future.done():
            return
        if "refused" in message:
            future.set_exception(toolkiln.ToolError(message["refused"]))
        else:
            future.set_result(message["value"])

    def _send(self, message: dict[str, Any]) -> None:
        self._transport.write(packed(message))


class Tool:
    """One tool: its source, and the function in it once it was needed."""

    def __init__(self, name: str, source: str, function: str) -> None:
        self._name = name
        self._source = source
        self._function = function
        self._lock = threading.Lock()
        self._found: Callable[..., Any] | None = None
        self.is_async = False

    async def run(self, arguments: dict[str, Any], in_thread: Callable[..., Any]) -> Any:
        """Call the tool with its arguments: on the loop when it is `async`, else in a thread."""
        function = self._found or await in_thread(self._find)
        self.is_async = inspect.iscoroutinefunction(function)
        if self.is_async:
            return await function(**arguments)
        result = await in_thread(lambda: function(**arguments))
        return await result if inspect.isawaitable(result) else result

    def _find(self) -> Callable[..., Any]:
        with self._lock:
            if self._found is None:
                self._found = self._load()
            return self._found

    def _load(self) -> Callable[..., Any]:
        file = f"<tool {self._name}>"
        lines = self._source.splitlines(keepends=True)
        linecache.cache[file] = (len(self._source), None, lines, file)
        names: dict[str, Any] = {"__name__": self._name, "__file__": file}
        names.update({name: getattr(toolkiln, name) for name in toolkiln.__all__})
        exec(compile(self._source, file, "exec"), names)  # noqa: S102 - what the jail is for
        function = names.get(self._function)
        if not callable(function):
            raise toolkiln.ToolError(f"The code defines no function called {self._function}.")
        return function


def serve(rpc: int) -> None:
    """Serve calls until the supervisor closes the connection."""
    gc.enable()
    sys.modules["toolkiln"] = toolkiln
    sys.stdin = open(os.devnull)  # noqa: PTH123, SIM115 - for the life of the process
    sys.stdout, sys.stderr = Output(1), Output(2)
    threading.stack_size(STACK_BYTES)
    asyncio.run(_serve(socket.socket(fileno=rpc)))


async def _serve(rpc: socket.socket) -> None:
    rpc.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.create_unix_connection(lambda: Worker(loop), sock=rpc)
    await loop.create_future()
