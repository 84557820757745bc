"""The supervisor's door: a Unix socket for whoever started it, and whose folder it lies in."""

import asyncio
import os
import socket
import struct
from collections import OrderedDict
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from core.logs import log
from core.sandbox_protocol import SOCKET_NAME, Binding, Messages
from sandbox.admission import Busy
from sandbox.calls import Answer, Call, End, Served, StoreRefused, WorkerFailed
from sandbox.health import Health
from sandbox.installer import PackagesMissing
from sandbox.pool import Pool

MAX_BINDINGS = 5_000
PEER = struct.Struct("3i")
# What is told of a worker's end to the one who called.
ENDS: Mapping[End, tuple[str, str]] = {
    End.TIMEOUT: ("Timeout", "The tool took longer than {seconds:g} seconds and was stopped."),
    End.MEMORY: ("MemoryLimit", "The tool used more memory than it may and was stopped."),
    End.CPU: ("CpuLimit", "The tool's process used up its time on the processor."),
    End.CRASHED: ("Crashed", "The tool's process crashed ({detail})."),
    End.PROTOCOL: ("Crashed", "The tool's process broke the protocol and was stopped."),
    End.STOPPED: (
        "WorkerRestarted",
        "The tool's process was stopped because the sandbox was restarted.",
    ),
}
RESTARTED = ("WorkerRestarted", "The tool's process was stopped because of another call.")


def listening_socket(folder: Path) -> socket.socket:
    """Return a listening Unix socket in a folder, which nobody else may open.

    Where root makes it in another's folder, that is who may.

    The path may be long: it is given as one below an open descriptor, since addresses of sockets
    have only 108 bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / SOCKET_NAME
    with suppress(FileNotFoundError):
        path.unlink()
    held = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    try:
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        before = os.umask(0o177)
        try:
            listening.bind(f"/proc/self/fd/{held}/{SOCKET_NAME}")
        finally:
            os.umask(before)
        listening.listen(16)
        if os.getuid() == 0:
            os.chown(SOCKET_NAME, os.fstat(held).st_uid, -1, dir_fd=held)
    finally:
        os.close(held)
    return listening


class Front:
    """Takes connections of the runtime and gives each of them a `Conversation`.

    Args:
        pool: serves the calls; None where there can be no workers.
        uids: who may connect.
        health: how the supervisor is.
    """

    def __init__(self, pool: Pool | None, *, uids: Collection[int], health: Health) -> None:
        self._pool = pool
        self.health = health
        self.bindings: OrderedDict[str, Binding] = OrderedDict()
        self._forgotten: OrderedDict[str, int] = OrderedDict()
        self._uids = uids
        self._conversations = 0
        self._server: asyncio.Server | None = None

    @property
    def pool(self) -> Pool | None:
        """What serves calls; None while they are refused."""
        return self._pool if self.health.state == "ready" else None

    def take(self, health: Health) -> None:
        """Take a new health: one that is not ready ends all workers."""
        self.health = health
        if health.state != "ready" and self._pool is not None:
            log.error("sandbox.refused", **health.as_data())
            self._pool.close()

    async def start(self, listening: socket.socket) -> None:
        """Begin to take connections."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_unix_server(lambda: Conversation(self), sock=listening)

    def stop(self) -> None:
        """Take no more connections."""
        if self._server is not None:
            self._server.close()

    def keep(self, binding: Binding) -> None:
        """Keep a binding for the calls that name it."""
        self.bindings[binding.revision] = binding
        self.bindings.move_to_end(binding.revision)
        if len(self.bindings) > MAX_BINDINGS:
            self.bindings.popitem(last=False)

    def forget(self, lane: str, generation: int) -> None:
        """Forget all bindings of a lane, and let its workers end.

        Args:
            lane: the one that changed.
            generation: the one that it is at now; calls of earlier ones may still come.
        """
        self._forgotten[lane] = max(generation, self._forgotten.get(lane, 0))
        self._forgotten.move_to_end(lane)
        if len(self._forgotten) > MAX_BINDINGS:
            self._forgotten.popitem(last=False)
        self._drop(lane)

    def end_if_old(self, binding: Binding, pool: Pool) -> None:
        """Leave nothing of a binding that was forgotten, be it before its call or meanwhile."""
        if binding.generation < self._forgotten.get(binding.lane, 0):
            self.bindings.pop(binding.revision, None)
        if binding.revision not in self.bindings:
            pool.end(binding)

    def join(self) -> None:
        """Count one more runtime."""
        self._conversations += 1

    def leave(self) -> None:
        """Count one less. With none there, nobody tells which values are old: forget them all."""
        self._conversations -= 1
        if not self._conversations:
            for lane in {binding.lane for binding in self.bindings.values()}:
                self._drop(lane)

    def is_allowed(self, held: socket.socket) -> bool:
        """Whether the one on the other side of a connection is who may connect."""
        peer = held.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, PEER.size)
        return PEER.unpack(peer)[1] in self._uids

    def _drop(self, lane: str) -> None:
        for revision, binding in list(self.bindings.items()):
            if binding.lane == lane:
                del self.bindings[revision]
        if self.pool is not None:
            self.pool.forget(lane)


class Conversation(Messages):
    """One runtime's connection."""

    def __init__(self, front: Front) -> None:
        super().__init__()
        self._front = front
        self._running: dict[int, asyncio.Task[None]] = {}
        self._stored: dict[tuple[int, int], asyncio.Future[Any]] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let in only whom the kernel says it is."""
        super().connection_made(transport)
        self._front.join()
        if not self._front.is_allowed(transport.get_extra_info("socket")):
            log.warning("sandbox.stranger_refused")
            self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - of asyncio
        """Break off the calls of a runtime that is gone."""
        for task in self._running.values():
            task.cancel()
        self._front.leave()

    def message_received(self, message: dict[str, Any]) -> None:
        """Do what the runtime asks for."""
        number, do = message["id"], message["do"]
        if do == "bind":
            self._bind(message["binding"])
        elif do == "cancel":
            if number in self._running:
                self._running[number].cancel()
        elif do == "stored":
            self._hand_over(message)
        elif do == "forget":
            self._front.forget(message["lane"], message["generation"])
        elif do == "status":
            self.send({"id": number, "answer": self._status(message.get("server"))})
        else:
            binding = self._front.bindings.get(message.get("revision", ""))
            serve = self._check(message) if do == "check" else self._call(message, binding)
            task = asyncio.get_running_loop().create_task(serve)
            self._running[number] = task
            task.add_done_callback(lambda _: self._running.pop(number, None))

    def _bind(self, values: dict[str, Any]) -> None:
        try:
            self._front.keep(Binding.model_validate(values))
        except ValidationError as error:
            # Without its values, which are secrets.
            log.error("sandbox.binding_refused", problems=error.error_count())

    async def _call(self, message: dict[str, Any], binding: Binding | None) -> None:
        number, pool = message["id"], self._front.pool
        if pool is None:
            self.send({"id": number, "answer": self._refusal()})
            return
        if binding is None:
            self.send({"id": number, "unknown": message["revision"]})
            return
        seconds = message["timeout_seconds"]
        call = Call(message["tool"], message["arguments"], seconds, self._asker(number))
        if message.get("is_followed"):
            call.hear = lambda source, said: self.send({"id": number, "heard": [source, said]})
        try:
            answer = _told(await pool.serve(binding, call), seconds)
        except Busy as busy:
            answer = _busy(busy)
        except PackagesMissing as missing:
            answer = _failed("Unavailable", str(missing))
        except WorkerFailed as error:
            log.error("sandbox.worker_failed", why=str(error))
            answer = _failed("Unavailable", "The sandbox could not start a process for the tool.")
        finally:
            self._front.end_if_old(binding, pool)
        try:
            self.send({"id": number, "answer": answer})
        except TypeError:  # JSON is read to a greater depth than it is written
            deep = _failed("NotSerializable", "The result is nested too deeply to be sent.")
            self.send({"id": number, "answer": deep})

    async def _check(self, message: dict[str, Any]) -> None:
        pool, tenant = self._front.pool, message["tenant"]
        try:
            answer = (
                self._refusal()
                if pool is None
                else await pool.check(message["asked"], message["packages"], tenant=tenant)
            )
        except Busy as busy:
            answer = _busy(busy)
        except WorkerFailed:
            answer = _failed("Unavailable", "The code could not be looked at in time.")
        self.send({"id": message["id"], "answer": answer})

    def _status(self, server: str | None) -> dict[str, Any]:
        health, pool = self._front.health.as_data(), self._front.pool
        if pool is None:
            return health if server is None else self._refusal()
        if server is None:
            return {**health, **pool.status()}
        return {"tier": health["tier"], **pool.status_of(server)}

    def _refusal(self) -> dict[str, Any]:
        """Return what is answered where Python tools do not run."""
        health = self._front.health
        why = "are switched off" if health.state == "off" else "cannot be isolated"
        return _failed("Unavailable", f"Python tools {why} on this host.")

    def _asker(self, number: int) -> Any:
        """Return what asks the runtime for a key of the server's store, for one call."""

        async def ask(request: Mapping[str, Any]) -> Any:
            key = (number, request["store"])
            self._stored[key] = asyncio.get_running_loop().create_future()
            asked = {name: request.get(name) for name in ("do", "key", "value", "default")}
            try:
                self.send({"id": number, "store": request["store"], **asked})
                return await self._stored[key]
            except TypeError:  # as with results
                raise StoreRefused("The value is nested too deeply to be kept.") from None
            finally:
                del self._stored[key]

        return ask

    def _hand_over(self, message: dict[str, Any]) -> None:
        future = self._stored.get((message["id"], message["store"]))
        if future is None or future.done():
            return
        if "refused" in message:
            future.set_exception(StoreRefused(message["refused"]))
        else:
            future.set_result(message["value"])


def _told(served: Served, seconds: float) -> dict[str, Any]:
    """Return what the runtime is told of a call."""
    answer = served.answer
    return {
        **_result(answer, seconds),
        "output": answer.output,
        "is_output_cut": answer.is_output_cut,
        "connections": served.connections,
        "is_cold": served.is_cold,
        "waited_ms": round(served.waited_ms, 2),
        "started_ms": round(served.started_ms, 2),
        "ran_ms": round(served.ran_ms, 2),
    }


def _result(answer: Answer, seconds: float) -> dict[str, Any]:
    if answer.end is not None:
        kind, message = ENDS.get(answer.end, RESTARTED)
        return _failed(kind, message.format(seconds=seconds, detail=answer.detail))
    body = answer.body or {}
    kept = ("value", "content", "error", "cpu_ms", "memory_kib")
    return {name: body[name] for name in kept if name in body}


def _busy(busy: Busy) -> dict[str, Any]:
    seconds = busy.retry_after_seconds
    return _failed("Busy", str(busy), is_own=busy.is_own, retry_after_seconds=seconds)


def _failed(kind: str, message: str, **more: Any) -> dict[str, Any]:
    return {"error": {"kind": kind, "message": message, "trace": []}, **more}
