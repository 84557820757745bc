"""Installs the larger set of packages once a server needs it.

Only whoever started the supervisor may write where packages lie, and the supervisor gives that
right up. So a process that keeps it is forked before. It hears one fixed byte, nothing that comes
from a tenant, and answers with what went wrong, if anything did.
"""

import asyncio
import os
import signal
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from core.logs import log
from core.sandbox_protocol import Packages
from sandbox.calls import WorkerFailed
from sandbox.tools_environment import ToolsEnvironment, ToolsNotInstalled

MAX_MESSAGE_BYTES = 65_536
INSTALL = b"i"


class PackagesMissing(WorkerFailed):
    """The packages that a server may import are not there; the message is for its callers."""


class Installer:
    """Knows the environment of each set of packages, and has the larger one installed.

    It is made before root is given up and before any loop runs: it forks.

    Args:
        lean: the environment that is there.
        full: the folder of the larger set, which may not be there yet.
        install: fills that folder.
    """

    def __init__(self, lean: ToolsEnvironment, full: Path, install: Callable[[], object]) -> None:
        self._lean = lean
        self._full = full
        self._is_asked = False
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        if os.fork() == 0:
            self._control.close()
            _serve(theirs, install)
        theirs.close()
        self._control.setblocking(False)

    def environment(self, packages: Packages) -> ToolsEnvironment:
        """Return what a jail with a set of packages is made of.

        Raises:
            PackagesMissing: they are being installed from now on.
        """
        if packages == "lean":
            return self._lean
        if self._full.exists():
            return replace(self._lean, packages=self._full)
        if not self._is_asked:
            self._ask()
        raise PackagesMissing(
            "The packages of this server's plan are being installed. Try again in a minute."
        )

    def _ask(self) -> None:
        self._is_asked = True
        self._control.send(INSTALL)
        asyncio.get_running_loop().add_reader(self._control, self._hear)

    def _hear(self) -> None:
        """Hear how it went; after a failure, the next server that needs them asks again."""
        problem = self._control.recv(MAX_MESSAGE_BYTES).decode()
        asyncio.get_running_loop().remove_reader(self._control)
        self._is_asked = False
        if not self._full.exists():
            log.error("sandbox.packages_not_installed", why=problem)


def _serve(control: socket.socket, install: Callable[[], object]) -> None:
    """Never returns: install when asked, until the supervisor is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C; the supervisor's end counts
    try:
        while control.recv(1) == INSTALL:
            problem = ""
            try:
                install()
            except ToolsNotInstalled as error:
                problem = str(error)
            control.send(problem.encode() or INSTALL)
    finally:
        os._exit(0)
