"""Follows docs/extending.md to the letter: what it says to create, add or replace."""

import re
from pathlib import Path

FENCE = re.compile(r"```python\n(.*?)```", re.DOTALL)
CREATE = re.compile(r"Create\s+`([^`]+)`:\s*\Z")
BELOW = re.compile(r"In\s+`([^`]+)`,\s+below\s+this\s+line:\s*\Z")
REPLACE = re.compile(r"In\s+`([^`]+)`,\s+replace\s+this\s+line:\s*\Z")


def follow(guide: Path, tree: Path) -> list[Path]:
    """Carry out every step of a guide in a tree, and return the files that were touched.

    Raises:
        AssertionError: a step names a line that is not there, or a block stands without a step.
    """
    pieces = FENCE.split(guide.read_text())
    touched, position = [], 0
    while position + 1 < len(pieces):
        words, block = pieces[position], pieces[position + 1]
        if match := CREATE.search(words):
            path = tree / match[1]
            assert not path.exists(), f"{path} is there already"
            path.write_text(block)
            position += 2
        elif match := BELOW.search(words):
            path = tree / match[1]
            _edit(path, block, block + pieces[position + 3])
            position += 4
        elif match := REPLACE.search(words):
            path = tree / match[1]
            _edit(path, block, pieces[position + 3])
            position += 4
        else:
            raise AssertionError(f"Nothing says what to do with:\n{block}")
        touched.append(path)
    return touched


def _edit(path: Path, found: str, wanted: str) -> None:
    text = path.read_text()
    assert text.count(found) == 1, f"{path} does not hold this line once:\n{found}"
    path.write_text(text.replace(found, wanted))
