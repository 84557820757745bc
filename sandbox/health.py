"""How the sandbox is: what isolates its workers, or why they do not run and what to do about it."""

from dataclasses import asdict, dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Health:
    """What the supervisor says of itself.

    Attributes:
        state: `ready`, `refused` (this host cannot isolate), or `off` (switched off).
        tier: what isolates the workers, as `sandbox.jail.tiers.Tier` names it.
        limits: what bounds them: control groups (`cgroup`), or the processes alone (`rlimit`).
        probe: what failed, of what was tried before the first worker.
        reason: how it failed, in the system's words.
        remedy: what an operator can do.
        tested: what the last self-test came to, and when.
    """

    state: Literal["ready", "refused", "off"]
    tier: str = ""
    limits: Literal["cgroup", "rlimit", ""] = ""
    probe: str = ""
    reason: str = ""
    remedy: str = ""
    tested: str = ""

    def as_data(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)
