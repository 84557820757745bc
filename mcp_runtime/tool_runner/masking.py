"""Hides secret values wherever a request or an answer is shown, in all the spellings they take."""

import base64
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, quote_plus

import orjson

from mcp_runtime.tool_runner.styles import cookie_safe

HIDDEN = "••••"
# Shorter values would blot out half of an innocent answer; in a request they are always hidden.
SHORTEST_IN_ANSWERS = 6


class Mask:
    """Replaces secrets: plain, percent-encoded, in base64 and inside of JSON strings.

    Blanks around a secret do not travel in a header, so it is looked for without them too.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        found = {form for secret in secrets for form in (secret, secret.strip()) if form.strip()}
        self._plain = sorted(found, key=len, reverse=True)
        self._spellings: list[str] | None = None
        self._long: list[str] | None = None

    def in_text(self, text: str) -> str:
        """Return a part of a request with every secret hidden."""
        return _hidden(self._all_spellings(), text) if self._plain else text

    def in_answer(self, text: str) -> str:
        """Return a part of an answer with the secrets hidden that it echoes."""
        return _hidden(self._long_spellings(), text) if self._plain else text

    def in_value(self, value: Any) -> Any:
        """Return JSON of an answer with the secrets hidden that it echoes, in keys too."""
        if not self._plain:
            return value
        if isinstance(value, str):
            return self.in_answer(value)
        if isinstance(value, list):
            return [self.in_value(item) for item in value]
        if isinstance(value, dict):
            return {self.in_answer(key): self.in_value(item) for key, item in value.items()}
        if isinstance(value, int) and str(value) in self._long_spellings():
            return HIDDEN
        return value

    def _all_spellings(self) -> list[str]:
        if self._spellings is None:
            found = {form for secret in self._plain for form in _spellings(secret)}
            self._spellings = sorted(found, key=len, reverse=True)
        return self._spellings

    def _long_spellings(self) -> list[str]:
        if self._long is None:
            long = [secret for secret in self._plain if len(secret) >= SHORTEST_IN_ANSWERS]
            found = {form for secret in long for form in (secret, *_encoded(secret))}
            self._long = sorted(found, key=len, reverse=True)
        return self._long


def _hidden(spellings: list[str], text: str) -> str:
    for spelling in spellings:
        if spelling in text:
            text = text.replace(spelling, HIDDEN)
    return text


def _encoded(secret: str) -> set[str]:
    """Return the percent-encoded spellings, if any is unlike the secret."""
    if secret.isascii() and secret.replace("_", "").replace("-", "").isalnum():
        return set()
    encoded = secret.encode(errors="replace")
    safe_sets = ("", "/", ":/?[]@!$'()*,;=")
    return {quote(encoded, safe=safe) for safe in safe_sets} | {quote_plus(encoded)}


def _spellings(secret: str) -> set[str]:
    encoded = secret.encode(errors="replace")
    forms = {
        secret,
        cookie_safe(secret),
        *_encoded(secret),
        base64.b64encode(encoded).decode(),
        base64.urlsafe_b64encode(encoded).decode(),
        orjson.dumps(encoded.decode()).decode()[1:-1],
    }
    return forms | {form.rstrip("=") for form in forms if len(form) > 4 and form != secret}
