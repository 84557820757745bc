"""Copies of the tree as a fresh clone would have it."""

import shutil
import subprocess
from pathlib import Path

from tests.product import ROOT


def copy_to_run(target: Path) -> None:
    """Copy the tree without anybody's `.env` and data, but with the pages that were built before.

    What the copy builds is kept in the tree too, so that the next one finds it.
    """
    copy_tree(target)
    (ROOT / ".ui").mkdir(exist_ok=True)
    (ROOT / ".web.lock").touch()
    for name in (".ui", ".web.lock"):
        (target / name).symlink_to(ROOT / name)


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
