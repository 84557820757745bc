"""Puts the values that a script gives its variables into the words of a command.

A plain value stays a variable: its name is worth keeping, and it may be a secret. A value with
structure (a body, a header, an address with a path, options) has to be there before a word is read.
"""

import re
from typing import NamedTuple

from core.errors import Invalid
from saas_app.services.intake.curl.marks import MARK, WORD, Marks, array_text, array_words
from saas_app.services.intake.curl.secrets import is_secret_header, is_secret_name

# Of all insertions together: variables may hold each other many times over.
MAX_INSERTED = 2_000_000
_JSON = re.compile(r"\s*[{\[]")
_HEADER = re.compile(r"[\w-]+:(?:\s|$)|:\w+:")
_PAIRS = re.compile(r"[^=&\s]+=[^&]*&[^=&\s]+=")
_PAIR = re.compile(r"[^=&\s]+=[^=]")
_OPTIONS = re.compile(r"-[A-Za-z]|--[a-z]")
_ADDRESS = re.compile(r"https?://(?P<host>[^/?#\s]+)(?P<path>/[^?#]*)?(?P<query>\?)?", re.I)
# What changes the meaning of a text around it: JSON's own signs, the ends of a form's fields.
_SIGNS = re.compile(r'["{}\[\]&%\n]|null$')


def expanded_words(words: list[str], marks: Marks) -> list[str]:
    """The words of a command as the shell would hand them over, as far as the script tells."""
    return [piece for word in words for piece in _words_of(word, marks)]


def expanded(text: str, marks: Marks) -> str:
    """A text with its variables: structure in place, plain values as marks that hold them.

    Raises:
        Invalid: all values together make the text far too long.
    """
    whole = text.strip()
    pieces, at = [], 0
    for found in MARK.finditer(text):
        around = text[found.start() - 1 : found.start()] + text[found.end() : found.end() + 1]
        place = _Place(found[0] == whole, text[found.end() : found.end() + 1], around)
        pieces += [text[at : found.start()], _expanded_mark(found[0], place, marks)]
        at = found.end()
        _count(len(pieces[-1]), marks)
    return "".join([*pieces, text[at:]])


def assign(name: str, value: str, marks: Marks, *, is_more: bool = False) -> None:
    """Give a variable a value, in which the ones known by now are already in place."""
    if value.startswith(WORD):
        value = array_text(expanded_words(array_words(value), marks))
    else:
        value = expanded(value, marks)
        # `A=$B` and `A=${A:-default}` have the value itself.
        origin = marks.origin(value) if MARK.fullmatch(value) else None
        value = (marks.value(origin) if origin else None) or value
    before = marks.assigned.get(name, "") if is_more else ""
    _count(len(before), marks)
    if before.startswith(WORD):
        value = value[1:]
    marks.assigned[name] = before + value


def unknown_array(words: list[str], marks: Marks) -> str | None:
    """An array that is not in the text, as written: nobody knows how many words it stands for."""
    origins = [origin for word in words for origin in marks.origins(word)]
    return next((one.as_written() for one in origins if one.kind == "array"), None)


def _words_of(word: str, marks: Marks) -> list[str]:
    if len(word) == 1 and MARK.match(word):
        origin = marks.origin(word)
        value = marks.assigned.get(origin.text)
        if origin.kind == "array" and value is not None and value.startswith(WORD):
            return [expanded(one, marks) for one in array_words(value)]
        if origin.kind == "variable" and value is not None and _OPTIONS.match(value):
            return expanded(value, marks).split()
    return [expanded(word, marks)]


def _count(length: int, marks: Marks) -> None:
    marks.inserted += length
    if marks.inserted > MAX_INSERTED:
        message = "The variables of this text hold each other too many times over."
        raise Invalid(message, field="source")


class _Place(NamedTuple):
    """Where a mark stands: all of its text, before which character, between which two."""

    is_whole: bool
    following: str
    around: str


def _expanded_mark(mark: str, place: _Place, marks: Marks) -> str:
    origin = marks.origin(mark)
    value = marks.assigned.get(origin.text)
    if origin.kind != "variable" or origin.value is not None or value is None:
        return mark
    if value.startswith(WORD):
        value = next(iter(array_words(value)), "")
    if MARK.fullmatch(value):  # one unknown under another name: the nearer one says more
        return mark
    if MARK.search(value) or _is_structure(value, origin.text, place):
        header = _HEADER.match(value) if place.is_whole and is_secret_name(origin.text) else None
        if header is None or is_secret_header(header[0].rstrip(": "), value[header.end() :]):
            return value
        # The header is named like no secret, but the variable that holds it is.
        held = marks.mark("variable", origin.text, value=value[header.end() :])
        return header[0] + held
    return marks.mark("variable", origin.text, value=value)


def _is_structure(value: str, name: str, place: _Place) -> bool:
    if found := _ADDRESS.match(value):
        is_base = place.following == "/" or not found["path"]
        return "@" in found["host"] or bool(found["query"]) or not is_base
    if place.is_whole and any(form.match(value) for form in (_JSON, _HEADER, _PAIRS)):
        return True
    if is_secret_name(name) or place.around == '""':  # a JSON string takes any text as it is
        return False
    return _SIGNS.search(value) is not None or (place.is_whole and _PAIR.match(value) is not None)
