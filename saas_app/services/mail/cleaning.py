"""What is filled into a message, made harmless: people choose their own names.

A value is text. It cannot add lines to a header, hide or turn characters around, or become a link
in the eyes of a mail program, so that nobody sends advertisements by inviting a stranger to an
organization that is named like one.
"""

import re
import unicodedata
from urllib.parse import urlsplit

LONGEST_LINE = 300
LONGEST_TEXT = 10_000
LONGEST_LINK = 2_000
LINES = frozenset({"message"})
ADDRESSES = frozenset({"email", "new_email", "old_email"})
TURNING = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# A dot before letters, or a scheme: where mail programs begin to see an address.
LOOKS_LIKE_AN_ADDRESS = re.compile(
    r"(?<=\w)\.(?=[^\W\d_]{2})|(?<=[a-z])://|(?<=\w)@", re.IGNORECASE
)
BREAK = "\u200c"  # zero width; shows as nothing


class LetterUnfit(ValueError):
    """A letter that no template can be filled with; a bug of whoever posts it."""


def clean(name: str, value: str, *, web_url: str) -> str:
    """Return a value as the template may show it.

    Raises:
        LetterUnfit: it is called a link and is no address of the web.
    """
    if not value:
        return ""
    if name == "link" or name.endswith("_link"):
        return _link(value, web_url)
    if name in LINES:
        return _lines(value)
    line = one_line(value)
    if name in ADDRESSES:
        return line
    return LOOKS_LIKE_AN_ADDRESS.sub(lambda found: BREAK + found[0], line)


def one_line(text: str, *, longest: int = LONGEST_LINE) -> str:
    """Return a text without line ends, control characters and turned reading order."""
    kept = "".join(" " if _is_control(character) else character for character in text)
    line = " ".join(kept.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def _lines(text: str) -> str:
    lines = [
        "".join(character for character in line if not _is_control(character))
        for line in text.splitlines()
    ]
    return "\n".join(lines).strip()[:LONGEST_TEXT]


def _link(value: str, web_url: str) -> str:
    link = f"{web_url}{value}" if value.startswith("/") else value
    parts = urlsplit(link)
    is_plain = link.isascii() and not re.search(r"[\s<>\"'\\^`{|}\x00-\x1f\x7f]", link)
    if parts.scheme not in ("http", "https") or not parts.hostname or not is_plain:
        raise LetterUnfit("A link in a message is an http or https address, or a path of ours.")
    if len(link) > LONGEST_LINK:
        raise LetterUnfit(f"A link in a message has at most {LONGEST_LINK} characters.")
    return link


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") or character in TURNING
