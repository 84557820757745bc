"""The kernel calls that a worker may make, as compiled programs and the rules they come from."""

import platform
from pathlib import Path

from sandbox.jail.tiers import Tier

ARCHITECTURES = ("x86_64", "aarch64")


def program_path(architecture: str, tier: Tier) -> Path:
    """Return where the compiled program of an architecture is kept; `NONE` has that of `UIDS`."""
    kind = "" if tier is Tier.NAMESPACES else f"-{Tier.UIDS}"
    return Path(__file__).parent / f"{architecture}{kind}.bpf"


def program_here(tier: Tier) -> bytes:
    """Return the compiled program for this machine.

    Raises:
        OSError: there is none for its architecture.
    """
    return program_path(platform.machine(), tier).read_bytes()
