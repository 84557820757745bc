"""Looks at a tool's code before anything of it runs: what cannot work, and how to mend it.

This is advice for its author. It guards nothing: what code may do is decided by the jail.
"""

import ast
import difflib
import importlib.util
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sandbox.jail.signatures import Function, description_of, schema_of

# Imports that exist and are of no use in the jail, and what to do instead.
USELESS = {
    "subprocess": "No process can be started here. Use a Python package for it.",
    "multiprocessing": "No process can be started here. Use asyncio or threads.",
    "socketserver": "Nothing can listen here. A tool answers when it is called.",
    "tkinter": "There is no screen here.",
    "sqlite3": "Files do not outlast the process here. Keep data with `store`.",
}
# What requirements-tools-pro.txt adds, which servers on other plans do not have.
OF_PRO = frozenset({"numpy", "pandas"})
# Calls that hold up every other call of the server when they are made on the event loop.
BLOCKING = {
    "time.sleep": "await asyncio.sleep(seconds)",
    "requests.get": "await http.get(…)",
    "requests.post": "await http.post(…)",
    "requests.put": "await http.put(…)",
    "requests.delete": "await http.delete(…)",
    "requests.request": "await http.request(…)",
    "urllib.request.urlopen": "await http.get(…)",
}
# Calls that do nothing good in a tool, and what to write instead.
CALLS = {
    "input": ("Nobody is there to type. Take it as an argument.", ""),
    "exit": ("This ends the call with an error.", 'raise ToolError("why")'),
    "sys.exit": ("This ends the call with an error.", 'raise ToolError("why")'),
    "os._exit": ("This ends the process with all calls in it.", 'raise ToolError("why")'),
    "os.system": ("No process can be started here.", ""),
    "asyncio.run": ("A loop runs already.", "Make the tool `async def` and await."),
}
AWAITED = frozenset(
    f"{owner}.{method}"
    for owner, methods in {
        "http": ("get", "post", "put", "patch", "delete", "head", "options", "request"),
        "store": ("get", "set", "delete", "keys"),
    }.items()
    for method in methods
)
MAX_PROBLEMS = 50
# How much a name must be like another one that may have been meant: pandass is not ipaddress.
ALIKE = 0.8


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, where, and what to do about it; only an error keeps the tool from working."""

    line: int
    column: int
    message: str
    fix: str = ""
    is_error: bool = True


def looked_at(source: str, function: str, schema: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what is to be said of a tool's code.

    Args:
        source: the code.
        function: the name of the function that is the tool.
        schema: the tool's input schema, which the signature must fit; None to take it from there.

    Returns:
        `problems`, and where the function was found its `schema`, `description` and `is_async`.
    """
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        return {"problems": [asdict(_of_syntax(error))]}
    except (ValueError, RecursionError, MemoryError) as error:
        return {"problems": [asdict(Problem(1, 0, f"The code cannot be read: {error}"))]}
    problems = [*_of_imports(tree), *_of_habits(tree)]
    found = _function(tree, function)
    if found is None:
        problems.append(_missing(tree, function))
        return _said(problems)
    problems += _of_signature(found, schema)
    return {
        **_said(problems),
        "schema": schema_of(found),
        "description": description_of(found),
        "is_async": isinstance(found, ast.AsyncFunctionDef),
    }


def _said(problems: list[Problem]) -> dict[str, Any]:
    ordered = sorted(problems, key=lambda one: (not one.is_error, one.line, one.column))
    return {"problems": [asdict(one) for one in ordered[:MAX_PROBLEMS]]}


def _of_syntax(error: SyntaxError) -> Problem:
    message = f"{error.msg[:1].upper()}{error.msg[1:]}."
    return Problem(error.lineno or 1, max(0, (error.offset or 1) - 1), message)


def _function(tree: ast.Module, name: str) -> Function | None:
    """Return the last definition of a function at the top of a module: the one in force."""
    found = [
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name
    ]
    return found[-1] if found else None


def _missing(tree: ast.Module, name: str) -> Problem:
    names = [n.name for n in tree.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    fix = f"Name one of them {name}: {', '.join(names)}." if names else f"async def {name}():"
    return Problem(1, 0, f"There is no function called {name} at the top of the code.", fix)


def _of_signature(function: Function, schema: Mapping[str, Any] | None) -> Iterator[Problem]:
    arguments = function.args

    def problem(message: str, fix: str = "", *, is_error: bool = True) -> Problem:
        return Problem(function.lineno, function.col_offset, message, fix, is_error)

    if arguments.posonlyargs or arguments.vararg:
        yield problem("Arguments come by name: there may be no `/` and no `*args`.")
    if schema is None:
        return
    wanted, taken = dict(schema.get("properties", {})), schema_of(function)["properties"]
    required = set(schema_of(function).get("required", ()))
    for name in [] if arguments.kwarg else [name for name in wanted if name not in taken]:
        close = difflib.get_close_matches(name, [n for n in taken if n not in wanted], 1)
        fix = f"Rename {close[0]} to {name}." if close else f"Add the parameter {name}."
        yield problem(f"The tool has an argument {name} that the function does not take.", fix)
    for name in taken:
        if name not in wanted and name in required:
            fix = f"Add {name} to the arguments, or give it a default: {name}=None."
            yield problem(f"The function takes {name}, which the tool does not have.", fix)
        elif name in wanted and name in required and name not in schema.get("required", ()):
            message = f"{name} may be left out by the caller, and the function needs it."
            yield problem(message, f"Give it a default: {name}=None.")


def _of_imports(tree: ast.Module) -> Iterator[Problem]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [node.module or ""]
        else:
            continue
        for name in names:
            top = name.partition(".")[0]
            if top in USELESS:
                yield Problem(node.lineno, node.col_offset, USELESS[top], is_error=False)
            elif not _can_import(top):
                yield Problem(node.lineno, node.col_offset, *_missing_package(top))


def _missing_package(name: str) -> tuple[str, str]:
    """Return why a package is not there, and what to do about it."""
    if name in OF_PRO:
        return f"{name} is there for servers on the Pro plan only.", ""
    close = difflib.get_close_matches(name, _known(), 1, ALIKE)
    fix = f"Did you mean {close[0]}?" if close else ""
    return f"There is no package called {name} here.", fix


def _can_import(name: str) -> bool:
    if name in sys.stdlib_module_names or name == "toolkiln":
        return True
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def _known() -> list[str]:
    loaded = {name.partition(".")[0] for name in sys.modules if not name.startswith("_")}
    return sorted(loaded | {name for name in sys.stdlib_module_names if not name.startswith("_")})


def _of_habits(tree: ast.Module) -> Iterator[Problem]:
    """Look for what usually is a mistake."""
    awaited = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Await)}
    for function in ast.walk(tree):
        if isinstance(function, ast.AsyncFunctionDef):
            yield from _of_async(function, awaited)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and _dotted(node) in ("os.environ", "os.getenv"):
            message = "Environment variables of the server are in `env`, not in the process."
            yield Problem(node.lineno, node.col_offset, message, 'env["NAME"]', is_error=False)
        elif isinstance(node, ast.Call):
            yield from _of_call(node)


def _of_async(function: ast.AsyncFunctionDef, awaited: set[int]) -> Iterator[Problem]:
    for node in _own_nodes(function):
        if not isinstance(node, ast.Call):
            continue
        name = _dotted(node.func)
        if name in BLOCKING:
            message = f"{name} holds up all other calls of the server while it waits."
            yield Problem(node.lineno, node.col_offset, message, BLOCKING[name], is_error=False)
        elif name in AWAITED and id(node) not in awaited and not _is_gathered(function, node):
            message = f"{name}(…) does nothing until it is awaited."
            yield Problem(node.lineno, node.col_offset, message, f"await {name}(…)")


def _of_call(node: ast.Call) -> Iterator[Problem]:
    if (said := CALLS.get(_dotted(node.func))) is not None:
        message, fix = said
        yield Problem(node.lineno, node.col_offset, message, fix, is_error=False)


def _own_nodes(function: ast.AsyncFunctionDef) -> Iterator[ast.AST]:
    """Walk a function without the functions in it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            waiting.extend(ast.iter_child_nodes(node))


def _is_gathered(function: ast.AsyncFunctionDef, call: ast.Call) -> bool:
    """Whether a call is handed on to something that may await it: gather, a task, a list."""
    parents = (
        node
        for node in _own_nodes(function)
        if isinstance(node, ast.Call | ast.List | ast.Tuple | ast.ListComp | ast.GeneratorExp)
    )
    return any(child is call for parent in parents for child in ast.iter_child_nodes(parent))


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""
