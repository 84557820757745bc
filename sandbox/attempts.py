"""What no worker may be able to do, attempted: the self-test runs this file as a tool.

Each attempt returns what it got that it must not have, or nothing. It uses the standard library
alone, and knows nothing of the supervisor.
"""

import ctypes
import errno
import mmap
import os
import platform
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

READ = (
    "/etc/shadow", "/etc/machine-id", "/proc/1/environ", "/proc/self/maps", "/root", "/home",
    "/usr/bin", "/usr/lib", "/usr/share/doc",
)  # fmt: skip
WRITTEN = ("/", "/etc", "/usr", "/dev", "/dev/shm", "/jail", "/tools", "/python")  # noqa: S108
SHARED = ("/tmp", "/var/tmp", "/dev/shm", "/run/lock")  # noqa: S108
VARIABLES = {
    "HOME", "LANG", "LC_CTYPE", "LD_LIBRARY_PATH", "MALLOC_ARENA_MAX", "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS", "PATH", "PWD", "TZ",
}  # fmt: skip
KINDS = (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET)
FAMILIES = {"unix": 1, "ipv6": 10, "netlink": 16, "packet": 17, "alg": 38, "vsock": 40}
INSIDE = ("127.0.0.1", "localhost", "0.0.0.0", "169.254.169.254", "10.0.0.1")  # noqa: S104
NAMESPACES = {"user": 0x10000000, "mount": 0x00020000, "net": 0x40000000, "pid": 0x20000000}
# Numbers on x86_64, then on aarch64; those of newer calls are the same everywhere.
CALLS = {
    "ptrace": (101, 117),
    "mount": (165, 40),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "setns": (308, 268),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "keyctl": (250, 219),
    "process_vm_readv": (310, 270),
    "open_by_handle_at": (304, 265),
    "io_uring_setup": (425, 425),
    "pidfd_getfd": (438, 438),
}
# Not permitted, or no such call: any other answer comes from the call itself.
REFUSALS = (errno.EPERM, errno.ENOSYS)
GIB = 1024**3
SECONDS = 2.0
MOST_HANDED = 16

_libc = ctypes.CDLL(None, use_errno=True)


def tool(tier: str) -> dict[str, list[str]]:
    """Attempt everything; return what each attempt got."""
    return {attempt.__name__: list(attempt()) for attempt in attempts_in(tier)}


def files() -> Iterator[str]:
    """Read what is the host's."""
    for path in READ:
        if _succeeds(lambda path=path: _read(Path(path))):
            yield f"reads {path}"


def writing() -> Iterator[str]:
    """Write anywhere but to the worker's own scratch."""
    for folder in WRITTEN:
        if _succeeds(lambda folder=folder: os.close(os.open(f"{folder}/x", os.O_CREAT))):
            yield f"writes to {folder}"


def processes() -> Iterator[str]:
    """See other processes."""
    if _succeeds(lambda: _require(list(Path("/proc").iterdir()))):
        yield "sees processes"


def signals() -> Iterator[str]:
    """Signal any process but this one."""
    for pid in {-1, 0, os.getppid(), os.getpid() + 1}:
        if _succeeds(lambda pid=pid: os.kill(pid, signal.SIGCONT)):
            yield f"signals {pid}"


def programs() -> Iterator[str]:
    """Start processes and programs."""
    if _succeeds(lambda: os.waitpid(_forked(), 0)):
        yield "forks"
    if _succeeds(lambda: subprocess.run([sys.executable, "-c", ""], check=True)):
        yield "starts a program"


def namespaces() -> Iterator[str]:
    """Make namespaces, in which a process has rights."""
    for name, flag in NAMESPACES.items():
        if not _is_refused(_libc.unshare(flag)):
            yield f"makes a {name} namespace"


def kernel_calls() -> Iterator[str]:
    """Reach parts of the kernel that no tool needs."""
    place = 0 if platform.machine() == "x86_64" else 1
    for name, numbers in CALLS.items():
        if not _is_refused(_libc.syscall(ctypes.c_long(numbers[place]), 0, 0, 0, 0, 0, 0)):
            yield f"calls {name}"


def families() -> Iterator[str]:
    """Open sockets that lead elsewhere than through the guard, or take connections."""
    for name, family in FAMILIES.items():
        if any(_opens(family, kind) for kind in KINDS):
            yield f"opens a {name} socket"
    if any(map(_can_be_aimed, range(MOST_HANDED))):
        yield "was handed a socket that reaches others"
    if _opens(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP):
        yield "opens a raw socket"
    if _succeeds(lambda: socket.create_server(("127.0.0.1", 0)).close()):
        yield "listens"


def connections() -> Iterator[str]:
    """Reach addresses that are not public, though every public host may be reached."""
    for host in INSIDE:
        if _succeeds(lambda host=host: _require(_answer_of(host))):
            yield f"hears {host}"


def environment() -> Iterator[str]:
    """Find variables that are not the jail's."""
    yield from (f"has the variable {name}" for name in sorted(set(os.environ) - VARIABLES))  # noqa: TID251


def limits() -> Iterator[str]:
    """Raise limits, or exceed them."""
    for which in (resource.RLIMIT_AS, resource.RLIMIT_NPROC, resource.RLIMIT_NOFILE):
        _, most = resource.getrlimit(which)
        if most == resource.RLIM_INFINITY:
            yield f"has no limit {which}"
        elif _succeeds(lambda w=which, m=most: resource.setrlimit(w, (m + 1, m + 1))):
            yield f"raises limit {which}"
    if _succeeds(lambda: mmap.mmap(-1, 8 * GIB).close()):
        yield "takes 8 GiB"


def rights() -> Iterator[str]:
    """Become somebody else."""
    if _succeeds(lambda: os.setuid(0)) or _succeeds(lambda: os.setgroups([])):
        yield "changes who it is"


def internet() -> Iterator[str]:
    """Open a socket of the Internet, where there is a way out for whoever asks."""
    if any(_opens(socket.AF_INET, kind) for kind in KINDS):
        yield "opens an ipv4 socket"


def scratch() -> Iterator[str]:
    """Write to a folder for everybody, where workers share the file system."""
    for folder in SHARED:
        if _succeeds(lambda folder=folder: os.close(os.open(f"{folder}/x", os.O_CREAT))):
            yield f"writes to {folder}"


def attempts_in(tier: str) -> tuple[Callable[[], Iterator[str]], ...]:
    """Return what is attempted in a tier: where namespaces are missing, what they would hide."""
    attempts = (
        files, writing, processes, signals, programs, namespaces, kernel_calls, families,
        connections, environment, limits, rights,
    )  # fmt: skip
    return attempts if tier == "namespaces" else (*attempts, internet, scratch)


def _succeeds(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except (OSError, ValueError, MemoryError, OverflowError, _NothingFound):
        return False
    return True


def _opens(family: int, kind: int, protocol: int = 0) -> bool:
    """Whether the kernel makes such a socket; what Python makes of one may be another."""
    held = _libc.socket(family, kind, protocol)
    if held >= 0:
        os.close(held)
    return held >= 0


def _can_be_aimed(descriptor: int) -> bool:
    """Whether a socket that is held may send to any other of the namespace that it was made in."""
    try:
        with socket.socket(fileno=os.dup(descriptor)) as held:
            return (held.family, held.type) == (socket.AF_UNIX, socket.SOCK_DGRAM)
    except OSError:  # no socket
        return False


def _is_refused(result: int) -> bool:
    return result < 0 and ctypes.get_errno() in REFUSALS


def _read(path: Path) -> object:
    return list(path.iterdir()) if path.is_dir() else path.read_bytes()


def _forked() -> int:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    return pid


def _answer_of(host: str) -> bytes:
    with socket.create_connection((host, 80), SECONDS) as connection:
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        return connection.recv(1)


def _require(found: object) -> None:
    if not found:
        raise _NothingFound


class _NothingFound(Exception):
    """There is nothing where something would be a breach."""
