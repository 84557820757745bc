"""What `-d` and its relatives add to a body or a query."""

import re
from urllib.parse import quote_plus

from saas_app.services.intake.curl.arguments import Data
from saas_app.services.intake.curl.marks import MARK, Marks


def joined_data(given: list[Data], stdin: str | None, marks: Marks) -> str:
    """All data as one body: `&` between pieces, except before a `--json`."""
    pieces: list[str] = []
    for data in given:
        if data.kind != "json" and any(pieces):
            pieces.append("&")
        pieces.append(data_text(data, stdin, marks))
    return "".join(pieces)


def data_text(data: Data, stdin: str | None, marks: Marks) -> str:
    """What one data option adds; only `-d` takes the line breaks out of a file."""
    if data.kind == "data-urlencode":
        return url_encoded(data.text, stdin, marks)
    if data.kind == "data-raw" or not data.text.startswith("@"):
        return data.text
    content = _file(data.text[1:], stdin, marks)
    return content.replace("\r", "").replace("\n", "") if data.kind == "data" else content


def url_encoded(given: str, stdin: str | None, marks: Marks) -> str:
    """The five forms of `--data-urlencode`: content, =content, name=content, @file, name@file."""
    found = re.match(r"([^=@]*)([=@])(.*)", given, re.S)
    if not found:
        return _quoted(given)
    name, sign, content = found.groups()
    content = _file(content, stdin, marks) if sign == "@" else content
    return f"{name}={_quoted(content)}" if name else _quoted(content)


def _file(name: str, stdin: str | None, marks: Marks) -> str:
    if name != "-":
        return marks.mark("file", marks.told(name))
    return stdin if stdin is not None else marks.mark("file", "standard input")


def _quoted(text: str) -> str:
    """Percent-encode all but the marks."""
    pieces = re.split(f"({MARK.pattern})", text)
    return "".join(p if MARK.fullmatch(p) else quote_plus(p, safe="") for p in pieces)
