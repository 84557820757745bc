"""The runtime's connection to the sandbox supervisor; one that breaks is made again."""

import asyncio
import itertools
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import UpstreamUnavailable
from core.sandbox_protocol import SOCKET_NAME, Binding, Messages, Packages

# Past the deadline of a call the supervisor has answered, or is not there any more.
SECONDS_BEYOND = 15.0
SECONDS_TO_ANSWER = 10.0

Answer = Mapping[str, Any]
StoreRequest = Mapping[str, Any]
AnswerStore = Callable[[StoreRequest], Awaitable[Any]]
Hear = Callable[[str, Any], None]


class SandboxUnavailable(UpstreamUnavailable):
    """The supervisor is not there, or does not answer."""

    code = "sandbox_unavailable"
    status = 503


class StoreRefused(Exception):
    """The key-value store says no; the message is for the tool's author."""


@dataclass(slots=True)
class _Asked:
    answer: asyncio.Future[Answer]
    answer_store: AnswerStore | None = None
    hear: Hear | None = None


class SandboxClient:
    """Asks the supervisor.

    Args:
        folder: where its socket is.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._connection: _Connection | None = None
        self._lock = asyncio.Lock()

    async def call(
        self,
        binding: Binding,
        tool: str,
        arguments: Mapping[str, Any],
        *,
        timeout_seconds: float,
        answer_store: AnswerStore,
        hear: Hear | None = None,
    ) -> Answer:
        """Run a tool of a binding; every failure of the tool is an answer with an `error`.

        What the tool prints and connects to is told to `hear` as it happens.

        Raises:
            SandboxUnavailable: there is no supervisor.
        """
        connection = await self._connected()
        message = {
            "do": "call",
            "revision": binding.revision,
            "tool": tool,
            "arguments": arguments,
            "timeout_seconds": timeout_seconds,
            "is_followed": hear is not None,
        }
        seconds = timeout_seconds + SECONDS_BEYOND
        for _ in range(2):
            answer = await connection.ask(
                message, seconds=seconds, answer_store=answer_store, hear=hear
            )
            if "unknown" not in answer:
                return answer
            connection.send({"id": 0, "do": "bind", "binding": binding.model_dump()})
        raise SandboxUnavailable("The sandbox did not take the server.", can_retry=False)

    async def check(
        self, asked: Mapping[str, Any], *, tenant: str, packages: Packages = "lean"
    ) -> Answer:
        """Have source code looked at without running it; the answer has its `problems`."""
        question = {"do": "check", "asked": asked, "tenant": tenant, "packages": packages}
        return await self._asked(question)

    def forget(self, lane: str, generation: int) -> None:
        """Let a lane's workers end, which know values and code from before a generation."""
        if self._connection is not None and not self._connection.is_lost:
            self._connection.send({"id": 0, "do": "forget", "lane": lane, "generation": generation})

    async def status(self, server: str | None = None) -> Answer:
        """Return how a server's workers are, or how the supervisor is."""
        return await self._asked({"do": "status", "server": server})

    async def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            self._connection.transport.abort()

    async def _asked(self, message: Mapping[str, Any]) -> Answer:
        connection = await self._connected()
        return await connection.ask(message, seconds=SECONDS_TO_ANSWER)

    async def _connected(self) -> "_Connection":
        if self._connection is not None and not self._connection.is_lost:
            return self._connection
        async with self._lock:
            if self._connection is None or self._connection.is_lost:
                self._connection = await self._connect()
            return self._connection

    async def _connect(self) -> "_Connection":
        """Open the socket by way of its folder: the address of a socket has 108 bytes at most."""
        try:
            held = os.open(self._folder, os.O_PATH | os.O_DIRECTORY)
            try:
                path = f"/proc/self/fd/{held}/{SOCKET_NAME}"
                loop = asyncio.get_running_loop()
                _, connection = await loop.create_unix_connection(_Connection, path)
            finally:
                os.close(held)
        except (OSError, AttributeError) as error:
            message = "Python tools cannot run: the sandbox is not there."
            raise SandboxUnavailable(message, can_retry=True) from error
        return connection


class _Connection(Messages):
    """One connection, with the questions that are open on it."""

    def __init__(self) -> None:
        super().__init__()
        self._numbers = itertools.count(1)
        self._asked: dict[int, _Asked] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.is_lost = False

    async def ask(
        self,
        message: Mapping[str, Any],
        *,
        seconds: float,
        answer_store: AnswerStore | None = None,
        hear: Hear | None = None,
    ) -> Answer:
        """Ask, and wait for the answer."""
        number = next(self._numbers)
        asked = _Asked(asyncio.get_running_loop().create_future(), answer_store, hear)
        self._asked[number] = asked
        try:
            self.send({"id": number, **message})
            async with asyncio.timeout(seconds):
                return await asked.answer
        except TimeoutError:
            text = "The sandbox did not answer in time."
            raise SandboxUnavailable(text, can_retry=True) from None
        finally:
            del self._asked[number]
            if not asked.answer.done() or asked.answer.cancelled():
                self.send({"id": number, "do": "cancel"})

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - of asyncio
        """Tell those who wait."""
        self.is_lost = True
        for asked in self._asked.values():
            if not asked.answer.done():
                error = SandboxUnavailable("The sandbox was restarted.", can_retry=True)
                asked.answer.set_exception(error)

    def message_received(self, message: dict[str, Any]) -> None:
        """Hand what was said to whom it is for."""
        asked = self._asked.get(message["id"])
        if asked is None or asked.answer.done():
            return
        if "store" in message:
            task = asyncio.get_running_loop().create_task(self._answer_store(asked, message))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        elif "heard" in message:
            if asked.hear is not None:
                asked.hear(*message["heard"])
        else:
            asked.answer.set_result(message.get("answer", message))

    async def _answer_store(self, asked: _Asked, message: dict[str, Any]) -> None:
        assert asked.answer_store is not None  # noqa: S101 - only calls ask for it
        told = {"id": message["id"], "do": "stored", "store": message["store"]}
        try:
            value = await asked.answer_store(message)
        except StoreRefused as refusal:
            self.send({**told, "refused": str(refusal)})
        except Exception:
            self.send({**told, "refused": "The store could not be reached."})
            raise
        else:
            self.send({**told, "value": value})
