"""What a shell would fill in (variables, command output, files), kept as single characters.

A lexer cannot know the value of `$TOKEN`, and a word that is a tree of pieces would have to be
handled as one by everything after it. One private character per unknown keeps words plain text:
they can be split at `&` or parsed as JSON, and the character leads back to where it came from.
"""

import re
from typing import Literal, NamedTuple

from core.errors import Invalid

FIRST = 0x100000
MOST = 0xFFFD
# After a mark: it stood in JSON without quotes, so its type is unknown as well.
BARE = "\U0010ffff"
MARK = re.compile("[\U00100000-\U0010fffd]")

OriginKind = Literal["variable", "command", "file", "choice"]


class Origin(NamedTuple):
    """Where an unknown comes from: a variable's name, a command, a file's path, or a URL glob."""

    kind: OriginKind
    text: str

    def as_written(self) -> str:
        """The unknown as a person would recognise it."""
        forms = {"variable": f"${self.text}", "command": f"$({self.text})", "file": self.text}
        return forms.get(self.kind, self.text)


class Marks:
    """The unknowns of one source text, and what its assignments say of them."""

    def __init__(self) -> None:
        self._origins: list[Origin] = []
        self._characters: dict[Origin, str] = {}
        self.assigned: dict[str, str] = {}

    def mark(self, kind: OriginKind, text: str) -> str:
        """Return the character that stands for this unknown."""
        origin = Origin(kind, text)
        if origin not in self._characters:
            if len(self._origins) >= MOST:
                raise Invalid("There are too many shell variables. Paste fewer.", field="source")
            self._characters[origin] = chr(FIRST + len(self._origins))
            self._origins.append(origin)
        return self._characters[origin]

    def origin(self, character: str) -> Origin:
        """Where a mark comes from."""
        return self._origins[ord(character) - FIRST]

    def origins(self, text: str) -> list[Origin]:
        """Where every mark in a text comes from, in order."""
        return [self.origin(character) for character in MARK.findall(text)]

    def as_written(self, text: str) -> str:
        """The text with every mark as a person would recognise it."""
        return MARK.sub(lambda found: self.origin(found[0]).as_written(), text)

    def value(self, origin: Origin) -> str | None:
        """The value that the source itself gives a variable, if it does."""
        known = self.assigned.get(origin.text) if origin.kind == "variable" else None
        return None if known is None or MARK.search(known) else known
