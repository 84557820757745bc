"""What a worker prints, as it arrives: pieces with the call that they are of, or without one."""

import asyncio
import select
import socket
from collections.abc import Mapping

from sandbox.calls import Running

# Pieces that are read in one go, and the pause when more than enough has come.
PIECES, PIECE_BYTES, PAUSE_SECONDS = 256, 65_536, 0.02
# At the end of a call, what it printed just before is read too; the kernel holds no more than this.
LAST_PIECES = 4_096
# As `sandbox.jail.worker` writes it: zero, the call in four bytes, the stream.
HEADER_BYTES = 6


class Output:
    """The socket that a worker's standard output and errors go to.

    Args:
        running: the worker's calls by number, as they are at the time.
    """

    def __init__(self, held: socket.socket, running: Mapping[int, Running]) -> None:
        self._socket = held
        self._running = running
        self._loop = asyncio.get_running_loop()
        held.setblocking(False)

    def start(self) -> None:
        """Read whenever something arrives."""
        if self._socket.fileno() >= 0:
            self._loop.add_reader(self._socket, self._hear)

    def catch_up(self) -> None:
        """Read what is there, before an answer that came after it."""
        self._read(LAST_PIECES)

    def close(self) -> None:
        """Read what is left, and no more."""
        self.catch_up()
        self._loop.remove_reader(self._socket)
        self._socket.close()

    def _hear(self) -> None:
        """Read what is there, and pause when that is a flood: who writes it waits meanwhile."""
        if self._read(PIECES):
            self._loop.remove_reader(self._socket)
            self._loop.call_later(PAUSE_SECONDS, self.start)

    def _read(self, most: int) -> bool:
        """Read so many pieces at most; return whether there may be more."""
        for _ in range(most):
            try:
                piece = self._socket.recv(PIECE_BYTES)
            except OSError:  # nothing there, or closed
                return False
            if not piece and self._is_over():
                self._loop.remove_reader(self._socket)
                return False
            self._keep(piece)
        return True

    def _is_over(self) -> bool:
        """Whether nothing more can come; a piece may be empty too."""
        asked = select.poll()
        asked.register(self._socket, select.POLLRDHUP)
        return bool(asked.poll(0))

    def _keep(self, piece: bytes) -> None:
        """Give a piece to its call; what native code wrote belongs to all that run."""
        stream, whose = "stderr", list(self._running.values())
        if piece[:1] == b"\0" and len(piece) >= HEADER_BYTES:
            stream = "stdout" if piece[5] == 1 else "stderr"
            running = self._running.get(int.from_bytes(piece[1:5]))
            whose = [] if running is None else [running]
            piece = piece[HEADER_BYTES:]
        text = piece.decode(errors="replace")
        for running in whose:
            running.keep_output(stream, text)
