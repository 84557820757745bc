"""Cuts a bash (sh, zsh) text into words, operators, here-documents and comments."""

import re

from saas_app.services.intake.curl.ansi_c import decode_ansi_c
from saas_app.services.intake.curl.dollars import closing_double, expand_double, expansion
from saas_app.services.intake.curl.marks import Marks, array_text
from saas_app.services.intake.curl.tokens import (
    BLANKS,
    SMART_DOUBLE,
    SMART_SINGLE,
    STRAIGHT,
    Lines,
    Token,
    unclosed,
)

_OPERATOR = re.compile(r"\|\||&&|\|&|;;|[;&|]")
_REDIRECT = re.compile(r"&>>?|\d*(?:<<<|<<-|<<|<>|>>|>&|<&|>\||<|>)")
# Documents write `<token>` without quotes; no command means two redirections there.
_ANGLED = re.compile(r"<[A-Za-z_][\w .-]{0,60}>")
_ASSIGNING = re.compile(r"[A-Za-z_]\w*\+?=")
_MORE_QUERY = re.compile(r"&[\w.\[\]%-]+=")
# `\ # a remark` escapes a blank and does not continue the line, which is never meant.
_COMMENTED_CONTINUATION = re.compile(r"\\[ \t]+#([^\n]*)(?:\n|$)")


def bash_tokens(text: str, marks: Marks) -> list[Token]:
    """Return the tokens of a bash text.

    Raises:
        Invalid: a quote, a `$(` or a `${` is never closed.
    """
    return _Bash(text, marks).tokens()


class _Bash:
    def __init__(self, text: str, marks: Marks) -> None:
        self._text, self._marks, self._at = text, marks, 0
        self._lines = Lines(text)
        self._tokens: list[Token] = []
        self._pending: list[tuple[int, str, bool, bool]] = []

    def tokens(self) -> list[Token]:
        while self._at < len(self._text):
            self._one()
        self._read_heredocs()
        return self._tokens

    def _one(self) -> None:
        char = self._text[self._at]
        if char in BLANKS or self._text.startswith("\\\n", self._at):
            self._at += 1 if char in BLANKS else 2
        elif found := _COMMENTED_CONTINUATION.match(self._text, self._at):
            self._emit("comment", found[1])
            self._at = found.end()
        elif char == "\n":
            self._newline()
        elif char == "#":
            end = self._find_or_end("\n", self._at)
            self._emit("comment", self._text[self._at + 1 : end])
            self._at = end
        elif char in "()":
            self._emit("operator", char)
            self._at += 1
        elif not (self._redirect() or self._operator()):
            self._word()

    def _emit(self, kind, text: str, *, start: int | None = None, is_bare: bool = True) -> None:
        line = self._lines.at(self._at if start is None else start)
        self._tokens.append(Token(kind, text, line, is_bare))

    def _find_or_end(self, wanted: str, start: int) -> int:
        found = self._text.find(wanted, start)
        return len(self._text) if found < 0 else found

    def _newline(self) -> None:
        self._emit("newline", "\n")
        self._at += 1
        self._read_heredocs()

    def _operator(self) -> bool:
        found = _OPERATOR.match(self._text, self._at)
        if found:
            self._emit("operator", found[0])
            self._at = found.end()
        return found is not None

    def _redirect(self) -> bool:
        found = _REDIRECT.match(self._text, self._at)
        if not found or _ANGLED.match(self._text, self._at):
            return False
        self._emit("redirect", found[0])
        self._at = found.end()
        if found[0].lstrip("0123456789") in ("<<", "<<-"):
            self._heredoc_start(strips_tabs=found[0].endswith("-"))
        return True

    def _heredoc_start(self, *, strips_tabs: bool) -> None:
        while self._text[self._at : self._at + 1] in (" ", "\t"):
            self._at += 1
        if self._text[self._at : self._at + 1] in ("", "\n"):
            return
        before = len(self._tokens)
        self._word()
        delimiter = self._tokens.pop()
        self._pending.append((before, delimiter.text, delimiter.is_bare, strips_tabs))
        self._tokens.append(Token("heredoc", "", delimiter.line))

    def _read_heredocs(self) -> None:
        for index, delimiter, expands, strips_tabs in self._pending:
            lines: list[str] = []
            while True:
                if self._at >= len(self._text):
                    unclosed(f"the here-document <<{delimiter}", self._tokens[index].line)
                end = self._find_or_end("\n", self._at)
                line = self._text[self._at : end].rstrip("\r")
                self._at = end + 1
                line = line.lstrip("\t") if strips_tabs else line
                if line == delimiter:
                    break
                lines.append(line + "\n")
            body = "".join(lines)
            body = expand_double(body, self._marks) if expands else body
            self._tokens[index] = Token("heredoc", body, self._tokens[index].line)
        self._pending = []

    def _word(self) -> None:
        start, pieces, is_bare = self._at, [], True
        while self._at < len(self._text):
            char = self._text[self._at]
            if char == "(" and is_bare and _ASSIGNING.fullmatch("".join(pieces)):
                pieces.append(self._array())
                break
            if char in BLANKS or char == "\n" or self._ends_word(char, pieces):
                break
            piece, plain = self._piece(char)
            is_bare = is_bare and plain
            pieces.append(piece)
        self._emit("word", "".join(pieces), start=start, is_bare=is_bare)

    def _array(self) -> str:
        """The words of `(…)` after `NAME=`, as one text."""
        start, before = self._at, len(self._tokens)
        self._at += 1
        while self._text[self._at : self._at + 1] != ")":
            if self._at >= len(self._text):
                unclosed("an array (", self._lines.at(start))
            self._one()
        self._at += 1
        words = [token.text for token in self._tokens[before:] if token.kind == "word"]
        del self._tokens[before:]
        return array_text(words)

    def _ends_word(self, char: str, pieces: list[str]) -> bool:
        if char == "<":
            return not _ANGLED.match(self._text, self._at)
        if char == ">":
            return "<" not in pieces
        if char == "&":  # an address that should have been quoted
            in_query = "?" in pieces and "/" in pieces
            return not (in_query and _MORE_QUERY.match(self._text, self._at))
        if char == ")":
            return "(" not in pieces
        return char in ";|"

    def _piece(self, char: str) -> tuple[str, bool]:
        """One piece of a word, and whether it was written plainly."""
        if char == "'":
            return self._until("'", "a single quote (')"), False
        if char == '"':
            return self._double(), False
        if char in SMART_SINGLE or char in SMART_DOUBLE:
            return self._smart(char), False
        if char == "\\":
            return self._escape(), False
        if char == "$":
            return self._dollar(), False
        if char == "`":
            return self._marks.mark("command", self._until("`", "a backtick (`)")), False
        self._at += 1
        return char, True

    def _until(self, close: str, what: str) -> str:
        end = self._text.find(close, self._at + 1)
        if end < 0:
            unclosed(what, self._lines.at(self._at))
        inner, self._at = self._text[self._at + 1 : end], end + 1
        return inner

    def _double(self) -> str:
        end = closing_double(self._text, self._at)
        if end < 0:
            unclosed('a double quote (")', self._lines.at(self._at))
        inner, self._at = self._text[self._at + 1 : end], end + 1
        return expand_double(inner, self._marks)

    def _smart(self, char: str) -> str:
        """Quotes that a word processor turned typographic; the inner ones become straight."""
        closes = SMART_SINGLE if char in SMART_SINGLE else SMART_DOUBLE
        pattern = re.compile(rf"[{closes}](?=[\s;|&)]|$)")
        found = pattern.search(self._text, self._at + 1)
        if not found:
            unclosed(f"a typographic quote ({char})", self._lines.at(self._at))
        inner, self._at = self._text[self._at + 1 : found.start()], found.end()
        inner = inner.translate(STRAIGHT)
        return inner if closes == SMART_SINGLE else expand_double(inner, self._marks)

    def _escape(self) -> str:
        following = self._text[self._at + 1 : self._at + 2]
        self._at += 2 if following else 1
        if following == "\r" and self._text[self._at : self._at + 1] == "\n":
            self._at += 1
            return ""
        return "" if following == "\n" else following or "\\"

    def _dollar(self) -> str:
        following = self._text[self._at + 1 : self._at + 2]
        if following == "'":
            found = re.compile(r"\$'((?:[^'\\]|\\.)*)'", re.S).match(self._text, self._at)
            if not found:
                unclosed("a quote ($')", self._lines.at(self._at))
            self._at = found.end()
            return decode_ansi_c(found[1])
        if following == '"':
            self._at += 1
            return self._double()
        piece, self._at = expansion(self._text, self._at, self._marks)
        return piece
