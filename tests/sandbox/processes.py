"""What a supervisor is made of, as the system shows it: processes, descriptors, memory, mounts."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
SECONDS_TO_SETTLE = 60.0


@dataclass(frozen=True, slots=True)
class Process:
    """A process; `started` tells it from a later one with its number, `state` is proc(5)'s."""

    pid: int
    parent: int
    state: str
    started: int
    command: str

    @property
    def is_running(self) -> bool:
        """Whether it is still there, and not only waiting to be buried."""
        found = _process(self.pid)
        return found is not None and found.started == self.started

    def kill(self) -> None:
        """End it as the kernel would."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)


@dataclass(frozen=True, slots=True)
class Family:
    """The processes below a supervisor, by what they are; jails are there in one tier alone."""

    egress_parent: list[Process]
    egress: list[Process]
    jail: list[Process]
    jail_init: list[Process]
    zygote: list[Process]
    workers: list[Process]

    @property
    def everyone(self) -> list[Process]:
        """All of them."""
        return [
            *self.egress_parent, *self.egress, *self.jail, *self.jail_init, *self.zygote,
            *self.workers,
        ]  # fmt: skip


def family_of(supervisor: int) -> Family:
    """Return what runs below a supervisor right now."""
    everybody = [found for pid in _pids() if (found := _process(pid)) is not None]

    def below(parents: list[int], part: str) -> list[Process]:
        return [one for one in everybody if one.parent in parents and part in one.command]

    egress_parent = below([supervisor], "sandbox.egress")
    jail = below([supervisor], "bwrap")
    jail_init = below(_numbers(jail), "bwrap")
    zygote = below(_numbers(jail_init) or [supervisor], "/sandbox/jail")
    return Family(
        egress_parent=egress_parent,
        egress=below(_numbers(egress_parent), "sandbox.egress"),
        jail=jail,
        jail_init=jail_init,
        zygote=zygote,
        workers=below(_numbers(zygote), "/sandbox/jail"),
    )


@dataclass(frozen=True, slots=True)
class Held:
    """What a supervisor holds of the system, together with all that runs below it.

    Attributes:
        descriptors: of the supervisor, the zygote and the egress process.
        memory_kib: what of it is resident, of the same three.
        files: in its data folder.
    """

    processes: Counter[str]
    descriptors: dict[str, int]
    memory_kib: dict[str, int]
    mounts: int
    files: list[str]


def held_by(supervisor: int, folder: Path) -> Held:
    """Return what a supervisor holds right now."""
    family = family_of(supervisor)
    lasting = {
        "supervisor": supervisor,
        "zygote": family.zygote[0].pid,
        "egress": family.egress[0].pid,
    }
    return Held(
        processes=Counter(one.command for one in family.everyone),
        descriptors={
            name: len(list(_folder(pid, "fd").iterdir())) for name, pid in lasting.items()
        },
        memory_kib={name: _memory_kib(pid) for name, pid in lasting.items()},
        mounts=len(_folder(lasting["zygote"], "mountinfo").read_text().splitlines()),
        files=sorted(path.name for path in folder.iterdir()),
    )


async def until(check: Callable[[], bool], *, seconds: float = SECONDS_TO_SETTLE) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(seconds):
        while not check():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.05)


def _numbers(processes: list[Process]) -> list[int]:
    return [one.pid for one in processes]


def _pids() -> list[int]:
    return [int(path.name) for path in PROC.iterdir() if path.name.isdecimal()]


def _process(pid: int) -> Process | None:
    """Return a process, unless it has ended."""
    try:
        state, parent, *more = _folder(pid, "stat").read_text().rpartition(")")[2].split()
        command = _folder(pid, "cmdline").read_text().replace("\0", " ")
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if state == "Z" else Process(pid, int(parent), state, int(more[17]), command)


def _folder(pid: int, name: str) -> Path:
    return PROC / str(pid) / name


def _memory_kib(pid: int) -> int:
    lines = _folder(pid, "smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Rss:"))
