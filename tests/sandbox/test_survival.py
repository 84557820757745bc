"""Whatever is killed or worn out, calls are served again, and nothing stays behind."""

import asyncio
import os
import resource
import signal
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.sandbox_protocol import SOCKET_NAME
from core.sandbox_settings import SandboxSettings
from mcp_runtime.tool_runner.sandbox.client import SandboxClient, SandboxUnavailable
from sandbox.jail.tiers import Tier
from tests.sandbox.conftest import (
    HostedCode,
    RunningSupervisor,
    hosting,
    settings_of,
    start_supervisor,
    stop_supervisor,
)
from tests.sandbox.processes import SECONDS_TO_SETTLE, Held, family_of, held_by, until
from tests.upstreams.raw import RawService, raw_service

SPARES = 2
# Of starts, few enough that none waits too long for its turn.
AT_ONCE = 25
MOST_GROWTH_KIB = 8 * 1024
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok"
# What a caller may be told while something is started again.
PASSING = {"Unavailable", "WorkerRestarted"}
STRANGER = 65_534
WAITS = """
    import asyncio
    async def wait():
        print("begun")
        await asyncio.sleep(600)
    def tool(): return 1
"""
REMEMBERS = """
    import random
    mark = random.random()
    def tool(): return mark
"""


@pytest.fixture
def supervisor(tier: Tier, tmp_path: Path) -> Iterator[RunningSupervisor]:
    """A supervisor for one test, which may do to it what it likes."""
    running = start_supervisor(tmp_path, SANDBOX_SPARES=str(SPARES), **settings_of(tier))
    yield running
    stop_supervisor(running)


def reaches(service: RawService) -> dict[str, Any]:
    """Return what a server is made of that asks a service for something."""
    return {
        "source": f"async def tool(): return (await http.get('{service.url}')).text",
        "upstreams": (("127.0.0.1", service.port),),
    }


async def begun(server: HostedCode, tool: str) -> asyncio.Task[object]:
    """Call a tool that prints when it begins, and return the call once it has."""
    call = asyncio.create_task(server.error(tool, seconds=100))
    await until(lambda: bool(server.heard) or call.done())
    assert not call.done()
    return call


async def is_served_again(
    server: HostedCode, tool: str = "tool", *, passing: Collection[str] = PASSING
) -> None:
    """Call until a call succeeds; those that fail meanwhile must say so in plain words."""
    async with asyncio.timeout(SECONDS_TO_SETTLE):
        while (error := (await server.call(tool)).get("error")) is not None:
            assert error["kind"] in passing, error
            await asyncio.sleep(0.05)


async def rested(client: SandboxClient) -> None:
    """Wait until all spares are there and nothing else is."""
    async with asyncio.timeout(SECONDS_TO_SETTLE):
        while True:
            status = await client.status()
            if (status["workers"], status["spares"]) == (0, SPARES):
                return
            await asyncio.sleep(0.05)


async def test_a_runtime_that_goes_leaves_no_worker_behind(supervisor, host, client):
    """Nobody would tell it when what the workers know is old."""
    pid = supervisor.process.pid
    await host(REMEMBERS, warm=1).value()
    await until(lambda: len(family_of(pid).workers) == SPARES + 1)
    await client.close()
    await until(lambda: len(family_of(pid).workers) == SPARES)


async def test_nothing_outlives_a_supervisor_that_is_killed(supervisor, host):
    server = host(WAITS, "wait", "tool")
    call = await begun(server, "wait")
    family = family_of(supervisor.process.pid)
    assert len(family.everyone) > len(family.workers) >= 1
    supervisor.process.kill()
    with pytest.raises(SandboxUnavailable):
        await call
    await until(lambda: not any(one.is_running for one in family.everyone))


@pytest.mark.parametrize(
    "part",
    [
        "zygote",
        *(pytest.param(part, marks=pytest.mark.slow) for part in ("jail", "jail_init", "egress")),
    ],
)
async def test_a_part_that_is_killed_is_started_again(tier, supervisor, host, part):
    server = host(WAITS, "wait", "tool")
    call = await begun(server, "wait")
    family = family_of(supervisor.process.pid)
    if tier is Tier.UIDS and part.startswith("jail"):
        assert getattr(family, part) == [], "there are no jails in this tier"
        call.cancel()
        return
    (killed,) = getattr(family, part)
    killed.kill()
    error = await call
    assert error["kind"] == "WorkerRestarted"
    assert error["message"] == "The tool's process was stopped because the sandbox was restarted."
    await is_served_again(server)
    await until(lambda: not any(one.is_running for one in (killed, *family.workers)))


@pytest.mark.slow
async def test_the_way_out_leads_out_again_after_it_was_killed(supervisor, host):
    async with raw_service([OK]) as service:
        server = host(**reaches(service))
        assert await server.value() == "ok"
        (killed,) = family_of(supervisor.process.pid).egress
        killed.kill()
        await until(lambda: not killed.is_running)
        # A tool that connects before its worker is ended sees the connection break.
        await is_served_again(server, passing={*PASSING, "Exception"})
        assert await server.value() == "ok"


@pytest.mark.slow
async def test_a_supervisor_that_cannot_start_the_way_out_again_ends(supervisor, host):
    server = host("def tool(): return 1")
    assert await server.value() == 1
    family = family_of(supervisor.process.pid)
    family.egress_parent[0].kill()
    await until(lambda: not family.egress_parent[0].is_running)
    assert await server.value() == 1
    family.egress[0].kill()
    await until(lambda: supervisor.process.poll() is not None)
    assert supervisor.process.returncode == 1
    await until(lambda: not any(one.is_running for one in family.everyone))


@pytest.mark.slow
async def test_a_supervisor_whose_request_for_a_way_out_is_never_read_ends(supervisor):
    family = family_of(supervisor.process.pid)
    (parent,), (killed,) = family.egress_parent, family.egress
    os.kill(parent.pid, signal.SIGSTOP)
    killed.kill()
    await until(lambda: "sandbox.egress_gone" in supervisor.log.read_text())
    parent.kill()
    await until(lambda: supervisor.process.poll() is not None)
    assert supervisor.process.returncode == 1


@pytest.mark.parametrize(
    "times",
    [60, pytest.param(500, marks=[pytest.mark.slow, pytest.mark.timeout(900)])],
)
async def test_tools_that_do_not_end_leave_nothing_behind(supervisor, host, client, times):
    async def time_out(times: int) -> Held:
        for _ in range(times):
            server = host("def tool():\n    while True: pass")
            assert (await server.error(seconds=0.05))["kind"] == "Timeout"
        await rested(client)
        await until(lambda: len(family_of(supervisor.process.pid).workers) == SPARES)
        return held_by(supervisor.process.pid, supervisor.folder)

    before = await time_out(10)
    after = await time_out(times)
    assert after.processes == before.processes
    assert after.descriptors == before.descriptors
    assert (after.mounts, after.files) == (before.mounts, before.files)
    for name, memory_kib in after.memory_kib.items():
        assert memory_kib - before.memory_kib[name] <= MOST_GROWTH_KIB, name


@pytest.fixture
async def small(tier: Tier, tmp_path: Path):
    """A supervisor of three workers without spares: what hosts code in it, its client, itself."""
    few = {"SANDBOX_SPARES": "0", "SANDBOX_WORKERS": "3"}
    running = start_supervisor(tmp_path, **few, **settings_of(tier))
    client = SandboxClient(running.folder)
    yield hosting(client), client, running
    await client.close()
    stop_supervisor(running)


async def test_callers_who_leave_while_a_worker_is_made_for_them_leave_none_behind(small):
    host, client, running = small
    for milliseconds in range(0, 100, 2):
        call = asyncio.create_task(host(WAITS, "wait").call("wait", seconds=100))
        await asyncio.sleep(milliseconds / 1000)
        call.cancel()
    async with asyncio.timeout(SECONDS_TO_SETTLE):
        while (await client.status())["workers"]:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.05)
    await until(lambda: not family_of(running.process.pid).workers)
    assert "ERROR" not in running.log.read_text()


@pytest.mark.parametrize(
    "count",
    [40, pytest.param(300, marks=[pytest.mark.slow, pytest.mark.timeout(600)])],
)
async def test_many_workers_live_side_by_side(supervisor, host, client, count):
    servers = [host(REMEMBERS) for _ in range(count)]
    marks: list[str] = []
    for first in range(0, count, AT_ONCE):
        some = servers[first : first + AT_ONCE]
        marks += await asyncio.gather(*(server.value() for server in some))
    assert len(set(marks)) == count
    assert (await client.status())["workers"] == count
    assert await asyncio.gather(*(server.value() for server in servers)) == marks


@pytest.fixture
def few_files():
    """What is started meanwhile may open as few files as a login shell allows, or fewer."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


async def test_workers_reach_out_however_few_files_a_shell_allows(few_files, supervisor, host):
    async with raw_service([OK]) as service:
        reaching = [host(**reaches(service)) for _ in range(40)]
        assert await asyncio.gather(*(server.value() for server in reaching)) == ["ok"] * 40


async def test_a_caller_who_leaves_while_a_jail_is_started_for_it_leaves_none_behind(small):
    host, _, running = small
    for milliseconds in (20, 100, 200):
        (zygote,) = family_of(running.process.pid).zygote
        zygote.kill()
        await until(lambda killed=zygote: not killed.is_running)
        call = asyncio.create_task(host(REMEMBERS).call())
        await asyncio.sleep(milliseconds / 1000)
        call.cancel()
        await is_served_again(host(REMEMBERS))
        await until(lambda: len(family_of(running.process.pid).zygote) == 1)


async def test_the_worker_that_rested_longest_makes_room(small):
    host, client, _ = small
    servers = [host(REMEMBERS) for _ in range(3)]
    marks = [await server.value() for server in servers]
    assert await servers[0].value() == marks[0]
    newcomer = host(REMEMBERS)
    await newcomer.value()
    assert [await servers[0].value(), await servers[2].value()] == [marks[0], marks[2]]
    assert (await client.status(servers[1].binding.server))["workers"] == []
    assert await servers[1].value() != marks[1]


@pytest.mark.slow
async def test_a_worker_that_is_kept_warm_makes_no_room(small):
    host, _, _ = small
    warm = host(REMEMBERS, warm=1)
    mark = await warm.value()
    for _ in range(4):
        await host(REMEMBERS).value()
    assert await warm.value() == mark


@pytest.mark.slow
async def test_who_comes_when_all_work_is_told_that_the_host_is_full(small):
    host, _, _ = small
    calls = [await begun(host(WAITS, "wait"), "wait") for _ in range(3)]
    answer = await host("def tool(): return 1").call()
    assert (answer["error"]["kind"], answer["is_own"]) == ("Busy", False)
    for call in calls:
        call.cancel()


@pytest.mark.slow
async def test_a_rush_makes_no_more_workers_than_there_may_be(small):
    host, _, running = small
    for _ in range(3):
        await host(REMEMBERS).value()
    rush = asyncio.gather(*(host(WAITS, "wait").call("wait", seconds=1) for _ in range(9)))
    most = 0
    while not rush.done():
        most = max(most, len(family_of(running.process.pid).workers))
        await asyncio.sleep(0.01)
    kinds = [answer["error"]["kind"] for answer in await rush]
    assert sorted(set(kinds)) == ["Busy", "Timeout"]
    assert kinds.count("Timeout") == 3
    assert most <= 3 + 1, "one that was just ended may still be there"


@pytest.mark.slow
async def test_two_supervisors_side_by_side_know_nothing_of_each_other(
    tier, supervisor, host, tmp_path_factory
):
    settings = {"SANDBOX_SPARES": "1", **settings_of(tier)}
    other = start_supervisor(tmp_path_factory.mktemp("other"), **settings)
    client = SandboxClient(other.folder)
    mine, theirs = host(REMEMBERS, lane="same"), hosting(client)(REMEMBERS, lane="same")
    marks = [await mine.value(), await theirs.value()]
    assert marks[0] != marks[1]
    stop_supervisor(other)
    await client.close()
    assert await mine.value() == marks[0]


HANGS_UP = {"ConnectionResetError", "BrokenPipeError", "0"}
# Becomes somebody else, asks how the supervisor is, and prints how much came back.
ASK = """
import os, socket, sys
os.chdir(sys.argv[1])
uid = int(sys.argv[3])
os.setgroups([])
os.setgid(uid)
os.setuid(uid)
with socket.socket(socket.AF_UNIX) as asking:
    try:
        asking.connect(sys.argv[2])
        body = b'{"id":1,"do":"status"}'
        asking.sendall(len(body).to_bytes(4, "big") + body)
        print(len(asking.recv(100)))
    except OSError as error:
        print(type(error).__name__)
"""


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be somebody else")
@pytest.mark.parametrize(
    ("mode", "uid", "told"),
    [
        (0o600, STRANGER, {"PermissionError"}),
        # Also where the file would let them in, and who tools run as.
        (0o666, STRANGER, HANGS_UP),
        (0o666, SandboxSettings().sandbox_uid, HANGS_UP),
    ],
)
async def test_nobody_but_who_started_it_can_speak_with_it(supervisor, mode, uid, told):
    folder = supervisor.folder
    folder.chmod(0o755)
    (folder / SOCKET_NAME).chmod(mode)
    command = (sys.executable, "-c", ASK, str(folder), SOCKET_NAME, str(uid))
    asked = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    said, _ = await asked.communicate()
    assert said.decode().strip() in told


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be somebody else")
async def test_root_lets_in_whose_folder_it_is(tmp_path):
    folder = tmp_path / "theirs"
    folder.mkdir()
    os.chown(folder, STRANGER, STRANGER)
    running = start_supervisor(folder, SANDBOX="off")
    try:
        command = (sys.executable, "-c", ASK, str(folder), SOCKET_NAME, str(STRANGER))
        asked = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        said, _ = await asked.communicate()
    finally:
        stop_supervisor(running)
    assert int(said) > 0


@pytest.mark.slow
async def test_a_new_revision_ends_the_old_worker_once_its_calls_are_over(supervisor, host, client):

    async def revisions_in(lane: str) -> list[str]:
        return sorted(one["revision"] for one in (await client.status(lane))["workers"])

    old = host(WAITS, "wait", lane="lane")
    call = await begun(old, "wait")
    new = host("def tool(): return 'new'", lane="lane", env={"TOKEN": "another"})
    assert await new.value() == "new"
    assert await revisions_in("lane") == [old.binding.revision, new.binding.revision]
    call.cancel()
    async with asyncio.timeout(SECONDS_TO_SETTLE):
        while await revisions_in("lane") != [new.binding.revision]:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.05)
