"""How a zygote is started where there is no jail around it, and what its workers may read."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from sandbox.jail_command import ENVIRONMENT, FROM_HOST, PYTHON, SYSTEM_PREFIXES

# What of the system libraries read beside themselves.
SYSTEM = (*FROM_HOST, "/dev/null", "/dev/zero", "/dev/urandom")


def plain_command(*, python: Path, tools: Path, jail: Path, control: int) -> list[str]:
    """Return the command that starts a zygote as it is, with an environment of its own.

    Args:
        python: the folder of the Python to run, with `bin` and `lib`.
        tools: the folder of the packages that tools may import.
        jail: the folder with the jail's own code, `sandbox/jail` below it.
        control: the descriptor, inherited, of the zygote's socket to the supervisor.
    """
    return [
        *("env", "-i", *_assignments({**ENVIRONMENT, "HOME": "/"})),
        f"LD_LIBRARY_PATH={python}/lib",
        f"{python}/bin/{PYTHON}",
        *("-I", "-S", "-B", f"{jail}/sandbox/jail", str(control), str(tools)),
    ]


def readable(*, python: Path, tools: Path, jail: Path) -> tuple[str, ...]:
    """Return the folders and files that workers may read below."""
    libraries = [python / name for name in dict.fromkeys(("lib", sys.platlibdir))]
    if python in SYSTEM_PREFIXES:
        libraries = [library / PYTHON for library in libraries]
    return (*SYSTEM, *map(str, (*libraries, tools, jail)))


def _assignments(variables: Mapping[str, str]) -> Iterator[str]:
    return (f"{name}={value}" for name, value in variables.items())
