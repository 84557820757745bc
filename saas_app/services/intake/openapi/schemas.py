"""Converts a document's schemas to self-contained JSON Schema 2020-12, each only once.

A reference becomes an entry in the `$defs` of the tool that needs it; nothing is expanded, so
recursion is kept and the work grows with the document and not with its paths through it.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

import orjson

from saas_app.services.intake.openapi.circles import PREFIX, Circles, in_place
from saas_app.services.intake.openapi.document import (
    BrokenReference,
    Dialect,
    Document,
    as_list,
)
from saas_app.services.intake.openapi.keywords import (
    ANNOTATIONS,
    CLEANERS,
    MISSING,
    Schema,
    Unknown,
    clean_name,
    nullable,
    settle,
)
from saas_app.services.intake.openapi.parents import Parents, without_kinds

_SCALARS = frozenset(("string", "number", "integer", "boolean"))
_MAX_INLINE_CHOICES = 30
_COMPOSED = ("allOf", "anyOf", "oneOf", "not", "if", "then", "else")


class Direction(StrEnum):
    """Which properties a schema leaves out: a caller never sends what is read-only."""

    INPUT = "readOnly"
    OUTPUT = "writeOnly"


@dataclass(slots=True)
class Trace:
    """What a converted schema leans on: names of definitions, and references that were lost."""

    names: dict[str, None] = field(default_factory=dict)
    lost: dict[str, None] = field(default_factory=dict)


class Definition(NamedTuple):
    """A converted schema that others refer to, with its own size in bytes."""

    schema: Schema
    names: tuple[str, ...]
    lost: tuple[str, ...]
    size: int


class Gathered(NamedTuple):
    """Every definition that can be reached; those in `omitted` stand for anything at all."""

    definitions: dict[str, Schema]
    lost: tuple[str, ...]
    omitted: tuple[str, ...]


class Schemas:
    """The schemas of one document, seen from one direction."""

    def __init__(self, document: Document, direction: Direction) -> None:
        self._document = document
        self._direction = direction
        self._definitions: dict[str, Definition] = {}
        self._sources: dict[str, str] = {}
        self._steps: dict[str, tuple[str, ...]] = {}
        self._circles = Circles(self._in_place_of)
        self._parents = Parents(self._target)
        self._common: dict[str, str] = {}
        self._names: dict[str, str] = {}
        # The raw schema is kept beside its names: an id is only unique while its object lives.
        self._hidden_by_id: dict[int, tuple[Schema, frozenset[str]]] = {}
        self._nested: dict[str, Callable[[Any, Trace, frozenset[str]], Any]] = {
            "properties": self._properties,
            "patternProperties": self._map,
            "dependentSchemas": self._map,
            "allOf": self._list,
            "anyOf": self._list,
            "oneOf": self._list,
            "prefixItems": self._items,
            "items": self._one,
            "additionalProperties": self._one,
            "unevaluatedProperties": self._one,
            "unevaluatedItems": self._one,
            "contains": self._one,
            "propertyNames": self._one,
            "not": self._one,
            "if": self._one,
            "then": self._one,
            "else": self._one,
        }

    def convert(self, raw: Any, trace: Trace, *, hidden: frozenset[str] = frozenset()) -> Schema:
        """Return a schema in 2020-12; `hidden` are properties that the surrounding hides."""
        if not isinstance(raw, dict):
            return {"not": {}} if raw is False else {}
        if isinstance(raw.get("$ref"), str):
            return self._reference(raw, trace)
        if "properties" in raw or "allOf" in raw:
            hidden = hidden | self._hidden(raw)
        return settle(raw, self._keywords(raw, trace, hidden))

    def definition(self, name: str) -> Definition:
        """Return the definition of a name that a converted schema mentioned."""
        if name not in self._definitions:
            schema, trace = self._converted(name)
            self._steps[name] = tuple(in_place(schema))
            if self._circles.close_on(name):
                trace = Trace(lost={f"{self._sources[name]} is made of itself.": None})
                schema = Unknown(description=f"{name} is made of itself in the document.")
            size = len(orjson.dumps(schema))
            self._definitions[name] = Definition(
                schema, tuple(trace.names), tuple(trace.lost), size
            )
        return self._definitions[name]

    def resolved(self, schema: Schema) -> Schema:
        """Follow a converted schema that is nothing but a reference to its definition."""
        return self.opened(schema, Trace())[0]

    def opened(self, schema: Schema, trace: Trace) -> tuple[Schema, Trace]:
        """Like `resolved`, with what the schema found leans on."""
        seen: set[str] = set()
        while set(schema) == {"$ref"} and schema["$ref"] not in seen:
            seen.add(schema["$ref"])
            found = self.definition(schema["$ref"][len(PREFIX) :])
            schema = found.schema
            trace = Trace(dict.fromkeys(found.names), {**trace.lost, **dict.fromkeys(found.lost)})
        return schema, trace

    def gather(self, trace: Trace, *, budget: int) -> Gathered:
        """Collect all definitions within reach, nearest first, up to a size in bytes."""
        definitions: dict[str, Schema] = {}
        lost, omitted, queue = dict(trace.lost), [], deque(trace.names)
        while queue:
            name = queue.popleft()
            if name in definitions:
                continue
            found = self.definition(name)
            if found.size > budget:
                omitted.append(name)
                definitions[name] = {"description": f"{name}: too long to be described here."}
                continue
            budget -= found.size
            definitions[name] = found.schema
            lost.update(dict.fromkeys(found.lost))
            queue.extend(found.names)
        return Gathered(definitions, tuple(lost), tuple(omitted))

    def _keywords(self, raw: Schema, trace: Trace, hidden: frozenset[str]) -> Schema:
        out: Schema = {}
        for keyword, value in raw.items():
            if (clean := CLEANERS.get(keyword)) is not None:
                found = clean(value)
            elif (nest := self._nested.get(keyword)) is not None:
                found = nest(value, trace, hidden)
            else:
                continue
            if found is not MISSING:
                out[keyword] = found
        if hidden and "required" in out:
            out["required"] = [name for name in out["required"] if name not in hidden]
            if not out["required"]:
                del out["required"]
        if isinstance(raw.get("items"), list) and raw["items"]:
            out["prefixItems"] = self._list(raw["items"], trace, frozenset())
        return out

    def _properties(self, value: Any, trace: Trace, hidden: frozenset[str]) -> Any:
        if not isinstance(value, dict):
            return MISSING
        return {
            name: self.convert(part, trace) for name, part in value.items() if name not in hidden
        }

    def _map(self, value: Any, trace: Trace, hidden: frozenset[str]) -> Any:
        del hidden
        if not isinstance(value, dict):
            return MISSING
        return {name: self.convert(part, trace) for name, part in value.items()}

    def _list(self, value: Any, trace: Trace, hidden: frozenset[str]) -> Any:
        if not isinstance(value, list) or not value:
            return MISSING
        return [self.convert(part, trace, hidden=hidden) for part in value]

    def _items(self, value: Any, trace: Trace, hidden: frozenset[str]) -> Any:
        del hidden  # an item is another value than the object that hides something
        return self._list(value, trace, frozenset())

    def _one(self, value: Any, trace: Trace, hidden: frozenset[str]) -> Any:
        del hidden
        if isinstance(value, bool):
            return value
        return self.convert(value, trace) if isinstance(value, dict) else MISSING

    def _reference(self, raw: Schema, trace: Trace) -> Schema:
        try:
            pointer, target = self._end_of(raw["$ref"])
        except BrokenReference as broken:
            trace.lost[broken.reason] = None
            words = {"description": f"Not described: {broken.reason}"}
            return Unknown({**words, **self._beside(raw, trace)})
        beside = self._beside(raw, trace)
        if _is_small_scalar(target) and all(key in ANNOTATIONS for key in beside):
            out = {**self.convert(target, trace), **beside}
        else:
            name = self._name(pointer)
            trace.names[name] = None
            out = {"$ref": PREFIX + name, **beside}
        is_nullable = raw.get("nullable") is True or raw.get("x-nullable") is True
        return nullable(out) if is_nullable else out

    def _beside(self, raw: Schema, trace: Trace) -> Schema:
        """What stands next to a reference: 3.1 heeds all of it, earlier versions only read it."""
        if len(raw) == 1:
            return {}
        kept = {key: value for key, value in raw.items() if key != "$ref"}
        if self._document.dialect is not Dialect.OPENAPI_31:
            kept = {key: value for key, value in kept.items() if key in ("title", "description")}
        kept.pop("nullable", None)
        kept.pop("x-nullable", None)
        return self.convert(kept, trace)

    def _end_of(self, reference: str) -> tuple[str, Any]:
        """Follow references to references, and return the last one with its target."""
        seen: set[str] = set()
        while True:
            if reference in seen:
                raise BrokenReference(f"{reference} goes round in a circle.")
            seen.add(reference)
            target = self._document.at(reference)
            if not (isinstance(target, dict) and isinstance(target.get("$ref"), str)):
                return reference, target
            if self._document.dialect is Dialect.OPENAPI_31 and len(target) > 1:
                return reference, target
            reference = target["$ref"]

    def _name(self, pointer: str) -> str:
        if pointer not in self._names:
            name = self._free_name(clean_name(pointer.rsplit("/", 1)[-1]))
            self._names[pointer] = name
            self._sources[name] = pointer
        return self._names[pointer]

    def _free_name(self, wanted: str) -> str:
        name, number = wanted, 2
        while name in self._sources:
            name, number = f"{wanted}_{number}", number + 1
        return name

    def _hidden(self, raw: Schema, seen: frozenset[int] = frozenset()) -> frozenset[str]:
        """Names of properties this direction leaves out, also those of the parts of an allOf."""
        if id(raw) in self._hidden_by_id:
            return self._hidden_by_id[id(raw)][1]
        properties = raw.get("properties")
        names = {
            name
            for name, part in (properties.items() if isinstance(properties, dict) else ())
            if self._is_hidden(part)
        }
        for part in raw["allOf"] if isinstance(raw.get("allOf"), list) else ():
            target = self._target(part)
            if target is not None and id(target) not in seen:
                names |= self._hidden(target, seen | {id(raw)})
        self._hidden_by_id[id(raw)] = (raw, frozenset(names))
        return frozenset(names)

    def _is_hidden(self, part: Any) -> bool:
        if not isinstance(part, dict):
            return False
        if part.get(self._direction) is True:
            return True
        target = self._target(part) if "$ref" in part else None
        return target is not None and target.get(self._direction) is True

    def _target(self, part: Any) -> Schema | None:
        if not isinstance(part, dict):
            return None
        if not isinstance(part.get("$ref"), str):
            return part
        try:
            target = self._end_of(part["$ref"])[1]
        except BrokenReference:
            return None
        return target if isinstance(target, dict) else None

    def _in_place_of(self, name: str) -> tuple[str, ...]:
        if name not in self._steps:
            self._steps[name] = tuple(in_place(self._converted(name)[0]))
        return self._steps[name]

    def _converted(self, name: str) -> tuple[Schema, Trace]:
        """A definition, and what it leans on; of a parent that lists it, what all kinds share."""
        raw, trace = self._document.at(self._sources[name]), Trace()
        if name in self._common.values():
            return self.convert(without_kinds(raw), trace), trace
        schema = self.convert(raw, trace)
        for part in schema.get("allOf", ()):
            parent = part.get("$ref", "")[len(PREFIX) :]
            if parent and self._parents.has_kind(self._document.at(self._sources[parent]), raw):
                part["$ref"] = PREFIX + self._common_of(parent)
                trace.names[self._common_of(parent)] = None
        return schema, trace

    def _common_of(self, parent: str) -> str:
        if parent not in self._common:
            self._common[parent] = self._free_name(f"{parent}_common")
            self._sources[self._common[parent]] = self._sources[parent]
        return self._common[parent]


def _is_small_scalar(target: Any) -> bool:
    """Whether a schema reads better in place than as a definition: one value, few choices."""
    if not isinstance(target, dict):
        return True
    kind = target.get("type")
    if not isinstance(kind, str) or kind not in _SCALARS:
        return False
    if len(as_list(target.get("enum"))) > _MAX_INLINE_CHOICES:
        return False
    return not any(keyword in target for keyword in _COMPOSED)
