"""How much memory a process has for itself, as the system shows it."""

from contextlib import suppress
from pathlib import Path


def private_kib(pid: int, *, inherited_kib: int) -> int:
    """Return how much of the machine's memory is a process's alone; 0 when it is gone.

    Args:
        pid: the process.
        inherited_kib: what `anonymous_kib` was when it was forked. The system shows what is shared
            to whoever may look into the process; for another user's this is taken off instead.
    """
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except PermissionError:
        return max(0, anonymous_kib(pid) - inherited_kib)
    except OSError:
        return 0
    return _sum(lines, ("Private", "SwapPss"))


def anonymous_kib(pid: int) -> int:
    """Return how much memory a process has that is no file's, shared or not; 0 when it is gone."""
    with suppress(OSError):
        return _sum(Path(f"/proc/{pid}/status").read_text().splitlines(), ("RssAnon", "VmSwap"))
    return 0


def _sum(lines: list[str], names: tuple[str, ...]) -> int:
    return sum(int(line.split()[1]) for line in lines if line.startswith(names))
