"""Messages between a worker and the supervisor: a length of four bytes, then that much JSON."""

import json
import struct
from typing import Any

LENGTH = struct.Struct("!I")
# No message is longer, in either direction: whoever announces more is cut off.
MAX_FRAME_BYTES = 2 * 1024 * 1024


class FrameTooLong(ValueError):
    """A message is longer than any may be."""


def packed(message: dict[str, Any]) -> bytes:
    """Return a message as it is sent.

    Raises:
        FrameTooLong: it is too long to be sent.
        TypeError, ValueError: it holds what JSON cannot say.
    """
    body = json.dumps(message, separators=(",", ":"), allow_nan=False).encode()
    if len(body) > MAX_FRAME_BYTES:
        raise FrameTooLong
    return LENGTH.pack(len(body)) + body


class Frames:
    """Cuts a stream of bytes into messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()

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
