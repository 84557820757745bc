"""Calls of a Python tool in our sandbox against the same function in FastMCP, not isolated.

Both run as processes of their own and are called by the same client with the same JSON-RPC. Ours
checks a key with every call and runs the function in a locked-down process of its tenant; FastMCP
lets anybody in and calls it. The last line is JSON, see `benchmarks.comparison`.
"""

import tempfile
from pathlib import Path
from typing import Any

from benchmarks.comparison import compare, options_of, tool_call
from benchmarks.programs import (
    python_tools,
    runtime_process,
    supervisor_process,
    uvicorn_process,
)

CALL: dict[str, Any] = {"tool": "add", "arguments": {"a": 717_000, "b": 710}}
EXPECTED = b"717710"


def main() -> None:
    """Start everything, measure in turns, stop everything, report."""
    options = options_of(__doc__)
    with (
        tempfile.TemporaryDirectory() as folder,
        uvicorn_process("python") as fastmcp,
        supervisor_process(Path(folder)),
        runtime_process(Path(folder), python_tools()) as (address, token),
    ):
        key = {"Authorization": f"Bearer {token}"}
        requests = {
            "ours": tool_call(address, options.revision, key, **CALL),
            "fastmcp": tool_call(f"{fastmcp}/mcp", options.revision, {}, **CALL),
        }
        compare("python_tool_call", requests, EXPECTED, options)


if __name__ == "__main__":
    main()
