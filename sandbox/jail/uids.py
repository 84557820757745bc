"""Turns a child of the zygote into a worker where there are no namespaces (tiers B and none).

A uid of its own keeps it from every other process, Landlock from files, the filter of kernel calls
from the network: all three are needed. The way out is the broker, a socket on which the worker asks
the egress guard for each connection.
"""

import os
import signal
import socket
import struct
from contextlib import suppress
from dataclasses import replace

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


def lock_down(
    limits: lockdown.Limits, program: bytes, *, readable: list[str], held_bytes: int, uid: int
) -> None:
    """Give up everything that a worker does not need, as somebody that nobody else is.

    Args:
        limits: what the kernel grants it.
        program: the compiled seccomp filter, with `OWN_PID` in it.
        readable: the folders and files that it may read; it may write to none.
        held_bytes: the address space that the zygote has already.
        uid: who it goes on as, and the number of its group.
    """
    parent = os.getppid()
    lockdown.limit(limits, held_bytes)
    lockdown.stand_apart()
    os.setgroups([])
    os.setgid(uid)
    os.setuid(uid)
    _end_with(parent)
    lockdown.give_up_rights()
    kernel.restrict_files(readable, loadable=LOADABLE, writable=[], ports=PORTS)
    kernel.filter_calls(with_own_pid(program, os.getpid()))


def lock_down_somewhat(
    limits: lockdown.Limits, program: bytes, *, readable: list[str], held_bytes: int
) -> None:
    """Give up as much as this machine allows; for a developer, never for strangers' code."""
    parent = os.getppid()
    # Threads are counted by uid, and this one is the developer's.
    lockdown.limit(replace(limits, threads=None), held_bytes)
    lockdown.stand_apart()
    _end_with(parent)
    lockdown.give_up_rights()
    with suppress(OSError):
        kernel.restrict_files(readable, loadable=LOADABLE, writable=[], ports=PORTS)
    with suppress(OSError):
        kernel.filter_calls(with_own_pid(program, os.getpid()))


def with_own_pid(program: bytes, pid: int) -> bytes:
    """Return a compiled filter in which a process number stands where `OWN_PID` stood."""
    return b"".join(
        INSTRUCTION.pack(code, yes, no, pid if constant == OWN_PID else constant)
        for code, yes, no, constant in INSTRUCTION.iter_unpack(program)
    )


def _end_with(parent: int) -> None:
    """Have the kernel end this process with its parent; becoming somebody else undoes that."""
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        raise ProcessLookupError("The zygote is gone.")
