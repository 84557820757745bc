"""Undoes compression in bounded steps, so that a small answer cannot grow without limit."""

import zlib

from core.errors import UpstreamUnavailable

STEP = 65_536
HEADER_BYTES = 2
# How zlib is told which header to expect (its `wbits`).
WINDOWS = {"gzip": zlib.MAX_WBITS | 16, "x-gzip": zlib.MAX_WBITS | 16, "deflate": zlib.MAX_WBITS}


class Decoder:
    """Collects a body, decoded, up to a limit.

    Args:
        encoding: the answer's Content-Encoding.
        limit: how many bytes are kept, before and after decoding.
    """

    def __init__(self, encoding: str, *, limit: int) -> None:
        names = [name.strip().lower() for name in encoding.split(",")]
        names = [name for name in names if name not in ("", "identity")]
        unknown = [n for n in names if n not in WINDOWS]
        if unknown or len(names) > 1:
            raise UpstreamUnavailable(
                f"The service compressed its answer as {encoding!r}, which it was not asked to.",
                can_retry=False,
            )
        self._name = names[0] if names else ""
        self._inflate: zlib._Decompress | None = None
        self._held = b""
        self._has_member = False
        self._is_over = False
        self._limit = limit
        self._received = 0
        self._body = bytearray()
        self.is_full = False

    def feed(self, chunk: bytes) -> None:
        """Take in the next bytes; sets `is_full` at the limit.

        Raises:
            UpstreamUnavailable: they are not what the encoding promises.
        """
        self._received += len(chunk)
        if not self._name:
            self._body += chunk
        elif not self._is_over:
            self._inflate_into_body(chunk)
        if len(self._body) > self._limit or self._received > self._limit:
            del self._body[self._limit :]
            self.is_full = True

    def result(self) -> bytes:
        """Return what was collected."""
        return bytes(self._body)

    def _inflate_into_body(self, chunk: bytes) -> None:
        if self._inflate is None:
            chunk, self._held = self._held + chunk, b""
            if len(chunk) < HEADER_BYTES:
                self._held = chunk
                return
            self._inflate = zlib.decompressobj(self._window(chunk))
        while chunk and not self._is_over and len(self._body) <= self._limit:
            try:
                self._body += self._inflate.decompress(chunk, STEP)
            except zlib.error as error:
                if not self._has_member:
                    message = "The service's answer is not compressed the way it says."
                    raise UpstreamUnavailable(message, can_retry=True) from error
                self._is_over = True
            chunk = self._inflate.unconsumed_tail
            if self._inflate.eof:
                chunk = self._begin_next_member(self._inflate.unused_data)

    def _begin_next_member(self, rest: bytes) -> bytes:
        """Go on with what follows: gzip may be several texts in a row; anything else is padding."""
        self._has_member = True
        self._is_over = self._name == "deflate"
        self._inflate = zlib.decompressobj(WINDOWS[self._name])
        return rest

    def _window(self, start: bytes) -> int:
        """Return how to inflate; many servers mean a stream without zlib's header by deflate."""
        has_header = start[0] & 0x0F == zlib.DEFLATED and int.from_bytes(start[:2], "big") % 31 == 0
        if self._name == "deflate" and not has_header:
            return -zlib.MAX_WBITS
        return WINDOWS[self._name]
