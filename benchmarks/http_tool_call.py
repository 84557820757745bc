"""Calls of an http tool through our runtime against `FastMCP.from_openapi`, over the same service.

Both are made from the same OpenAPI document, run as processes of their own and are called by the
same client with the same JSON-RPC; ours checks a key with every call, FastMCP lets anybody in. The
last line is JSON, see `benchmarks.comparison`.
"""

import tempfile
from pathlib import Path

from benchmarks.comparison import Call, compare, options_of
from benchmarks.programs import imported_tools, runtime_process, uvicorn_process

CALL = Call(
    "http_tool_call",
    "get_city",
    {"city_id": "oslo", "fields": ["name", "population"], "limit": 5},
    b"717710",
)


def main() -> None:
    """Start everything, measure in turns, stop everything, report."""
    options = options_of(__doc__)
    with (
        tempfile.TemporaryDirectory() as folder,
        uvicorn_process("upstream") as upstream,
        uvicorn_process("fastmcp", upstream=upstream) as fastmcp,
        runtime_process(Path(folder), imported_tools(upstream), upstream=upstream) as ours,
    ):
        compare(CALL, options, ours=ours, fastmcp=fastmcp)


if __name__ == "__main__":
    main()
