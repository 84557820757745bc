"""The supervisor's side of a worker, with a generated worker on the other side.

Whatever arrives, the call is answered, by what has the shape of an answer or by the worker's end;
nothing is raised into the event loop, and a process that talked nonsense is dead.
"""

import asyncio
import json
import os
import socket
import struct
import subprocess

from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.calls import Answer, Call, End
from sandbox.said import Done
from sandbox.worker import Worker

numbers = st.integers(-2, 3) | st.integers() | st.booleans() | st.floats() | st.none()
plain = st.recursive(
    numbers | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
KEYS = (
    "done", "value", "content", "error", "store", "call", "do", "key", "cpu_ms", "memory_kib",
    "locked", "bound", "checked", "stored", "default", "kind", "message", "trace",
)  # fmt: skip
errors = st.fixed_dictionaries(
    {"kind": st.sampled_from(("ToolError", "Busy")) | plain, "message": plain, "trace": plain}
)
messages = st.one_of(
    st.dictionaries(st.sampled_from(KEYS), plain, max_size=5),
    st.fixed_dictionaries({"done": numbers}, optional={"value": plain, "error": errors}),
    st.fixed_dictionaries(
        {"store": numbers, "call": numbers, "do": st.sampled_from(("get", "set")) | plain},
        optional={"key": st.just("a") | plain, "value": plain, "default": plain},
    ),
    plain,
)
bodies = st.binary(max_size=60) | messages.map(lambda said: json.dumps(said).encode())
frames = bodies.map(lambda body: struct.pack("!I", len(body)) + body)
pieces = st.lists(frames | st.binary(max_size=12), min_size=1, max_size=6).map(b"".join)


@given(pieces, st.binary(max_size=80), st.booleans())
@settings(max_examples=100, deadline=None)
def test_whatever_a_worker_says_its_call_is_answered(said, printed, hangs_up):
    with subprocess.Popen(["sleep", "600"]) as process:
        try:
            answer = asyncio.run(conversation(process.pid, said, printed, hangs_up=hangs_up))
        finally:
            process.kill()
    assert answer.end in {None, End.PROTOCOL, End.TIMEOUT}
    if answer.end is None:
        assert answer.body is not None
        assert Done.model_validate(answer.body).done == 1


async def conversation(pid: int, said: bytes, printed: bytes, *, hangs_up: bool) -> Answer:
    """Have a worker's first call answered by a process that says this; return the answer."""
    raised: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, what: raised.append(what))
    ours, theirs = socket.socketpair()
    output, prints = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    worker = Worker(ours, output, on_gone=lambda: None)
    with theirs, prints:
        itself = os.pidfd_open(pid)
        socket.send_fds(theirs, [b"\0"], [itself])
        os.close(itself)
        starting = asyncio.create_task(worker.start())
        await asyncio.sleep(0)
        theirs.sendall(struct.pack("!I", 15) + b'{"locked":true}')
        await starting
        call = asyncio.create_task(worker.call(Call("tool", {}, 0.05, stored)))
        await asyncio.sleep(0)
        prints.send(printed)
        theirs.sendall(said)
        if hangs_up:
            theirs.shutdown(socket.SHUT_RDWR)
        answer = await call
        worker.kill(End.STOPPED)
        await worker.ended.wait()
    assert raised == []
    return answer


async def stored(request):
    return request["key"]
