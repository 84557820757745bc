"""How much isolates a worker: the three tiers."""

from enum import StrEnum


class Tier(StrEnum):
    """What stands between a worker and everything else.

    `NAMESPACES` is whole. `UIDS` does without namespaces: a uid for each worker, Landlock, seccomp
    and a way out that is handed in. `NONE` has of these what the machine of a developer happens to
    have.
    """

    NAMESPACES = "namespaces"
    UIDS = "uids"
    NONE = "none"
