"""The parameters of a tool's function, written from its input schema, and put into its code."""

import re
from collections.abc import Collection, Iterator
from keyword import iskeyword
from typing import Any
from unicodedata import normalize

from core.errors import Invalid
from core.tool_spec import PythonTool
from saas_app.services.samples import resolved

TYPES = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "array": "list",
    "object": "dict",
    "null": "None",
}
# What ends a list of parameters, and what may look as if it did.
TOKEN = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|#[^\n]*|[()\[\]{}]")
OTHERS = "others"

Schema = dict[str, Any]


def function_name(name: str) -> str:
    """Return a tool's name as a function may be called."""
    plain = re.sub(r"\W", "_", name, flags=re.ASCII)
    return f"tool_{plain}" if plain[:1].isdigit() or iskeyword(plain) else plain


def can_be_parameter(name: str, taken: Collection[str] = ()) -> bool:
    """Whether an argument can be a parameter of its own name, which Python spells in NFKC."""
    is_name = name.isidentifier() and normalize("NFKC", name) == name and not iskeyword(name)
    return is_name and name not in {OTHERS, *taken}


def parameters_of(schema: Schema, *, taken: Collection[str] = (), has_defaults: bool = True) -> str:
    """Return the parameters that a schema asks for, in parentheses, those that must be given first.

    Arguments that cannot be parameters arrive together in `others`.

    Args:
        schema: the tool's input schema.
        taken: names that the code uses for something else.
        has_defaults: whether what is left out becomes the schema's default, and not None.
    """
    properties = schema.get("properties") or {}
    required = schema.get("required") or ()
    own = [name for name in properties if can_be_parameter(name, taken)]
    ordered = sorted(own, key=lambda name: name not in required)
    parts = [
        _parameter(name, resolved(properties[name], schema), name in required, has_defaults)
        for name in ordered
    ]
    return f"({', '.join([*parts, *([f'**{OTHERS}'] if len(own) < len(properties) else [])])})"


def with_parameters(tool: PythonTool) -> str:
    """Return a tool's code with the parameters that its schema asks for in the place of its own.

    Raises:
        Invalid: the code does not define the function; the field is `source`.
    """
    opening = re.compile(rf"^(?:async[ \t]+)?def[ \t]+{tool.function}[ \t]*(?=\()", re.MULTILINE)
    found = list(opening.finditer(tool.source))
    end = _end_of_brackets(tool.source, found[-1].end()) if found else None
    if end is None:
        raise Invalid(f"There is no function called {tool.function} in the code.", field="source")
    start = found[-1].end()
    return tool.source[:start] + parameters_of(tool.input_schema) + tool.source[end:]


def _parameter(name: str, part: Schema, is_required: bool, has_defaults: bool) -> str:  # noqa: FBT001
    kind = " | ".join(dict.fromkeys(_types_of(part)))
    default = part.get("default") if has_defaults else None
    if is_required:
        return f"{name}: {kind}" if kind else name
    if default is None and kind and "None" not in kind:
        kind += " | None"
    return f"{name}: {kind} = {default!r}" if kind else f"{name}={default!r}"


def _types_of(part: Schema) -> Iterator[str]:
    kinds = part.get("type", ())
    for kind in [kinds] if isinstance(kinds, str) else kinds:
        items = part.get("items")
        of = TYPES.get(items.get("type", "")) if isinstance(items, dict) else None
        yield f"list[{of}]" if kind == "array" and of else TYPES.get(kind, "object")


def _end_of_brackets(text: str, start: int) -> int | None:
    """Return where the bracket that opens at `start` has been closed."""
    depth = 0
    for token in TOKEN.finditer(text, start):
        if token[0] in "([{":
            depth += 1
        elif token[0] in ")]}":
            depth -= 1
            if depth == 0:
                return token.end()
    return None
