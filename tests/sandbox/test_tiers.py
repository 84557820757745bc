"""Without namespaces: who workers are, what is left when something ends, and how it is told."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from core.sandbox_protocol import ask_status
from core.sandbox_settings import SandboxSettings
from mcp_runtime.tool_runner.sandbox.client import SandboxClient
from sandbox.attempts import attempts_in
from sandbox.calls import WorkerFailed
from sandbox.confinement import Uids
from sandbox.jail.tiers import Tier
from tests.sandbox.conftest import (
    Host,
    RunningSupervisor,
    hosting,
    settings_of,
    start_supervisor,
    stop_supervisor,
)
from tests.sandbox.processes import PROC, family_of, until
from tests.upstreams.raw import raw_service

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok"
# Kill, become another group, become another user: bits 5 to 7.
THREE = f"{0b1110_0000:016x}"
NO_CAPABILITY = f"{0:016x}"
SPINS = """
    def spin():
        print("begun")
        while True: pass
    def tool(): return 1
"""


@pytest.fixture(scope="module")
def supervisor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSupervisor]:
    running = start_supervisor(tmp_path_factory.mktemp("sandbox"), **settings_of(Tier.UIDS))
    yield running
    stop_supervisor(running)


@asynccontextmanager
async def of_ones_own(folder: Path, **more: str) -> AsyncIterator[tuple[RunningSupervisor, Host]]:
    """Run a supervisor for one test, and what hosts code in it."""
    running = start_supervisor(folder, **{**settings_of(Tier.UIDS), **more})
    client = SandboxClient(running.folder)
    try:
        yield running, hosting(client)
    finally:
        await client.close()
        stop_supervisor(running)


def facts_of(pid: int) -> dict[str, str]:
    """Return what the kernel says of a process."""
    lines = (PROC / str(pid) / "status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def test_health_and_the_log_name_the_tier(supervisor):
    status, count = ask_status(supervisor.folder), len(attempts_in(Tier.UIDS))
    assert (status["state"], status["tier"]) == ("ready", "uids")
    assert status["tested"].startswith(f"{count} of {count} attempts held")
    assert "sandbox.weaker" in supervisor.log.read_text()


def workers_of(supervisor: RunningSupervisor) -> list[dict[str, str]]:
    """Return what the kernel says of each worker."""
    return [facts_of(one.pid) for one in family_of(supervisor.process.pid).workers]


async def test_each_worker_is_a_user_of_its_own_without_any_right(supervisor, host):
    for _ in range(3):
        assert await host("def tool(): return 1").value() == 1
    await until(lambda: all(one["Seccomp"] == "2" for one in workers_of(supervisor)))
    workers = workers_of(supervisor)  # no spare is being made any more, which has rights at first
    uids = [worker["Uid"].split() for worker in workers]
    assert all(len(set(numbers)) == 1 for numbers in uids)
    assert len({numbers[0] for numbers in uids}) == len(workers) >= 3
    for worker in workers:
        assert worker["Gid"] == worker["Uid"]
        assert worker["Groups"] == ""
        held = {worker[name] for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")}
        assert held == {NO_CAPABILITY}
        assert (worker["NoNewPrivs"], worker["Seccomp"]) == ("1", "2")


def test_who_makes_workers_holds_what_that_takes_and_the_guard_nothing(supervisor):
    family = family_of(supervisor.process.pid)
    makers = [supervisor.process.pid, *(one.pid for one in family.zygote)]
    guards = [one.pid for one in (*family.egress_parent, *family.egress)]
    assert [facts_of(pid)["CapEff"] for pid in makers] == [THREE] * 2
    assert [facts_of(pid)["CapPrm"] for pid in guards] == [NO_CAPABILITY] * 2
    assert len({facts_of(pid)["Uid"] for pid in (*makers, *guards)}) == 1


async def test_threads_of_one_take_none_from_another(host):
    source = """
        import threading
        gate = threading.Event()
        async def tool():
            started = []
            try:
                while len(started) < 100:
                    started.append(threading.Thread(target=gate.wait, daemon=True))
                    started[-1].start()
            except RuntimeError:
                started.pop()
            return len(started)
    """
    counts = [await host(source).value() for _ in range(3)]
    assert min(counts) > 16
    assert max(counts) < 32


LIBRARIES = {
    "httpx": "(await http.get(url)).text",
    "requests": "await asyncio.to_thread(lambda: requests.get(url).text)",
    "urllib": "await asyncio.to_thread(lambda: urllib.request.urlopen(url).read().decode())",
    "aiohttp": "await asked(url)",
    "sockets": "await asyncio.to_thread(spoken, url)",
}


@pytest.mark.parametrize("library", LIBRARIES)
async def test_libraries_reach_what_their_server_may_reach(host, library):
    async with raw_service([OK]) as service:
        server = host(
            f"""
            import asyncio, socket, urllib.request
            import aiohttp, requests
            async def asked(url):
                async with aiohttp.ClientSession() as session, session.get(url) as answer:
                    return await answer.text()
            def spoken(url):
                host, _, port = url.removeprefix("http://").strip("/").partition(":")
                with socket.create_connection((host, int(port))) as way:
                    way.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
                    return way.makefile("rb").read()[-2:].decode()
            async def tool(url):
                return {LIBRARIES[library]}
            """,
            upstreams=(("127.0.0.1", service.port),),
        )
        assert await server.value(url=service.url) == "ok"


async def test_a_refused_connection_is_told_with_why(host):
    answer = await host("async def tool(): await http.get('http://10.0.0.1/')").call()
    assert answer["error"]["kind"] == "Exception"
    (connection,) = answer["connections"]
    assert "is not among the hosts" in connection["refused"]


@pytest.mark.parametrize("part", ["supervisor", "zygote"])
async def test_nothing_of_what_spins_outlives_who_made_it(tmp_path, part):
    async with of_ones_own(tmp_path) as (running, host):
        server = host(SPINS, "spin", "tool")
        spin = asyncio.create_task(server.call("spin", seconds=100))
        await until(lambda: bool(server.heard))
        family = family_of(running.process.pid)
        if part == "supervisor":
            running.process.kill()
        else:
            family.zygote[0].kill()
        await until(lambda: not any(one.is_running for one in (*family.zygote, *family.workers)))
        await asyncio.wait([spin])
        spin.exception()


async def test_a_number_is_given_out_again_and_to_no_two_at_once(tmp_path):
    few = {"SANDBOX_WORKERS": "1", "SANDBOX_SPARES": "0"}
    async with of_ones_own(tmp_path, **few) as (_, host):
        server = host("import os\ndef tool(): return os.getuid()", isolation="per_call")
        seen = [await server.value() for _ in range(30)]
    assert len(set(seen)) < len(seen)
    assert all(seen[n] != seen[n + 1] for n in range(len(seen) - 1)), "the oldest is next"


def test_numbers_whose_processes_may_live_wait_for_their_end():
    free = SandboxSettings().worker_uids[0]
    uids = Uids([os.getuid(), free])
    taken = [uids.take(), uids.take()]
    with pytest.raises(WorkerFailed):
        uids.take()
    uids.abandon(taken)
    assert uids.take() == free
    with pytest.raises(WorkerFailed):
        uids.take()


async def test_a_developer_may_do_without_isolation_and_is_told(tmp_path):
    running = start_supervisor(tmp_path, **settings_of(Tier.NONE))
    client = SandboxClient(running.folder)
    try:
        status = ask_status(tmp_path)
        assert await hosting(client)("import os\ndef tool(): return os.getpid() > 1").value()
        workers = family_of(running.process.pid).workers
        uids = {facts_of(one.pid)["Uid"] for one in workers}
    finally:
        await client.close()
        stop_supervisor(running)
    assert (status["state"], status["tier"]) == ("ready", "none")
    assert "attempts" in status["tested"]
    uid = SandboxSettings().sandbox_uid if os.getuid() == 0 else os.getuid()
    assert uids == {"\t".join([str(uid)] * 4)}
    assert "Python tools run without isolation" in running.log.read_text()


def test_production_does_not_do_without_isolation(tmp_path):
    running = start_supervisor(tmp_path, ENVIRONMENT="production", **settings_of(Tier.NONE))
    try:
        status = ask_status(tmp_path)
    finally:
        stop_supervisor(running)
    assert (status["state"], status["probe"]) == ("refused", "setting")
    assert status["remedy"] == "Set SANDBOX=auto."
