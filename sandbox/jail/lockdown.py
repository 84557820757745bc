"""Turns a child of the zygote into a worker that can reach nothing but what it was handed.

The worker gets namespaces of its own: no process but itself, no file system that others write to, a
network in which every address is a socket that the egress guard holds.

The order matters: whatever needs a right comes before that right is given up, and seccomp is last.
"""

import fcntl
import os
import random
import resource
import socket
import sys
from dataclasses import dataclass

from sandbox.jail import kernel, network

RPC = 3
RLIMIT_SIGPENDING = 11  # of Linux, and not among the names of Python
MIB = 1024 * 1024
SCRATCH = "/tmp"  # noqa: S108 - a file system of the worker's own, made here
SCRATCH_OPTIONS = "size=16m,nr_inodes=256,mode=0700"
READABLE = [
    *("/usr/share", "/usr/local/share", "/usr/lib/locale/C.utf8", "/etc"),
    *("/python", "/tools", "/jail", "/dev"),
]
WRITABLE = [SCRATCH, "/dev/null"]
LOADABLE = ["/usr/lib", "/usr/lib64", "/lib", "/lib64"]
NICENESS = 5
SIGNALS_WAITING = 64


@dataclass(frozen=True, slots=True)
class Limits:
    """What the kernel grants a worker, whatever its code does.

    Attributes:
        memory_mib: on top of what the zygote holds already.
        threads: processes and threads; no process can be started anyway. None for no limit.
        cpu_seconds: of its whole life: a backstop behind the deadlines of single calls.
    """

    memory_mib: int = 256
    threads: int | None = 24
    files: int = 64
    file_mib: int = 16
    cpu_seconds: int = 600


def enter_namespaces() -> None:
    """Leave every namespace for a new one, of which the process is the owner (tier A)."""
    uid, gid = os.getuid(), os.getgid()
    kernel.unshare(kernel.ALL_NAMESPACES)
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"0 {uid} 1")
    _write("/proc/self/gid_map", f"0 {gid} 1")


def prepare_namespaces(ports: list[int]) -> list[socket.socket]:
    """Furnish the new namespaces; return the sockets that the egress guard shall hold."""
    network.open_everything()
    opened = network.listeners(ports)
    flags = kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC
    kernel.mount("none", "/", "", kernel.MS_REC | kernel.MS_PRIVATE)
    kernel.mount("scratch", SCRATCH, "tmpfs", flags, SCRATCH_OPTIONS)
    kernel.mount("empty", "/proc", "tmpfs", flags | kernel.MS_RDONLY, "size=4k,nr_inodes=2")
    return opened


def lock_down(limits: Limits, program: bytes, *, held_bytes: int) -> None:
    """Give up everything that a worker does not need; nothing of it can be taken back.

    Args:
        limits: what the kernel grants it.
        program: the compiled seccomp filter.
        held_bytes: the address space that the zygote has already, and so every worker.
    """
    limit(limits, held_bytes)
    stand_apart()
    give_up_rights()
    if kernel.landlock_abi() > 0:
        kernel.restrict_files(READABLE, loadable=LOADABLE, writable=WRITABLE)
    kernel.filter_calls(program)


def keep_only(rpc: socket.socket, output: socket.socket, *more: socket.socket) -> None:
    """Close every descriptor but the supervisor's, and where standard output goes.

    Nothing is left on standard input; `rpc` becomes descriptor 3, and `more` those that follow.
    """
    nothing = os.open("/dev/null", os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(output.fileno(), 1)
    os.dup2(output.fileno(), 2)
    # None of them may lie where another one goes.
    beyond = [fcntl.fcntl(one.detach(), fcntl.F_DUPFD_CLOEXEC, 64) for one in (rpc, *more)]
    for place, held in enumerate(beyond, RPC):
        os.dup2(held, place, inheritable=False)
    output.detach()
    kernel.close_from(RPC + len(beyond))


def reseed() -> None:
    """Give the worker chance of its own: what the zygote held, all its children would share."""
    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()


def most_killable() -> None:
    """Have the kernel end this process first when memory runs out."""
    _write("/proc/self/oom_score_adj", "1000")


def stand_apart() -> None:
    """Belong to no terminal, and leave the processor to others first."""
    os.setsid()
    os.nice(NICENESS)


def give_up_rights() -> None:
    """Give up all capabilities, and the chance to gain any; be nobody's to look into."""
    kernel.drop_capabilities()
    kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)


def limit(limits: Limits, held_bytes: int) -> None:
    """Set the limits of the process; they can only be lowered again."""
    for which, value in {
        resource.RLIMIT_AS: held_bytes + limits.memory_mib * MIB,
        resource.RLIMIT_NPROC: limits.threads,
        resource.RLIMIT_NOFILE: limits.files,
        resource.RLIMIT_FSIZE: limits.file_mib * MIB,
        resource.RLIMIT_CPU: limits.cpu_seconds,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
        RLIMIT_SIGPENDING: SIGNALS_WAITING,
    }.items():
        if value is not None:
            resource.setrlimit(which, (value, value))


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:  # noqa: PTH123
        file.write(text)
