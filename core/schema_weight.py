"""How much work a JSON Schema is for a validator, told before any validator sees it.

References multiply: a chain of thirty definitions, each of which applies the one before it twice,
fits on a page, and a validator would visit the first of them a thousand million times.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Any
from urllib.parse import unquote

MAX_WEIGHT = 10_000
# What stands under a keyword: one schema, a list of them, or an object of them. Those in place
# apply to the very value that the schema applies to, the others to a part of it.
ONE_IN_PLACE = ("not", "if", "then", "else")
LISTS_IN_PLACE = ("allOf", "anyOf", "oneOf")
MAPS_IN_PLACE = ("dependentSchemas", "dependencies")
ONE_INSIDE = (
    *("items", "additionalItems", "unevaluatedItems", "contains"),
    *("additionalProperties", "unevaluatedProperties", "propertyNames"),
)
LISTS_INSIDE = ("items", "prefixItems")
UNEVALUATED = ("unevaluatedItems", "unevaluatedProperties")
# To know what is unevaluated, a validator goes through all that is in place up to twice more.
UNEVALUATED_FACTOR = 3
REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
# Without one of these, no part of a schema counts more than once.
MULTIPLYING = frozenset((*UNEVALUATED, *REFERENCES))
# Without one of these, a schema has no parts.
WITH_PARTS = frozenset(
    (
        *(*REFERENCES, *ONE_IN_PLACE, *LISTS_IN_PLACE, *MAPS_IN_PLACE),
        *(*ONE_INSIDE, *LISTS_INSIDE, "patternProperties", "properties"),
    )
)
ANCHORS = ("$anchor", "$dynamicAnchor")
IDS = ("$id", "id")  # the second in draft 4 alone
# How validators call a document without a name, and those that they carry within them.
NAMELESS = ("", "json-schema:///")
META_SCHEMAS = ("http://json-schema.org/", "https://json-schema.org/")

Part = dict[str, Any]


class CannotFollow(Exception):
    """Where the references of a schema lead cannot be told; carries a sentence about it."""


class References:
    """Where the references of a schema lead, which is always inside of it."""

    def __init__(self, root: Part) -> None:
        self._root = root

    def targets_of(self, schema: Part) -> Iterator[Part]:
        """Yield what the references beside a schema's other keywords lead to.

        Raises:
            CannotFollow: one leads out of the document, or may be read in two ways.
        """
        for keyword in REFERENCES:
            if isinstance(reference := schema.get(keyword), str):
                yield from filter(_is_part, self._targets(reference))

    def _targets(self, reference: str) -> list[Any]:
        document, _, fragment = reference.partition("#")
        if document.startswith(META_SCHEMAS):
            return []
        if document not in (*NAMELESS, str(self._root.get("$id", "")).partition("#")[0]):
            raise CannotFollow(f"{document} is another document: references stay inside this one.")
        anchors = self._anchors
        if not fragment or fragment.startswith("/"):
            return [self._at(fragment)]
        return anchors.get(fragment, [])

    def _at(self, pointer: str) -> Any:
        found: Any = self._root
        for step in unquote(pointer).split("/")[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            if isinstance(found, list) and name.isdecimal() and int(name) < len(found):
                found = found[int(name)]
            else:
                found = found.get(name) if isinstance(found, dict) else None
        return found

    @cached_property
    def _anchors(self) -> dict[str, list[Part]]:
        """Every schema that has a name of its own; none may be a document within the document."""
        anchors: dict[str, list[Part]] = {}
        ids = IDS if "draft-04" in str(self._root.get("$schema")) else IDS[:1]
        waiting: list[Any] = [self._root]
        while waiting:
            node = waiting.pop()
            if isinstance(node, dict):
                if node is not self._root:
                    _refuse_document(node, ids)
                for name in _names_of(node):
                    anchors.setdefault(name, []).append(node)
                waiting.extend(node.values())
            elif isinstance(node, list):
                waiting.extend(node)
        return anchors


def weight_problem(schema: Part) -> str | None:
    """Return why a schema is too much for a validator, or None when it is not.

    Its weight is how many of its parts a validator may visit on the way to one place in a value,
    with every reference written out: two properties are two places, so the heavier one counts. A
    reference that leads back to where it stands counts once, since every value has an end.
    """
    if _is_small_and_plain(schema):
        return None
    try:
        weight = _weight(schema, References(schema))
    except CannotFollow as problem:
        return str(problem)
    if weight <= MAX_WEIGHT:
        return None
    return (
        f"Its references multiply: more than {MAX_WEIGHT:,} of its parts apply to a single value. "
        "Let fewer definitions apply one another."
    )


def parts_in_place(schema: Part) -> Iterator[Part]:
    """Yield the parts of a schema, without references, that apply to the same value."""
    yield from _listed([schema.get(keyword) for keyword in ONE_IN_PLACE])
    for keyword in LISTS_IN_PLACE:
        yield from _listed(schema.get(keyword))
    for keyword in MAPS_IN_PLACE:
        yield from _mapped(schema.get(keyword))


class _Visit:
    """A part that is being weighed, with the parts under it that still wait."""

    def __init__(self, schema: Part, references: References) -> None:
        self.schema = schema
        self.waiting = self._parts(references)
        self._sum = 1
        self._most = 0
        self._factor = 1
        self._is_alternative = False

    @property
    def weight(self) -> int:
        return self._sum + self._most

    def add(self, weight: int) -> None:
        """Add the weight of the part that was handed out last."""
        if self._is_alternative:
            self._most = max(self._most, weight)
        else:
            self._sum += weight * self._factor

    def _parts(self, references: References) -> Iterator[Part]:
        schema = self.schema
        if WITH_PARTS.isdisjoint(schema):
            return
        if any(keyword in schema for keyword in UNEVALUATED):
            self._factor = UNEVALUATED_FACTOR
        yield from references.targets_of(schema)
        yield from parts_in_place(schema)
        self._factor = 1
        yield from _listed([schema.get(keyword) for keyword in ONE_INSIDE])
        yield from _mapped(schema.get("patternProperties"))
        self._is_alternative = True
        yield from _mapped(schema.get("properties"))
        for keyword in LISTS_INSIDE:
            yield from _listed(schema.get(keyword))


def _weight(root: Part, references: References) -> int:
    """Return the weight, or any number above the limit; each part is gone through once."""
    weights: dict[int, int] = {}
    path = {id(root): _Visit(root, references)}
    while True:
        visit = path[next(reversed(path))]
        part = next(visit.waiting, None)
        if part is None:
            path.popitem()
            weights[id(visit.schema)] = visit.weight
            if not path:
                return visit.weight
            visit, part = path[next(reversed(path))], visit.schema
        if id(part) in path:
            visit.add(1)
        elif id(part) in weights:
            visit.add(weights[id(part)])
        else:
            path[id(part)] = _Visit(part, references)
        if visit.weight > MAX_WEIGHT:
            return visit.weight


def _is_small_and_plain(schema: Part) -> bool:
    """Whether nothing can multiply and there is too little for the limit: true of most schemas."""
    count = 0
    waiting: list[Any] = [schema]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            count += 1
            if count > MAX_WEIGHT or not MULTIPLYING.isdisjoint(node):
                return False
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)
    return True


def _names_of(node: Part) -> Iterator[str]:
    """Yield the anchors of a schema, among them those that old drafts write as an id."""
    for keyword in (*ANCHORS, *IDS):
        if isinstance(name := node.get(keyword), str):
            yield name.removeprefix("#")


def _refuse_document(node: Part, ids: tuple[str, ...]) -> None:
    for keyword in ids:
        name = node.get(keyword)
        if isinstance(name, str) and not name.startswith("#"):
            raise CannotFollow(f"A part has an id ({name}), so where references lead is not clear.")


def _is_part(schema: Any) -> bool:
    return isinstance(schema, dict)


def _listed(parts: Any) -> Iterator[Part]:
    return filter(_is_part, parts) if isinstance(parts, list) else iter(())


def _mapped(parts: Any) -> Iterator[Part]:
    return filter(_is_part, parts.values()) if isinstance(parts, dict) else iter(())
