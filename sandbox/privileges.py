"""Gives up what the sandbox's processes do not need."""

import os
from collections.abc import Collection

from sandbox.jail import kernel

# What it takes to have workers be other users: to end them, and to become them.
CAPABILITIES = {"CAP_KILL": 5, "CAP_SETGID": 6, "CAP_SETUID": 7}


def give_up_root(uid: int, *, keep: Collection[int] = ()) -> None:
    """Go on as a uid of one's own, for good; whoever is not root stays who they are.

    Args:
        uid: who to go on as.
        keep: the capabilities to go on with, which are then those of started programs too.
    """
    if os.getuid() != 0:
        return
    if keep:
        kernel.bound_capabilities(keep)
        kernel.prctl(kernel.PR_SET_KEEPCAPS, 1)
    os.setgroups([])
    os.setgid(uid)
    os.setuid(uid)
    if keep:
        kernel.hold_capabilities(keep)
    # Giving up root closes one's own files in /proc to oneself, where workers' facts are read.
    kernel.prctl(kernel.PR_SET_DUMPABLE, 1)
