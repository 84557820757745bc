"""The control groups (cgroup v2) that a host hands to the supervisor, and the one of each worker.

The supervisor needs a group that is its alone, as a systemd unit with `Delegate=yes` has. It goes
on in one half of that, with everything it starts, and the leaves of workers are in the other.
"""

import os
from contextlib import suppress
from pathlib import Path

from core.logs import log
from core.sandbox_protocol import WorkerLimits

GROUPS = Path("/sys/fs/cgroup")
OWN = Path("/proc/self/cgroup")
CONTROLLERS = ("cpu", "memory", "pids")
SUPERVISOR, WORKERS = "supervisor", "workers"
PERIOD_MICROSECONDS = 100_000
WEIGHT = 100
# Above what a tool may take: what its worker copies of the zygote's memory, its scratch files, and
# what the kernel keeps for it. So a tool meets Python's own `MemoryError` first.
EXTRA_MIB = 64


class Leaf:
    """The control group of one worker."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def take(self, pid: int, limits: WorkerLimits) -> None:
        """Make it, and put a process into it.

        Raises:
            OSError: the kernel refuses.
        """
        self._folder.mkdir()
        for name, value in {
            "memory.max": (limits.memory_mib + EXTRA_MIB) * 1024**2,
            "memory.swap.max": 0,
            "memory.oom.group": 1,
            "pids.max": limits.threads,
            "cpu.max": f"{round(limits.processors * PERIOD_MICROSECONDS)} {PERIOD_MICROSECONDS}",
            "cpu.weight": max(1, round(limits.processors * WEIGHT)),
        }.items():
            with suppress(FileNotFoundError):  # a kernel without swap
                _write(self._folder / name, value)
        _write(self._folder / "cgroup.procs", pid)

    def has_run_out(self) -> bool:
        """Whether the kernel has killed in it for want of memory."""
        return kills_for_memory((self._folder / "memory.events").read_text()) > 0

    def remove(self) -> bool:
        """Remove it; return whether it is gone, which waits for its process to be."""
        try:
            self._folder.rmdir()
        except FileNotFoundError:
            return True
        except OSError:
            return False
        return True


def delegated(uid: int, *, groups: Path = GROUPS, own: Path = OWN) -> Path | None:
    """Divide the group of this process; return where leaves are made, or None where it may not.

    Args:
        uid: who makes them, should this process be root and go on as somebody else.
        groups: where the groups are mounted.
        own: what the kernel says of the group of this process.
    """
    try:
        group = own_group(own.read_text(), groups)
        if group is None or not _is_delegated(group):
            return None
        _divide(group, uid)
    except OSError as error:
        log.warning("sandbox.no_control_groups", why=str(error))
        return None
    return group / WORKERS


def memory_bounds(groups: Path = GROUPS, own: Path = OWN) -> list[Path]:
    """Return what says how much memory the group of this process may take, and each above it."""
    try:
        group = own_group(own.read_text(), groups)
    except OSError:  # a kernel without groups
        return []
    above = [] if group is None else [group, *group.parents]
    return [folder / "memory.max" for folder in above if folder.is_relative_to(groups)]


def own_group(said: str, groups: Path = GROUPS) -> Path | None:
    """Return the folder of a group of version 2, from what proc(5) says; None when there is none.

    A host that mounts version 1 has lines for each of its hierarchies, and may have this one too.
    """
    for line in said.splitlines():
        number, controllers, path = line.split(":", 2)
        if (number, controllers) == ("0", "") and (groups / "cgroup.controllers").exists():
            return groups / path.lstrip("/")
    return None


def kills_for_memory(events: str) -> int:
    """Return how many processes of a group were killed for want of memory (its memory.events)."""
    counts = dict(line.split() for line in events.splitlines())
    return int(counts.get("oom_kill", 0))


def _is_delegated(group: Path) -> bool:
    """Whether a group was handed to this process: it may divide it, and nobody else is in it."""
    changed = (group, group / "cgroup.procs", group / "cgroup.subtree_control")
    there = (group / "cgroup.controllers").read_text().split()
    return (
        all(os.access(path, os.W_OK) for path in changed)
        and set(CONTROLLERS) <= set(there)
        and (group / "cgroup.procs").read_text().split() == [str(os.getpid())]
        and (os.getuid() != 0 or _is_marked(group))
    )


def _is_marked(group: Path) -> bool:
    """Whether systemd says that it leaves a group alone: root could divide any other as well."""
    try:
        return os.getxattr(group, "trusted.delegate") == b"1"
    except OSError:
        return False


def _divide(group: Path, uid: int) -> None:
    """Make both halves and go on in one: only a group without processes can be divided."""
    supervisor, workers = group / SUPERVISOR, group / WORKERS
    supervisor.mkdir()
    workers.mkdir()
    _write(supervisor / "cgroup.procs", os.getpid())
    for divided in (group, workers):
        _write(divided / "cgroup.subtree_control", " ".join(f"+{name}" for name in CONTROLLERS))
    if os.getuid() == 0:
        for given in (group / "cgroup.procs", workers):
            os.chown(given, uid, uid)


def _write(path: Path, value: object) -> None:
    path.write_text(str(value))
