"""The pieces that every lexer cuts a text into."""

from bisect import bisect_right
from dataclasses import dataclass
from typing import Literal, NoReturn

from core.errors import Invalid

TokenKind = Literal["word", "operator", "redirect", "heredoc", "newline", "comment"]
SMART_SINGLE = "\u2018\u2019\u201a\u201b"
SMART_DOUBLE = "\u201c\u201d\u201e\u201f"
STRAIGHT = str.maketrans(dict.fromkeys(SMART_SINGLE, "'") | dict.fromkeys(SMART_DOUBLE, '"'))
BLANKS = " \t\u00a0\r\f\v"


@dataclass(frozen=True, slots=True)
class Token:
    """One piece; `is_bare` words had no quotes or escapes, so they may be syntax."""

    kind: TokenKind
    text: str
    line: int
    is_bare: bool = True


class Lines:
    """Tells the line of a position."""

    def __init__(self, text: str) -> None:
        self._starts = [0] + [at + 1 for at, char in enumerate(text) if char == "\n"]

    def at(self, position: int) -> int:
        """The line (from 1) of a position in the text."""
        return bisect_right(self._starts, position)


def unclosed(what: str, line: int) -> NoReturn:
    """Refuse a text in which something is opened and never closed."""
    raise Invalid(
        f"Line {line}: {what} opened here is never closed. Close it and paste again.",
        field="source",
    )
