"""The product as a person runs it: all its processes, on free ports, with data of its own."""

import itertools
import os
import random
import re
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
SECONDS_TO_STOP = 60
PORTS = range(20_000, 32_000)
READY = "Toolkiln is ready at "
# What a process needs to start at all, and what package managers need to reach their registries.
INHERITED = re.compile(
    r"PATH|HOME|TMPDIR|LANG|LC_\w+|USER|LOGNAME|XDG_CACHE_HOME|(https?|all|no)_proxy"
    r"|(PIP|UV|BUN|NPM_CONFIG|SSL_CERT)_\w+|NODE_EXTRA_CA_CERTS|REQUESTS_CA_BUNDLE",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Product:
    """A running copy of the product."""

    web_url: str
    mcp_url: str
    sample_url: str
    data_dir: Path
    log: list[str]


def clean_environment(**settings: str) -> dict[str, str]:
    """Return an environment with these settings and no others, whatever the developer has set."""
    kept = {name: value for name, value in os.environ.items() if INHERITED.fullmatch(name)}
    return {**kept, **settings}


@contextmanager
def running_product(folder: Path, *, root: Path) -> Iterator[Product]:
    """Start the product of a tree, wait for its ready line, and stop it at the end.

    Args:
        folder: its data.
        root: a copy of the tree, since in the tree itself a developer's `.env` would be read.
    """
    web, runtime, sample = free_ports(3)
    environment = clean_environment(
        DATA_DIR=str(folder),
        WEB_PORT=str(web),
        RUNTIME_PORT=str(runtime),
        SAMPLE_API_PORT=str(sample),
    )
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
        try:
            process.wait(SECONDS_TO_STOP)
        finally:
            process.kill()  # what does not end in time must not outlive the tests
            reader.join()
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
    """Return ports that nobody listens on right now.

    They lie below those that systems give to outgoing connections, of which the tests that run at
    the same time make many: one of those may be gone by the time that the product listens on it.
    """
    return list(itertools.islice(filter(_is_free, _ports_in_any_order()), count))


def _ports_in_any_order() -> list[int]:
    return random.sample(PORTS, len(PORTS))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _read(process: "subprocess.Popen[str]", log: list[str], is_ready: threading.Event) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        log.append(line.rstrip("\n"))
        if READY in line:
            is_ready.set()
    is_ready.set()
