"""The self-test passes where workers are shut in, and finds it where they are not."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from core.sandbox_protocol import Share, ask_status
from sandbox import self_test
from sandbox.attempts import attempts_in
from sandbox.calls import Answer, End, WorkerFailed
from sandbox.confinement import Confinement
from sandbox.egress.client import Egress
from sandbox.front import Front
from sandbox.health import Health
from sandbox.jail.tiers import Tier
from sandbox.jail_command import bubblewrap
from sandbox.seccomp import program_here
from sandbox.supervisor import Supervisor
from sandbox.tools_environment import cache_folder, prepare
from sandbox.zygote import Zygote
from tests.sandbox.conftest import settings_of, start_supervisor, stop_supervisor
from tests.sandbox.inside import WAITS, a_supervisor, answer_of, binding_of
from tests.sandbox.processes import until

READY = Health("ready", tier="namespaces")
# One instruction: return, and allow.
ALLOW_ALL = struct.pack("HBBI", 0x06, 0, 0, 0x7FFF_0000)


@asynccontextmanager
async def running_supervisor(program: bytes, **options: int) -> AsyncIterator[Supervisor]:
    """Run a supervisor whose workers have a filter of kernel calls."""
    uid = 62_901
    environment = prepare(cache_folder(), bubblewrap(), uid=uid)
    supervisor = Supervisor(
        lambda _: Zygote(environment.command, Confinement(Tier.NAMESPACES, program)),
        Egress(uid=uid),
        **{"most_workers": 4, "spares": 1, **options},
    )
    await supervisor.start()
    try:
        yield supervisor
    finally:
        await supervisor.stop()


def test_it_runs_before_the_first_call_and_health_says_what_it_came_to(tier, tmp_path):
    running = start_supervisor(tmp_path, **settings_of(tier))
    try:
        status = ask_status(tmp_path)
    finally:
        stop_supervisor(running)
    count = len(attempts_in(tier))
    assert (status["state"], status["tier"]) == ("ready", tier)
    assert status["tested"].startswith(f"{count} of {count} attempts held at 20")


async def test_workers_without_their_filter_are_found_out_and_refused():
    async with running_supervisor(ALLOW_ALL) as supervisor:
        health = await self_test.tested(supervisor.pool, READY)
        front = Front(supervisor.pool, uids=(0,), health=READY)
        front.take(health)
        assert front.pool is None
    assert (health.state, health.probe) == ("refused", "self-test")
    assert "families: opens a unix socket" in health.reason
    assert "kernel_calls: calls" in health.reason
    assert "namespaces: makes a user namespace" in health.reason
    assert "docs/sandbox.md" in health.remedy


async def test_after_a_breach_nothing_runs_that_waited_for_its_turn():
    async with a_supervisor() as supervisor:
        pool = supervisor.pool
        front = Front(pool, uids=(0,), health=READY)
        server = binding_of("server", source=WAITS, share=Share(calls=1))
        calls = [asyncio.create_task(answer_of(pool, server)) for _ in range(2)]
        await until(lambda: pool.status()["workers"] == 1 and pool.status()["waiting"] == 1)
        front.take(replace(READY, state="refused"))
        running, waiting = await asyncio.gather(*calls, return_exceptions=True)
        assert isinstance(running, Answer)
        assert running.end is End.STOPPED
        assert isinstance(waiting, WorkerFailed)


async def test_it_goes_on_until_there_is_a_breach(monkeypatch):
    monkeypatch.setattr(self_test, "SECONDS_BETWEEN", 0.0)
    told: list[Health] = []
    async with running_supervisor(ALLOW_ALL) as supervisor:
        await self_test.tested_hourly(supervisor.pool, READY, told.append)
    assert [health.state for health in told] == ["refused"]


async def test_without_a_worker_nothing_is_known():
    program = program_here(Tier.NAMESPACES)
    async with running_supervisor(program, most_workers=0) as supervisor:
        with pytest.raises(self_test.Untested):
            await self_test.tested(supervisor.pool, READY)
