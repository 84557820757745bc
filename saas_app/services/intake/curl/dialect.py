"""Which shell a text was written for, and the text without what a terminal or document adds."""

import re
from typing import Literal

Dialect = Literal["bash", "cmd", "powershell"]

_PROMPT = re.compile(
    r"(?P<prompt>[ \t]*(?:PS [A-Za-z]:[^>\n]*>|PS>|[A-Za-z]:\\[^>\n]*>|[$%>\u276f\u279c]"
    r"|\[?[\w.-]+@[\w.-]+[^\n$#%>]{0,80}[$#%>])[ \t]*)"
    r"(?=(?:[A-Za-z_]\w*=\S*[ \t]+)*(?:sudo |export |echo |printf |cat |curl(?:\.exe)?[ \t\n\\`^]))"
)
# `1. curl …` and `- curl …` of a list, and a line that is code between backticks.
_BULLET = re.compile(
    r"[ \t]*(?:\d{1,3}[.)]|[-*+\u2022])[ \t]+(?=[$%`]?[ \t]*(?:sudo[ \t]+)?curl\b)"
)
_CODE = re.compile(r"[ \t]*(`+)(curl\b[^`]*)\1[.:;]?[ \t]*")
_MORE = re.compile(r"[ \t]*>[ \t]?")
_FENCE = re.compile(r"[ \t]*(?:```|~~~)[\w-]*[ \t]*")
_CMD = re.compile(r"\^\"|^[ \t]*[A-Za-z]:\\[^>\n]*>", re.M)
_CMD_CONTINUATION = re.compile(r"\^[ \t]*$", re.M)
# Where a caret continues no line. An escaped quote starts nothing: to look for the end of each
# would take a time that grows with the square of the text.
_QUOTED = re.compile(r"""\\["'\\]|"(?:\\.|[^"\\])*"|(?<!\w)'[^']*'""", re.S)
_CMD_QUOTES = re.compile(r'"[{\[]\s*""')
_POWERSHELL = re.compile(
    r"`[ \t]*$|^[ \t]*PS [A-Za-z]:|^[ \t]*PS>|\bcurl\.exe\b|\$env:|^[ \t]*\$\w+[ \t]*=[ \t]",
    re.M | re.I,
)
_ONLY_POWERSHELL = re.compile(r"`|\$env:|^[ \t]*PS ", re.M | re.I)
_BASH_CONTINUATION = re.compile(r"\\[ \t]*$", re.M)


def dialect_of(text: str) -> Dialect:
    """The shell a text was most likely written for; bash when nothing tells."""
    if _BASH_CONTINUATION.search(text):
        return "bash"
    if _CMD.search(text) or _CMD_CONTINUATION.search(_QUOTED.sub("", text)):
        return "cmd"
    if _CMD_QUOTES.search(text) and "'" not in text:
        return "cmd"
    if '\\"' in text and "'" not in text and not _ONLY_POWERSHELL.search(text):
        return "cmd" if re.search(r"\bcurl\.exe\b", text, re.I) else "bash"
    return "powershell" if _POWERSHELL.search(text) else "bash"


def clean(text: str) -> str:
    """The text with plain line ends and without prompts, code fences and invisible characters.

    Lines stay where they are, so that a message can name them.
    """
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    text = text.replace("\ufeff", "").replace("\u200b", "")
    text = re.sub("[\U00100000-\U0010ffff]", "", text)
    lines, after_prompt = [], False
    for line in text.split("\n"):
        line = _without_markdown(line)  # noqa: PLW2901
        found = _PROMPT.match(line)
        if found:
            line = line[found.end() :]  # noqa: PLW2901
        elif _FENCE.fullmatch(line):
            line = ""  # noqa: PLW2901
        elif after_prompt and (more := _MORE.match(line)):
            line = line[more.end() :]  # noqa: PLW2901
            found = more
        continues = line.rstrip(" \t").endswith("\\")
        lines.append(_without_blanks_after_continuation(line))
        after_prompt = found is not None or continues
    return "\n".join(lines)


def _without_markdown(line: str) -> str:
    if bullet := _BULLET.match(line):
        line = line[bullet.end() :]
    code = _CODE.fullmatch(line)
    return code[2] if code else line


def _without_blanks_after_continuation(line: str) -> str:
    """A blank after the last backslash is invisible and never meant."""
    trimmed = line.rstrip(" \t\u00a0")
    return trimmed if trimmed.endswith(("\\", "^", "`")) else line
