"""Reads YAML as the JSON that an author of OpenAPI means, in one pass over libyaml's events.

PyYAML's own loader turns `on` and `2024-01-01` into booleans and dates, keeps the last of two equal
keys without a word, and recurses. Here scalars follow the JSON schema of YAML 1.2, keys are always
text, and what an alias unfolds to is counted, so that a small document cannot become a huge one.
"""

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from core.errors import Invalid

MAX_DEPTH = 200
MAX_VALUES = 5_000_000
# What JSON libraries agree on; larger ones are read as floats, as a JSON parser does.
_INTEGERS = range(-(2**63), 2**64)

_CONSTANTS = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_STARTS_A_NUMBER = frozenset("+-.0123456789")
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_STRING_TAGS = ("!", "tag:yaml.org,2002:str")
_NO_KEY = object()


@dataclass(slots=True)
class _Open:
    """A mapping or sequence whose end has not been seen yet."""

    value: Any
    anchor: str | None
    line: int
    key: Any = _NO_KEY
    count: int = 1
    merged: list[Any] = field(default_factory=list)


def load_yaml(text: str) -> Any:
    """Return the first document of a YAML text as dicts, lists and JSON scalars.

    Raises:
        Invalid: with the line, for anything that is not YAML or has no meaning as JSON.
    """
    reader = _Reader()
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            if isinstance(event, yaml.DocumentEndEvent):
                return reader.result
            reader.take(event)
    except yaml.MarkedYAMLError as error:
        raise _malformed(error) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise Invalid(
            f"Line {line}: the character U+{error.character:04X} is not allowed in YAML.",
            field="source",
        ) from error
    return reader.result


def _malformed(error: yaml.MarkedYAMLError) -> Invalid:
    mark = error.problem_mark or error.context_mark
    where = f"Line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    problem = error.problem or error.context or "unreadable"
    return Invalid(f"{where}this is not valid YAML ({problem}).", field="source")


class _Reader:
    def __init__(self) -> None:
        self.result: Any = None
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Any, int]] = {}

    def take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self._take_scalar(event)
        elif isinstance(event, yaml.MappingStartEvent):
            self._begin({}, event)
        elif isinstance(event, yaml.SequenceStartEvent):
            self._begin([], event)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._end()
        elif isinstance(event, yaml.AliasEvent):
            self._take_alias(event)

    def _take_scalar(self, event: yaml.ScalarEvent) -> None:
        top = self._open[-1] if self._open else None
        if top is not None and top.key is _NO_KEY and type(top.value) is dict:
            top.key = self._key(event, top)
            return
        value = _scalar(event)
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, 1)
        self._add(value, 1)

    def _key(self, event: yaml.ScalarEvent, top: _Open) -> str:
        if event.anchor is not None:
            self._anchors[event.anchor] = (event.value, 1)
        if event.value in top.value:
            raise _at(event, f"the key “{event.value}” appears twice in one object")
        return event.value

    def _begin(self, value: Any, event: Any) -> None:
        top = self._open[-1] if self._open else None
        if top is not None and top.key is _NO_KEY and type(top.value) is dict:
            raise _at(event, "a key must be plain text, not an object or a list")
        if len(self._open) >= MAX_DEPTH:
            raise _at(event, f"objects and lists are nested more than {MAX_DEPTH} deep")
        self._open.append(_Open(value, event.anchor, event.start_mark.line))

    def _end(self) -> None:
        done = self._open.pop()
        for other in done.merged:
            done.value = {**other, **done.value}
        if done.anchor is not None:
            self._anchors[done.anchor] = (done.value, done.count)
        self._add(done.value, done.count)

    def _take_alias(self, event: yaml.AliasEvent) -> None:
        if any(part.anchor == event.anchor for part in self._open):
            raise _at(event, f"the alias *{event.anchor} contains itself")
        if event.anchor not in self._anchors:
            raise _at(event, f"the alias *{event.anchor} has no anchor above it")
        value, count = self._anchors[event.anchor]
        top = self._open[-1] if self._open else None
        if top is not None and top.key is _NO_KEY and type(top.value) is dict:
            raise _at(event, "a key must be plain text, not an alias")
        self._add(value, count)

    def _add(self, value: Any, count: int) -> None:
        if not self._open:
            self.result = value
            return
        top = self._open[-1]
        top.count += count
        if top.count > MAX_VALUES:
            raise Invalid(
                f"The aliases of this document unfold to more than {MAX_VALUES:,} values.",
                field="source",
            )
        if type(top.value) is list:
            top.value.append(value)
        elif top.key == "<<" and _is_mergeable(value):
            top.merged.extend(value if isinstance(value, list) else [value])
            top.key = _NO_KEY
        else:
            top.value[top.key] = value
            top.key = _NO_KEY


def _is_mergeable(value: Any) -> bool:
    """Whether `<<: value` is YAML's merge and not a property of that name."""
    if isinstance(value, list):
        return bool(value) and all(isinstance(item, dict) for item in value)
    return isinstance(value, dict)


def _scalar(event: yaml.ScalarEvent) -> Any:
    text: str = event.value
    if not event.implicit[0]:
        return text if event.implicit[1] or event.tag in _STRING_TAGS else _tagged(event)
    return _plain(text)


def _plain(text: str) -> Any:
    """The value of an unquoted scalar; whatever is no JSON constant or number is text."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] not in _STARTS_A_NUMBER:
        return text
    if _INTEGER.fullmatch(text):
        number = int(text) if len(text) < 25 else float(text)
        return number if number in _INTEGERS else float(number)
    if _FLOAT.fullmatch(text):
        number = float(text)
        return number if abs(number) != float("inf") else text
    return int(text, 16) if _HEXADECIMAL.fullmatch(text) and len(text) <= 18 else text


def _tagged(event: yaml.ScalarEvent) -> Any:
    """A scalar with an explicit tag such as `!!int`; unknown tags leave the text as it is."""
    return _plain(event.value) if str(event.tag).startswith("tag:yaml.org,2002:") else event.value


def _at(event: Any, problem: str) -> Invalid:
    mark = event.start_mark
    return Invalid(f"Line {mark.line + 1}, column {mark.column + 1}: {problem}.", field="source")
