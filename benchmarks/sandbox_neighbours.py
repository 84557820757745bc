"""What one tenant notices while another's tool does its worst, of each family of attacks."""

import asyncio
from statistics import quantiles
from textwrap import dedent, indent
from time import perf_counter

from benchmarks.sandbox_figures import (
    ASYNC,
    DEADLINE_SECONDS,
    SPINS,
    Extent,
    Measure,
    Sandbox,
    Values,
    hop_ms,
    spread,
    timed_ms,
)
from tests.sandbox.attacks.conftest import resident_kib
from tests.sandbox.attacks.preludes import PRELUDES
from tests.sandbox.conftest import HostedCode

PING_SECONDS = 0.01
FORGED = '{"done": 1, "value": 1}'


def _tool(body: str, *, kind: str = "def") -> str:
    return f"{PRELUDES}\nimport socket\n{kind} tool():\n{indent(dedent(body), '    ')}"


# One at least of each family that `tests/sandbox/attacks` has.
ATTACKS = {
    "spin": SPINS["spin"],
    "spin_on_the_loop": _tool("while True: pass", kind="async def"),
    "spin_in_c": SPINS["native"],
    "threads_that_spin": _tool("""
        while True:
            tried(threading.Thread(target=lambda: [None for _ in iter(int, 1)]).start)"""),
    "forks": _tool("while True: tried(os.fork)"),
    "memory": _tool("return [0] * 10 ** 9"),
    "memory_in_bits": _tool("held = [bytes(2 ** 20) for _ in iter(int, 1)]"),
    "files": _tool("""
        while True:
            for n in range(300): tried(os.mkdir, f"/tmp/{n}")
            for n in range(300): tried(os.rmdir, f"/tmp/{n}")"""),
    "output": "def tool():\n    while True: print('x' * 1000)",
    "output_in_c": _tool("while True: os.write(1, b'x' * 8192)"),
    "results": "def tool(): return 'x' * 1_000_000",
    "questions": _tool(
        """
        import asyncio
        while True: await asyncio.gather(*(store.set("a", "x" * 10_000) for _ in range(16)))""",
        kind="async def",
    ),
    "forged_frames": _tool("while True: os.write(3, b'\\0\\0\\0\\2{}' * 1000)"),
    "forged_answers": _tool(f"""
        while True: say(*[{FORGED}] * 1000)"""),
    "half_a_frame": _tool("send(frame(b' ' * 2 ** 20)[:-1]); time.sleep(60)"),
    "connections": _tool("""
        while True:
            with socket.socket() as way:
                way.setblocking(False)
                tried(way.connect, ("8.8.8.8", 80))"""),
    "names": _tool("""
        asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        while True: tried(asking.sendto, os.urandom(40), ("127.0.0.1", 53))"""),
    "deaths": _tool("os._exit(1)"),
    "crashes": _tool("ctypes.string_at(0)"),
}


def neighbour(kind: str) -> Measure:
    """Calls of one tenant in quiet, and then while another attacks with all calls that it may have.

    `p95_times` is how much longer they take then; `hop_p95_times` how much longer a round trip to
    a thread of this process takes, which an attack that only computes may lengthen: a share of the
    processors is its own.
    """

    async def measure(sandbox: Sandbox, extent: Extent) -> Values:
        mine, theirs = sandbox.host(ASYNC), sandbox.host(ATTACKS[kind])
        await mine.value()
        memory_kib = resident_kib(sandbox.pid)
        quiet, quiet_hops = await _pinged(mine, seconds=extent.seconds)
        attacking = [
            asyncio.create_task(_attack(theirs, seconds=extent.seconds))
            for _ in range(theirs.binding.share.calls)
        ]
        times, hops = await _pinged(mine, seconds=extent.seconds)
        again_ms = await timed_ms(sandbox.host(ASYNC).value())
        await asyncio.gather(*attacking)
        return {
            **spread(times),
            "p95_times": _p95(times) / _p95(quiet),
            "hop_p95_times": _p95(hops) / _p95(quiet_hops),
            "again_ms": again_ms,
            "growth_mib": max(0.0, (resident_kib(sandbox.pid) - memory_kib) / 1024),
        }

    return measure


async def _attack(theirs: HostedCode, *, seconds: float) -> None:
    until = perf_counter() + seconds
    while perf_counter() < until:
        answer = await theirs.call(seconds=DEADLINE_SECONDS)
        theirs.heard.clear()
        if answer.get("error", {}).get("kind") == "Busy":
            await asyncio.sleep(PING_SECONDS)  # else this process would disturb itself most


async def _pinged(mine: HostedCode, *, seconds: float) -> tuple[list[float], list[float]]:
    until = perf_counter() + seconds
    times, hops = [], []
    while perf_counter() < until or len(times) < 2:
        times.append(await timed_ms(mine.value()))
        hops.append(await hop_ms())
        await asyncio.sleep(PING_SECONDS)
    return times, hops


def _p95(times_ms: list[float]) -> float:
    return quantiles(times_ms, n=20, method="inclusive")[-1]
