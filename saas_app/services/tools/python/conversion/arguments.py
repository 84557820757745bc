"""What the code of a converted request knows of the tool's arguments."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, cast

from core.tool_spec import HttpTool
from saas_app.services.samples import MAX_DEPTH, at_reference
from saas_app.services.tools.python.conversion.texts import code_of
from saas_app.services.tools.python.signatures import OTHERS, can_be_parameter

ANY = "any"
KINDS = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array"}

Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument, as the code meets it.

    Attributes:
        name: what callers call it.
        code: the variable that holds it.
        kind: its type in words of JSON Schema; `any` where it may be of several.
        is_nullable: whether a caller may give null.
        is_always: whether it always has a value, be it a default.
        is_other: whether it arrives in `**others`.
    """

    name: str
    code: str
    kind: str
    is_nullable: bool
    is_always: bool
    is_other: bool

    @property
    def is_certain(self) -> bool:
        """Whether the variable is never None."""
        return self.is_always and not self.is_nullable

    @property
    def is_scalar(self) -> bool:
        """Whether it is one value and never a list or an object."""
        return self.kind in ("string", "integer", "number", "boolean")

    @property
    def is_given(self) -> str:
        """The condition under which a caller gave it, null included; empty when always."""
        if self.is_always:
            return ""
        return f"{code_of(self.name)} in {OTHERS}" if self.is_other else f"{self.code} is not None"


class Arguments:
    """All arguments of a tool.

    Args:
        tool: the request.
        taken: names that the code uses for something else.
        told_from_null: arguments of which it matters whether null was given or nothing.
    """

    def __init__(
        self, tool: HttpTool, *, taken: Collection[str], told_from_null: Collection[str]
    ) -> None:
        self.schema = tool.input_schema
        self.has_defaults = tool.request.sends_defaults
        self._required = frozenset(cast("list[str]", self.schema.get("required") or ()))
        self._names = {*taken, OTHERS}
        properties = self._properties = cast("Schema", self.schema.get("properties") or {})
        self.apart = {
            name
            for name in properties
            if not can_be_parameter(name, taken)
            or (name in told_from_null and self._is_told(name, properties[name]))
        }
        self._names |= properties.keys() - self.apart
        self._all = {name: self._argument(name, part) for name, part in properties.items()}

    def __getitem__(self, name: str) -> Argument:
        return self._all[name]

    def lines(self, used: Collection[str]) -> Iterator[str]:
        """Yield how arguments that are no parameters become variables."""
        for one in self._all.values():
            if not one.is_other or one.name not in used:
                continue
            name = code_of(one.name)
            if one.name in self._required:
                yield f"{one.code} = {OTHERS}[{name}]"
            elif one.is_always:
                default = self._properties[one.name]["default"]
                yield f"{one.code} = {OTHERS}.get({name}, {code_of(default)})"
            else:
                yield f"{one.code} = {OTHERS}.get({name})"

    def free(self, name: str) -> str:
        """Return a variable like a name that nothing else is called, and keep it."""
        plain = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_").lower()
        plain = plain if re.match(r"[a-z]", plain) else f"argument_{plain}".rstrip("_")
        while not can_be_parameter(plain, self._names):
            plain += "_"
        self._names.add(plain)
        return plain

    def _is_told(self, name: str, part: Any) -> bool:
        return not self._is_always(name, part) and bool(
            {"null", ANY} & set(kinds_of(part, self.schema))
        )

    def _is_always(self, name: str, part: Any) -> bool:
        is_filled = self.has_defaults and isinstance(part, dict) and "default" in part
        return is_filled or name in self._required

    def _argument(self, name: str, part: Any) -> Argument:
        kinds = set(kinds_of(part, self.schema))
        known = kinds - {"null"}
        kind = next(iter(known)) if len(known) == 1 else ANY
        is_other, is_always = name in self.apart, self._is_always(name, part)
        may_default = is_always and name not in self._required
        return Argument(
            name=name,
            code=self.free(name) if is_other else name,
            kind=kind,
            is_nullable=bool({"null", ANY} & kinds) or (may_default and part["default"] is None),
            is_always=is_always,
            is_other=is_other,
        )


def kinds_of(part: Any, root: Schema, depth: int = 0) -> Iterator[str]:
    """Yield each type that a schema lets through; `any` where it does not say."""
    if not isinstance(part, dict) or depth > MAX_DEPTH:
        yield ANY
    elif "type" in part:
        yield from [part["type"]] if isinstance(part["type"], str) else part["type"]
    elif isinstance(part.get("$ref"), str):
        yield from kinds_of(at_reference(root, part["$ref"]), root, depth + 1)
    elif values := part.get("enum") or ([part["const"]] if "const" in part else []):
        yield from (_kind_of_value(value) for value in values)
    elif branches := part.get("anyOf") or part.get("oneOf"):
        for branch in branches:
            yield from kinds_of(branch, root, depth + 1)
    else:
        yield ANY


def _kind_of_value(value: Any) -> str:
    return "null" if value is None else KINDS.get(type(value), "object")
