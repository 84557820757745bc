"""Copies of the tree as a fresh clone would have it."""

import shutil
import subprocess
from pathlib import Path

from tests.product import ROOT


def copy_tree(target: Path) -> None:
    """Copy every file that is tracked, or will be, to a new folder."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target / name)
