"""Hostile tools that take all there is: processes, threads, memory, files, descriptors, time."""

import asyncio

import pytest

MIB = 1024 * 1024

# Each takes until it gets no more, and returns how much it got; beside it, the most it may get.
BOMBS = {
    "threads": (
        """
        gate = threading.Event()
        started = []
        try:
            while len(started) < 10_000:
                started.append(threading.Thread(target=gate.wait, daemon=True))
                started[-1].start()
        except RuntimeError:
            pass
        gate.set()
        return len(started)
        """,
        32,
    ),
    "forks": ("return sum(isinstance(tried(os.fork), int) for _ in range(10_000))", 0),
    "descriptors": (
        """
        held = []
        while isinstance(number := tried(os.dup, 0), int):
            held.append(number)
        for number in held:
            os.close(number)
        return len(held)
        """,
        64,
    ),
    "memory that is shared": (
        """
        import mmap
        held = []
        while len(held) < 4096 and not isinstance(one := tried(mmap.mmap, -1, 2**20), str):
            one.write(bytes(2**20))
            held.append(one)
        taken = len(held)
        held.clear()
        return taken
        """,
        320,
    ),
    "memory of the C library": (
        """
        libc.malloc.restype = ctypes.c_void_p
        taken = 0
        while taken < 4096 and (held := libc.malloc(2**20)):
            ctypes.memset(held, 1, 2**20)
            taken += 1
        return taken
        """,
        320,
    ),
    "room in the scratch folder": (
        """
        taken = 0
        try:
            for n in range(200):
                with open(f"/tmp/{n}", "wb", buffering=0) as file:
                    while taken < 2**32:
                        taken += file.write(bytes(2**20))
        except OSError:
            pass
        return taken // 2**20
        """,
        16,
    ),
    "one long file": (
        """
        with open("/tmp/long", "wb") as file:
            return [tried(file.truncate, 2**40), tried(os.posix_fallocate, file.fileno(), 0, 2**30)
                    ].count(None)
        """,
        0,
    ),
    "names in the scratch folder": (
        "return sum(isinstance(tried(os.mkdir, f'/tmp/{n}'), type(None)) for n in range(10_000))",
        256,
    ),
    "links in the scratch folder": (
        "return sum(tried(os.symlink, '/' * 4000, f'/tmp/{n}') is None for n in range(10_000))",
        256,
    ),
    "deep folders": (
        """
        depth = 0
        while depth < 10_000 and tried(os.mkdir, "x" * 200) is None:
            os.chdir("x" * 200)
            depth += 1
        return depth
        """,
        256,
    ),
    "pipes": (
        """
        import fcntl
        ends, taken = [], 0
        while isinstance(pair := tried(os.pipe), tuple):
            ends += pair
            tried(fcntl.fcntl, pair[1], 1031, 2**20)
            os.set_blocking(pair[1], False)
            while isinstance(written := tried(os.write, pair[1], bytes(65536)), int):
                taken += written
        for end in ends:
            os.close(end)
        return taken // 2**20
        """,
        2,
    ),
    "sockets full of bytes": (
        """
        import socket
        ends, taken = [], 0
        while isinstance(pair := tried(socket.socketpair), tuple):
            ends += pair
            for end in pair:
                tried(end.setsockopt, 1, 7, 2**30)
                tried(end.setsockopt, 1, 8, 2**30)
            pair[0].setblocking(False)
            while isinstance(sent := tried(pair[0].send, bytes(65536)), int):
                taken += sent
        for end in ends:
            end.close()
        return taken // 2**20
        """,
        32,
    ),
    "descriptors on their way": (
        """
        import socket
        one, other = socket.socketpair()
        one.setblocking(False)
        sent = 0
        while isinstance(tried(socket.send_fds, one, [b"x"], [0] * 100), int) and sent < 10**5:
            sent += 100
        return sent
        """,
        400,
    ),
    "descriptors of threads with tables of their own": (
        """
        gate, counts = threading.Event(), []
        def hold():
            syscall(436, 63, 63, 2)
            held = []
            while isinstance(number := tried(os.dup, 0), int):
                held.append(number)
            counts.append(len(held))
            gate.wait(5)
            for number in held:
                os.close(number)
        threads = [threading.Thread(target=hold) for _ in range(8)]
        for thread in threads: thread.start()
        while len(counts) < 8: time.sleep(0.01)
        gate.set()
        return sum(counts)
        """,
        64,
    ),
    "signals that wait": (
        """
        import signal
        signal.pthread_sigmask(signal.SIG_BLOCK, [40])
        for _ in range(50_000):
            signal.pthread_kill(threading.get_ident(), 40)
        waited = 0
        while signal.sigtimedwait([40], 0):
            waited += 1
        return waited
        """,
        128,
    ),
    "datagrams to itself": (
        """
        from socket import AF_INET, SOCK_DGRAM, socket
        held, taken = [], 0
        while isinstance(one := tried(socket, AF_INET, SOCK_DGRAM), socket):
            held.append(one)
            one.setblocking(False)
            tried(one.connect, ("127.0.0.1", 53))
            own = one.getsockname()
            for _ in range(1_000):
                sent = tried(held[0].sendto, bytes(1_000), own)
                taken += sent if isinstance(sent, int) else 0
        for one in held:
            one.close()
        return taken // 2**20
        """,
        64,
    ),
    "mappings": (
        """
        libc.mmap.restype = ctypes.c_void_p
        none, made = ctypes.c_void_p(-1).value, []
        while len(made) < 200_000:
            one = libc.mmap(None, 4096, 1 + len(made) % 2 * 2, 34, -1, 0)
            if one == none:
                break
            made.append(one)
        for one in made:
            libc.munmap(ctypes.c_void_p(one), 4096)
        return len(made)
        """,
        65_536 + 10_000,
    ),
    "watches on watches": (
        """
        import select
        nested = []
        try:
            while len(nested) < 1_000:
                one = select.epoll()
                for other in nested[-3:]:
                    tried(one.register, other.fileno())
                nested.append(one)
        except OSError:
            pass
        count = len(nested)
        for one in nested: one.close()
        return count
        """,
        64,
    ),
    "timers": (
        "return sum(isinstance(tried(os.eventfd, 0), int) for _ in range(1_000))",
        64,
    ),
}  # fmt: skip


@pytest.mark.parametrize("bomb", BOMBS)
async def test_there_is_an_end_to(attack, bomb):
    body, most = BOMBS[bomb]
    lines = "\n".join(f"    {line}" for line in body.strip("\n").splitlines())
    server = attack(f"def tool():\n{lines if lines.startswith('     ') else '    ' + body}\n")
    answer = await server.call(seconds=30)
    assert "error" in answer or answer["value"] <= most, answer


# What can only be ended, as the kinds of error that it ends with.
SPINS = {
    "fork after fork": "while True: tried(os.fork)",
    "threads that spin": """
        while True:
            tried(threading.Thread(target=lambda: [None for _ in iter(int, 1)]).start)""",
    "C that keeps the interpreter": "ctypes.PyDLL(None).sleep(600)",
    "C that computes": "pow(3, 10 ** 9)",
    "digits": "'9' * 10 ** 7 in str(2 ** 10 ** 7) or [hash(str(n)) for n in iter(int, 1)]",
    "a lock on itself": "lock = threading.Lock(); lock.acquire(); lock.acquire()",
    "signals that are blocked": """
        import signal
        signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
        while True: pass""",
    "a cancel that is ignored": """
        import asyncio
        async def stubborn():
            while True:
                try:
                    await asyncio.sleep(600)
                except BaseException:
                    pass
        asyncio.run(stubborn())""",
    "a class that never says its name": """
        class Endless(Exception):
            def __str__(self):
                while True: pass
        raise Endless""",
    "a value that never ends": """
        class Endless:
            def to_dict(self):
                while True: pass
        return {"a": Endless()}""",
    "a value that grows": """
        class Growing:
            def to_dict(self):
                return {"a": Growing(), "b": "x" * 10 ** 6}
        return Growing()""",
    "recursion": """
        import sys
        sys.setrecursionlimit(10 ** 9)
        def deeper(): deeper()
        deeper()""",
    "recursion in C": """
        import sys, json
        sys.setrecursionlimit(10 ** 9)
        value = []
        for _ in range(10 ** 6): value = [value]
        return len(json.dumps(value))""",
    "a bomb of zeros": """
        import zlib
        packed = zlib.compress(bytes(10 ** 7)) * 100
        out, one = [], zlib.decompressobj()
        while True: out.append(zlib.decompress(zlib.compress(bytes(10 ** 8))))""",
    "a million tasks": """
        import asyncio
        async def many():
            await asyncio.gather(*(asyncio.sleep(600) for _ in range(10 ** 7)))
        asyncio.run(many())""",
    "text without end": "while True: print('x' * 10 ** 6)",
    "errors without end": """
        import warnings
        while True: os.write(2, b'x' * 1000)""",
}


@pytest.mark.parametrize("spin", SPINS)
async def test_what_does_not_end_is_ended(attack, spin):
    body = SPINS[spin].strip("\n").splitlines()
    indented = body if body[0].startswith(" ") else [f"        {line}" for line in body]
    server = attack("def tool():\n" + "\n".join(indented))
    began = asyncio.get_running_loop().time()
    error = await server.error(seconds=0.4)
    assert error["kind"] in {"Timeout", "MemoryLimit", "Crashed", "Exception", "NotSerializable"}
    assert asyncio.get_running_loop().time() - began < 20


async def test_a_server_full_of_spins_leaves_the_host_to_others(attack, neighbour):
    """Every call of a server may spin at once; another's answers come all the same."""
    server = attack("""
        def tool():
            while True: pass
    """)
    spins = [asyncio.create_task(server.error(seconds=1.0)) for _ in range(8)]
    other = attack("def tool(): return 1")
    assert [await other.value() for _ in range(10)] == [1] * 10
    kinds = {error["kind"] for error in await asyncio.gather(*spins)}
    assert kinds <= {"Timeout", "WorkerRestarted"}
