"""Where the system refuses a worker what it needs, others live on, and it is served again."""

import os
import resource
import signal
from contextlib import suppress

import pytest

from core.sandbox_protocol import WorkerLimits
from sandbox.calls import WorkerFailed
from sandbox.confinement import Confinement, Uids
from sandbox.jail.lockdown import Limits
from sandbox.jail.tiers import Tier
from sandbox.leaves import Leaves
from sandbox.seccomp import program_here
from sandbox.tools_environment import cache_folder, prepare
from sandbox.worker import Worker
from sandbox.zygote import Zygote
from tests.sandbox.inside import a_supervisor, binding_of, mark_of
from tests.sandbox.processes import until

SPARES = 2
UID = 65_534


@pytest.mark.skipif(os.getuid() != 0, reason="Only root can start a zygote as somebody else.")
async def test_a_zygote_that_may_fork_no_more_says_so_and_lives_on():
    """Tools that start all the threads that a container may have do not end everybody's workers."""
    environment = prepare(cache_folder(), None, uid=UID)
    alone = ("setpriv", "--reuid=54321", "--regid=54321", "--clear-groups", "prlimit", "--nproc=1")
    uids = Uids([UID])
    zygote = Zygote(
        lambda control: [*alone, *environment.command(control)],
        Confinement(Tier.UIDS, program_here(Tier.UIDS), environment.readable, uids),
        imports=(),
    )
    await zygote.start()
    for _ in range(2):
        with pytest.raises(WorkerFailed, match="temporarily unavailable"):
            await zygote.spawn(Limits(), [80])
        await until(lambda: not zygote._uids)
    assert zygote.is_alive
    assert uids.take() == UID
    zygote.close()
    await zygote.ended.wait()


class DiesMeanwhile(Leaves):
    """A host on which a worker may die while the kernel makes its control group."""

    is_deadly = False

    async def enclose(self, worker: Worker, limits: WorkerLimits) -> None:  # noqa: ARG002 - of it
        """Make none."""
        pid = worker.pid()
        if self.is_deadly and pid is not None:
            os.kill(pid, signal.SIGKILL)
            await worker.ended.wait()


async def test_a_worker_that_dies_before_it_has_a_server_takes_nobody_along(tmp_path):
    leaves = DiesMeanwhile(tmp_path)
    async with a_supervisor(leaves=leaves) as supervisor:
        mark = await mark_of(supervisor.pool, binding_of("first"))
        leaves.is_deadly = True
        with pytest.raises(WorkerFailed):
            await mark_of(supervisor.pool, binding_of("second"))
        leaves.is_deadly = False
        assert await mark_of(supervisor.pool, binding_of("first")) == mark
        assert await mark_of(supervisor.pool, binding_of("second")) != mark


@pytest.mark.parametrize("room", [1, 4, 6, 9])
async def test_a_supervisor_that_may_open_no_more_files_serves_again_once_it_may(room):
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    async with a_supervisor(spares=SPARES) as supervisor:
        pool = supervisor.pool
        await until(lambda: pool.status()["spares"] == SPARES)
        used = max(map(int, os.listdir("/proc/self/fd"))) + 1  # noqa: PTH208 - names are enough
        resource.setrlimit(resource.RLIMIT_NOFILE, (used + room, before[1]))
        try:
            for number in range(SPARES + 4):
                with suppress(WorkerFailed):
                    await mark_of(pool, binding_of(f"early-{number}"))
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, before)
        await mark_of(pool, binding_of("late"))
        await until(lambda: pool.status()["spares"] == SPARES)
