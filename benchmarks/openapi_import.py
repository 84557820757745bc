"""Our OpenAPI import against `FastMCP.from_openapi`, on the same public documents in one run.

Both start from the parsed document; ours is also measured from text. Counted is processor time, the
best of several interleaved rounds. The last line is JSON with a ratio (theirs divided by ours, so
above 1 is faster than FastMCP) and the operations of each, per document and in total.
"""

import argparse
import asyncio
import copy
import gc
import logging
import sys
from collections.abc import Callable
from time import process_time
from typing import Any

import httpx2
import orjson
from fastmcp import FastMCP

from saas_app.services.intake.openapi import from_parsed, read_openapi
from saas_app.services.intake.openapi.reading import parse
from tests.openapi_documents import PublicDocument, fetch_all, public_documents


def main() -> None:
    """Measure every document of the manifest that FastMCP accepts."""
    options = _options()
    logging.disable(logging.ERROR)
    fetch_all()
    rows, refused = [], []
    for document in public_documents():
        if options.only in document.name:
            row = _measured(document, options.rounds)
            (rows if row else refused).append(row or document.name)
            print(_line(document, row), file=sys.stderr)
    print(orjson.dumps(_summary(rows, refused)).decode())


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="the best of this many counts")
    parser.add_argument("--only", default="", help="part of the name of the documents to measure")
    return parser.parse_args()


def _measured(document: PublicDocument, rounds: int) -> dict[str, Any] | None:
    text = document.text()
    parsed = parse(text)
    try:
        theirs = asyncio.run(_tools_of_fastmcp(copy.deepcopy(parsed)))
    except Exception:  # noqa: BLE001 - whatever it raises, the document is refused
        return None
    ours = len(from_parsed(parsed).tools)
    times = _interleaved(
        {
            "ours": lambda: from_parsed(parsed),
            "fastmcp": lambda: _from_openapi(parsed),
            "ours_from_text": lambda: read_openapi(text),
        },
        rounds,
    )
    return {
        "document": document.name,
        "operations": document.operations,
        "ours": ours,
        "fastmcp": theirs,
        **{f"{name}_ms": round(seconds * 1000, 2) for name, seconds in times.items()},
        "ratio": round(times["fastmcp"] / times["ours"], 2),
    }


def _interleaved(work: dict[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """Return the best time of each, taking turns so that a slow moment hits all alike."""
    best = dict.fromkeys(work, float("inf"))
    for _ in range(rounds):
        for name, run in work.items():
            gc.collect()
            started = process_time()
            run()
            best[name] = min(best[name], process_time() - started)
    return best


def _from_openapi(parsed: dict[str, Any]) -> FastMCP:
    client = httpx2.AsyncClient(base_url="https://api.example.com")
    return FastMCP.from_openapi(parsed, client=client)


async def _tools_of_fastmcp(parsed: dict[str, Any]) -> int:
    return len(await _from_openapi(parsed).list_tools())


def _summary(rows: list[dict[str, Any]], refused: list[str]) -> dict[str, Any]:
    total = {name: sum(row[name] for row in rows) for name in ("operations", "ours", "fastmcp")}
    times = {
        name: round(sum(row[name] for row in rows), 1)
        for name in ("ours_ms", "fastmcp_ms", "ours_from_text_ms")
    }
    return {
        "benchmark": "openapi_import",
        "documents": len(rows),
        "refused_by_fastmcp": len(refused),
        **total,
        **times,
        "ratio": round(times["fastmcp_ms"] / times["ours_ms"], 2) if rows else None,
        "slower_than_fastmcp": [row["document"] for row in rows if row["ratio"] < 1],
        "fewer_than_fastmcp": [row["document"] for row in rows if row["ours"] < row["fastmcp"]],
        "per_document": rows,
    }


def _line(document: PublicDocument, row: dict[str, Any] | None) -> str:
    if row is None:
        return f"{document.name}: not accepted by FastMCP"
    return (
        f"{row['document']}: {row['ours']} against {row['fastmcp']} operations, "
        f"{row['ours_ms']} against {row['fastmcp_ms']} ms, {row['ratio']} times as fast"
    )


if __name__ == "__main__":
    main()
