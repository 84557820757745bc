"""Starts the product's launcher as a person does, and reads what it says."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.product import READY, clean_environment, free_ports

SECONDS = 240
LAUNCHER = (sys.executable, "-m", "saas_app")


class Launched:
    """A launcher that was started, and what it says."""

    def __init__(
        self,
        folder: Path,
        ports: list[int],
        *arguments: str,
        root: Path,
        command: Sequence[str] = LAUNCHER,
        **settings: str,
    ) -> None:
        self.web_url = f"http://localhost:{ports[0]}"
        names = ("WEB_PORT", "RUNTIME_PORT", "SAMPLE_API_PORT")
        self.lines: list[str] = []
        self._is_ready = threading.Event()
        self.process = subprocess.Popen(
            [*command, *arguments],
            cwd=root,
            env=clean_environment(
                DATA_DIR=str(folder), **dict(zip(names, map(str, ports), strict=True)), **settings
            ),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def until_ready(self) -> "Launched":
        assert self._is_ready.wait(SECONDS), self.output
        assert self.process.poll() is None, self.output
        return self

    def wait(self) -> int:
        code = self.process.wait(60)
        self._reader.join(10)
        return code

    @property
    def output(self) -> str:
        return "".join(self.lines)

    def programs(self) -> dict[int, str]:
        """Return everything that runs under it: process id and command."""
        found: dict[int, str] = {}
        parents = {self.process.pid}
        listing = subprocess.run(
            ["ps", "-A", "-ww", "-o", "pid=,ppid=,command="],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        table = [line.split(None, 2) for line in listing.splitlines()]
        while parents:
            children = {int(pid): command for pid, ppid, command in table if int(ppid) in parents}
            found |= children
            parents = set(children)
        return {pid: command for pid, command in found.items() if "saas_app" in command}

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as output:
            for line in output:
                self.lines.append(line)
                if line.startswith(READY):
                    self._is_ready.set()
        self._is_ready.set()


@contextmanager
def launched(
    folder: Path, *arguments: str, root: Path, command: Sequence[str] = LAUNCHER, **settings: str
) -> Iterator[Launched]:
    """Start one, and stop it at the end of the block as Ctrl-C does."""
    one = Launched(folder, free_ports(3), *arguments, root=root, command=command, **settings)
    try:
        yield one
    finally:
        if one.process.poll() is None:
            one.process.send_signal(signal.SIGINT)
        one.wait()
