"""What a host must allow before a worker runs on it, tried one by one, each with its remedy."""

import os
import platform
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from sandbox.health import Health
from sandbox.jail import kernel
from sandbox.privileges import CAPABILITIES
from sandbox.seccomp import ARCHITECTURES

SECONDS = 20
ENVIRONMENT = {"PATH": os.defpath}
# What a host may have set against namespaces of those who are not root, and how that is undone.
SWITCHES = {
    "user/max_user_namespaces": ("0", "sysctl -w user.max_user_namespaces=10000"),
    "kernel/unprivileged_userns_clone": ("0", "sysctl -w kernel.unprivileged_userns_clone=1"),
    "kernel/apparmor_restrict_unprivileged_userns": (
        "1",
        "Load the AppArmor profile of docs/sandbox.md.",
    ),
}
NOBODY = 65_534
COMPAT = "Or set SANDBOX=compat, which isolates with less: docs/sandbox.md says with what."
OTHERWISE = "In a container, give it the seccomp and AppArmor profiles of docs/sandbox.md."


class ProbeFailed(Exception):
    """The host does not allow something that isolation needs."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.remedy = remedy


def failed_probe(program: Path) -> Health | None:
    """Look for what a jail is made of; return what is missing first, or None when all is there."""
    return _first_failure(
        {
            "system": _system,
            "architecture": _architecture,
            "bubblewrap": lambda: _bubblewrap(program),
            "landlock": _landlock,
        }
    )


def failed_jail(program: Path, *, uid: int, worker_uids: range) -> Health | None:
    """Start a jail in a jail, as zygotes and workers are; return how it failed, or None.

    Args:
        program: bubblewrap, where that uid can read it.
        uid: whom workers run as; a host may refuse them what it grants to root.
        worker_uids: whom they would run as without namespaces.
    """
    failed = _first_failure(
        {"user": lambda: _user(uid), "namespaces": lambda: _namespaces(program, uid)}
    )
    if failed is not None and failed.probe == "namespaces" and not failed_compat(worker_uids):
        return replace(failed, remedy=f"{failed.remedy} {COMPAT}")
    return failed


def failed_compat(worker_uids: range) -> Health | None:
    """Look for what workers without namespaces need; return what is missing first, or None.

    Args:
        worker_uids: whom they become, one each.
    """
    return _first_failure(
        {
            "system": _system,
            "architecture": _architecture,
            "landlock": _landlock,
            "seccomp": _seccomp,
            "user": lambda: _users(worker_uids),
        }
    )


def failed_development(uid: int, *, is_production: bool) -> Health | None:
    """Look for the little that workers need which nothing isolates; return what is missing first.

    Args:
        uid: whom they run as.
        is_production: whether this is no machine of a developer.
    """
    return _first_failure(
        {
            "setting": lambda: _setting(is_production=is_production),
            "system": _system,
            "architecture": _architecture,
            "user": lambda: _user(uid),
        }
    )


def _first_failure(probes: Mapping[str, Callable[[], None]]) -> Health | None:
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


def _setting(*, is_production: bool) -> None:
    if is_production:
        raise ProbeFailed(
            "SANDBOX=unsafe-dev isolates nothing, and this is production.",
            "Set SANDBOX=auto.",
        )


def _seccomp() -> None:
    if not kernel.can_filter_calls():
        raise ProbeFailed(
            "The kernel takes no filter of its calls.",
            "Use a kernel with CONFIG_SECCOMP_FILTER, under which seccomp(2) is allowed.",
        )


def _users(uids: range) -> None:
    """Look whether this process can become each of the workers' users, and end them."""
    if os.getuid() != 0:
        raise ProbeFailed(
            f"Each worker becomes a user of its own, and the user {os.getuid()} cannot do that.",
            "Start it as root, which it does not stay; in a container, with `user: root`.",
        )
    missing = [name for name, number in CAPABILITIES.items() if not kernel.has_capability(number)]
    if missing:
        raise ProbeFailed(
            f"Root has not {', '.join(missing)} here.",
            "Grant KILL, SETGID and SETUID, which Docker does by itself.",
        )
    if uids[-1] >= NOBODY:
        raise ProbeFailed(
            f"Workers would be the users {uids[0]} to {uids[-1]}, and {NOBODY} is nobody.",
            "Set a smaller SANDBOX_UID, or fewer SANDBOX_WORKERS.",
        )
    for uid in (uids[0], uids[-1]):
        _user(uid)


def _user(uid: int) -> None:
    try:
        subprocess.run(["true"], cwd="/", env=ENVIRONMENT, check=True, **_as_user(uid))  # noqa: S607
    except OSError as error:
        raise ProbeFailed(
            f"Root cannot become the user {uid} here: {error.strerror}.",
            "Start it as an ordinary user, or set SANDBOX_UID to a number that there is here.",
        ) from error


def _as_user(uid: int) -> dict[str, Any]:
    return {} if uid == os.getuid() else {"user": uid, "group": uid, "extra_groups": ()}


def _namespaces(program: Path, uid: int) -> None:
    inner = ("unshare", "--user", "--map-root-user", "--mount", "--net", "--pid", "--fork", "true")
    tried = subprocess.run(  # noqa: S603 - a fixed command
        [
            *(str(program), "--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc"),
            *("--ro-bind", "/", "/", "--bind", "/proc", "/proc", "--die-with-parent", *inner),
        ],
        cwd="/",
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
        **_as_user(uid),
    )
    if tried.returncode != 0:
        reason = tried.stderr.strip()[-300:] or f"It ended with {tried.returncode}."
        raise ProbeFailed(reason, _remedy())


def _remedy() -> str:
    for name, (closed, remedy) in SWITCHES.items():
        with suppress(OSError):
            if Path("/proc/sys", name).read_text().strip() == closed:
                return remedy
    return OTHERWISE


def _landlock() -> None:
    if kernel.landlock_abi() == 0:
        raise ProbeFailed(
            "The kernel has no Landlock, or it is not switched on.",
            "Use Linux 5.13 or newer, with landlock among the `lsm=` of its command line.",
        )
