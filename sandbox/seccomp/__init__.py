"""The kernel calls that a worker may make, as compiled programs and the rules they come from."""

import platform
from enum import StrEnum
from pathlib import Path

ARCHITECTURES = ("x86_64", "aarch64")
# Where the program of tier B compares with the worker's own process number, this stands instead.
PID_PLACEHOLDER = 0x5AFE_51D0


class Tier(StrEnum):
    """How a host can isolate a worker."""

    NAMESPACES = "namespaces"
    COMPAT = "compat"


def program_path(tier: Tier, architecture: str) -> Path:
    """Return where the compiled program of an architecture is kept."""
    return Path(__file__).parent / f"{architecture}-{tier.value}.bpf"


def program_for(tier: Tier) -> bytes:
    """Return the compiled program for this machine.

    Raises:
        OSError: there is none for its architecture.
    """
    return program_path(tier, platform.machine()).read_bytes()
