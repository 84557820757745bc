"""Calls of a Python tool in our sandbox against the same function in FastMCP, not isolated.

Both run as processes of their own and are called by the same client with the same JSON-RPC. Ours
checks a key with every call and runs the function in a locked-down process of its tenant; FastMCP
lets anybody in and calls it. The last line is JSON, see `benchmarks.comparison`.
"""

import tempfile
from pathlib import Path

from benchmarks.comparison import Call, compare, options_of
from benchmarks.programs import (
    python_tools,
    runtime_process,
    supervisor_process,
    uvicorn_process,
)

CALL = Call("python_tool_call", "add", {"a": 717_000, "b": 710}, b"717710")


def main() -> None:
    """Start everything, measure in turns, stop everything, report."""
    options = options_of(__doc__)
    with (
        tempfile.TemporaryDirectory() as folder,
        uvicorn_process("python") as fastmcp,
        supervisor_process(Path(folder)),
        runtime_process(Path(folder), python_tools()) as ours,
    ):
        compare(CALL, options, ours=ours, fastmcp=fastmcp)


if __name__ == "__main__":
    main()
