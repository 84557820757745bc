r"""Bash's `$'…'` strings: backslash escapes as in C, bytes and Unicode included."""

import re

_SIMPLE = {
    "a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t",
    "v": "\v", "\\": "\\", "'": "'", '"': '"', "?": "?",
}  # fmt: skip
_ESCAPE = re.compile(
    r"(?P<bytes>(?:\\x[0-9A-Fa-f]{1,2}|\\[0-7]{1,3})+)|\\u(?P<u>[0-9A-Fa-f]{1,4})"
    r"|\\U(?P<U>[0-9A-Fa-f]{1,8})|\\c(?P<c>.)|\\(?P<simple>.)",
    re.S,
)
_BYTE = re.compile(r"\\x([0-9A-Fa-f]{1,2})|\\([0-7]{1,3})")


def decode_ansi_c(inner: str) -> str:
    """Return what the text between `$'` and `'` stands for.

    Browsers write characters beyond the first plane as two surrogates, so pairs are joined.
    """
    text = _ESCAPE.sub(_decoded, inner).split("\0", 1)[0]
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _decoded(found: re.Match[str]) -> str:
    if found["bytes"]:
        values = [
            int(hexadecimal, 16) if hexadecimal else int(octal, 8) & 0xFF
            for hexadecimal, octal in _BYTE.findall(found["bytes"])
        ]
        return bytes(values).decode("utf-8", "replace")
    if found["u"] or found["U"]:
        number = int(found["u"] or found["U"], 16)
        return chr(number) if number <= 0x10FFFF else "\ufffd"
    if found["c"]:
        return chr(ord(found["c"].upper()) & 0x1F)
    return _SIMPLE.get(found["simple"], "\\" + found["simple"])
