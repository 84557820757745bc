"""Messages between a worker and the supervisor: a length of four bytes, then that much JSON."""

import json
import struct
from typing import Any

LENGTH = struct.Struct("!I")
# No message is longer, in either direction: whoever announces more is cut off.
MAX_FRAME_BYTES = 2 * 1024 * 1024
# A question to the store holds one value at most, and the store takes no large ones.
MAX_STORE_BYTES = 512 * 1024


class FrameTooLong(ValueError):
    """A message is longer than any may be."""


def packed(message: dict[str, Any], *, most_bytes: int = MAX_FRAME_BYTES) -> bytes:
    """Return a message as it is sent.

    Raises:
        FrameTooLong: it is longer than it may be.
        TypeError, ValueError: it holds what JSON cannot say.
    """
    body = json.dumps(message, separators=(",", ":"), allow_nan=False, ensure_ascii=False).encode()
    if len(body) > most_bytes:
        raise FrameTooLong
    return LENGTH.pack(len(body)) + body


class Frames:
    """Cuts a stream of bytes into messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    @property
    def is_amid_one(self) -> bool:
        """Whether a part of a message has arrived, and not all of it."""
        return bool(self._buffer)

    def feed(self, data: bytes) -> list[bytes]:
        """Take bytes as they arrived, and return the messages that are whole now.

        Raises:
            FrameTooLong: the other side announces a message that is too long.
        """
        self._buffer += data
        whole = []
        while len(self._buffer) >= LENGTH.size:
            (length,) = LENGTH.unpack_from(self._buffer)
            if length > MAX_FRAME_BYTES:
                raise FrameTooLong
            end = LENGTH.size + length
            if len(self._buffer) < end:
                break
            whole.append(bytes(self._buffer[LENGTH.size : end]))
            del self._buffer[:end]
        return whole
