"""A zygote that is old is followed by a new one, and goes with the last worker that it forked."""

import os
from typing import Any

import pytest

from core.sandbox_protocol import Binding, ToolSource
from core.sandbox_settings import SandboxSettings
from sandbox import supervisor as supervisors
from sandbox.calls import Call
from sandbox.confinement import Confinement
from sandbox.egress.client import Egress
from sandbox.jail.tiers import Tier
from sandbox.jail_command import bubblewrap
from sandbox.pool import Pool
from sandbox.seccomp import program_here
from sandbox.supervisor import Supervisor
from sandbox.tools_environment import cache_folder, prepare
from sandbox.zygote import Zygote
from tests.sandbox.processes import family_of, until

REMEMBERS = "import random\nmark = random.random()\ndef tool(): return mark"


@pytest.fixture
async def supervisor(monkeypatch):
    """A supervisor without spares, to which every zygote is old as soon as it was used."""
    monkeypatch.setattr(supervisors, "ROTATE_SECONDS", 0.0)
    uid = SandboxSettings().sandbox_uid
    command = prepare(cache_folder(), bubblewrap(), uid=uid).command
    confinement = Confinement(Tier.NAMESPACES, program_here(Tier.NAMESPACES))
    made = Supervisor(
        lambda _: Zygote(command, confinement, imports=()),
        Egress(uid=uid),
        most_workers=4,
        spares=0,
    )
    await made.start()
    yield made
    await made.stop()


async def mark_of(pool: Pool, server: str) -> Any:
    tools = {"tool": ToolSource(source=REMEMBERS, function="tool")}
    named = dict.fromkeys(("revision", "lane", "server", "tenant"), server)
    call = Call("tool", {}, 30.0, lambda _request: pytest.fail("no store is asked for"))
    answer = (await pool.serve(Binding(tools=tools, env={}, **named), call)).answer
    assert answer.body is not None
    return answer.body["value"]


def zygotes() -> set[int]:
    return {one.pid for one in family_of(os.getpid()).zygote}


async def test_a_new_one_takes_over_and_the_old_one_ends_with_its_last_worker(supervisor):
    pool = supervisor.pool
    first = await mark_of(pool, "first")
    old = zygotes()
    second = await mark_of(pool, "second")
    assert len(zygotes() - old) == 1
    assert await mark_of(pool, "first") == first, "its worker lives on below the old one"
    pool.forget("first")
    await until(lambda: not zygotes() & old)
    assert await mark_of(pool, "second") == second
    assert await mark_of(pool, "first") != first
