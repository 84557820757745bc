"""Cuts a PowerShell text into words: backticks, its two kinds of quotes, here-strings."""

import re

from saas_app.services.intake.curl.marks import Marks
from saas_app.services.intake.curl.tokens import BLANKS, Lines, Token, unclosed

_OPERATOR = re.compile(r"\|\||&&|[;&|()]")
_REDIRECT = re.compile(r"[\d*]?>>?(?:&\d)?|<")
_VARIABLE = re.compile(r"\$(?:\{(?:env:)?(\w+)\}|(?:env:)?([A-Za-z_]\w*))", re.I)
_HERE = re.compile(r"@(['\"])[ \t]*(?=\n)")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "", "\n": "", "a": "\a", "b": "\b", "f": "\f"}
_SINGLE, _DOUBLE = "'\u2018\u2019", '"\u201c\u201d'


def powershell_tokens(text: str, marks: Marks) -> list[Token]:
    """Return the tokens of a PowerShell text.

    Raises:
        Invalid: a quote is never closed.
    """
    return _PowerShell(text, marks).tokens()


class _PowerShell:
    def __init__(self, text: str, marks: Marks) -> None:
        self._text, self._marks, self._at = text, marks, 0
        self._lines = Lines(text)
        self._last_closing = {quote: text.rfind(f"\n{quote}@") for quote in "'\""}

    def tokens(self) -> list[Token]:
        tokens: list[Token] = []
        while self._at < len(self._text):
            if (token := self._one()) is not None:
                tokens.append(token)
        return tokens

    def _one(self) -> Token | None:
        text, at = self._text, self._at
        if text[at] in BLANKS or text.startswith("`\n", at):
            self._at += 1 if text[at] in BLANKS else 2
            return None
        if text.startswith("<#", at):
            end = text.find("#>", at)
            if end < 0:
                unclosed("a comment (<#)", self._lines.at(at))
            self._at = end + 2
            return Token("comment", text[at + 2 : end], self._lines.at(at))
        if text[at] == "#":
            end = text.find("\n", at)
            self._at = len(text) if end < 0 else end
            return Token("comment", text[at + 1 : self._at], self._lines.at(at))
        if text[at] == "\n":
            self._at += 1
            return Token("newline", "\n", self._lines.at(at))
        for kind, pattern in (("operator", _OPERATOR), ("redirect", _REDIRECT)):
            if found := pattern.match(text, at):
                self._at = found.end()
                return Token(kind, found[0], self._lines.at(at))  # pyright: ignore[reportArgumentType]
        return self._word()

    def _word(self) -> Token:
        start, pieces, is_bare = self._at, [], True
        while self._at < len(self._text):
            char = self._text[self._at]
            if char in BLANKS or char in "\n;|" or (char in "&)" and is_bare):
                break
            plain_at = self._at
            pieces.append(self._piece(char))
            is_bare = is_bare and self._text[plain_at : self._at] == pieces[-1]
        word = _for_native_program("".join(pieces))
        return Token("word", word, self._lines.at(start), is_bare)

    def _piece(self, char: str) -> str:
        if char == "@" and (here := self._here_string()) is not None:
            return here
        if char in _SINGLE:
            return self._single()
        if char in _DOUBLE:
            return self._double()
        if char == "$" and (found := _VARIABLE.match(self._text, self._at)):
            self._at = found.end()
            return self._marks.mark("variable", found[1] or found[2])
        if char == "`":
            self._at += 2
            following = self._text[self._at - 1 : self._at]
            return _ESCAPES.get(following, following)
        self._at += 1
        return char

    def _here_string(self) -> str | None:
        opening = _HERE.match(self._text, self._at)
        if opening is None or self._last_closing[opening[1]] < opening.end():
            return None
        end = self._text.find(f"\n{opening[1]}@", opening.end())
        inner, self._at = self._text[opening.end() + 1 : end], end + 3
        return inner if opening[1] == "'" else self._expanded(inner)

    def _single(self) -> str:
        found = re.compile(rf"[{_SINGLE}]((?:[^{_SINGLE}]|'')*)[{_SINGLE}]").match(
            self._text, self._at
        )
        if not found:
            unclosed("a single quote (')", self._lines.at(self._at))
        self._at = found.end()
        return found[1].replace("''", "'")

    def _double(self) -> str:
        found = re.compile(
            rf'[{_DOUBLE}]((?:[^{_DOUBLE}`\\]|`.|\\"(?!\s*(?:$|\n|`|;|\||-))|\\|"")*)[{_DOUBLE}]',
            re.S,
        ).match(self._text, self._at)
        if not found:
            unclosed('a double quote (")', self._lines.at(self._at))
        self._at = found.end()
        return self._expanded(found[1].replace('""', '"'))

    def _expanded(self, inner: str) -> str:
        def replaced(found: re.Match[str]) -> str:
            if found[0].startswith("`"):
                return _ESCAPES.get(found[0][1], found[0][1])
            if found[0].startswith("$("):
                return self._marks.mark("command", found[0][2:-1])
            return self._marks.mark("variable", found["braced"] or found["plain"])

        pattern = (
            r"`.|\$\([^()]*\)|\$\{(?:env:)?(?P<braced>\w+)\}"
            r"|\$(?:env:)?(?P<plain>[A-Za-z_]\w*)"
        )
        return re.sub(pattern, replaced, inner, flags=re.S | re.I)


def _for_native_program(word: str) -> str:
    r"""What curl.exe sees: Windows PowerShell makes people write `\"` inside quotes."""
    return word.replace('\\"', '"') if re.search(r'\\"', word) and not _bare_quote(word) else word


def _bare_quote(word: str) -> bool:
    return re.search(r'(?<!\\)"', word) is not None
