"""The kernel calls that a worker may make, as compiled programs and the rules they come from."""

import platform
from pathlib import Path

ARCHITECTURES = ("x86_64", "aarch64")


def program_path(architecture: str) -> Path:
    """Return where the compiled program of an architecture is kept."""
    return Path(__file__).parent / f"{architecture}.bpf"


def program_here() -> bytes:
    """Return the compiled program for this machine.

    Raises:
        OSError: there is none for its architecture.
    """
    return program_path(platform.machine()).read_bytes()
