"""Calls of an http tool through our runtime against `FastMCP.from_openapi`, over the same service.

Both are made from the same OpenAPI document, run as processes of their own and are called by the
same client with the same JSON-RPC; ours checks a key with every call, FastMCP lets anybody in. The
last line is JSON, see `benchmarks.comparison`.
"""

import tempfile
from pathlib import Path
from typing import Any

from benchmarks.comparison import compare, options_of, tool_call
from benchmarks.programs import imported_tools, runtime_process, uvicorn_process

CALL: dict[str, Any] = {
    "tool": "get_city",
    "arguments": {"city_id": "oslo", "fields": ["name", "population"], "limit": 5},
}
EXPECTED = b"717710"


def main() -> None:
    """Start everything, measure in turns, stop everything, report."""
    options = options_of(__doc__)
    with (
        tempfile.TemporaryDirectory() as folder,
        uvicorn_process("upstream") as upstream,
        uvicorn_process("fastmcp", upstream=upstream) as fastmcp,
        runtime_process(Path(folder), imported_tools(upstream), upstream=upstream) as ours,
    ):
        address, token = ours
        key = {"Authorization": f"Bearer {token}"}
        requests = {
            "ours": tool_call(address, options.revision, key, **CALL),
            "fastmcp": tool_call(f"{fastmcp}/mcp", options.revision, {}, **CALL),
        }
        compare("http_tool_call", requests, EXPECTED, options)


if __name__ == "__main__":
    main()
