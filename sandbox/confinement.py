"""What keeps a zygote's workers apart from everything else, as the supervisor hands it out."""

from collections import deque
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sandbox.calls import WorkerFailed
from sandbox.jail.tiers import Tier


class Uids:
    """Numbers of users, each of which one living process has at most.

    The one that was given back longest ago is given out next.

    Args:
        numbers: all of them; nothing else on the host may run as one.
    """

    def __init__(self, numbers: Sequence[int]) -> None:
        self._free = deque(numbers)
        self._abandoned: set[int] = set()

    def take(self) -> int:
        """Return a number that nobody has.

        Raises:
            WorkerFailed: there is none.
        """
        if self._abandoned:
            self._take_back()
        if not self._free:
            raise WorkerFailed("Every uid for workers is in use.")
        return self._free.popleft()

    def give_back(self, uid: int) -> None:
        """Take a number back whose process has been buried."""
        self._free.append(uid)

    def abandon(self, uids: Collection[int]) -> None:
        """Take numbers back whose processes are ending; nobody tells when they have."""
        self._abandoned.update(uids)

    def _take_back(self) -> None:
        buried = self._abandoned - _living()
        self._free.extend(sorted(buried))
        self._abandoned -= buried


@dataclass(frozen=True, slots=True)
class Confinement:
    """How the workers of a zygote are confined.

    Attributes:
        program: the compiled seccomp filter.
        readable: what they may read, where no mount namespace decides that.
        uids: where each worker has a uid of its own.
    """

    tier: Tier
    program: bytes
    readable: tuple[str, ...] = ()
    uids: Uids | None = None


def _living() -> set[int]:
    """Return the uids that processes run as."""
    found = set[int]()
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            with suppress(OSError):
                found.add(folder.stat().st_uid)
    return found
