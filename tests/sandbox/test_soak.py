"""Twenty minutes of hostile and honest tools at once leave the sandbox as it was.

`SOAK_SECONDS` in the environment makes it shorter.
"""

import asyncio
import os
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from textwrap import dedent
from time import monotonic
from typing import Any

import pytest

from mcp_runtime.tool_runner.sandbox.client import SandboxClient
from mcp_runtime.tool_runner.sandbox.runner import CODES
from tests.sandbox.conftest import (
    Host,
    HostedCode,
    RunningSupervisor,
    start_supervisor,
    stop_supervisor,
)
from tests.sandbox.processes import SECONDS_TO_SETTLE, Held, family_of, held_by, until
from tests.upstreams.raw import raw_service

SECONDS = float(os.environ.get("SOAK_SECONDS", "1200"))
WARM_UP_SECONDS = min(60.0, SECONDS / 2)
SPARES = 4
ALL_SPARES = SPARES + 1  # with one that listens on the port of the service
LANES = 3
PATIENCE_SECONDS = 60.0
MOST_GROWTH_KIB = 8 * 1024
FEWEST_HONEST_CALLS = 100
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(SECONDS + 600)]

HOSTILE = {
    "spin": "while True: pass",
    "native": "return sum(range(10**12))",
    "memory": "return [0] * 10**9",
    "exit": "os._exit(3)",
    "crash": "import ctypes; ctypes.string_at(0)",
    "forge": "os.write(3, b'\\0\\0\\0\\2{}' * 1000); time.sleep(60)",
    "stall": "os.write(3, b'\\0\\0'); time.sleep(60)",
    "deep": """
        value = []
        for _ in range(100_000): value = [value]
        return value""",
    "huge": "return 'x' * 3_000_000",
    "print": "while True: print('x' * 1000)",
    "print_natively": "while True: os.write(1, b'x' * 8192)",
    "fill": """
        for n in range(1000):
            with open(f'/tmp/{n}', 'wb') as file: file.write(b'x' * 10**6)""",
    "open": "return [open('/dev/null') for _ in range(1000)]",
    "threads": """
        def spin():
            while True: pass
        for _ in range(100): threading.Thread(target=spin).start()""",
    "left_behind": """
        def spin():
            while True: pass
        threading.Thread(target=spin, daemon=True).start()""",
    "connect": """
        for n in range(300):
            try: socket.create_connection(('10.0.0.1', 80), 1)
            except OSError: pass""",
    "names": """
        asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        while True: asking.sendto(os.urandom(40), ('127.0.0.1', 53))""",
}
PRELUDE = "import os, socket, threading, time\ndef end(): os._exit(0)\n"
HONEST = """
    import asyncio, json
    calls = []
    async def wait(n):
        await asyncio.sleep(0.05)
        return n
    def count(n):
        calls.append(n)
        return sum(json.loads(json.dumps(list(range(n)))))
    async def keep(n):
        await store.set(f"key-{n}", n)
        return await store.get(f"key-{n}")
"""
RIGHT: dict[str, Callable[[int], int]] = {
    "wait": lambda n: n,
    "count": lambda n: n * (n - 1) // 2,
    "keep": lambda n: n,
}


@dataclass
class World:
    """The servers that are called, and what their callers met."""

    client: SandboxClient
    honest: list[HostedCode]
    hostile: dict[str, HostedCode]
    reaching: HostedCode
    revised: list[HostedCode]
    met: Counter[str] = field(default_factory=Counter)

    @property
    def servers(self) -> list[HostedCode]:
        """All of them."""
        return [*self.honest, *self.hostile.values(), self.reaching, *self.revised]


@pytest.fixture
def supervisor(tmp_path) -> Iterator[RunningSupervisor]:
    """A supervisor that nothing else was done to."""
    running = start_supervisor(tmp_path, SANDBOX_SPARES=str(SPARES))
    yield running
    stop_supervisor(running)
    assert "ERROR" not in running.log.read_text()


@pytest.fixture
async def world(host: Host, client: SandboxClient) -> AsyncIterator[World]:
    """The servers, each of an organization of its own."""

    def hosted(source: str, *tools: str, **more: Any) -> HostedCode:
        return host(f"{PRELUDE}{dedent(source)}", *tools, "end", **more)

    async with raw_service([OK]) as service:
        yield World(
            client,
            [hosted(HONEST, *RIGHT, isolation=how) for how in ("shared", "shared", "per_call")],
            {name: hosted(as_tool(source), "tool") for name, source in HOSTILE.items()},
            hosted(
                f"async def tool(): return (await http.get('{service.url}')).text",
                "tool",
                upstreams=(("127.0.0.1", service.port),),
            ),
            [hosted(f"def tool(): return {n}", "tool", lane="revised") for n in range(5)],
        )


def as_tool(source: str) -> str:
    return "def tool():\n" + "\n".join(f"    {line}" for line in dedent(source).splitlines())


async def test_nothing_is_left_of_a_long_mix_of_hostile_and_honest_tools(world, supervisor):
    await everything_at_once(world, WARM_UP_SECONDS)
    before = await rested(world, supervisor)
    world.met.clear()
    await everything_at_once(world, SECONDS)
    after = await rested(world, supervisor)

    assert world.met["honest"] > FEWEST_HONEST_CALLS, world.met
    assert set(HOSTILE) <= set(world.met), world.met
    assert after.processes == before.processes
    assert after.descriptors == before.descriptors
    assert (after.mounts, after.files) == (before.mounts, before.files)
    for name, memory_kib in after.memory_kib.items():
        assert memory_kib - before.memory_kib[name] <= MOST_GROWTH_KIB, name


async def everything_at_once(world: World, seconds: float) -> None:
    ends_at = monotonic() + seconds
    uses = (*[be_honest] * LANES, *[be_hostile] * LANES, reach_out, revise, leave_in_the_middle)
    async with asyncio.TaskGroup() as group:
        for use in uses:
            group.create_task(_again_and_again(use, world, ends_at))


async def _again_and_again(
    use: Callable[[World], Awaitable[None]], world: World, ends_at: float
) -> None:
    while monotonic() < ends_at:
        await use(world)


async def be_honest(world: World) -> None:
    """Call a tool that does as it should; it is served rightly, whatever the others do."""
    tool, n = random.choice(list(RIGHT)), random.randrange(1_000)
    value = await random.choice(world.honest).value(tool, n=n, seconds=PATIENCE_SECONDS)
    assert value == RIGHT[tool](n)
    world.met["honest"] += 1


async def be_hostile(world: World) -> None:
    """Call a tool that does its worst; whatever becomes of it has a name."""
    name = random.choice(list(world.hostile))
    answer = await world.hostile[name].call(seconds=random.uniform(0.1, 2))
    assert "error" not in answer or answer["error"]["kind"] in {*CODES, "Busy"}, answer
    world.hostile[name].heard.clear()
    world.met[name] += 1


async def reach_out(world: World) -> None:
    assert await world.reaching.value(seconds=PATIENCE_SECONDS) == "ok"
    world.met["reached"] += 1
    await asyncio.sleep(0.1)


async def revise(world: World) -> None:
    """Publish one version after the other, while the last one may still be called."""
    n = random.randrange(len(world.revised))
    assert await world.revised[n].value(seconds=PATIENCE_SECONDS) == n
    world.met["revised"] += 1
    await asyncio.sleep(0.2)


async def leave_in_the_middle(world: World) -> None:
    call = asyncio.create_task(world.hostile["spin"].call(seconds=PATIENCE_SECONDS))
    await asyncio.sleep(random.uniform(0, 0.3))
    call.cancel()
    await asyncio.wait([call])
    world.met["left"] += 1


async def rested(world: World, supervisor: RunningSupervisor) -> Held:
    """End the workers of all servers, and return what is held once only spares are left."""
    async with asyncio.timeout(SECONDS_TO_SETTLE):
        for server in world.servers:
            while (await world.client.status(server.binding.server))["workers"]:
                await server.call("end")
        while True:
            status = await world.client.status()
            if (status["workers"], status["spares"]) == (0, ALL_SPARES):
                break
            await asyncio.sleep(0.05)
    await until(lambda: len(family_of(supervisor.process.pid).workers) == ALL_SPARES)
    return held_by(supervisor.process.pid, supervisor.folder)
