"""Every service that is handed an actor asks what they may do, itself or through what it calls."""

import ast
from collections.abc import Iterator
from pathlib import Path

import saas_app.services

SERVICES = Path(saas_app.services.__file__).parent
CORE = SERVICES.parent.parent / "core"
ACTOR = "Actor"
ASKS = ("require", "can", "may_grant")


class Function:
    """A function that takes an actor, and whom it hands the actor on to."""

    def __init__(self, name: str, tree: ast.AsyncFunctionDef | ast.FunctionDef) -> None:
        self.name, self._tree = name, tree
        arguments = [*tree.args.args, *tree.args.kwonlyargs]
        self.actor = next((one.arg for one in arguments if _names(one.annotation, ACTOR)), "")

    @property
    def asks(self) -> bool:
        """Whether it asks the actor itself."""
        return any(
            isinstance(call.func, ast.Attribute)
            and isinstance(call.func.value, ast.Name)
            and call.func.value.id == self.actor
            and call.func.attr.startswith(ASKS)
            for call in self._calls()
        )

    @property
    def hands_on_to(self) -> set[str]:
        """The names of the functions that it calls with the actor."""
        return {
            call.func.id if isinstance(call.func, ast.Name) else call.func.attr
            for call in self._calls()
            if isinstance(call.func, ast.Name | ast.Attribute) and self._is_given(call)
        }

    def _calls(self) -> Iterator[ast.Call]:
        return (node for node in ast.walk(self._tree) if isinstance(node, ast.Call))

    def _is_given(self, call: ast.Call) -> bool:
        given = [*call.args, *(keyword.value for keyword in call.keywords)]
        return any(isinstance(one, ast.Name) and one.id == self.actor for one in given)


def _names(annotation: ast.expr | None, name: str) -> bool:
    return annotation is not None and any(
        isinstance(node, ast.Name) and node.id == name for node in ast.walk(annotation)
    )


def functions_of(folder: Path) -> list[Function]:
    """All functions of a folder that take an actor."""
    found = []
    for path in sorted(folder.rglob("*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef):
                name = ".".join([*path.relative_to(folder).with_suffix("").parts, node.name])
                found.append(Function(name, node))
    return [function for function in found if function.actor]


def test_every_service_asks_what_its_actor_may_do():
    services, doors = functions_of(SERVICES), functions_of(CORE)
    asking = {one.name.rpartition(".")[2] for one in doors if one.asks}
    while True:
        more = {
            one.name.rpartition(".")[2]
            for one in [*services, *doors]
            if one.asks or one.hands_on_to & asking
        }
        if more <= asking:
            break
        asking |= more
    public = [one for one in services if not one.name.rpartition(".")[2].startswith("_")]
    silent = [one.name for one in public if one.name.rpartition(".")[2] not in asking]
    assert len(public) > 50
    assert silent == []
