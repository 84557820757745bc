"""How soon the sandbox is itself again when a part of it is killed, and gone when all of it is."""

import os
import signal
from time import perf_counter

from benchmarks.sandbox_figures import ASYNC, Extent, Sandbox, Values, supervised
from tests.sandbox.processes import family_of, until


async def served_again(_sandbox: Sandbox, _extent: Extent) -> Values:
    """From the death of the zygote, and so of all workers, to the next answer."""
    async with supervised() as sandbox:
        server = sandbox.host(ASYNC)
        await server.value()
        (zygote,) = family_of(sandbox.pid).zygote
        began = perf_counter()
        zygote.kill()
        await until(lambda: not zygote.is_running)
        while "error" in await server.call():
            pass
        return {"max_ms": (perf_counter() - began) * 1000}


async def gone(_sandbox: Sandbox, extent: Extent) -> Values:
    """From the death of the supervisor to that of the last process that it had started."""
    async with supervised() as sandbox:
        for _ in range(extent.starts):
            await sandbox.host(ASYNC).value()
        everyone = family_of(sandbox.pid).everyone
        began = perf_counter()
        os.kill(sandbox.pid, signal.SIGKILL)
        await until(lambda: not any(one.is_running for one in everyone))
        return {"max_ms": (perf_counter() - began) * 1000}
