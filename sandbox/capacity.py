"""How many calls a host can run at once, by the memory that each may take."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

MEMORY = Path("/proc/meminfo")
# What one call may take in the smallest plan, and the part of all memory that calls may take.
MIB_OF_A_CALL, SHARE = 256, 0.7
FEWEST, MOST = 4, 64


def most_calls(bounds: Iterable[Path], *, memory: Path = MEMORY) -> int:
    """Return how many calls may run at once, so that all of them can keep what is promised them.

    Args:
        bounds: say how much of it the container or unit may take, and each that it is part of.
        memory: what the kernel says of the machine's memory.
    """
    mib = int(memory.read_text().split()[1]) // 1024
    for bound in bounds:
        with suppress(OSError, ValueError):  # there is none, or it is no number
            mib = min(mib, int(bound.read_text()) // 1024**2)
    return max(FEWEST, min(MOST, int(mib * SHARE) // MIB_OF_A_CALL))
