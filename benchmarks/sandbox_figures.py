"""How the figures of the sandbox are measured: through a supervisor, as the runtime calls it."""

import asyncio
import random
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from typing import Any

import orjson

from core.sandbox_protocol import EgressLimits, Packages, Share
from mcp_runtime.tool_runner.sandbox.client import SandboxClient
from tests.sandbox.conftest import HostedCode, hosting, start_supervisor, stop_supervisor

HOPS, PAUSE_SECONDS = 100, 0.002
SECONDS_TO_FREEZE = 0.5
SECONDS_TO_INSTALL = 300.0
DEADLINE_SECONDS = 0.5
CALLS_A_SECOND = 15.0
SPAWNED_AT_ONCE = 8
SLEEPS, SLEEP_SECONDS = 50, 0.2
SENT = b"x" * 100
NOT_PUBLIC = "10.0.0.1"
WIDE = Share(calls=64, waiting=1_000)
MANY = 1_000_000

ASYNC = "async def tool(a: int = 1): return a + 1"
SYNC = "def tool(a: int = 1): return a + 1"
SLEEPING = f"import asyncio\nasync def tool(): await asyncio.sleep({SLEEP_SECONDS})"
SPINS = {
    "spin": "def tool():\n    while True: pass",
    "native": "def tool(): return sum(range(10**12))",
    "regex": "import re\ndef tool(): return re.match(r'(a+)+$', 'a' * 40 + 'b')",
    "import": "while True: pass\ndef tool(): pass",
}
# Connects so many times; returns what each took in milliseconds, and the bytes that came.
CONNECTING = """
import json, socket
from time import perf_counter
def tool(host, port, count):
    took, received = [], 0
    for _ in range(count):
        began = perf_counter()
        try:
            with socket.create_connection((host, port), 5) as connected:
                received += len(connected.recv(100))
        except OSError:
            pass
        took.append((perf_counter() - began) * 1000)
    return [took, received]
"""


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured.

    Attributes:
        calls: of each kind of call that is quick.
        starts: of each kind of start, and of whatever takes as long as one.
        workers: how many live at once.
        seconds: how long a rate is kept, and a neighbour is disturbed.
    """

    calls: int
    starts: int
    workers: int
    seconds: float


Values = dict[str, float]


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A supervisor that runs: what hosts code in it, its client, and its process."""

    host: Callable[..., HostedCode]
    client: SandboxClient
    pid: int


Measure = Callable[[Sandbox, Extent], Awaitable[Values]]


@asynccontextmanager
async def supervised(**settings: str) -> AsyncIterator[Sandbox]:
    """Run a supervisor."""
    with tempfile.TemporaryDirectory() as name:
        running = await asyncio.to_thread(start_supervisor, Path(name), **settings)
        client = SandboxClient(running.folder)
        try:
            yield Sandbox(hosting(client), client, running.process.pid)
        finally:
            await client.close()
            await asyncio.to_thread(stop_supervisor, running)


async def hops_ms() -> list[float]:
    """Return what round trips to a thread of this process take, each after a moment of rest."""
    times = []
    for _ in range(HOPS):
        await asyncio.sleep(PAUSE_SECONDS)
        times.append(await hop_ms())
    return times


async def hop_ms() -> float:
    """Return what one round trip to a thread of this process takes."""
    return await timed_ms(asyncio.to_thread(lambda: None))


async def timed_ms(awaited: Awaitable[Any]) -> float:
    """Return what something takes."""
    began = perf_counter()
    await awaited
    return (perf_counter() - began) * 1000


def spread(times_ms: Sequence[float]) -> Values:
    """Return the middle, the 95th percentile and the worst."""
    return {
        "p50_ms": median(times_ms),
        "p95_ms": quantiles(times_ms, n=20, method="inclusive")[-1],
        "max_ms": max(times_ms),
    }


def warm(source: str) -> Measure:
    """Calls of a worker that is there and awake."""

    async def measure(sandbox: Sandbox, extent: Extent) -> Values:
        server = sandbox.host(source, warm=1)
        await server.value()
        return spread([await timed_ms(server.value(a=1)) for _ in range(extent.calls)])

    return measure


async def thawed(sandbox: Sandbox, extent: Extent) -> Values:
    """First calls of workers that were frozen."""
    servers = [sandbox.host(ASYNC) for _ in range(extent.starts)]
    for server in servers:
        await server.value()
    await asyncio.sleep(SECONDS_TO_FREEZE)
    for server in servers:
        (worker,) = (await sandbox.client.status(server.binding.server))["workers"]
        assert worker["is_frozen"]
    return spread([await timed_ms(server.value()) for server in servers])


async def cold_from_spare(sandbox: Sandbox, extent: Extent) -> Values:
    """First calls of servers for which a worker is ready; there are spares enough each time."""
    spares = (await sandbox.client.status())["spares"]
    times = []
    for _ in range(extent.starts):
        while (await sandbox.client.status())["spares"] < spares:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.02)
        times.append(await timed_ms(sandbox.host(ASYNC).value()))
    return spread(times)


async def cold_without_spare(sandbox: Sandbox, extent: Extent) -> Values:
    """First calls of servers for which a worker must be made."""
    return spread([await timed_ms(sandbox.host(ASYNC).value()) for _ in range(extent.starts)])


async def spawns(sandbox: Sandbox, extent: Extent) -> Values:
    """How many servers get a worker in a second, none of which was ready."""

    async def lane() -> None:
        for _ in range(max(1, extent.starts // SPAWNED_AT_ONCE)):
            await sandbox.host(ASYNC).value()

    took_ms = await timed_ms(asyncio.gather(*(lane() for _ in range(SPAWNED_AT_ONCE))))
    made = SPAWNED_AT_ONCE * max(1, extent.starts // SPAWNED_AT_ONCE)
    return {"per_second": made / took_ms * 1000}


async def per_call(sandbox: Sandbox, extent: Extent) -> Values:
    """Calls that come at a steady rate, with a process for each."""
    server = sandbox.host(ASYNC, isolation="per_call", share=WIDE)
    calls = []
    for _ in range(max(2, round(extent.seconds * CALLS_A_SECOND))):
        calls.append(asyncio.create_task(timed_ms(server.value())))
        await asyncio.sleep(1 / CALLS_A_SECOND)
    return spread(await asyncio.gather(*calls))


def idle_worker(packages: Packages) -> Measure:
    """What of the machine's memory is an idle worker's alone."""

    async def measure(sandbox: Sandbox, extent: Extent) -> Values:
        servers = [sandbox.host(ASYNC, packages=packages) for _ in range(extent.starts)]
        async with asyncio.timeout(SECONDS_TO_INSTALL):
            while "error" in await servers[0].call():  # noqa: ASYNC110 - while packages are installed
                await asyncio.sleep(1)
        for server in servers:
            await server.value()
        states = [await sandbox.client.status(server.binding.server) for server in servers]
        return {"mib": median(state["workers"][0]["memory_kib"] for state in states) / 1024}

    return measure


async def many_alive(sandbox: Sandbox, extent: Extent) -> Values:
    """How many live at once, and calls to any of them."""
    servers = [sandbox.host(ASYNC) for _ in range(extent.workers)]
    await asyncio.gather(*(server.value() for server in servers))
    alive = (await sandbox.client.status())["workers"]
    times = [await timed_ms(random.choice(servers).value()) for _ in range(extent.calls)]  # noqa: S311
    return {"missing": max(0, extent.workers - alive), **spread(times)}


def overshoot(kind: str) -> Measure:
    """How much later than its deadline a tool that does not end is over, its start not counted."""

    async def measure(sandbox: Sandbox, _extent: Extent) -> Values:
        began = perf_counter()
        answer = await sandbox.host(SPINS[kind]).call(seconds=DEADLINE_SECONDS)
        took_ms = (perf_counter() - began) * 1000 - answer["waited_ms"] - answer["started_ms"]
        assert answer["error"]["kind"] == "Timeout"
        return {"max_ms": took_ms - DEADLINE_SECONDS * 1000}

    return measure


async def sleeps(sandbox: Sandbox, _extent: Extent) -> Values:
    """Fifty calls at once that only wait, of one server with one worker.

    No plan of ours grants one organization so many: its binding here does.
    """
    server = sandbox.host(SLEEPING, workers=1, share=WIDE)
    await server.value()
    return {"max_ms": await timed_ms(asyncio.gather(*(server.value() for _ in range(SLEEPS))))}


async def egress(sandbox: Sandbox, extent: Extent) -> Values:
    """What the guard adds to connecting, to the first hundred bytes."""

    async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(SENT)
        await writer.drain()
        writer.close()

    service = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = service.sockets[0].getsockname()[1]
    async with service:
        through, received = await _connected(sandbox, "127.0.0.1", port, extent.starts)
        direct, received_directly = await _connected_directly(port, extent.starts)
    assert received == received_directly == extent.starts * len(SENT)
    return {"p50_ms": median(through) - median(direct), "direct_p50_ms": median(direct)}


async def denied(sandbox: Sandbox, extent: Extent) -> Values:
    """How soon a tool notices that it may not connect."""
    took, received = await _connected(sandbox, NOT_PUBLIC, 80, extent.starts)
    assert received == 0
    return spread(took)


async def _connected(sandbox: Sandbox, name: str, port: int, count: int) -> tuple[list[float], int]:
    server = sandbox.host(CONNECTING, upstreams=(("127.0.0.1", port),))
    unlimited = EgressLimits(upstreams=(("127.0.0.1", port),), connections_per_second=MANY)
    server.binding = server.binding.model_copy(update={"egress": unlimited})
    took, received = await server.value(host=name, port=port, count=count)
    return took, received


async def _connected_directly(port: int, count: int) -> tuple[list[float], int]:
    program = f"{CONNECTING}print(json.dumps(tool('127.0.0.1', {port}, {count})))"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    took, received = orjson.loads(said)
    return took, received
