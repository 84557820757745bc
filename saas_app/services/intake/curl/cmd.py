"""Cuts a Windows command prompt text into words, the way cmd.exe and then curl.exe would."""

import re
from typing import NamedTuple

from saas_app.services.intake.curl.marks import Marks
from saas_app.services.intake.curl.tokens import BLANKS, Lines, Token, unclosed

# `%E4%` in an address is an encoded byte and a percent sign, not a variable.
_VARIABLE = re.compile(r"%(?![0-9A-Fa-f]{2}%)([A-Za-z_][A-Za-z0-9_]*)%")
_OPERATOR = re.compile(r"&&|\|\||[&|]")
_REDIRECT = re.compile(r"\d?(?:>>|>|<)(?:&\d)?")
_RAW = ("echo", "set")
_COMMENT = re.compile(r"(?:#|::|@?rem\s)([^\n]*)", re.I)


class _Unit(NamedTuple):
    """One character that reaches the program, or a token that ends a word."""

    text: str
    position: int
    token: str = ""


def cmd_tokens(text: str, marks: Marks) -> list[Token]:
    """Return the tokens of a text for cmd.exe.

    Raises:
        Invalid: a double quote is never closed.
    """
    return _words(_units(text, marks), Lines(text))


def _units(text: str, marks: Marks) -> list[_Unit]:
    """First pass, cmd.exe itself: carets, variables, operators."""
    units: list[_Unit] = []
    at, in_quotes, starts_command = 0, False, True
    while at < len(text):
        if starts_command and (found := _COMMENT.match(text, at)):
            units.append(_Unit(found[1].strip(), at, "comment"))
            at = found.end()
            continue
        taken = _caret(text, at) if text[at] == "^" and not in_quotes else None
        taken = taken or _variable(text, at, marks)
        taken = taken or (None if in_quotes else _syntax(text, at))
        taken = taken or _plain(text, at)
        unit, end = taken
        if text[at] == '"' or (in_quotes and unit.text.startswith('\\"')):
            in_quotes = in_quotes != (unit.text == '"')
        starts_command = unit.token in ("newline", "operator") or (
            starts_command and unit.text in BLANKS
        )
        units.extend(_Unit(char, at) for char in unit.text) if not unit.token else units.append(
            unit
        )
        at = end
    return units


def _caret(text: str, at: int) -> tuple[_Unit, int]:
    if text.startswith("^\n\n", at):  # how browsers write a line break inside a value
        return _Unit("\n", at), at + 3
    following = text[at + 1 : at + 2]
    return _Unit("" if following == "\n" else following, at), at + 2


def _variable(text: str, at: int, marks: Marks) -> tuple[_Unit, int] | None:
    if text.startswith("%%", at):
        return _Unit("%", at), at + 2
    found = _VARIABLE.match(text, at) if text[at] == "%" else None
    return (_Unit(marks.mark("variable", found[1]), at), found.end()) if found else None


def _syntax(text: str, at: int) -> tuple[_Unit, int] | None:
    if text[at] == "\n":
        return _Unit("\n", at, "newline"), at + 1
    for kind, pattern in (("operator", _OPERATOR), ("redirect", _REDIRECT)):
        found = pattern.match(text, at)
        if found and (kind == "operator" or at == 0 or text[at - 1] in BLANKS):
            return _Unit(found[0], at, kind), found.end()
    return None


def _plain(text: str, at: int) -> tuple[_Unit, int]:
    """One character; an escaped quote stays together, for it neither opens nor closes."""
    end = at + 2 if text.startswith('\\"', at) else at + 1
    return _Unit(text[at:end], at), end


def _words(units: list[_Unit], lines: Lines) -> list[Token]:
    """Second pass, the C runtime of curl.exe: double quotes and backslashes."""
    tokens: list[Token] = []
    at, starts_command = 0, True
    while at < len(units):
        unit = units[at]
        if unit.token:
            tokens.append(Token(unit.token, unit.text, lines.at(unit.position)))  # pyright: ignore[reportArgumentType]
            starts_command, at = unit.token in ("newline", "operator"), at + 1
        elif unit.text in BLANKS:
            at += 1
        else:
            word, at = _word(units, at, lines)
            tokens.append(word)
            if starts_command and word.text.lower().lstrip("@") in _RAW:
                tokens[-1] = Token("word", word.text.lower().lstrip("@"), word.line)
                rest, at = _rest(units, at)
                tokens.append(Token("word", rest, word.line, is_bare=False))
            starts_command = False
    return tokens


def _rest(units: list[_Unit], start: int) -> tuple[str, int]:
    """What cmd.exe's own commands take: the line as it stands, quotes included."""
    end = start
    while end < len(units) and not units[end].token:
        end += 1
    rest = "".join(unit.text for unit in units[start:end]).strip(BLANKS)
    # `set "NAME=value"` is quoted as a whole.
    is_quoted = rest.startswith('"') and "=" in rest and rest.endswith('"')
    return rest[1:-1] if is_quoted else rest, end


def _word(units: list[_Unit], start: int, lines: Lines) -> tuple[Token, int]:
    pieces: list[str] = []
    at, in_quotes, is_bare, opened = start, False, True, start
    while at < len(units):
        char, _, token = units[at]
        if not in_quotes and (token or char in BLANKS):
            break
        if char == "\\":
            piece, at, toggles = _backslashes(units, at)
            pieces.append(piece)
        else:
            toggles, at = char == '"', at + 1
            if toggles and in_quotes and at < len(units) and units[at].text == '"':
                pieces.append('"')
                toggles, at = False, at + 1
            elif not toggles:
                pieces.append(char)
        if toggles:
            in_quotes, is_bare, opened = not in_quotes, False, at - 1
    if in_quotes:
        unclosed('a double quote (")', lines.at(units[opened].position))
    return Token("word", "".join(pieces), lines.at(units[start].position), is_bare), at


def _backslashes(units: list[_Unit], at: int) -> tuple[str, int, bool]:
    """A run of backslashes: halved before a quote, of which an odd one makes a plain character."""
    end = at
    while end < len(units) and units[end].text == "\\":
        end += 1
    count = end - at
    if end == len(units) or units[end].text != '"':
        return "\\" * count, end, False
    if count % 2:
        return "\\" * (count // 2) + '"', end + 1, False
    return "\\" * (count // 2), end + 1, True
