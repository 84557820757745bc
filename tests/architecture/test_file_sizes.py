"""No file grows past what a person reads at one sitting."""

from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
FOLDERS = ("core", "saas_app", "mcp_runtime", "sample_api", "tests", "benchmarks", "bin")
MOST_LINES = 500


def test_no_file_has_more_than_500_lines():
    files = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if is_ours(path)]
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in files}
    assert len(lengths) > 50
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES} == {}


def is_ours(path: Path) -> bool:
    return path.is_file() and (path.suffix == ".py" or path.parent.name == "bin")
