"""Runs a few attacks in a worker without the filter of kernel calls, and in one with it.

`python -m tests.sandbox.attacks.unfiltered` prints what each got, as JSON. It is a program of its
own since it gives up root, as the supervisor does.
"""

import asyncio
import json
import os
import struct
from typing import Any

from core.sandbox_settings import SandboxSettings
from sandbox.calls import Call, End
from sandbox.jail.lockdown import Limits
from sandbox.jail_command import bubblewrap
from sandbox.privileges import give_up_root
from sandbox.seccomp import program_here
from sandbox.tools_environment import ToolsEnvironment, cache_folder, prepare
from sandbox.zygote import Zygote
from tests.sandbox.attacks.preludes import PRELUDES

BPF_RETURN, ALLOW = 0x06, 0x7FFF_0000
ALLOW_ALL = struct.pack("HBBI", BPF_RETURN, 0, 0, ALLOW)
# What succeeds where only the filter stands against it, on any architecture.
ATTACKS = """
import fcntl, socket

def tool():
    def forked():
        child = os.fork()
        if child == 0:
            os._exit(0)
        return os.waitpid(child, 0)[1] == 0
    held = os.open("/jail", os.O_RDONLY)
    return {
        "a process": tried(forked) is True,
        "memory that is not counted": isinstance(tried(os.memfd_create, "x"), int),
        "a socket of the kernel": isinstance(tried(socket.socket, 16, 3, 0), socket.socket),
        "a Unix socket": isinstance(tried(socket.socket, 1, 1), socket.socket),
        "a lock on others' files": tried(fcntl.flock, held, fcntl.LOCK_EX | fcntl.LOCK_NB) is None,
        "the load of the host": isinstance(tried(os.getloadavg), tuple),
    }
"""


async def got(environment: ToolsEnvironment, program: bytes) -> Any:
    """Return which attacks succeed in a worker with a filter."""
    zygote = Zygote(environment.command, program=program, imports=())
    await zygote.start()
    worker = await zygote.spawn(Limits(), [80])
    tool = {"source": PRELUDES + ATTACKS, "function": "tool"}
    await worker.bind({"tools": {"tool": tool}, "env": {}})
    answer = await worker.call(Call("tool", {}, 20.0, no_store))
    worker.kill(End.STOPPED)
    zygote.close()
    await zygote.ended.wait()
    return answer.body


async def no_store(_request: Any) -> None:
    """Answer no question to the store."""


async def main() -> None:
    """Attack without the filter, then with it."""
    starter = os.getuid()
    uid = SandboxSettings(_env_file=None).sandbox_uid if starter == 0 else starter  # pyright: ignore[reportCallIssue]
    environment = prepare(cache_folder(), bubblewrap(), uid=uid)
    give_up_root(uid)
    programs = {"without": ALLOW_ALL, "with": program_here()}
    print(json.dumps({name: await got(environment, p) for name, p in programs.items()}))  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main())
