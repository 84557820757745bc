"""What changed between two published forms of a server, and what of it breaks a client."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from core.tool_spec import PythonSettings, ServerSpec, Tool, Variable

BEHAVIOUR_FIELDS = {
    "kind": "Whether it is a request or Python",
    "request": "The request it sends",
    "source": "The code",
    "function": "The function that is the tool",
    "response": "What of the answer is kept",
    "timeout_seconds": "The time limit",
    "tags": "The tags",
}
PYTHON_FIELDS = {
    "hosts": "The hosts that Python tools reach",
    "ports": "The ports that Python tools reach",
    "isolation": "The processes of Python tools",
    "store": "The store of Python tools",
}


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One difference, in words; `reason` says why it breaks clients, or is empty."""

    what: str
    before: str = ""
    after: str = ""
    reason: str = ""

    @property
    def is_breaking(self) -> bool:
        """Whether a client that worked before may fail now."""
        return bool(self.reason)


@dataclass(frozen=True, slots=True)
class ToolChange:
    """A tool that is in both, with what differs."""

    name: str
    changes: tuple[FieldChange, ...]

    @property
    def is_breaking(self) -> bool:
        """Whether any of the changes breaks clients."""
        return any(change.is_breaking for change in self.changes)


@dataclass(frozen=True, slots=True)
class SpecDiff:
    """All that differs from one spec to another."""

    server: tuple[FieldChange, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[ToolChange, ...] = ()
    variables: tuple[FieldChange, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether the two are the same to everybody."""
        return not (self.server or self.added or self.removed or self.changed or self.variables)

    @property
    def breaking_count(self) -> int:
        """How many tools and variables would fail somebody who relies on them."""
        variables = sum(change.is_breaking for change in self.variables)
        return len(self.removed) + sum(tool.is_breaking for tool in self.changed) + variables


def diff_specs(before: ServerSpec | None, after: ServerSpec) -> SpecDiff:
    """Compare two specs; with nothing before, everything is added."""
    old = {tool.name: tool for tool in before.tools} if before is not None else {}
    new = {tool.name: tool for tool in after.tools}
    changed = (ToolChange(name, tuple(_tool(old[name], new[name]))) for name in new if name in old)
    return SpecDiff(
        server=tuple(_server(before, after)) if before is not None else (),
        added=tuple(name for name in new if name not in old),
        removed=tuple(name for name in old if name not in new),
        changed=tuple(change for change in changed if change.changes),
        variables=tuple(_variables(before.variables if before else (), after.variables)),
    )


def _server(before: ServerSpec, after: ServerSpec) -> Iterator[FieldChange]:
    if before.name != after.name:
        yield FieldChange("The server's name", before.name, after.name)
    if before.instructions != after.instructions:
        yield FieldChange("The instructions", before.instructions, after.instructions)
    shared = [tool.name for tool in before.tools if tool.name in {t.name for t in after.tools}]
    if shared != [tool.name for tool in after.tools if tool.name in set(shared)]:
        yield FieldChange("The order of the tools")
    if before.has_python and after.has_python:
        yield from _python(before.python, after.python)


def _python(before: PythonSettings, after: PythonSettings) -> Iterator[FieldChange]:
    for field, words in PYTHON_FIELDS.items():
        old, new = getattr(before, field), getattr(after, field)
        if old != new:
            yield FieldChange(words, _plain(old), _plain(new))


def _plain(value: str | tuple[Any, ...]) -> str:
    return value.replace("_", " ") if isinstance(value, str) else ", ".join(map(str, value))


def _tool(before: Tool, after: Tool) -> Iterator[FieldChange]:
    if before.title != after.title:
        yield FieldChange("The title", before.title, after.title)
    if before.description != after.description:
        yield FieldChange("The description", before.description, after.description)
    yield from _arguments(before.input_schema, after.input_schema)
    yield from _output(before.output_schema, after.output_schema)
    yield from _hints(before, after)
    for field, words in BEHAVIOUR_FIELDS.items():
        if getattr(before, field, None) != getattr(after, field, None):
            yield FieldChange(words)


def _hints(before: Tool, after: Tool) -> Iterator[FieldChange]:
    old, new = before.annotations.model_dump(), after.annotations.model_dump()
    for name in old:
        if old[name] != new[name]:
            words = name.replace("_", " ")
            yield FieldChange(f"The hint “{words}”", _yes(old[name]), _yes(new[name]))


def _arguments(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[FieldChange]:
    old, new = _properties(before), _properties(after)
    was, now = _required(before), _required(after)
    changes = list(_argument_set(old, new, was=was, now=now))
    for name in new:
        if name in old:
            changes += _argument(name, old[name], new[name])
    if not changes and before != after:
        # Rules between arguments (oneOf, dependentRequired, …) are not taken apart.
        changes.append(
            FieldChange(
                "The rules of the arguments",
                reason="Calls that followed the old rules may be refused.",
            )
        )
    yield from changes


def _argument_set(
    old: Mapping[str, Any], new: Mapping[str, Any], *, was: set[str], now: set[str]
) -> Iterator[FieldChange]:
    for name in new.keys() - old.keys():
        reason = "Calls without it are refused." if name in now else ""
        yield FieldChange(f"Argument {name} added", after=_kind(new[name]), reason=reason)
    for name in old.keys() - new.keys():
        yield FieldChange(
            f"Argument {name} removed",
            before=_kind(old[name]),
            reason="Calls that give it are refused or lose it.",
        )
    for name in sorted((now - was) & old.keys()):
        yield FieldChange(
            f"Argument {name}", "optional", "required", reason="Calls without it are refused."
        )
    for name in sorted((was - now) & new.keys()):
        yield FieldChange(f"Argument {name}", "required", "optional")


def _argument(name: str, before: Any, after: Any) -> list[FieldChange]:
    """Compare one argument's schema: type, choices, bounds, words."""
    if before == after or not isinstance(before, dict) or not isinstance(after, dict):
        return [] if before == after else [FieldChange(f"The schema of {name}")]
    changes = [*_type(name, before, after), *_choices(name, before, after)]
    if before.get("description") != after.get("description"):
        old, new = str(before.get("description", "")), str(after.get("description", ""))
        changes.append(FieldChange(f"The description of {name}", old, new))
    told = ("type", "enum", "description")
    rest = [{k: v for k, v in schema.items() if k not in told} for schema in (before, after)]
    if rest[0] != rest[1]:
        changes.append(_rules(name, rest[0], rest[1]))
    return changes


def _type(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[FieldChange]:
    old, new = _types(before), _types(after)
    if old == new:
        return
    narrowed = bool(new) and not _accepts(new, old)
    reason = "Values of the old type are refused." if narrowed else ""
    yield FieldChange(f"The type of {name}", _kind(before), _kind(after), reason=reason)


def _choices(
    name: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[FieldChange]:
    old, new = before.get("enum"), after.get("enum")
    if old == new:
        return
    gone = [value for value in old or [] if value not in (new or [])]
    reason = ""
    if new is not None and old is None:
        reason = "Values outside the list are refused."
    elif new is not None and gone:
        reason = f"No longer accepted: {', '.join(map(str, gone))}."
    yield FieldChange(f"The choices of {name}", _listed(old), _listed(new), reason=reason)


def _rules(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> FieldChange:
    words = {"default", "title", "examples", "example", "format", "contentEncoding"}
    differing = {k for k in before.keys() | after.keys() if before.get(k) != after.get(k)}
    # A rule that was only taken away accepts all that it accepted before.
    dropped_only = all(key in words or key not in after for key in differing)
    reason = "" if dropped_only else "Values that were accepted may be refused."
    return FieldChange(f"The rules of {name} ({', '.join(sorted(differing))})", reason=reason)


def _output(before: Any, after: Any) -> Iterator[FieldChange]:
    if before == after:
        return
    if before is None:
        yield FieldChange("The output is now described")
        return
    reason = _output_reason(before, after)
    yield FieldChange("The output", reason=reason)


def _output_reason(before: Mapping[str, Any], after: Mapping[str, Any] | None) -> str:
    if after is None:
        return "Clients that read structured output no longer know its shape."
    old, new = _properties(before), _properties(after)
    gone = sorted(old.keys() - new.keys())
    if gone:
        return f"No longer in the output: {', '.join(gone)}."
    changed = sorted(k for k in old if _types(old[k]) != _types(new[k]))
    if changed or _types(before) != _types(after):
        return f"Another type in the output: {', '.join(changed) or 'the whole'}."
    return ""


def _variables(before: tuple[Variable, ...], after: tuple[Variable, ...]) -> Iterator[FieldChange]:
    old, new = {v.name: v for v in before}, {v.name: v for v in after}
    for name in new.keys() - old.keys():
        yield FieldChange(f"Variable {name} added", after=_need(new[name]))
    for name in old.keys() - new.keys():
        yield FieldChange(f"Variable {name} removed", before=_need(old[name]))
    for name in [name for name in new if name in old and old[name] != new[name]]:
        yield FieldChange(f"Variable {name}", _need(old[name]), _need(new[name]))


def _need(variable: Variable) -> str:
    kind = "secret" if variable.is_secret else "plain"
    return f"{'required' if variable.is_required else 'optional'}, {kind}"


def _properties(schema: Mapping[str, Any]) -> dict[str, Any]:
    properties = schema.get("properties")
    return properties if isinstance(properties, dict) else {}


def _required(schema: Mapping[str, Any]) -> set[str]:
    required = schema.get("required")
    return {str(name) for name in required} if isinstance(required, list) else set()


def _types(schema: Any) -> set[str]:
    kind = schema.get("type") if isinstance(schema, dict) else None
    return set(kind) if isinstance(kind, list) else {kind} if isinstance(kind, str) else set()


def _accepts(new: set[str], old: set[str]) -> bool:
    """Whether every value of the old types is of one of the new; no old type means any value."""
    wide = new | {"integer"} if "number" in new else new
    return bool(old) and old <= wide


def _kind(schema: Any) -> str:
    return " or ".join(sorted(_types(schema))) or "any"


def _listed(values: Any) -> str:
    return ", ".join(map(str, values)) if isinstance(values, list) else "any"


def _yes(value: object) -> str:
    return "yes" if value else "no"
