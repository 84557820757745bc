"""Gives up what the sandbox's processes do not need."""

import os

from sandbox.jail import kernel


def give_up_root(uid: int) -> None:
    """Go on as a uid of one's own, for good; whoever is not root stays who they are."""
    if os.getuid() != 0:
        return
    os.setgroups([])
    os.setgid(uid)
    os.setuid(uid)
    # Giving up root closes one's own files in /proc to oneself, where workers' facts are read.
    kernel.prctl(kernel.PR_SET_DUMPABLE, 1)
