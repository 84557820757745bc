"""Turns a child of the zygote into a worker without namespaces (tiers `uids` and `none`).

A uid of its own keeps it from every other process, Landlock from files, the filter of kernel calls
from the network: all three are needed. The way out is the broker, a socket on which the worker asks
the egress guard for each connection.
"""

import os
import signal
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass, replace

from sandbox.jail import kernel, lockdown

BROKER = 4
# What stands in a compiled filter for the worker's own number.
OWN_PID = 0x7E57_C0DE
INSTRUCTION = struct.Struct("HBBI")
LOADABLE = [*lockdown.LOADABLE, "/usr/local/lib"]
PORTS = kernel.NET_BIND_TCP | kernel.NET_CONNECT_TCP


def broker() -> tuple[socket.socket, socket.socket]:
    """Return the worker's end of its way out, and the guard's."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


@dataclass(frozen=True, slots=True)
class Shared:
    """What all workers of a zygote have in common.

    Attributes:
        readable: the folders and files that they may read; they may write to /dev/null alone.
        held_bytes: the address space that the zygote has already.
        parent: the zygote, with which they end.
    """

    readable: list[str]
    held_bytes: int
    parent: int


def lock_down(limits: lockdown.Limits, program: bytes, shared: Shared, *, uid: int) -> None:
    """Give up everything that a worker does not need, as somebody that nobody else is.

    Args:
        limits: what the kernel grants it.
        program: the compiled seccomp filter, with `OWN_PID` in it.
        shared: what its like have too.
        uid: who it goes on as, and the number of its group.
    """
    lockdown.limit(limits, shared.held_bytes)
    lockdown.stand_apart()
    os.setgroups([])
    os.setgid(uid)
    os.setuid(uid)
    _end_with(shared.parent)  # after that, since becoming somebody else undoes it
    lockdown.give_up_rights()
    kernel.restrict_files(shared.readable, loadable=LOADABLE, writable=["/dev/null"], ports=PORTS)
    kernel.filter_calls(with_own_pid(program, os.getpid()))


def lock_down_somewhat(limits: lockdown.Limits, program: bytes, shared: Shared) -> None:
    """Give up as much as this machine allows; for a developer, never for strangers' code."""
    # Threads are counted by uid, and this one is the developer's.
    lockdown.limit(replace(limits, threads=None), shared.held_bytes)
    lockdown.stand_apart()
    _end_with(shared.parent)
    lockdown.give_up_rights()
    with suppress(OSError):
        kernel.restrict_files(
            shared.readable, loadable=LOADABLE, writable=["/dev/null"], ports=PORTS
        )
    with suppress(OSError):
        kernel.filter_calls(with_own_pid(program, os.getpid()))


def with_own_pid(program: bytes, pid: int) -> bytes:
    """Return a compiled filter in which a process number stands where `OWN_PID` stood."""
    return b"".join(
        INSTRUCTION.pack(code, yes, no, pid if constant == OWN_PID else constant)
        for code, yes, no, constant in INSTRUCTION.iter_unpack(program)
    )


def _end_with(parent: int) -> None:
    """Have the kernel end this process with its parent, which has not ended yet."""
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        raise ProcessLookupError("The zygote is gone.")
