"""What a dollar sign stands for in bash: variables, with defaults or not, and commands."""

import re

from saas_app.services.intake.curl.marks import Marks
from saas_app.services.intake.curl.tokens import unclosed

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BRACED = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?::?[-=](.*))?", re.S)
_SUBSCRIPT = re.compile(r"([A-Za-z_]\w*)\[(?:[@*]|(\d+))\]")
_HEREDOC_START = re.compile(r"<<-?[ \t]*(['\"]?)(\w+)\1[^\n]*\n")
_HEREDOC = re.compile(
    r"cat[ \t]*<<(?P<dash>-?)[ \t]*(?P<quote>['\"]?)(?P<end>\w+)(?P=quote)[ \t]*\n(?P<body>.*?)"
    r"^[ \t]*(?P=end)\s*",
    re.S | re.M,
)
_SPECIAL = '$`"\\\n'


def expand_double(inner: str, marks: Marks) -> str:
    """The text between double quotes: escapes resolved, expansions marked."""
    pieces, at = [], 0
    while at < len(inner):
        char = inner[at]
        if char == "\\" and inner[at + 1 : at + 2] and inner[at + 1] in _SPECIAL:
            pieces.append("" if inner[at + 1] == "\n" else inner[at + 1])
            at += 2
        elif char == "$":
            piece, at = expansion(inner, at, marks)
            pieces.append(piece)
        elif char == "`" and (end := inner.find("`", at + 1)) > 0:
            pieces.append(marks.mark("command", inner[at + 1 : end]))
            at = end + 1
        else:
            pieces.append(char)
            at += 1
    return "".join(pieces)


def expansion(text: str, at: int, marks: Marks) -> tuple[str, int]:
    """What a `$` at this place stands for, and where it ends."""
    following = text[at + 1 : at + 2]
    if following == "(":
        end = _closing_paren(text, at + 1)
        return _output(text[at + 2 : end].strip(), marks), end + 1
    if following == "{":
        end = text.find("}", at)
        is_template = text.startswith("${{", at)
        return (
            ("$", at + 1)
            if end < 0 or is_template
            else (_braced(text[at + 2 : end], marks), end + 1)
        )
    if following and following in "0123456789@*":
        return marks.mark("variable", f"ARGUMENT_{following}"), at + 2
    name = _NAME.match(text, at + 1)
    return (marks.mark("variable", name[0]), name.end()) if name else ("$", at + 1)


def closing_double(text: str, start: int) -> int:
    """Where the double quote opened at `start` closes; quotes inside `$(…)` do not count."""
    at = start + 1
    while at < len(text):
        if text[at] == "\\":
            at += 2
        elif text[at] == '"':
            return at
        elif text.startswith("$(", at):
            at = _closing_paren(text, at + 1) + 1
        else:
            at += 1
    return -1


def _output(command: str, marks: Marks) -> str:
    """What a command in `$(…)` writes: a here-document is in the text, all else is unknown."""
    found = _HEREDOC.fullmatch(command)
    if not found:
        return marks.mark("command", command)
    body = re.sub(r"^\t+", "", found["body"], flags=re.M) if found["dash"] else found["body"]
    return (body if found["quote"] else expand_double(body, marks)).rstrip("\n")


def _braced(inner: str, marks: Marks) -> str:
    if of_array := _SUBSCRIPT.fullmatch(inner):
        name, index = of_array.groups()
        if not index:
            return marks.mark("array", name)
        return marks.mark("variable", name if index == "0" else f"{name}_{index}")
    found = _BRACED.fullmatch(inner)
    if not found:
        name = _NAME.search(inner)
        return marks.mark("variable", name[0] if name else "VALUE")
    if found[2] is not None:
        marks.assigned.setdefault(found[1], found[2].strip("'\""))
    return marks.mark("variable", found[1])


def _closing_paren(text: str, start: int) -> int:
    """Where the parenthesis opened at `start` closes; quoted ones do not count."""
    depth, at = 0, start
    while at < len(text):
        char = text[at]
        if char == "\\":
            at += 1
        elif heredoc := char == "<" and _HEREDOC_START.match(text, at):
            at = _end_of_heredoc(text, heredoc)
        elif char == "'" or char == '"':
            at = text.find(char, at + 1)
            if at < 0:
                break
        elif char in "()":
            depth += 1 if char == "(" else -1
            if depth == 0:
                return at
        at += 1
    return unclosed("a command $(…", text.count("\n", 0, start) + 1)


def _end_of_heredoc(text: str, start: re.Match[str]) -> int:
    """The last character of a here-document; the quotes in its body are plain characters."""
    found = re.compile(rf"^[ \t]*{start[2]}[ \t]*(?=\n|\)|$)", re.M).search(text, start.end())
    return found.end() - 1 if found else start.end() - 1
