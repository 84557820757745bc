"""A client that sends one request again and again over kept connections, at little cost itself."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Load:
    """What a burst of calls came to."""

    calls_per_second: float
    p50_ms: float
    p99_ms: float


class Request:
    """A POST, written once."""

    def __init__(self, url: str, body: bytes, headers: Mapping[str, str]) -> None:
        parts = urlsplit(url)
        self.host, self.port = parts.hostname or "", parts.port or 80
        given = {"Host": parts.netloc, **headers, "Content-Length": str(len(body))}
        lines = "".join(f"{name}: {value}\r\n" for name, value in given.items())
        self.bytes = f"POST {parts.path} HTTP/1.1\r\n{lines}\r\n".encode() + body


async def call_once(request: Request) -> tuple[int, bytes]:
    """Return the status and body of one answer."""
    reader, writer = await asyncio.open_connection(request.host, request.port)
    try:
        return await _exchange(reader, writer, request.bytes)
    finally:
        writer.close()
        await writer.wait_closed()


async def burst(request: Request, *, concurrency: int, seconds: float, expected: bytes) -> Load:
    """Call for so many seconds over so many connections.

    Raises:
        RuntimeError: an answer is not a 200 that holds `expected`.
    """
    started = perf_counter()
    ends_at = started + seconds
    lanes = (_lane(request, ends_at, expected) for _ in range(concurrency))
    times = sorted(time for lane in await asyncio.gather(*lanes) for time in lane)
    took = perf_counter() - started
    return Load(
        calls_per_second=len(times) / took,
        p50_ms=_percentile(times, 50) * 1000,
        p99_ms=_percentile(times, 99) * 1000,
    )


async def _lane(request: Request, ends_at: float, expected: bytes) -> list[float]:
    times: list[float] = []
    reader, writer = await asyncio.open_connection(request.host, request.port)
    try:
        before = perf_counter()
        while before < ends_at:
            status, body = await _exchange(reader, writer, request.bytes)
            after = perf_counter()
            if status != 200 or expected not in body:
                raise RuntimeError(f"unexpected answer {status}: {body[:300]!r}")
            times.append(after - before)
            before = after
    finally:
        writer.close()
        await writer.wait_closed()
    return times


async def _exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes
) -> tuple[int, bytes]:
    writer.write(request)
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    status = int(head.split(b" ", 2)[1])
    length = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0])
    return status, await reader.readexactly(length)


def _percentile(times: list[float], percent: int) -> float:
    return times[min(len(times) - 1, len(times) * percent // 100)]
