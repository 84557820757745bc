"""How many calls a host can run at once, by the memory that each may take."""

from contextlib import suppress
from pathlib import Path

MEMORY = Path("/proc/meminfo")
CONTAINER = Path("/sys/fs/cgroup/memory.max")
# What one call may take in the smallest plan, and the part of all memory that calls may take.
MIB_OF_A_CALL, SHARE = 256, 0.7
FEWEST, MOST = 4, 64


def most_calls(*, memory: Path = MEMORY, container: Path = CONTAINER) -> int:
    """Return how many calls may run at once, so that all of them can keep what is promised them.

    Args:
        memory: what the kernel says of the machine's memory.
        container: how much of it the container may take, where there is one.
    """
    mib = int(memory.read_text().split()[1]) // 1024
    with suppress(OSError, ValueError):  # no container, or one without a limit
        mib = min(mib, int(container.read_text()) // 1024**2)
    return max(FEWEST, min(MOST, int(mib * SHARE) // MIB_OF_A_CALL))
