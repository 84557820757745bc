"""The programs as a family of processes: started together, watched, and stopped together."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import IO

from core.errors import DomainError

SECONDS_TO_STOP = 20
# What ends again and again is started no more often than this.
SECONDS_BETWEEN_STARTS = 5.0
LAST_LINES = 20


class ProgramStopped(DomainError):
    """One of the programs ended by itself; the message holds its last words."""

    code = "program_stopped"


class NotReady(DomainError):
    """A program runs, but does not answer within the time it has."""

    code = "not_ready"


@dataclass(frozen=True, slots=True)
class Program:
    """What to run, and how to see that it is ready.

    Attributes:
        withheld: variables of the caller's that it does not get.
        comes_back: whether the others can do without it for a while: should it end once all were
            ready, it is started again.
    """

    name: str
    module: str
    is_ready: Callable[[], bool]
    environment: Mapping[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    withheld: frozenset[str] = frozenset()
    comes_back: bool = False


class Running:
    """A started program: its process group, and the last lines it wrote."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.started_at = time.monotonic()
        self.last_lines: deque[str] = deque(maxlen=LAST_LINES)
        command = [sys.executable, "-m", "saas_app.launch.leash", program.module]
        self._process = subprocess.Popen(  # noqa: S603 - our own modules
            [*command, *program.arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=_environment(program),
            start_new_session=True,
        )
        assert self._process.stdout is not None  # noqa: S101 - asked for above
        self._reader = threading.Thread(
            target=self._forward, args=[self._process.stdout], daemon=True
        )
        self._reader.start()

    @property
    def exit_code(self) -> int | None:
        """How it ended, or None while it runs."""
        return self._process.poll()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the program and all its children."""
        try:
            os.killpg(self._process.pid, number)
        except (ProcessLookupError, PermissionError):
            return  # the group is gone; macOS says "not permitted" of one that is all zombies

    def let_go(self) -> None:
        """Let go of its leash: should it still run, it ends."""
        if self._process.stdin is not None:
            self._process.stdin.close()

    def wait(self, seconds: float) -> None:
        """Wait for the end, and for the last lines to arrive."""
        try:
            self._process.wait(max(seconds, 0))
        except subprocess.TimeoutExpired:
            return
        self._reader.join(timeout=2)

    def _forward(self, output: IO[bytes]) -> None:
        with output:
            for raw in output:
                line = raw.decode(errors="replace").rstrip("\n")
                self.last_lines.append(line)
                print(line, file=sys.stderr, flush=True)  # noqa: T201 - the programs' own logs


def _environment(program: Program) -> dict[str, str]:
    """Return the caller's environment, where programs read their settings, but what is withheld."""
    given = {
        name: value
        for name, value in os.environ.items()  # noqa: TID251
        if name.upper() not in program.withheld
    }
    return {**given, "PYTHONUNBUFFERED": "1", **program.environment}


class Family:
    """All running programs. Use as a context: leaving it stops them, whatever happened."""

    def __init__(self) -> None:
        self._running: list[Running] = []
        self._were_ready = False

    def __enter__(self) -> "Family":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, program: Program) -> None:
        """Start one more program."""
        self._running.append(Running(program))

    def wait_until_ready(self, *, seconds: float) -> None:
        """Return when every program answers.

        Raises:
            ProgramStopped: one ended instead.
            NotReady: one took longer than it has.
        """
        deadline = time.monotonic() + seconds
        waiting = list(self._running)
        while waiting:
            self.check()
            waiting = [running for running in waiting if not running.program.is_ready()]
            if waiting and time.monotonic() > deadline:
                names = " and ".join(running.program.name for running in waiting)
                raise NotReady(f"Not ready after {seconds:.0f} seconds: {names}.")
            time.sleep(0.1 if waiting else 0)
        self._were_ready = True

    def check(self) -> None:
        """Start again what comes back, and refuse to go on when any other program has ended.

        Raises:
            ProgramStopped: one has.
        """
        for place, running in enumerate(self._running):
            if running.exit_code is None:
                continue
            if not (running.program.comes_back and self._were_ready):
                running.wait(2)
                lines = "\n".join(f"    {line}" for line in running.last_lines)
                raise ProgramStopped(
                    f"{running.program.name} stopped with exit code {running.exit_code}. "
                    f"Its last lines:\n{lines}"
                )
            if time.monotonic() - running.started_at > SECONDS_BETWEEN_STARTS:
                _stop([running])  # whatever of its group is still there
                self._running[place] = Running(running.program)

    def names_down(self) -> set[str]:
        """Return the names of programs that have ended."""
        return {running.program.name for running in self._running if running.exit_code is not None}

    def restart(self, name: str) -> None:
        """Stop a program and start it anew."""
        for place, running in enumerate(self._running):
            if running.program.name == name:
                _stop([running])
                self._running[place] = Running(running.program)

    def stop(self) -> None:
        """Ask all to stop, wait, and kill what is left."""
        _stop(self._running)
        self._running.clear()


def _stop(family: list[Running]) -> None:
    for running in family:
        running.signal(signal.SIGTERM)
    deadline = time.monotonic() + SECONDS_TO_STOP
    for running in family:
        running.wait(deadline - time.monotonic())
        running.signal(signal.SIGKILL)  # whatever of its group is still there
        running.wait(2)
        running.let_go()
