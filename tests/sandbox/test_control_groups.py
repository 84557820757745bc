"""Where the host hands the supervisor control groups, each worker has one, and its bounds hold."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.plans import PLANS, PlanName
from core.sandbox_protocol import WorkerLimits, ask_status
from sandbox.control_groups import EXTRA_MIB, delegated, kills_for_memory, memory_bounds, own_group
from tests.sandbox.conftest import (
    HostedCode,
    RunningSupervisor,
    start_supervisor,
    stop_supervisor,
)
from tests.sandbox.processes import family_of, until

SCOPE = ("systemd-run", "--quiet", "--scope", "--property=Delegate=yes")
MANAGER = ("env", f"XDG_RUNTIME_DIR=/run/user/{os.getuid()}")
WITHIN = SCOPE if os.getuid() == 0 else (*MANAGER, *SCOPE, "--user")
VERSION_1 = """\
12:pids:/user.slice
3:memory:/user.slice
1:name=systemd:/user.slice/session-1.scope
"""
EVENTS = "low 0\nhigh 0\nmax 17\noom 2\noom_kill {kills}\noom_group_kill 1\n"
CODE = """
import time
def well(): return 1
def take(): return len(bytearray(10**8))
def rest():
    print("begun")
    time.sleep(600)
def spin():
    while True: pass
"""


def why_not_here() -> str:
    """Return why no control groups are handed out here; nothing where they are."""
    try:
        command = [*WITHIN, "cat", "/proc/self/cgroup"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except OSError as error:
        return f"there is no systemd to hand out control groups: {error.strerror}"
    if done.returncode != 0:
        return f"systemd hands out no control group: {done.stderr.splitlines()[0]}"
    return "" if own_group(done.stdout) else "control groups are of version 1 here"


NOT_HERE = why_not_here()
needs_groups = pytest.mark.skipif(bool(NOT_HERE), reason=NOT_HERE)


@pytest.fixture(scope="module")
def supervisor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSupervisor]:
    """A supervisor in a group that systemd hands to it; workers live only for a server."""
    folder = tmp_path_factory.mktemp("sandbox")
    running = start_supervisor(folder, within=WITHIN, SANDBOX_SPARES="0")
    yield running
    stop_supervisor(running)
    assert "ERROR" not in running.log.read_text()


@pytest.fixture
def server(host) -> HostedCode:
    """A server with tools that take too much of everything."""
    return host(CODE, "well", "take", "rest", "spin")


def group_of(pid: int) -> Path:
    """Return the group of a process."""
    group = own_group(Path(f"/proc/{pid}/cgroup").read_text())
    assert group is not None
    return group


def leaves_of(supervisor: RunningSupervisor) -> set[Path]:
    """Return the leaves that a supervisor has."""
    workers = group_of(supervisor.process.pid).parent / "workers"
    return {path for path in workers.iterdir() if path.is_dir()}


async def leaf_of(server: HostedCode, supervisor: RunningSupervisor) -> Path:
    """Return the leaf of a server's worker, which is started for that."""
    before = leaves_of(supervisor)
    assert await server.value("well") == 1
    new = leaves_of(supervisor) - before
    (leaf,) = (one for one in new if memory_of(one) == memory_for(WorkerLimits()))
    return leaf


def memory_of(leaf: Path) -> int:
    """Return how much memory a leaf grants."""
    return int((leaf / "memory.max").read_text())


def memory_for(limits: WorkerLimits) -> int:
    """Return how much memory the leaf of a worker with limits is to grant."""
    return (limits.memory_mib + EXTRA_MIB) * 1024**2


def processes_in(group: Path) -> list[int]:
    """Return the processes of a group and of those below."""
    return [int(pid) for path in group.rglob("cgroup.procs") for pid in path.read_text().split()]


def test_the_group_of_version_2_is_found(tmp_path):
    (tmp_path / "cgroup.controllers").touch()
    said = "0::/system.slice/a:b.service\n"
    assert own_group(said, tmp_path) == tmp_path / "system.slice/a:b.service"
    assert own_group("0::/\n", tmp_path) == tmp_path


def test_memory_is_bound_by_each_group_above(tmp_path):
    (tmp_path / "cgroup.controllers").touch()
    own = tmp_path / "own"
    own.write_text("0::/system.slice/a.service\n")
    found = [str(path.relative_to(tmp_path)) for path in memory_bounds(tmp_path, own)]
    assert found == ["system.slice/a.service/memory.max", "system.slice/memory.max", "memory.max"]


def test_version_1_has_none(tmp_path):
    assert own_group(VERSION_1, tmp_path) is None
    assert own_group(VERSION_1 + "0::/user.slice\n", tmp_path) is None


def test_a_kill_for_memory_is_told_from_others():
    assert kills_for_memory(EVENTS.format(kills=1)) == 1
    assert kills_for_memory(EVENTS.format(kills=0)) == 0


@pytest.mark.parametrize(
    ("controllers", "others"), [("pids", ""), ("cpu memory pids", "1\n")], ids=["few", "shared"]
)
def test_a_group_that_is_not_the_supervisors_alone_is_left_as_it_is(tmp_path, controllers, others):
    (tmp_path / "cgroup.controllers").write_text(controllers)
    (tmp_path / "cgroup.procs").write_text(f"{os.getpid()}\n{others}")
    (tmp_path / "cgroup.subtree_control").touch()
    own = tmp_path / "own"
    own.write_text("0::/\n")
    assert delegated(62_901, groups=tmp_path, own=own) is None
    assert not list(tmp_path.glob("*/"))


def test_a_host_without_groups_is_left_as_it_is(tmp_path):
    own = tmp_path / "own"
    assert memory_bounds(tmp_path, own) == []
    own.write_text("0::/gone\n")
    assert delegated(62_901, groups=tmp_path, own=own) is None
    (tmp_path / "cgroup.controllers").touch()
    assert delegated(62_901, groups=tmp_path, own=own) is None


def test_a_free_server_is_served_by_common_spares():
    free = PLANS[PlanName.FREE].python
    assert WorkerLimits(memory_mib=free.memory_mib, processors=free.processors) == WorkerLimits()


@needs_groups
async def test_each_worker_has_a_leaf_with_its_bounds(host, supervisor):
    before = leaves_of(supervisor)
    limits = WorkerLimits(memory_mib=128, threads=17, processors=0.25)
    assert await host("def tool(): return 1", limits=limits).value() == 1
    for leaf in leaves_of(supervisor) - before:
        assert memory_of(leaf) == memory_for(limits)
        assert (leaf / "pids.max").read_text() == "17\n"
        assert (leaf / "cpu.max").read_text() == "25000 100000\n"
        assert (leaf / "cpu.weight").read_text() == "25\n"
    assert len(leaves_of(supervisor) - before) > 0


@needs_groups
async def test_only_workers_have_leaves(server, supervisor):
    leaf = await leaf_of(server, supervisor)
    assert len(processes_in(leaf)) == 1
    number = supervisor.process.pid
    family = family_of(number)
    for one in (*family.egress, *family.egress_parent, *family.jail, *family.zygote):
        assert group_of(one.pid) == group_of(number)
    assert group_of(number).name == "supervisor"
    assert ask_status(supervisor.folder)["limits"] == "cgroup"


@needs_groups
async def test_memory_that_runs_out_in_a_leaf_is_told_as_the_limit(server, supervisor):
    leaf = await leaf_of(server, supervisor)
    (leaf / "memory.max").write_text("32M")
    assert (await server.error("take"))["kind"] == "MemoryLimit"
    assert await server.value("well") == 1


@needs_groups
async def test_a_worker_that_a_person_kills_has_crashed(server, supervisor):
    leaf = await leaf_of(server, supervisor)
    resting = asyncio.create_task(server.error("rest", seconds=60))
    await until(lambda: bool(server.heard))
    os.kill(processes_in(leaf)[0], signal.SIGKILL)
    assert (await resting)["kind"] == "Crashed"
    assert await server.value("well") == 1


@needs_groups
async def test_a_tool_that_spins_is_held_to_its_share_of_a_processor(server, supervisor):
    leaf = await leaf_of(server, supervisor)
    spinning = asyncio.create_task(server.call("spin", seconds=60))
    await until(lambda: "nr_throttled 0\n" not in (leaf / "cpu.stat").read_text())
    spinning.cancel()


@needs_groups
async def test_a_leaf_goes_with_its_worker(host, supervisor):
    server = host("def tool(): return 1", isolation="per_call")
    for _ in range(5):
        assert await server.value() == 1
    number = supervisor.process.pid
    await until(
        lambda: leaves_of(supervisor) == {group_of(one.pid) for one in family_of(number).workers}
    )


@needs_groups
async def test_nothing_is_left_of_a_supervisor_that_is_killed(tmp_path):
    running = start_supervisor(tmp_path, within=WITHIN)
    group = group_of(running.process.pid).parent
    assert len(processes_in(group)) > 1
    running.process.kill()
    running.process.wait()
    await until(lambda: not group.exists())
