"""What a worker prints, as it arrives: pieces with the call that they are of, or without one."""

import asyncio
import socket
from collections.abc import Mapping

from sandbox.calls import Running

# Pieces that are read in one go, and the pause when more than enough has come.
PIECES, PIECE_BYTES, PAUSE_SECONDS = 64, 65_536, 0.05
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
            self._loop.add_reader(self._socket, self.read)

    def read(self) -> None:
        """Read what is there, and pause when that is a flood: the kernel drops the rest."""
        for _ in range(PIECES):
            try:
                piece = self._socket.recv(PIECE_BYTES)
            except OSError:  # nothing there, or closed
                return
            self._keep(piece)
        self._loop.remove_reader(self._socket)
        self._loop.call_later(PAUSE_SECONDS, self.start)

    def close(self) -> None:
        """Read what is left, and no more."""
        self.read()
        self._loop.remove_reader(self._socket)
        self._socket.close()

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
