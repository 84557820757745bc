"""The one table of plans: what the pages, the documents and every check read."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class PlanName(StrEnum):
    """A plan's identifier."""

    FREE = "free"
    PRO = "pro"


@dataclass(frozen=True, slots=True)
class PythonLimits:
    """What the Python tools of one server may use.

    Attributes:
        packages: Which set of packages they may import, see `requirements-tools*.txt`.
        timeout_seconds: How long one call may take.
        memory_mib: How much memory one worker may take, on top of the packages' own.
        processors: How much of a processor one worker may take, where the host can share them out.
        workers: How many workers a server may have at once.
        warm: How many of them stay ready when nothing is called.
        calls: How many calls of the organization run at once; four times as many may wait.
        connections: How many connections one worker may have open.
        egress_mib_per_hour: How much one worker may send and receive.
        store_keys: How many keys a server's key-value store may have.
        store_kib: How much all of its values may take together.
    """

    packages: Literal["lean", "full"]
    timeout_seconds: float
    memory_mib: int
    processors: float
    workers: int
    warm: int
    calls: int
    connections: int
    egress_mib_per_hour: int
    store_keys: int
    store_kib: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What a plan allows; None where there is no limit.

    Attributes:
        title: Its name as people read it.
        members: How many people an organization may have, open invitations included.
        python: What the Python tools of each of its servers may use.
    """

    title: str
    members: int | None
    python: PythonLimits


PLANS: dict[PlanName, Plan] = {
    PlanName.FREE: Plan(
        title="Free",
        members=3,
        python=PythonLimits(
            packages="lean",
            timeout_seconds=30,
            memory_mib=256,
            processors=0.5,
            workers=2,
            warm=0,
            calls=8,
            connections=32,
            egress_mib_per_hour=64,
            store_keys=1_000,
            store_kib=1_024,
        ),
    ),
    PlanName.PRO: Plan(
        title="Pro",
        members=None,
        python=PythonLimits(
            packages="full",
            timeout_seconds=120,
            memory_mib=512,
            processors=1,
            workers=4,
            warm=1,
            calls=32,
            connections=64,
            egress_mib_per_hour=1_024,
            store_keys=10_000,
            store_kib=51_200,
        ),
    ),
}
