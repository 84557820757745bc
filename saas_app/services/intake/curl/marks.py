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
# Begins the text of a shell array, and ends each of its words: `array_text`, `array_words`.
WORD = "\U0010fffe"
# After a mark: it stood in JSON without quotes, so its type is unknown as well.
BARE = "\U0010ffff"
MARK = re.compile("[\U00100000-\U0010fffd]")

OriginKind = Literal["variable", "array", "command", "file", "choice"]


class Origin(NamedTuple):
    """Where an unknown comes from: a variable's name, a command, a file's path, or a URL glob.

    `value` is what a variable held where the mark stands; a script may give it another one later.
    """

    kind: OriginKind
    text: str
    value: str | None = None

    def as_written(self) -> str:
        """The unknown as a person would recognise it."""
        forms = {
            "variable": f"${self.text}",
            "array": f"${{{self.text}[@]}}",
            "command": f"$({self.text})",
        }
        return forms.get(self.kind, self.text)


def array_text(words: list[str]) -> str:
    """The words of an array as one text, which a command takes apart again."""
    return WORD + "".join(word + WORD for word in words)


def array_words(text: str) -> list[str]:
    """The words of an array."""
    return text.split(WORD)[1:-1]


class Marks:
    """The unknowns of one source text, and what its assignments say of them."""

    def __init__(self) -> None:
        self._origins: list[Origin] = []
        self._characters: dict[Origin, str] = {}
        self.assigned: dict[str, str] = {}
        self.inserted = 0

    def mark(self, kind: OriginKind, text: str, *, value: str | None = None) -> str:
        """Return the character that stands for this unknown."""
        origin = Origin(kind, text, value)
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

    def told(self, text: str) -> str:
        """The text with the value of every mark that has one, the others as written."""
        return MARK.sub(
            lambda found: self.value(self.origin(found[0])) or self.origin(found[0]).as_written(),
            text,
        )

    def value(self, origin: Origin) -> str | None:
        """The value that the source itself gives a variable, if it does."""
        if origin.kind != "variable":
            return None
        known = self.assigned.get(origin.text) if origin.value is None else origin.value
        return None if known is None or MARK.search(known) or WORD in known else known
