"""Finds definitions that are made of themselves, which no validator could ever finish."""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

PREFIX = "#/$defs/"
_LISTS = ("allOf", "anyOf")
_SINGLE = ("not", "if", "then", "else")


class Circles:
    """Circles among definitions, along references that stay at the same value.

    Recursion through a property or an item is fine, since every value ends. Recursion in place,
    as in `A: allOf: [A]`, does not.

    Args:
        steps_of: the definitions that a definition applies to its own value.
    """

    def __init__(self, steps_of: Callable[[str], tuple[str, ...]]) -> None:
        self._steps_of = steps_of
        self._sound: set[str] = set()

    def close_on(self, name: str) -> bool:
        """Whether a definition leads back to itself."""
        return not self._is_sound(name) and self._comes_back_to(name)

    def _is_sound(self, name: str) -> bool:
        """Whether no circle can be reached; if so, that holds for everything on the way."""
        done: set[str] = set()
        path = {name: iter(self._steps_of(name))}
        while path:
            here = next(reversed(path))
            step = next(path[here], None)
            if step is None:
                del path[here]
                done.add(here)
            elif step in path:
                return False
            elif step not in done and step not in self._sound:
                path[step] = iter(self._steps_of(step))
        self._sound |= done
        return True

    def _comes_back_to(self, name: str) -> bool:
        queue, seen = deque(self._steps_of(name)), set()
        while queue:
            step = queue.popleft()
            if step == name:
                return True
            if step not in seen:
                seen.add(step)
                queue.extend(self._steps_of(step))
        return False


def in_place(schema: Any) -> Iterator[str]:
    """Names that apply to the very value that the schema applies to."""
    if not isinstance(schema, dict):
        return
    if "$ref" in schema:
        yield schema["$ref"][len(PREFIX) :]
    for keyword in _LISTS:
        for part in schema.get(keyword, ()):
            yield from in_place(part)
    for keyword in _SINGLE:
        yield from in_place(schema.get(keyword))
    for part in schema.get("dependentSchemas", {}).values():
        yield from in_place(part)
