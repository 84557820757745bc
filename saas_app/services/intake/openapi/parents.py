"""Finds children that are made of their own parent: it lists its kinds, each of which includes it.

Documents write a discriminator so: `Pet: oneOf: [Cat, Dog]` and `Cat: allOf: [Pet, …]`. Taken at
its word, each is made of itself. Meant is that a child includes what its parent has in common.
"""

from collections.abc import Callable
from typing import Any

from saas_app.services.intake.openapi.document import as_list
from saas_app.services.intake.openapi.keywords import Schema

_ALTERNATIVES = ("oneOf", "anyOf")


class Parents:
    """The kinds that schemas list.

    Args:
        target_of: a schema, or the one at the end of its reference; nothing if there is none.
    """

    def __init__(self, target_of: Callable[[Any], Schema | None]) -> None:
        self._target_of = target_of
        # The schema is kept beside its kinds: an id is only unique while its object lives.
        self._kinds: dict[int, tuple[Schema, frozenset[int]]] = {}

    def has_kind(self, parent: Schema, child: Schema) -> bool:
        """Whether a schema is one of the kinds that another lists, at whatever distance."""
        if not isinstance(parent, dict) or not any(k in parent for k in _ALTERNATIVES):
            return False
        if id(parent) not in self._kinds:
            self._kinds[id(parent)] = (parent, self._kinds_of(parent))
        return id(child) in self._kinds[id(parent)][1]

    def _kinds_of(self, parent: Schema) -> frozenset[int]:
        found: set[int] = set()
        waiting = [part for keyword in _ALTERNATIVES for part in as_list(parent.get(keyword))]
        while waiting:
            target = self._target_of(waiting.pop())
            if target is None or id(target) in found:
                continue
            found.add(id(target))
            for keyword in (*_ALTERNATIVES, "allOf"):
                waiting += as_list(target.get(keyword))
        return frozenset(found)


def without_kinds(parent: Schema) -> Schema:
    """What all kinds of a schema have in common."""
    return {key: value for key, value in parent.items() if key not in _ALTERNATIVES}
