"""Our runtime and FastMCP, called in turns with the same requests, and how the two compare.

The two take turns in short bursts, so that a slow moment of the machine hits both alike. What is
reported are the medians of all rounds and, per concurrency, ratios in which more than 1 means that
ours is better: calls per second ours by theirs, latencies theirs by ours.
"""

import argparse
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

import orjson
import uvloop

from benchmarks.load import Load, Request, burst, call_once

CONCURRENCIES = (1, 16, 64)
MODERN = "2026-07-28"

Measured = dict[tuple[str, int], list[Load]]


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a tool that both sides have, and what each answer to it holds."""

    benchmark: str
    tool: str
    arguments: Mapping[str, Any]
    expected: bytes


def options_of(description: str | None) -> argparse.Namespace:
    """Return how much is to be measured, from the command line."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--rounds", type=int, default=5, help="turns of each side")
    parser.add_argument("--seconds", type=float, default=2.0, help="length of one burst")
    parser.add_argument("--revision", choices=[MODERN, "2025-11-25"], default=MODERN)
    return parser.parse_args()


def compare(
    call: Call, options: argparse.Namespace, *, ours: tuple[str, str], fastmcp: str
) -> None:
    """Call both sides in turns and print what came of it, as one line of JSON.

    Args:
        call: what both are asked.
        options: as `options_of` returns them.
        ours: the address of our server, and a key to it.
        fastmcp: where FastMCP is.

    Raises:
        RuntimeError: one of them does not answer as expected.
    """
    address, key = ours
    requests = {
        "ours": _request(call, address, options.revision, {"Authorization": f"Bearer {key}"}),
        "fastmcp": _request(call, f"{fastmcp}/mcp", options.revision, {}),
    }
    measured = uvloop.run(_measured(requests, call.expected, options))
    print(orjson.dumps(_summary(call.benchmark, measured, options)).decode())


def _request(call: Call, url: str, revision: str, headers: dict[str, str]) -> Request:
    """Return the request that calls a tool in a revision of MCP."""
    params: dict[str, Any] = {"name": call.tool, "arguments": call.arguments}
    given = {
        **headers,
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": revision,
    }
    if revision == MODERN:
        prefix = "io.modelcontextprotocol"
        params["_meta"] = {
            f"{prefix}/protocolVersion": revision,
            f"{prefix}/clientCapabilities": {},
            f"{prefix}/clientInfo": {"name": "benchmark", "version": "1"},
        }
        given |= {"Mcp-Method": "tools/call", "Mcp-Name": call.tool}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    return Request(url, orjson.dumps(message), given)


async def _measured(
    requests: dict[str, Request], expected: bytes, options: argparse.Namespace
) -> Measured:
    for name, request in requests.items():
        status, body = await call_once(request)
        result = orjson.loads(body).get("result", {})
        if status != 200 or result.get("isError", False):
            raise RuntimeError(f"{name} does not work: {status} {body[:500]!r}")
    measured: Measured = {(name, c): [] for name in requests for c in CONCURRENCIES}
    for turn in range(options.rounds + 1):
        for concurrency in CONCURRENCIES:
            # Whoever comes first changes with every turn; turn 0 only warms both up.
            for name in sorted(requests, reverse=bool(turn % 2)):
                load = await burst(
                    requests[name],
                    concurrency=concurrency,
                    seconds=options.seconds,
                    expected=expected,
                )
                if turn:
                    measured[name, concurrency].append(load)
                    print(_line(name, concurrency, load), file=sys.stderr)
    return measured


def _summary(benchmark: str, measured: Measured, options: argparse.Namespace) -> dict[str, Any]:
    per_concurrency = {str(c): _compared(measured, c) for c in CONCURRENCIES}
    slower = [c for c, row in per_concurrency.items() if min(row["ratio"].values()) < 1]
    return {
        "benchmark": benchmark,
        "revision": options.revision,
        "rounds": options.rounds,
        "seconds": options.seconds,
        "concurrency": per_concurrency,
        "slower_than_fastmcp": slower,
    }


def _compared(measured: Measured, concurrency: int) -> dict[str, Any]:
    ours, theirs = (_medians(measured[name, concurrency]) for name in ("ours", "fastmcp"))
    ratio = {
        "calls_per_second": ours["calls_per_second"] / theirs["calls_per_second"],
        "p50_ms": theirs["p50_ms"] / ours["p50_ms"],
        "p99_ms": theirs["p99_ms"] / ours["p99_ms"],
    }
    rounded = {name: round(value, 2) for name, value in ratio.items()}
    return {"ours": ours, "fastmcp": theirs, "ratio": rounded}


def _medians(loads: list[Load]) -> dict[str, float]:
    names = ("calls_per_second", "p50_ms", "p99_ms")
    return {name: round(median(getattr(load, name) for load in loads), 2) for name in names}


def _line(name: str, concurrency: int, load: Load) -> str:
    return (
        f"{name} at {concurrency}: {load.calls_per_second:.0f} calls/s, "
        f"p50 {load.p50_ms:.2f} ms, p99 {load.p99_ms:.2f} ms"
    )
