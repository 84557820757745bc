"""Reads the words of one curl command into what it asks for, one `Call` per `--next`."""

import re
from dataclasses import dataclass, field
from typing import Literal

from saas_app.services.intake.curl.options import (
    OPTIONS,
    SHORT,
    WEB_REQUEST,
    Option,
    option_named,
)

DataKind = Literal["data", "data-raw", "data-binary", "data-urlencode", "json"]
_OPTION_NAME = re.compile(r"[a-z]+[0-9]?(?:[-.][a-z0-9]+){0,5}")
_DASHES = re.compile(r"^[\u2013\u2014\u2212]")


class NotConvertible(Exception):
    """One command cannot become a tool; the message says why, in the user's words."""


@dataclass(frozen=True, slots=True)
class Data:
    """One `-d` or relative, as given."""

    kind: DataKind
    text: str


@dataclass(frozen=True, slots=True)
class FormField:
    """One `-F` (or `--form-string`, which has no syntax of its own) as given."""

    text: str
    is_literal: bool


@dataclass(slots=True)
class Call:
    """Everything one curl command says about its requests."""

    urls: list[str] = field(default_factory=list)
    method: str | None = None
    headers: list[str] = field(default_factory=list)
    data: list[Data] = field(default_factory=list)
    forms: list[FormField] = field(default_factory=list)
    url_queries: list[str] = field(default_factory=list)
    cookies: list[str] = field(default_factory=list)
    user: str | None = None
    bearer: str | None = None
    user_agent: str | None = None
    referer: str | None = None
    upload: str | None = None
    byte_range: str | None = None
    flags: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)


_SINGLE_VALUES = {
    "request": "method", "user": "user", "oauth2-bearer": "bearer", "user-agent": "user_agent",
    "referer": "referer", "upload-file": "upload", "range": "byte_range",
}  # fmt: skip
_LISTS = {"url": "urls", "header": "headers", "url-query": "url_queries", "cookie": "cookies"}


def read_arguments(words: list[str]) -> list[Call]:
    """Return what a command asks for; several when it uses `--next`.

    Raises:
        NotConvertible: an option is unknown, lacks its value, or cannot work in a tool.
    """
    calls = [Call()]
    at, only_urls = 0, False
    while at < len(words):
        word, at = _straight_dash(words[at]), at + 1
        if only_urls or word == "-" or not word.startswith("-"):
            calls[-1].urls.append(word)
        elif word == "--":
            only_urls = True
        elif word.startswith("--"):
            at = _long(word[2:], words, at, calls)
        else:
            at = _short(word[1:], words, at, calls)
    return calls


def _straight_dash(word: str) -> str:
    """Word processors turn `--data` into one long dash."""
    if not _DASHES.match(word):
        return word
    return f"--{word[1:]}" if len(word) > 2 and word[1] != "-" else f"-{word[1:]}"


def _long(text: str, words: list[str], at: int, calls: list[Call]) -> int:
    name, equals, value = text.partition("=")
    option, is_on = option_named(name), True
    if option is None and name.startswith("no-"):
        option, is_on = option_named(name[3:]), False
        option = None if option and option.takes_value else option
    if option is None:
        shown = name if _OPTION_NAME.fullmatch(name) else "…"
        raise NotConvertible(
            f"curl has no option --{shown}, or it is shortened too far. Correct or remove it."
        )
    if option.takes_value and not equals:
        value, at = _value_after(f"--{name}", words, at), at + 1
    _apply(option, value, calls, is_on=is_on)
    return at


def _short(letters: str, words: list[str], at: int, calls: list[Call]) -> int:
    if letters.lower() in WEB_REQUEST:
        raise NotConvertible(
            f"-{letters} belongs to PowerShell's Invoke-WebRequest. Paste a curl command."
        )
    while letters:
        letter, letters = letters[0], letters[1:]
        option = OPTIONS.get(SHORT.get(letter, ""))
        if option is None:
            raise NotConvertible(f"curl has no option -{letter}. Correct or remove it.")
        value = ""
        if option.takes_value:
            value, letters = letters, ""
            if not value:
                value, at = _value_after(f"-{letter}", words, at), at + 1
        _apply(option, value, calls, is_on=True)
    return at


def _value_after(shown: str, words: list[str], at: int) -> str:
    if at >= len(words):
        raise NotConvertible(f"{shown} needs a value after it.")
    return words[at]


def _apply(option: Option, value: str, calls: list[Call], *, is_on: bool) -> None:
    call, name = calls[-1], option.name
    if option.effect == "refused":
        if is_on:
            raise NotConvertible(f"--{name}: {option.reason}.")
    elif option.effect == "noted":
        call.notes.append(f"--{name}: {option.reason}.")
    elif option.effect == "used":
        _use(name, value, calls, is_on=is_on)


def _use(name: str, value: str, calls: list[Call], *, is_on: bool) -> None:
    call = calls[-1]
    if name == "next":
        calls.append(Call())
    elif name in _SINGLE_VALUES:
        setattr(call, _SINGLE_VALUES[name], value)
    elif name in _LISTS:
        getattr(call, _LISTS[name]).append(value)
    elif name in ("form", "form-string"):
        call.forms.append(FormField(value, is_literal=name == "form-string"))
    elif name.startswith("data") or name == "json":
        kind: DataKind = "data" if name == "data-ascii" else name  # pyright: ignore[reportAssignmentType]
        call.data.append(Data(kind, value))
    elif is_on:
        call.flags.add(name)
        if name == "insecure":
            call.notes.append("-k: a tool always checks the certificate of the address.")
    else:
        call.flags.discard(name)
