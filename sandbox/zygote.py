"""A running zygote, as the supervisor holds it: it starts the jail and asks it for workers."""

import asyncio
import itertools
import json
import signal
import socket
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from time import monotonic
from typing import Any

from core.logs import log
from core.sandbox_protocol import Packages
from sandbox.calls import End
from sandbox.confinement import Confinement
from sandbox.jail.lockdown import Limits
from sandbox.worker import Worker

MAX_MESSAGE_BYTES = 65_536
SECONDS_TO_START = 60.0
# In the order of how often tools need them; the first ones decide how soon a zygote is ready.
LEAN_IMPORTS = (
    "httpx", "httpx2", "requests", "aiohttp", "pydantic", "bs4", "lxml.etree", "lxml.html",
    "dateutil.parser", "yaml", "jmespath", "PIL.Image", "PIL.PngImagePlugin", "PIL.JpegImagePlugin",
    "asyncpg", "psycopg", "pymysql",
)  # fmt: skip
IMPORTS: Mapping[Packages, Sequence[str]] = {
    "lean": LEAN_IMPORTS,
    "full": (*LEAN_IMPORTS, "numpy", "pandas"),
}

MakeCommand = Callable[[int], list[str]]


class ZygoteFailed(Exception):
    """The jail did not start; the message is what it said last."""


class Zygote:
    """One process that forks workers, and the jail around it where there is one.

    Args:
        make_command: returns the command that starts it, given the descriptor of its control
            socket.
        confinement: what confines its workers.
        imports: what it imports before it forks.
    """

    def __init__(
        self,
        make_command: MakeCommand,
        confinement: Confinement,
        *,
        imports: Sequence[str] = LEAN_IMPORTS,
    ) -> None:
        self._make_command = make_command
        self._confinement = confinement
        self._imports = imports
        self._numbers = itertools.count(1)
        self._workers: dict[int, Worker] = {}
        self._uids: dict[int, int] = {}
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._ready: asyncio.Future[None] | None = None
        self.is_alive = False
        self.started_at = 0.0
        self.ended = asyncio.Event()

    async def start(self) -> None:
        """Start the jail and wait until its imports are done.

        Raises:
            ZygoteFailed: it ended instead.
            OSError: there is not even a process for it.
        """
        with ExitStack() as opened:
            ours, theirs = _pair(socket.SOCK_SEQPACKET, opened)
            # Started from the thread that lives longest: the jail dies with that thread.
            self._process = subprocess.Popen(  # noqa: ASYNC220, S603 - returns at once
                self._make_command(theirs.fileno()),
                pass_fds=[theirs.fileno()],
                env={},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            )
            opened.pop_all()
        theirs.close()
        ours.setblocking(False)
        self._control = ours
        loop = asyncio.get_running_loop()
        self._ready = loop.create_future()
        loop.add_reader(ours, self._hear)
        self._say(self._start_message())
        try:
            async with asyncio.timeout(SECONDS_TO_START):
                await self._ready
        except TimeoutError:
            self.close()
            raise ZygoteFailed("The jail did not start in time.") from None
        except asyncio.CancelledError:
            self.close()  # nobody knows of it yet who would
            raise

    async def spawn(self, limits: Limits, ports: Sequence[int]) -> Worker:
        """Return a new worker, locked down and bound to nothing.

        Raises:
            WorkerFailed: it could not be locked down, or the zygote is gone.
            OSError: there is not even a socket for it.
        """
        with ExitStack() as opened:
            rpc, theirs = _pair(socket.SOCK_STREAM, opened)
            output, their_output = _pair(socket.SOCK_SEQPACKET, opened)
            number, uid = next(self._numbers), self._take_uid()
            opened.pop_all()
        self._uids[number] = uid
        worker = Worker(rpc, output, on_gone=lambda: self._forget(number))
        self._workers[number] = worker
        with theirs, their_output:
            self._say(
                {"spawn": number, "limits": asdict(limits), "ports": list(ports), "uid": uid},
                theirs,
                their_output,
            )
        await worker.start()
        return worker

    async def close_when_unused(self) -> None:
        """End the jail once its last worker has ended."""
        for worker in list(self._workers.values()):
            await worker.ended.wait()
        self.close()

    def close(self) -> None:
        """End the jail, and with it all its workers."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)

    def _start_message(self) -> dict[str, Any]:
        confinement = self._confinement
        return {
            "tier": confinement.tier,
            "program": confinement.program.hex(),
            "readable": list(confinement.readable),
            "imports": list(self._imports),
        }

    def _take_uid(self) -> int:
        """Return who a worker becomes; 0 where it stays who it is."""
        uids = self._confinement.uids
        return uids.take() if uids is not None else 0

    def _forget(self, number: int) -> None:
        self._workers.pop(number, None)

    def _say(self, message: dict[str, Any], *handed: socket.socket) -> None:
        data = json.dumps(message).encode()
        assert self._control is not None  # noqa: S101 - said only once it is started
        try:
            socket.send_fds(self._control, [data], [one.fileno() for one in handed])
        except OSError:
            self._end()

    def _hear(self) -> None:
        assert self._control is not None  # noqa: S101 - heard only once it is started
        try:
            data = self._control.recv(MAX_MESSAGE_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._end()
            return
        message = json.loads(data)
        if "ready" in message and self._ready is not None and not self._ready.done():
            self.is_alive, self.started_at = True, monotonic()
            self._ready.set_result(None)
        elif "ended" in message:
            self._note_end(message["ended"], message["status"])

    def _note_end(self, number: int, status: int) -> None:
        """Note that a worker has been buried."""
        worker, uid = self._workers.get(number), self._uids.pop(number, 0)
        if worker is not None:
            worker.note_end(status)
        if self._confinement.uids is not None and uid:
            self._confinement.uids.give_back(uid)

    def _end(self) -> None:
        """Note that the zygote is gone; the kernel ends its workers."""
        assert self._control is not None  # noqa: S101 - as above
        assert self._process is not None  # noqa: S101 - as above
        asyncio.get_running_loop().remove_reader(self._control)
        self._control.close()
        self.close()
        self._process.wait()
        said = self._process.stderr.read().decode(errors="replace") if self._process.stderr else ""
        if self._process.stderr is not None:
            self._process.stderr.close()
        self.is_alive = False
        if self._ready is not None and not self._ready.done():
            self._ready.set_exception(ZygoteFailed(said.strip()[-1_000:] or "It said nothing."))
        elif not self.ended.is_set():
            log.warning("sandbox.zygote_ended", said=said.strip()[-1_000:])
        self.ended.set()
        for worker in list(self._workers.values()):
            worker.kill(End.STOPPED)
        if self._confinement.uids is not None:
            self._confinement.uids.abandon(self._uids.values())
        self._uids.clear()


def _pair(kind: socket.SocketKind, opened: ExitStack) -> tuple[socket.socket, socket.socket]:
    """Return two connected sockets, closed with what was opened before them."""
    one, other = socket.socketpair(socket.AF_UNIX, kind)
    return opened.enter_context(one), opened.enter_context(other)
