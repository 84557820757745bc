"""What every attack is measured by: the next call, the neighbour, the processes, the supervisor."""

import asyncio
import json
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from core.sandbox_protocol import Binding, ToolSource
from mcp_runtime.tool_runner.sandbox.client import SandboxClient
from sandbox.jail.tiers import Tier
from tests.sandbox.attacks.preludes import PRELUDES
from tests.sandbox.conftest import (
    HostedCode,
    RunningSupervisor,
    settings_of,
    start_supervisor,
    stop_supervisor,
)

# What an attack must never see; the neighbour holds it as a variable.
CANARY = f"canary-{secrets.token_hex(16)}"
PROC = Path("/proc")
MOST_GROWTH_KIB = 16 * 1024
SECONDS_TO_SETTLE = 20.0
WELL = """
def well():
    return "well"
"""
NEIGHBOUR = Binding(
    revision="neighbour",
    server="neighbour",
    lane="neighbour",
    tenant="neighbour",
    tools={
        "tool": ToolSource(
            source="calls = []\ndef tool(): return [len(calls.append(1) or calls), len(env)]",
            function="tool",
        )
    },
    env={"CANARY": CANARY},
)

Attack = Callable[..., HostedCode]


@pytest.fixture(scope="session")
def supervisor(tier: Tier, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSupervisor]:
    """A supervisor that all attacks share, and which has the canary in its environment too."""
    denied = {"PUBLIC_URL": "https://toolkiln.example", "EGRESS_DENIED_NETWORKS": "93.184.0.0/16"}
    settings = {**settings_of(tier), **denied, "SANDBOX_WORKERS": "40", "CANARY": CANARY}
    running = start_supervisor(tmp_path_factory.mktemp("sandbox"), **settings)
    yield running
    stop_supervisor(running)


@pytest.fixture
async def neighbour(client: SandboxClient) -> HostedCode:
    """A server of somebody else, which holds the canary and remembers its calls."""
    return HostedCode(client, NEIGHBOUR)


@pytest.fixture
async def attack(
    host: Any, client: SandboxClient, supervisor: RunningSupervisor, neighbour: HostedCode
) -> AsyncIterator[Attack]:
    """Return what hosts a hostile server; when the test is over, everything must be as before."""
    hosted: list[HostedCode] = []
    seen, _ = await neighbour.value()
    memory_kib = resident_kib(supervisor.process.pid)

    def attacking(source: str, **more: Any) -> HostedCode:
        server = host(f"{PRELUDES}\n{dedent(source)}\n{WELL}", "tool", "well", **more)
        hosted.append(server)
        return server

    yield attacking
    for server in hosted:
        assert await server.value("well") == "well"
    assert await neighbour.value() == [seen + 1, 1], "the neighbour's process was touched"
    await settled(lambda: nothing_is_left(client, supervisor, hosted))
    assert resident_kib(supervisor.process.pid) - memory_kib <= MOST_GROWTH_KIB
    said = supervisor.log.read_text()
    assert not re.search(r"ERROR|Traceback", said), said
    assert CANARY not in said


def no_canary_in(seen: Any) -> bool:
    """Whether what an attack brought home is free of the neighbour's secret."""
    return CANARY not in json.dumps(seen)


async def settled(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(SECONDS_TO_SETTLE):
        while not await holds():  # noqa: ASYNC110 - what is waited for happens elsewhere
            await asyncio.sleep(0.05)


async def nothing_is_left(
    client: SandboxClient, supervisor: RunningSupervisor, hosted: list[HostedCode]
) -> bool:
    """Whether no worker is left but those that are known and idle, each a single process."""
    for server in hosted:
        workers = (await client.status(server.binding.server))["workers"]
        if len(workers) > 1 or any(worker["running"] for worker in workers):
            return False
    whole = await client.status()
    return whole["workers"] + whole["spares"] == len(workers_of(supervisor.process.pid))


def workers_of(supervisor: int) -> list[int]:
    """Return every process of a worker: two process namespaces below the supervisor's own.

    Where there are none, it is one of another user.
    """
    depth = len(status_of(supervisor, "NSpid").split()) + 2
    ours = {"0", *status_of(supervisor, "Uid").split()}
    return [
        pid
        for pid in below(supervisor)
        if len(status_of(pid, "NSpid").split()) >= depth
        or not ours.issuperset(status_of(pid, "Uid").split())
    ]


def below(pid: int) -> list[int]:
    """Return the processes that a process has started, and those that these have."""
    parents = {int(p.name): status_of(int(p.name), "PPid") for p in PROC.glob("[0-9]*")}
    found = [pid]
    for above in found:  # grows as it goes
        found += [child for child, parent in parents.items() if parent == str(above)]
    return found[1:]


def resident_kib(pid: int) -> int:
    """Return how much memory a process has."""
    return int(status_of(pid, "VmRSS").split()[0])


def descriptors_of(pid: int) -> int:
    """Return how many descriptors a process has."""
    return len(list((PROC / str(pid) / "fd").iterdir()))


def status_of(pid: int, field: str) -> str:
    """Return what the kernel says of a process, or nothing when it is gone."""
    try:
        lines = (PROC / str(pid) / "status").read_text().splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(field)), "")
