"""A running supervisor, started as the product starts it, and servers whose code runs in it."""

import itertools
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from time import monotonic, sleep
from typing import Any

import pytest

from core.sandbox_protocol import Binding, EgressLimits, ToolSource
from mcp_runtime.tool_runner.sandbox.client import SandboxClient
from sandbox.jail.tiers import Tier
from tests.product import ROOT, clean_environment

SECONDS_TO_START = 300
SECONDS_TO_STOP = 20
MODES = {Tier.NAMESPACES: "auto", Tier.UIDS: "compat", Tier.NONE: "unsafe-dev"}
# Supervisors that run side by side may have no user in common.
FIRST_UID, UIDS_OF_ONE, SHARES = 20_000, 700, 64
_numbers = itertools.count(1)
_shares = itertools.count(os.getpid())


@dataclass(slots=True)
class RunningSupervisor:
    """A supervisor of one's own: its process, and where its socket is."""

    process: subprocess.Popen[bytes]
    folder: Path
    log: Path


def start_supervisor(
    folder: Path, *, within: Sequence[str] = (), **settings: str
) -> RunningSupervisor:
    """Start a supervisor with its data in a folder, and wait until it takes connections.

    Args:
        folder: where it has its data.
        within: a command that starts the one that follows it, in surroundings of its own.
        settings: its environment variables.
    """
    log = folder / "sandbox.log"
    with log.open("w") as file:
        process = subprocess.Popen(
            [*within, sys.executable, "-m", "sandbox"],
            cwd=ROOT,
            env=clean_environment(DATA_DIR=str(folder), **settings),
            stderr=file,
        )
    until = monotonic() + SECONDS_TO_START
    while "sandbox.started" not in log.read_text():
        assert process.poll() is None, log.read_text()
        assert monotonic() < until, log.read_text()
        sleep(0.05)
    return RunningSupervisor(process, folder, log)


def start_refusing_supervisor(folder: Path) -> RunningSupervisor:
    """Start a supervisor on a host whose bubblewrap may not make namespaces."""
    programs = folder / "bin"
    programs.mkdir(parents=True)
    (programs / "bwrap").write_text("#!/bin/sh\necho 'bwrap: No permissions' >&2\nexit 1\n")
    (programs / "bwrap").chmod(0o755)
    return start_supervisor(folder, PATH=str(programs))


def stop_supervisor(running: RunningSupervisor) -> None:
    """Stop a supervisor, if it still runs."""
    running.process.terminate()
    try:
        running.process.wait(SECONDS_TO_STOP)
    finally:
        running.process.kill()


def settings_of(tier: Tier) -> dict[str, str]:
    """Return the settings with which a supervisor isolates so, or skip where it cannot."""
    if tier is not Tier.UIDS:
        return {"SANDBOX": MODES[tier]}
    if os.getuid() != 0:
        pytest.skip("Only root can give each worker a user of its own.")
    uid = FIRST_UID + next(_shares) % SHARES * UIDS_OF_ONE
    return {"SANDBOX": MODES[tier], "SANDBOX_UID": str(uid)}


@pytest.fixture(
    scope="session", params=[Tier.NAMESPACES, pytest.param(Tier.UIDS, marks=pytest.mark.slow)]
)
def tier(request: pytest.FixtureRequest) -> Tier:
    """What isolates the workers: every test with a supervisor runs in each of them."""
    return request.param


@pytest.fixture(scope="module")
def supervisor(tier: Tier, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSupervisor]:
    """A supervisor that the tests of a module share."""
    running = start_supervisor(tmp_path_factory.mktemp("sandbox"), **settings_of(tier))
    yield running
    stop_supervisor(running)
    assert "ERROR" not in running.log.read_text()


@pytest.fixture
async def client(supervisor: RunningSupervisor) -> AsyncIterator[SandboxClient]:
    """A connection like the runtime's."""
    client = SandboxClient(supervisor.folder)
    yield client
    await client.close()


@dataclass(slots=True)
class HostedCode:
    """A server in the sandbox: call its functions by name.

    `stored` is its key-value store, a plain dictionary here.
    """

    client: SandboxClient
    binding: Binding
    stored: dict[str, Any] = field(default_factory=dict)
    heard: list[tuple[str, str]] = field(default_factory=list)

    async def call(
        self, tool: str = "tool", *, seconds: float = 10.0, **arguments: Any
    ) -> Mapping[str, Any]:
        """Call a tool and return the supervisor's answer."""
        return await self.client.call(
            self.binding,
            tool,
            arguments,
            timeout_seconds=seconds,
            answer_store=self._answer_store,
            hear=lambda source, said: self.heard.append((source, said)),
        )

    async def value(self, tool: str = "tool", **arguments: Any) -> Any:
        """Call a tool that succeeds and return its value, or its text."""
        answer = await self.call(tool, **arguments)
        assert "error" not in answer, answer
        return answer["value"] if "value" in answer else answer["content"][0]["text"]

    async def error(self, tool: str = "tool", **options: Any) -> Mapping[str, Any]:
        """Call a tool that fails and return its error."""
        answer = await self.call(tool, **options)
        assert "error" in answer, answer
        return answer["error"]

    async def _answer_store(self, request: Mapping[str, Any]) -> Any:
        do, key = request["do"], request["key"]
        if do == "get":
            return self.stored.get(key, request["default"])
        if do == "set":
            self.stored[key] = request["value"]
        if do == "delete":
            self.stored.pop(key, None)
        return (
            sorted(name for name in self.stored if name.startswith(key)) if do == "keys" else None
        )


Host = Callable[..., HostedCode]


@pytest.fixture
def host(client: SandboxClient) -> Host:
    """Return what hosts source code as a server: each function that is named is a tool."""
    return hosting(client)


def hosting(client: SandboxClient) -> Host:
    """Return what hosts source code as a server of the supervisor that a client speaks with."""

    def hosted(
        source: str,
        *tools: str,
        env: Mapping[str, str] | None = None,
        hosts: tuple[str, ...] = (),
        upstreams: tuple[tuple[str, int], ...] = (),
        **more: Any,
    ) -> HostedCode:
        number = next(_numbers)
        code = dedent(source)
        more.setdefault("lane", f"server-{number}")
        binding = Binding(
            revision=f"revision-{number}",
            server=more["lane"],
            tenant=more.pop("tenant", f"tenant-{number}"),
            tools={name: ToolSource(source=code, function=name) for name in tools or ("tool",)},
            env=dict(env or {}),
            egress=EgressLimits(hosts=hosts, upstreams=upstreams),
            ports=tuple(port for _, port in upstreams),
            **more,
        )
        return HostedCode(client, binding)

    return hosted
