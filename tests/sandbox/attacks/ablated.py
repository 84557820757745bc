"""Runs a few attacks in workers of a tier: whole, and with one of their barriers taken away.

`python -m tests.sandbox.attacks.ablated TIER UID` prints what each got, as JSON. It is a program of
its own since it gives up root, as the supervisor does.
"""

import asyncio
import json
import struct
import sys
from typing import Any

from sandbox.calls import Call, End
from sandbox.confinement import Confinement, Uids
from sandbox.jail.lockdown import Limits
from sandbox.jail.tiers import Tier
from sandbox.jail_command import bubblewrap
from sandbox.privileges import CAPABILITIES, give_up_root
from sandbox.seccomp import program_here
from sandbox.tools_environment import ToolsEnvironment, cache_folder, prepare
from sandbox.zygote import Zygote
from tests.sandbox.attacks.preludes import PRELUDES

BPF_RETURN, ALLOW = 0x06, 0x7FFF_0000
ALLOW_ALL = struct.pack("HBBI", BPF_RETURN, 0, 0, ALLOW)
EVERYTHING = ("/",)
# What succeeds where a single barrier stands against it, on any architecture.
ATTACKS = """
import fcntl, socket

def tool():
    def forked():
        child = os.fork()
        if child == 0:
            os._exit(0)
        return os.waitpid(child, 0)[1] == 0
    held = os.open(os.path.dirname(os.__file__), os.O_RDONLY)
    return {
        "a process": tried(forked) is True,
        "memory that is not counted": isinstance(tried(os.memfd_create, "x"), int),
        "a socket of the kernel": isinstance(tried(socket.socket, 16, 3, 0), socket.socket),
        "a Unix socket": isinstance(tried(socket.socket, 1, 1), socket.socket),
        "a lock on others' files": tried(fcntl.flock, held, fcntl.LOCK_EX | fcntl.LOCK_NB) is None,
        "what of others there is": tried(os.getpriority, os.PRIO_USER, os.getuid()) != "EPERM",
        "files of the host": isinstance(tried(os.listdir, "/etc/init.d"), list),
        "the host's own name": got("/etc/hostname"),
        "processes of the host": got("/proc/1/cmdline"),
        "the load of the host": got("/proc/loadavg"),
        "a device": got("/dev/random"),
    }

def got(path):
    try:
        with open(path, "rb") as file:
            return len(file.read(64)) > 0
    except OSError:
        return False
"""


async def got(environment: ToolsEnvironment, confinement: Confinement) -> Any:
    """Return which attacks succeed in a worker that is confined so."""
    zygote = Zygote(environment.command, confinement, imports=())
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


async def main(tier: Tier, uid: int) -> None:
    """Attack a worker of a tier that is whole, then what is left of one."""
    is_whole = tier is Tier.NAMESPACES
    environment = prepare(cache_folder(), bubblewrap() if is_whole else None, uid=uid)
    program, readable = program_here(tier), environment.readable
    give_up_root(uid, keep=() if is_whole else tuple(CAPABILITIES.values()))
    uids = None if is_whole else Uids(range(uid + 1, uid + 9))
    ways = {"whole": (program, readable), "without the filter": (ALLOW_ALL, readable)}
    if not is_whole:
        ways["without Landlock"] = (program, EVERYTHING)
    found = {
        name: await got(environment, Confinement(tier, *way, uids)) for name, way in ways.items()
    }
    print(json.dumps(found))  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main(Tier(sys.argv[1]), int(sys.argv[2])))
