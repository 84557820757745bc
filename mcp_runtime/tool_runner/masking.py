"""Hides secret values wherever a request or an answer is shown, in all the spellings they take."""

import base64
import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cached_property
from html import escape
from itertools import islice
from typing import Any
from urllib.parse import quote, quote_plus

import orjson

from mcp_runtime.tool_runner.styles import cookie_safe

HIDDEN = "••••"
# Shorter values would blot out half of an innocent answer: there, they are hidden only where they
# are the whole of a text, and still shorter ones not at all. In a request all are hidden.
SHORTEST_IN_ANSWERS = 6
SHORTEST_ALONE = 4
# How much of a secret is looked for at the end of a text at first, and how often the rest of it.
HEAD = 64
MOST_TRIES = 8
BETWEEN = "\ud800"  # half of a character, which no secret has
URL_SAFE = str.maketrans("+/", "-_")


class Mask:
    """Replaces secrets: plain, percent-encoded, in base64 and inside of JSON strings.

    Blanks around a secret do not travel in a header, so it is looked for without them too.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        found = {form for secret in secrets for form in (secret, secret.strip()) if form.strip()}
        self._plain = sorted(found, key=len, reverse=True)

    def in_text(self, text: str) -> str:
        """Return a part of a request with every secret hidden."""
        return _hidden(self._spellings, text) if self._plain else text

    def in_answer(self, text: str, *, is_cut: bool = False) -> str:
        """Return a part of an answer with the secrets hidden that it echoes.

        Args:
            text: the part.
            is_cut: whether it goes on beyond its end, which may then be the start of a secret.
        """
        if not self._plain:
            return text
        if not is_cut:
            return _hidden(self._long, text)
        shown, held = self.in_part(text)
        return shown + (HIDDEN if len(held) >= SHORTEST_IN_ANSWERS else held)

    def in_part(self, text: str) -> tuple[str, str]:
        """Return a part of a text that goes on, and apart its end if a secret may start there.

        The end is as it came: a secret that stands in it may be the start of a longer one.
        """
        cut = self._start_at_end(text)
        while across := [at for one in self._long if (at := _across(one, text, cut)) >= 0]:
            cut = min(across)
        return self.in_answer(text[:cut]), text[cut:]

    def may_be_in(self, text: str) -> bool:
        """Whether a text of JSON holds what `in_value` could hide in the value."""
        return bool(self._plain) and any(form in text for form in (*self._long, *self._alone))

    def in_value(self, value: Any) -> Any:
        """Return JSON of an answer with the secrets hidden that it echoes, in keys too."""
        if not self._plain:
            return value
        texts: list[str] = []
        _collect(value, texts)
        # At once: to look for each of many secrets in each of many texts takes long.
        pieces = iter(self.in_answer(BETWEEN.join(texts)).split(BETWEEN))
        shown = (BETWEEN.join(islice(pieces, text.count(BETWEEN) + 1)) for text in texts)
        return self._rebuilt(value, shown)

    def _rebuilt(self, value: Any, shown: Iterator[str]) -> Any:
        """Return a value with each text that was collected of it as it is shown."""
        if isinstance(value, str):
            text = next(shown)
            return HIDDEN if value in self._alone else text
        if isinstance(value, list):
            return [self._rebuilt(item, shown) for item in value]
        if isinstance(value, dict):
            return {next(shown): self._rebuilt(item, shown) for item in value.values()}
        if isinstance(value, int) and str(value) in self._whole:
            return HIDDEN
        return value

    def _start_at_end(self, text: str) -> int:
        """Return from where on a text may be the start of a secret, which is its end if nowhere.

        Where that could be of many a place, it is the first that was not tried.
        """
        tries = 0
        longest = len(self._long[0]) if self._long else 0
        for at in range(max(0, len(text) - longest + 1), len(text)):
            if at + HEAD <= len(text):
                if text[at : at + HEAD] not in self._heads:
                    continue
                tries += 1
            if tries > MOST_TRIES or self._starts(text[at:]):
                return at
        return len(text)

    def _starts(self, text: str) -> bool:
        """Whether a secret goes on behind a text."""
        place = bisect_right(self._in_order, text)
        return place < len(self._in_order) and self._in_order[place].startswith(text)

    @cached_property
    def _heads(self) -> frozenset[str]:
        return frozenset(form[:HEAD] for form in self._long if len(form) > HEAD)

    @cached_property
    def _in_order(self) -> list[str]:
        return sorted(self._long)

    @cached_property
    def _spellings(self) -> list[str]:
        return _longest_first(form for secret in self._plain for form in _spellings(secret))

    @cached_property
    def _long(self) -> list[str]:
        long = [secret for secret in self._plain if len(secret) >= SHORTEST_IN_ANSWERS]
        found = (form for secret in long for form in _spellings(secret))
        return _longest_first(form for form in found if len(form) >= SHORTEST_IN_ANSWERS)

    @cached_property
    def _whole(self) -> frozenset[str]:
        return frozenset(self._long)

    @cached_property
    def _alone(self) -> frozenset[str]:
        shortest, longest = SHORTEST_ALONE, SHORTEST_IN_ANSWERS - 1
        return frozenset(one for one in self._plain if shortest <= len(one) <= longest)


def _collect(value: Any, texts: list[str]) -> None:
    """Append the texts of a value, keys before what they lead to."""
    if isinstance(value, str):
        texts.append(value)
    elif isinstance(value, list):
        for item in value:
            _collect(item, texts)
    elif isinstance(value, dict):
        for key, item in value.items():
            texts.append(key)
            _collect(item, texts)


def _longest_first(forms: Iterable[str]) -> list[str]:
    return sorted(set(forms), key=len, reverse=True)


def _hidden(spellings: list[str], text: str) -> str:
    for spelling in spellings:
        if spelling in text:
            text = text.replace(spelling, HIDDEN)
    return text


def _across(spelling: str, text: str, cut: int) -> int:
    """Return where a spelling starts that a text, cut there, would hold in two halves; or -1."""
    within = len(spelling) - 1
    return text.find(spelling, max(0, cut - within), cut + within)


def _spellings(secret: str) -> set[str]:
    content = secret.encode(errors="replace")
    if secret.isascii() and secret.replace("_", "").replace("-", "").isalnum():
        return {secret, *_base64(content)}  # no other spelling is unlike it
    whole = content.decode()
    return {secret, cookie_safe(secret), *_encoded(content), *_escaped(whole), *_base64(content)}


def _encoded(secret: bytes) -> set[str]:
    """Return the percent-encoded spellings."""
    safe_sets = ("", "/", ":/?[]@!$'()*,;=")
    return {quote(secret, safe=safe) for safe in safe_sets} | {quote_plus(secret)}


def _escaped(secret: str) -> set[str]:
    """Return the spellings inside of JSON strings and HTML, which travel in other texts too."""
    in_json = {orjson.dumps(secret).decode()[1:-1], json.dumps(secret)[1:-1]}
    return in_json | {form.replace("/", "\\/") for form in in_json} | {escape(secret)}


def _base64(secret: bytes) -> set[str]:
    """Return the spellings in base64: alone, and what never changes inside of a longer text.

    Base64 writes three bytes as four characters, so a part looks different at each of three
    places; the characters at its ends also depend on its neighbours and are left out.
    """
    forms = {base64.b64encode(secret).decode()}
    for before, first in ((b"", 0), (b"\0", 2), (b"\0\0", 3)):
        shifted = base64.b64encode(before + secret).decode().rstrip("=")
        for form in (shifted[first:], shifted[first : (len(before) + len(secret)) * 8 // 6]):
            if len(form) > 4:
                forms.add(form)
    return forms | {form.translate(URL_SAFE) for form in forms}
