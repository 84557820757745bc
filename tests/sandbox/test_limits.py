"""A tool that takes too much, too long or dies is stopped, and its neighbours notice nothing."""

import asyncio

import pytest

from core.sandbox_protocol import Share
from sandbox.jail.tiers import Tier

SPINS = {
    "python": "while True: pass",
    "async": "while True: pass",
    "regex": "import re; re.match(r'(a+)+$', 'a' * 40 + 'b')",
    "native": "sum(range(10**12))",
    "sleep": "import time; time.sleep(600)",
    "exceptions": """
            while True:
                try:
                    while True: pass
                except BaseException:
                    pass""",
}


@pytest.mark.parametrize("spin", SPINS)
async def test_a_tool_that_does_not_end_is_stopped(host, client, spin):
    kind = "async def" if spin == "async" else "def"
    server = host(
        f"""
        {kind} tool():
            print("begun")
            {SPINS[spin]}

        def other(): return 1
    """,
        "tool",
        "other",
    )
    error = await server.error(seconds=0.3)
    assert error["kind"] == "Timeout"
    assert server.heard[0] == ("stdout", "begun")
    assert await server.value("other") == 1
    async with asyncio.timeout(20):
        await has_workers(client, server, 1)
    assert (await client.status(server.binding.server))["ends"] == {"timeout": 1}


async def test_an_endless_import_is_stopped(host):
    error = await host("while True: pass\ndef tool(): pass").error(seconds=0.3)
    assert error["kind"] == "Timeout"


async def test_what_others_do_in_a_worker_that_is_stopped_is_told_plainly(host):
    server = host(
        """
        import asyncio
        async def tool(): await asyncio.sleep(600)
        def spin():
            while True: pass
    """,
        "tool",
        "spin",
    )
    waiting = asyncio.create_task(server.error(seconds=5))
    assert (await server.error("spin", seconds=0.3))["kind"] == "Timeout"
    assert (await waiting)["kind"] in {"WorkerRestarted", "Timeout"}


@pytest.mark.parametrize(
    "takes", ["bytearray(10**9)", "[0] * 10**9", "'x' * 10**9", "list(range(10**8))"]
)
async def test_memory_has_an_end(host, takes):
    server = host(
        f"""
        def tool():
            return len({takes})
        def other(): return 1
    """,
        "tool",
        "other",
    )
    assert (await server.error())["kind"] == "MemoryLimit"
    assert await server.value("other") == 1


@pytest.mark.parametrize(
    ("dies", "kind"),
    [
        ("import os; os._exit(0)", "Crashed"),
        ("import os; os._exit(3)", "Crashed"),
        ("import ctypes; ctypes.string_at(0)", "Crashed"),
        ("import os; os.abort()", "Crashed"),
    ],
)
async def test_a_process_that_dies_is_told_and_replaced(host, dies, kind):
    server = host(
        f"""
        def tool():
            {dies}
            raise RuntimeError
        def other(): return 1
    """,
        "tool",
        "other",
    )
    assert (await server.error())["kind"] == kind
    assert await server.value("other") == 1


async def test_a_process_that_kills_itself_is_told_as_the_kernel_tells_it(host, tier):
    server = host("""
        import os, signal
        def tool():
            os.kill(os.getpid(), signal.SIGKILL)
    """)
    answer = await server.call()
    if tier is Tier.NAMESPACES:  # the first of its process namespace: the kernel spares it
        assert "error" not in answer
    else:
        assert answer["error"]["kind"] == "MemoryLimit", "as if memory had run out"


async def workers_of(client, server):
    """Return what is told of a server's workers."""
    return (await client.status(server.binding.server))["workers"]


async def is_working(client, server):
    """Whether a worker of a server has a call."""
    return any(one["running"] for one in await workers_of(client, server))


async def has_workers(client, server, count):
    """Wait until a server has so many workers."""
    while len(await workers_of(client, server)) != count:  # noqa: ASYNC110 - of processes
        await asyncio.sleep(0.02)


async def test_a_caller_who_leaves_ends_the_work(host, client):
    server = host(
        """
        def tool():
            while True: pass
        def other(): return 1
    """,
        "tool",
        "other",
    )
    task = asyncio.create_task(server.call(seconds=60))
    async with asyncio.timeout(20):
        while not await is_working(client, server):  # noqa: ASYNC110 - of processes
            await asyncio.sleep(0.02)
        task.cancel()
        await has_workers(client, server, 0)
    assert (await client.status(server.binding.server))["ends"] == {"left": 1}
    assert await server.value("other") == 1


async def test_a_neighbour_is_served_while_a_tool_spins(host):
    spinning = host("""
        def tool():
            while True: pass
    """)
    neighbour = host("def tool(): return 1")
    spin = asyncio.create_task(spinning.call(seconds=1.5))
    for _ in range(20):
        assert await neighbour.value() == 1
    assert not spin.done()
    assert (await spin)["error"]["kind"] == "Timeout"


async def test_one_who_asks_for_too_much_is_told_to_wait(host):
    server = host(
        """
        import asyncio
        async def tool(): await asyncio.sleep(0.5)
    """,
        share=Share(calls=1, waiting=1),
    )
    answers = await asyncio.gather(*(server.call() for _ in range(4)))
    busy = [a for a in answers if a.get("error", {}).get("kind") == "Busy"]
    assert len(busy) == 2
    assert all(answer["is_own"] for answer in busy)
