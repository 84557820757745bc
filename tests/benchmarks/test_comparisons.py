"""Each benchmark runs as a module and ends with a line of JSON. How quick a side is, is not asked.

A test must not depend on how busy the machine is; that we import no fewer operations does not.
"""

import json
import subprocess
import sys
from typing import Any

import pytest

from benchmarks.sandbox_neighbours import ATTACKS
from tests.product import ROOT, clean_environment

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def last_line_of(*command: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_we_import_as_many_operations_as_fastmcp_of_every_document():
    only = ("--only", "@readme/oas-examples", "--rounds", "1")
    found = last_line_of("benchmarks.openapi_import", *only)
    assert found["benchmark"] == "openapi_import"
    assert found["documents"] > 0
    assert found["documents"] == len(found["per_document"])
    assert found["ours"] >= found["fastmcp"] > 0
    assert found["fewer_than_fastmcp"] == []
    assert found["ratio"] > 0
    for name in ("operations", "refused_by_fastmcp", "ours_ms", "fastmcp_ms", "ours_from_text_ms"):
        assert found[name] >= 0
    assert set(found["slower_than_fastmcp"]) <= {row["document"] for row in found["per_document"]}


@pytest.mark.parametrize("revision", ["2026-07-28", "2025-11-25"])
@pytest.mark.parametrize("benchmark", ["http_tool_call", "python_tool_call"])
def test_calls_of_both_sides_are_measured_at_each_concurrency(benchmark: str, revision: str):
    short = ("--rounds", "1", "--seconds", "0.2", "--revision", revision)
    found = last_line_of(f"benchmarks.{benchmark}", *short)
    assert (found["benchmark"], found["revision"]) == (benchmark, revision)
    assert list(found["concurrency"]) == ["1", "16", "64"]
    for row in found["concurrency"].values():
        for side in ("ours", "fastmcp", "ratio"):
            assert set(row[side]) == {"calls_per_second", "p50_ms", "p99_ms"}
            assert min(row[side].values()) > 0
    assert set(found["slower_than_fastmcp"]) <= set(found["concurrency"])


def test_every_figure_of_the_sandbox_is_measured_and_compared_with_its_limits():
    short = ("--rounds", "1", "--calls", "5", "--starts", "2", "--workers", "3", "--seconds", "0.5")
    found = last_line_of("benchmarks.sandbox", *short)
    assert found["benchmark"] == "sandbox"
    assert found["hop_ms"] > 0
    for row in found["figures"].values():
        assert set(row["most"] | row["least"]) <= set(row)
    for kind, failing in (("holds", "do_not_hold"), ("holds_in_hops", "do_not_hold_in_hops")):
        assert found[failing] == [n for n, row in found["figures"].items() if not row[kind]]
    assert found["figures"]["many_alive"]["missing"] == 0
    for kind in ATTACKS:
        assert found["figures"][f"neighbour_of_{kind}"]["p95_times"] > 0
