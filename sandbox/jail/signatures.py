"""Reads the JSON Schema of a tool's arguments off its signature, from the syntax tree alone."""

import ast
import inspect
import re
from typing import Any

SIMPLE = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "dict": {"type": "object"},
    "list": {"type": "array"},
    "set": {"type": "array", "uniqueItems": True},
    "tuple": {"type": "array"},
    "None": {"type": "null"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
    "UUID": {"type": "string", "format": "uuid"},
    "Any": {},
    "object": {},
}
LISTS = ("list", "List", "set", "Set", "tuple", "Sequence", "Iterable")
OBJECTS = ("dict", "Dict", "Mapping")
DESCRIBED = re.compile(r"^\s*(\w+)\s*(?:\([^)]*\))?:\s*(.+)$")

Schema = dict[str, Any]
Function = ast.FunctionDef | ast.AsyncFunctionDef


def schema_of(function: Function) -> Schema:
    """Return the schema of a function's arguments, described by the `Args` of its docstring."""
    arguments = function.args
    named = [*arguments.args, *arguments.kwonlyargs]
    defaults = _defaults_by_name(arguments)
    words = _descriptions(ast.get_docstring(function) or "")
    properties: dict[str, Schema] = {}
    for argument in named:
        properties[argument.arg] = schema = _schema_of(argument.annotation)
        if argument.arg in words:
            schema["description"] = words[argument.arg]
        if argument.arg in defaults and (default := _literal(defaults[argument.arg])) is not None:
            schema["default"] = default
    schema = {"type": "object", "properties": properties}
    required = [argument.arg for argument in named if argument.arg not in defaults]
    return {**schema, "required": required} if required else schema


def description_of(function: Function) -> str:
    """Return what the docstring says before it comes to the arguments."""
    text = inspect.cleandoc(ast.get_docstring(function) or "")
    return re.split(r"\n\s*(?:Args|Arguments|Parameters|Returns|Raises):", text)[0].strip()


def _defaults_by_name(arguments: ast.arguments) -> dict[str, ast.expr]:
    last = arguments.args[len(arguments.args) - len(arguments.defaults) :]
    found = dict(zip((one.arg for one in last), arguments.defaults, strict=True))
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if default is not None:
            found[argument.arg] = default
    return found


def _descriptions(docstring: str) -> dict[str, str]:
    """Return the descriptions of arguments in a docstring of Google's style."""
    _, _, after = docstring.partition("Args:")
    found = {}
    for line in after.splitlines():
        if match := DESCRIBED.match(line):
            found[match[1]] = match[2].strip()
        elif line.strip().endswith(":") and found:
            break
    return found


def _schema_of(annotation: ast.expr | None) -> Schema:
    """Return the schema of an annotation; of one that says nothing here, the schema of anything."""
    if annotation is None:
        return {}
    if isinstance(annotation, ast.Constant):
        if annotation.value is None:
            return {"type": "null"}
        if isinstance(annotation.value, str):  # an annotation in quotes
            return _schema_of_text(annotation.value)
    if isinstance(annotation, ast.BinOp) and isinstance(annotation.op, ast.BitOr):
        return _any_of([_schema_of(annotation.left), _schema_of(annotation.right)])
    if isinstance(annotation, ast.Subscript):
        return _generic(_name(annotation.value), annotation.slice)
    return dict(SIMPLE.get(_name(annotation), {}))


def _schema_of_text(text: str) -> Schema:
    try:
        return _schema_of(ast.parse(text, mode="eval").body)
    except SyntaxError:
        return {}


def _generic(name: str, inner: ast.expr) -> Schema:
    parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
    if name == "Literal":
        return {"enum": [_literal(part) for part in parts]}
    if name == "Optional":
        return _any_of([_schema_of(inner), {"type": "null"}])
    if name == "Union":
        return _any_of([_schema_of(part) for part in parts])
    if name == "Annotated":
        words = [_literal(part) for part in parts[1:]]
        text = next((word for word in words if isinstance(word, str)), None)
        return _schema_of(parts[0]) | ({"description": text} if text else {})
    if name in LISTS:
        return {"type": "array", "items": _schema_of(parts[0])}
    if name in OBJECTS:
        values = _schema_of(parts[-1])
        return {"type": "object", **({"additionalProperties": values} if values else {})}
    return {}


def _any_of(schemas: list[Schema]) -> Schema:
    """Return the schema of one or the other; plain types are said in one word."""
    flat = [one for schema in schemas for one in schema.get("anyOf", [schema])]
    if all(set(schema) == {"type"} for schema in flat):
        return {"type": [schema["type"] for schema in flat]}
    return {"anyOf": flat}


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
