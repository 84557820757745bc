"""Hostile tools that lie in wait for what comes after them: the next call, worker or neighbour."""

from collections import Counter

import pytest

from sandbox.jail.tiers import Tier
from tests.sandbox.attacks.conftest import CANARY, PROC, descriptors_of, settled, workers_of

POISONS = {
    "a module of the standard library": 'json.dumps = lambda *a, **k: \'{"value": "poisoned"}\'',
    "what frames are packed with": "worker.packed = lambda *a, **k: frame(b'[]')",
    "what results are made with": "worker.as_result = lambda value: {'value': 'poisoned'}",
    "builtins": "builtins.len = lambda *a: 0; builtins.isinstance = lambda *a: True",
    "the worker's class": "worker.Worker._start = lambda self, message: None",
    "the event loop": "asyncio.events.AbstractEventLoop.create_task = None",
    "the tools of the server": "worker.Tool._load = lambda self: (lambda **a: 'poisoned')",
    "modules": "sys.modules.clear()",
    "the path of imports": "sys.path[:] = ['/tmp']; sys.meta_path.clear()",
    "hooks": "sys.settrace(lambda *a: 1 / 0); threading.settrace(lambda *a: 1 / 0)",
    "the variables": "toolkiln.env._values.clear(); os.environ.clear()",
    "the interpreter's own memory": "ctypes.memset(id(None), 0, 16)",
    "small numbers": "ctypes.memmove(id(1) + 24, id(2) + 24, 4)",
    "the end of the process": "import atexit; atexit.register(time.sleep, 600)",
    "the collector": "gc.callbacks.append(lambda *a: time.sleep(600)); gc.collect = None",
    "the signals": "[tried(signal.signal, n, lambda *a: None) for n in range(1, 65)]",
    "the descriptors": "os.dup2(0, 3)",
    "files by the names of modules": (
        "[open(f'/tmp/{name}.py', 'w').write('1 / 0') for name in ('json', 'site', 'asyncio')]"
    ),
}
# What a new process finds in the scratch folder, where there is one.
SCRATCH = {Tier.NAMESPACES: [], Tier.UIDS: "EACCES"}
POISONER = """
    import asyncio, builtins, gc, signal, sys
    from sandbox.jail import toolkiln, worker
    def tool():
        {poison}
        return "done"
"""


@pytest.mark.parametrize("poison", POISONS)
async def test_the_next_process_is_clean(attack, tier, poison):
    """Whatever a server does to its own process, its next one, and another's, know nothing of."""
    server = attack(POISONER.format(poison=POISONS[poison]), isolation="per_call")
    await server.call(seconds=0.8)
    other = attack("""
        import json, sys
        def tool():
            names = tried(os.listdir, "/tmp")
            return [json.dumps([len("abc"), isinstance(1, str), 1 + 1]), names]
    """)
    assert await other.value() == ["[3, false, 2]", SCRATCH[tier]]


async def test_a_poisoned_process_answers_for_its_own_server_alone(attack):
    server = attack("""
        from sandbox.jail import worker
        def tool():
            send_rightly = worker.Worker._send
            def lying(self, message):
                if "value" in message or "content" in message:
                    message = {"done": message["done"], "value": "poisoned"}
                send_rightly(self, message)
            worker.Worker._send = lying
    """)
    await server.value()
    assert await attack("def tool(): return 'mine'").value() == "mine"
    await kill_workers_of(server)


async def kill_workers_of(server):
    """End a server's workers as a new revision does."""
    binding = server.binding
    server.binding = binding.model_copy(update={"revision": f"{binding.revision}-next"})
    await server.call("well")


async def test_between_calls_nothing_runs(attack, client, supervisor):
    server = attack("""
        def spin():
            while True:
                pass
        def tool():
            for _ in range(4):
                threading.Thread(target=spin, daemon=True).start()
            return os.getpid()
    """)
    await server.value()
    await settled(lambda: is_frozen(client, server))
    [pid] = [pid for pid in workers_of(supervisor.process.pid) if thread_count(pid) > 4]
    await settled(lambda: is_stopped(pid))
    used = time_used(pid)
    for _ in range(5):
        await attack("def tool(): return 1").value()
    assert time_used(pid) == used


async def is_frozen(client, server):
    workers = (await client.status(server.binding.server))["workers"]
    return bool(workers) and all(worker["is_frozen"] for worker in workers)


async def is_stopped(pid):
    return states_of(pid) == {"T"}


def thread_count(pid):
    return len(list((PROC / str(pid) / "task").iterdir()))


def states_of(pid):
    stats = [path.read_text() for path in (PROC / str(pid) / "task").glob("*/stat")]
    return {stat.rpartition(")")[2].split()[0] for stat in stats}


def time_used(pid):
    return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[11:13]


async def test_a_thread_that_is_left_writes_into_no_other_call(attack):
    server = attack("""
        import contextvars
        go, gone = threading.Event(), threading.Event()
        def late():
            go.wait()
            print("late")
            try:
                store.set("late", 1)
            except BaseException:
                pass
            gone.set()
        def tool(part):
            if part == "leaves":
                context = contextvars.copy_context()
                threading.Thread(target=context.run, args=(late,), daemon=True).start()
                return "left"
            go.set()
            return gone.wait(5)
    """)
    assert await server.value(part="leaves") == "left"
    answer = await server.call(part="looks")
    assert answer["value"] is True
    assert answer["output"] == []
    assert server.stored == {}


async def test_a_timer_that_is_left_harms_no_other_call(attack, tier):
    server = attack("""
        import signal
        def tool():
            signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
            signal.setitimer(signal.ITIMER_PROF, 0.01, 0.01)
            os.eventfd(1)
            return "left"
    """)
    answer = await server.call()
    # The first of a process namespace is spared; any other process has no timers.
    assert ("error" in answer) is (tier is Tier.UIDS)
    await settled(lambda: is_well(server))


async def is_well(server):
    return "error" not in await server.call("well")


async def test_what_is_left_in_the_scratch_folder_is_no_others(attack, tier):
    writes = attack("""
        def tool():
            with open("/tmp/left", "w") as file:
                return file.write(env["OWN"])
    """, env={"OWN": CANARY[::-1]})  # fmt: skip
    answer = await writes.call()
    assert ("error" in answer) is (tier is Tier.UIDS)
    looks = attack("""
        def tool():
            return tried(os.listdir, "/tmp")
    """)
    assert await looks.value() == SCRATCH[tier]


async def test_a_process_of_its_own_leaves_nothing_to_the_next(attack):
    server = attack("""
        import sys
        def tool():
            had = [hasattr(sys, "left"), os.path.exists("/tmp/left")]
            sys.left = True
            tried(open, "/tmp/left", "w")
            return had
    """, isolation="per_call")  # fmt: skip
    assert [await server.value() for _ in range(3)] == [[False, False]] * 3


async def test_no_counter_moves_with_what_neighbours_do(attack):
    server = attack("""
        def tool():
            counters = ("/proc/stat", "/proc/loadavg", "/proc/meminfo", "/sys/fs/cgroup")
            return [str(tried(os.getloadavg)), *(tried(open, path) for path in counters)]
    """)
    assert set(await server.value()) <= {
        "ENOENT",
        "EACCES",
        "EPERM",
        "Load averages are unobtainable",
    }


async def test_churn_leaves_no_process_and_no_descriptor(attack, supervisor):
    """Workers that die by the dozen leave the supervisor as it was."""
    servers = [attack("def tool(): os._exit(1)") for _ in range(7)]
    await servers[0].error()
    before = descriptors_of(supervisor.process.pid)
    for server in servers[1:] * 2:
        assert (await server.error())["kind"] == "Crashed"
    await settled(lambda: has_few(supervisor, before + 8))


async def test_who_dies_in_a_loop_is_started_ever_more_rarely(attack, client, host):
    """Each death costs the host a start; after some of them the next one waits."""
    server, other = attack("def tool(): os._exit(1)"), host("def tool(): return 1")
    kinds = Counter([(await server.error())["kind"] for _ in range(40)])
    starts = (await client.status(server.binding.server))["cold_starts"]
    assert starts == kinds["Crashed"] < 10
    assert kinds["Busy"] == 40 - starts
    refused = await server.call()
    assert "process crashed, " in refused["error"]["message"]
    assert refused["is_own"]
    assert refused["retry_after_seconds"] >= 1
    assert await other.value() == 1
    again = attack("def tool(): return 2", lane=server.binding.lane, tenant=server.binding.tenant)
    assert await again.value() == 2, "a new revision starts afresh"
    server.binding = again.binding


@pytest.mark.parametrize(
    ("ends", "seconds"), [("while True: pass", 0.1), ("raise ToolError('no')", 10.0)]
)
async def test_who_is_late_or_fails_in_words_is_not_held_back(attack, ends, seconds):
    server = attack(f"def tool():\n    {ends}")
    kinds = {(await server.error(seconds=seconds))["kind"] for _ in range(5)}
    assert kinds <= {"Timeout", "ToolError"}


async def has_few(supervisor, most):
    return descriptors_of(supervisor.process.pid) <= most
