"""The map of requirements in docs/security.md names tests that exist."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "security.md").read_text()
ROW = re.compile(r"^\| ([VS]\d[^|]*) \| ([^|]+) \| `([^`:]+)::(test_\w+)` \|$", re.MULTILINE)
ROWS = ROW.findall(DOCUMENT)
HOLES = ("S13", "S14", "S20", "S21", "S22", "S23", "S24", "S25", "S27", "S30")


def names_in(path: Path) -> set[str]:
    """The names of the tests in a file."""
    return {
        node.name
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef)
    }


@pytest.mark.parametrize(("path", "name"), [(path, name) for _, _, path, name in ROWS])
def test_every_test_that_is_named_exists(path, name):
    assert name in names_in(ROOT / path)


def test_every_row_of_the_tables_is_read():
    rows = [line for line in DOCUMENT.splitlines() if re.match(r"\| [VS]\d", line)]
    assert len(rows) == len(ROWS) > 90
    named = {asvs for asvs, _, _, _ in ROWS}
    assert [hole for hole in HOLES if hole not in named] == []


def test_every_test_that_is_named_after_a_requirement_stands_in_the_map():
    named = {(path, name) for _, _, path, name in ROWS}
    listed = {asvs for requirement, _, _, _ in ROWS for asvs in re.findall(r"V[\d.]+", requirement)}
    for path in (ROOT / "tests" / "saas_app" / "security").glob("test_*.py"):
        for name in names_in(path):
            match = re.match(r"test_v(\d+)_(\d+)_(\d+)_", name)
            if match is not None:
                where = (str(path.relative_to(ROOT)), name)
                assert where in named or f"V{'.'.join(match.groups())}" in listed, where
