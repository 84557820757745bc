"""Forks workers on request: one process with the tools' packages imported, one thread, no secret.

It speaks with the supervisor over a socket that keeps messages apart. The supervisor asks for a
worker and hands over that worker's own two sockets; the zygote says which of them have ended, and
how.
"""

import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import struct
import sys
from pathlib import Path
from typing import Any

from sandbox.jail import kernel, lockdown, socket_shim, uids
from sandbox.jail.tiers import Tier

MAX_REQUEST_BYTES = 65_536
# Says which process number a worker has, from the one that forked it: id, then number.
BORN = struct.Struct("!II")
NOT_BORN = 1 << 8  # as if it had ended with 1
# Parts of packages that are imported on first use otherwise, in every worker again.
LATE_IMPORTS = (
    "encodings.idna",
    "asyncio.base_events",
    "concurrent.futures.thread",
    "ssl",
    "json.decoder",
    "zoneinfo",
    "ipaddress",
    "http.cookiejar",
    "stringprep",
    "anyio._backends._asyncio",
    "httpcore",
    "httpx",
)


class Zygote:
    """The loop of the zygote."""

    def __init__(self, control: socket.socket, start: dict[str, Any]) -> None:
        self._control = control
        self._tier = Tier(start["tier"])
        self._program = bytes.fromhex(start["program"])
        self._readable: list[str] = start["readable"]
        self._born, self._bears = os.pipe2(os.O_CLOEXEC)
        self._wake, self._woken = socket.socketpair()
        self._between: dict[int, int] = {}
        self._workers: dict[int, int] = {}
        self._ended: dict[int, int] = {}
        self._held_bytes = _address_space_bytes()
        self._pid = os.getpid()

    def run(self) -> None:
        """Serve until the supervisor is gone."""
        self._woken.setblocking(False)
        signal.set_wakeup_fd(self._woken.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._say({"ready": True})
        sources = [self._control, self._born, self._wake]
        while True:
            for source in select.select(sources, [], [])[0]:
                if source is self._control and not self._serve():
                    return
                if source is self._born:
                    self._note_birth()
                if source is self._wake:
                    self._wake.recv(4096)
                    self._reap()

    def _serve(self) -> bool:
        """Serve one request; return whether there will be more."""
        message, descriptors, _, _ = socket.recv_fds(self._control, MAX_REQUEST_BYTES, 2)
        if not message:
            return False
        request = json.loads(message)
        rpc, output = (socket.socket(fileno=descriptor) for descriptor in descriptors)
        with rpc, output:
            try:
                pid = os.fork()
            except OSError as error:  # too many processes; those that there are live on
                with contextlib.suppress(OSError):
                    rpc.send(_failure(error))
                self._say({"ended": request["spawn"], "status": NOT_BORN})
                return True
            if pid == 0:
                self._become_worker(request, rpc, output)
        born = self._between if self._tier is Tier.NAMESPACES else self._workers
        born[pid] = request["spawn"]
        return True

    def _become_worker(
        self, request: dict[str, Any], rpc: socket.socket, output: socket.socket
    ) -> None:
        """Never returns: the child goes on as a worker, and ends as one."""
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            if self._tier is Tier.NAMESPACES:
                lockdown.enter_namespaces()
                pid = os.fork()
                if pid:
                    os.write(self._bears, BORN.pack(request["spawn"], pid))
                    os._exit(0)
            self._run_worker(request, rpc, output)
            code = 0
        except BaseException as error:  # noqa: BLE001 - a process that failed to lock down must end
            with contextlib.suppress(OSError):
                rpc.send(_failure(error))
        finally:
            os._exit(code)

    def _run_worker(
        self, request: dict[str, Any], rpc: socket.socket, output: socket.socket
    ) -> None:
        """Lock down and serve."""
        from sandbox.jail import worker  # noqa: PLC0415 - imported before the fork, see `main`

        lockdown.most_killable()
        kept: list[socket.socket] = []
        if self._tier is Tier.NAMESPACES:
            handed = lockdown.prepare_namespaces(request["ports"])
        else:
            kept, handed = ([one] for one in uids.broker())
        itself = os.pidfd_open(os.getpid())
        socket.send_fds(rpc, [b"\0"], [itself, *(one.fileno() for one in handed)])
        lockdown.keep_only(rpc, output, *kept)
        if kept:
            socket_shim.install(uids.BROKER)
        self._lock_down(lockdown.Limits(**request["limits"]), request["uid"])
        lockdown.reseed()
        worker.serve(lockdown.RPC)

    def _lock_down(self, limits: lockdown.Limits, uid: int) -> None:
        program, held = self._program, self._held_bytes
        shared = uids.Shared(self._readable, held, self._pid)
        if self._tier is Tier.NAMESPACES:
            lockdown.lock_down(limits, program, held_bytes=held)
        elif self._tier is Tier.UIDS:
            uids.lock_down(limits, program, shared, uid=uid)
        else:
            uids.lock_down_somewhat(limits, program, shared)

    def _note_birth(self) -> None:
        spawn, pid = BORN.unpack(os.read(self._born, BORN.size))
        self._workers[pid] = spawn
        if pid in self._ended:
            self._report(pid, self._ended.pop(pid))

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid in self._between:
                spawn = self._between.pop(pid)
                if status != 0:  # it could not fork the worker
                    self._say({"ended": spawn, "status": status})
            elif pid in self._workers:
                self._report(pid, status)
            else:
                self._ended[pid] = status  # its birth is not noted yet

    def _report(self, pid: int, status: int) -> None:
        self._say({"ended": self._workers.pop(pid), "status": status})

    def _say(self, message: dict[str, Any]) -> None:
        self._control.send(json.dumps(message).encode())


def main() -> None:
    """Import what tools may need, say so, and fork workers."""
    os.chdir("/")
    # Should it happen before: the control socket is at its end then.
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    control = socket.socket(fileno=int(sys.argv[1]))
    start = json.loads(control.recv(MAX_REQUEST_BYTES))
    kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
    for name in (*start["imports"], *LATE_IMPORTS, "sandbox.jail.worker"):
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    gc.collect()
    gc.disable()
    gc.freeze()
    Zygote(control, start).run()


def _failure(error: BaseException) -> bytes:
    where = getattr(error, "filename", None) or type(error).__name__
    return json.dumps({"where": str(where), "why": str(error)}).encode()


def _address_space_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    sys.exit(main())
