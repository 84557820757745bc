"""The guard's end of a broker: what a worker without a network of its own asks for.

Nothing that arrives is believed, and a descriptor that arrives is taken or closed.
"""

import os
import socket
import struct
from array import array
from contextlib import suppress
from typing import Annotated, Any

from pydantic import Field, ValidationError

from sandbox.jail.broker import HOST, MAX_HOST, MAX_REQUEST_BYTES
from sandbox.said import Said

CREDENTIALS = struct.Struct("3i")  # process, user, group
# One descriptor is all that a message may have; the kernel closes those that find no room.
ROOM = socket.CMSG_SPACE(CREDENTIALS.size) + socket.CMSG_SPACE(array("i", [0]).itemsize)
CUT_OFF = socket.MSG_TRUNC | socket.MSG_CTRUNC


class Wanted(Said):
    """A connection that a worker asks for."""

    host: Annotated[str, Field(max_length=MAX_HOST, pattern=HOST)]
    port: Annotated[int, Field(ge=1, le=65_535)]


class Misused(Exception):
    """What arrived is nothing that a worker says, or the worker is gone."""


class NoRoom(Exception):
    """The guard may open no more files now: what was handed over is closed, as if refused."""


class Handed(socket.socket):
    """An end that a worker handed over.

    The worker may keep it too, and whether it waits is a property of both: so every call says for
    itself that it does not.
    """

    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        """Receive what is there."""
        return super().recv(bufsize, flags | socket.MSG_DONTWAIT)

    def send(self, data: Any, flags: int = 0, /) -> int:
        """Send what there is room for."""
        return super().send(data, flags | socket.MSG_DONTWAIT)

    def note_connected(self) -> None:
        """Take out the byte that makes closing the end a refusal."""
        with suppress(OSError):
            self.recv(1)


def name_senders(broker: socket.socket) -> None:
    """Have the kernel say who sends what from now on; needed before the worker runs any tool."""
    broker.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)


def received(broker: socket.socket) -> tuple[Wanted, Handed]:
    """Return the next connection that is asked for, and the end to relay from.

    Raises:
        BlockingIOError: there is none.
        NoRoom: it could not be taken, and the next one may be.
        Misused: there will be none any more.
    """
    try:
        data, ancillary, flags, _ = broker.recvmsg(MAX_REQUEST_BYTES, ROOM, socket.MSG_DONTWAIT)
    except BlockingIOError:
        raise
    except OSError as error:
        raise Misused from error
    sender, descriptors = _unpacked(ancillary)
    if flags & socket.MSG_CTRUNC and not descriptors:  # there is always room for the first one
        raise NoRoom
    is_whole = not flags & CUT_OFF and len(descriptors) == 1
    with suppress(ValidationError):
        if is_whole and _is_pair_of(sender, descriptors[0]):
            wanted = Wanted.model_validate_json(data)
            return wanted, Handed(fileno=descriptors[0])
    for descriptor in descriptors:
        os.close(descriptor)
    raise Misused


def _unpacked(ancillary: list[tuple[int, int, bytes]]) -> tuple[int, list[int]]:
    """Return which process sent a message, by the kernel's word, and the descriptors in it."""
    sender, descriptors = 0, array("i")
    for _, kind, value in ancillary:
        if kind == socket.SCM_CREDENTIALS:
            sender = CREDENTIALS.unpack(value)[0]
        elif kind == socket.SCM_RIGHTS:
            descriptors.frombytes(value)
    return sender, descriptors.tolist()


def _is_pair_of(process: int, descriptor: int) -> bool:
    """Whether a descriptor is an end of a pair of stream sockets that a process made itself.

    So a worker cannot hand over what it was handed: its connection to the supervisor, above all,
    by the end of which its own end is noticed.
    """
    try:
        end = socket.socket(fileno=descriptor)
    except OSError:
        return False
    try:
        if (end.family, end.type) != (socket.AF_UNIX, socket.SOCK_STREAM):
            return False
        made_by = end.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
        is_listening = end.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
        return not is_listening and CREDENTIALS.unpack(made_by)[0] == process
    finally:
        end.detach()
