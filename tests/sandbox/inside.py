"""A supervisor within the test's own process, whose every step can be watched."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from core.sandbox_protocol import Binding, ToolSource
from core.sandbox_settings import SandboxSettings
from sandbox.calls import Answer, Call
from sandbox.confinement import Confinement
from sandbox.egress.client import Egress
from sandbox.jail.tiers import Tier
from sandbox.jail_command import bubblewrap
from sandbox.leaves import Leaves
from sandbox.pool import Pool
from sandbox.seccomp import program_here
from sandbox.supervisor import Supervisor
from sandbox.tools_environment import cache_folder, prepare
from sandbox.zygote import Zygote

REMEMBERS = "import random\nmark = random.random()\ndef tool(): return mark"
WAITS = "import asyncio\nasync def tool(): await asyncio.sleep(600)"


@asynccontextmanager
async def a_supervisor(
    *, spares: int = 0, leaves: Leaves | None = None
) -> AsyncIterator[Supervisor]:
    """Start one of four workers."""
    uid = SandboxSettings().sandbox_uid
    command = prepare(cache_folder(), bubblewrap(), uid=uid).command
    confinement = Confinement(Tier.NAMESPACES, program_here(Tier.NAMESPACES))
    made = Supervisor(
        lambda _: Zygote(command, confinement, imports=()),
        Egress(uid=uid),
        most_workers=4,
        spares=spares,
        leaves=leaves,
    )
    try:
        await made.start()
        yield made
    finally:
        await made.stop()


def binding_of(server: str, *, source: str = REMEMBERS, **more: Any) -> Binding:
    """Return the binding of a server; without another source, its process remembers a mark."""
    tools = {"tool": ToolSource(source=source, function="tool")}
    names = {"revision": server, "lane": server, "server": server, "tenant": server}
    return Binding(tools=tools, env={}, **{**names, **more})


async def answer_of(pool: Pool, binding: Binding) -> Answer:
    """Call a server."""
    call = Call("tool", {}, 30.0, lambda _request: pytest.fail("no store is asked for"))
    return (await pool.serve(binding, call)).answer


async def mark_of(pool: Pool, binding: Binding) -> Any:
    """Call a server and return the mark of the process that answers."""
    answer = await answer_of(pool, binding)
    assert answer.body is not None
    return answer.body["value"]
