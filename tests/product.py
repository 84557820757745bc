"""The product as a person runs it: all its processes, on free ports, with data of its own."""

import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
SECONDS_TO_START = 240
READY = "Toolkiln is ready at "


@dataclass(frozen=True, slots=True)
class Product:
    """A running copy of the product."""

    web_url: str
    mcp_url: str
    sample_url: str
    data_dir: Path
    log: list[str]


@contextmanager
def running_product(folder: Path, *, root: Path = ROOT, **settings: str) -> Iterator[Product]:
    """Start the product of a tree, wait for its ready line, and stop it at the end."""
    web, runtime, sample = free_ports(3)
    environment = {
        **os.environ,
        "DATA_DIR": str(folder),
        "WEB_PORT": str(web),
        "RUNTIME_PORT": str(runtime),
        "SAMPLE_API_PORT": str(sample),
        **settings,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "saas_app"],
        cwd=root,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    log: list[str] = []
    is_ready = threading.Event()
    reader = threading.Thread(target=_read, args=(process, log, is_ready))
    reader.start()
    try:
        if not is_ready.wait(SECONDS_TO_START) or not any(READY in line for line in log):
            raise AssertionError("The product did not start:\n" + "\n".join(log[-40:]))
        yield Product(
            web_url=f"http://localhost:{web}",
            mcp_url=f"http://localhost:{runtime}",
            sample_url=f"http://localhost:{sample}",
            data_dir=folder,
            log=log,
        )
    finally:
        process.terminate()
        process.wait(30)
        reader.join(10)
        assert process.stdout is not None
        process.stdout.close()


def chromium_path(bundled: str = "") -> str:
    """Return the browser to drive; a machine without one fails, it does not skip.

    Args:
        bundled: where Playwright keeps the build of its own, if it has fetched one.
    """
    candidates = (
        os.environ.get("CHROMIUM_PATH", ""),
        "chromium",
        "chromium-browser",
        "google-chrome",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        bundled,
    )
    for candidate in filter(None, candidates):
        if found := shutil.which(candidate):
            return found
    raise AssertionError(
        "No Chromium: install Debian's `chromium`, Google Chrome, or Playwright's own with "
        "`.venv/bin/playwright install chromium`, or set CHROMIUM_PATH."
    )


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on right now."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def _read(process: "subprocess.Popen[str]", log: list[str], is_ready: threading.Event) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        log.append(line.rstrip("\n"))
        if READY in line:
            is_ready.set()
    is_ready.set()
