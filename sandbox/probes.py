"""What a host must allow before a worker runs on it, tried one by one, each with its remedy."""

import os
import platform
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from sandbox.health import Health
from sandbox.jail import kernel
from sandbox.seccomp import ARCHITECTURES

SECONDS = 20
CONTAINER = (
    "In a container, run it with the seccomp profile of docs/sandbox.md, or set SANDBOX=compat."
)


class ProbeFailed(Exception):
    """The host does not allow something that isolation needs."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.remedy = remedy


def failed_probe(program: Path) -> Health | None:
    """Try what namespaces need; return the first failure, or None when all is well."""
    probes: dict[str, Callable[[], None]] = {
        "system": _system,
        "architecture": _architecture,
        "bubblewrap": lambda: _bubblewrap(program),
        "namespaces": lambda: _namespaces(program),
        "landlock": _landlock,
    }
    for name, probe in probes.items():
        try:
            probe()
        except ProbeFailed as failure:
            return Health("refused", probe=name, reason=str(failure), remedy=failure.remedy)
    return None


def _system() -> None:
    if not sys.platform.startswith("linux"):
        raise ProbeFailed(
            f"The sandbox is made of parts of Linux, and this is {platform.system()}.",
            "Run Toolkiln in its container, see docs/operating.md.",
        )


def _architecture() -> None:
    machine = platform.machine()
    if machine not in ARCHITECTURES:
        raise ProbeFailed(
            f"There is no filter of kernel calls for {machine}.",
            f"Use a machine of {' or '.join(ARCHITECTURES)}.",
        )


def _bubblewrap(program: Path) -> None:
    if not program.exists():
        raise ProbeFailed("bubblewrap is not installed.", "apt-get install bubblewrap")


def _namespaces(program: Path) -> None:
    """Start a jail in a jail, as zygotes and workers are."""
    inner = ("unshare", "--user", "--map-root-user", "--mount", "--net", "--pid", "--fork", "true")
    tried = subprocess.run(  # noqa: S603 - a fixed command
        [
            *(str(program), "--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc"),
            *("--ro-bind", "/", "/", "--bind", "/proc", "/proc", "--die-with-parent", *inner),
        ],
        env={"PATH": os.defpath},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if tried.returncode != 0:
        reason = tried.stderr.strip()[-300:] or f"It ended with {tried.returncode}."
        raise ProbeFailed(reason, CONTAINER)


def _landlock() -> None:
    if kernel.landlock_abi() == 0:
        raise ProbeFailed(
            "The kernel has no Landlock, or it is not switched on.",
            "Use Linux 5.13 or newer, with landlock among the `lsm=` of its command line.",
        )
