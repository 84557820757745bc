"""Applies a tool's JMESPath selection, in a bounded number of steps and amount of memory.

The library has no limits: `[@,@][]`, written twenty times, makes a million items out of one. Here
every step costs, also inside of what the library does in one go, so that nothing is built that
could not be paid for.
"""

from typing import Any

from jmespath.exceptions import JMESPathError, JMESPathTypeError
from jmespath.parser import ParsedResult
from jmespath.visitor import TreeInterpreter

from mcp_runtime.tool_runner.prepared_tool import ToolBroken

# In proportion to the answer: a small one is no reason for seconds of work.
FEWEST_STEPS = 50_000
STEPS_PER_BYTE = 4
MOST_STEPS = 3_000_000
CHARACTERS_PER_STEP = 32
# What compares or writes out all that is inside its arguments, however often it is in there.
DEEP_FUNCTIONS = frozenset({"contains", "join", "to_string"})


def select(selection: ParsedResult, value: Any, *, answer_bytes: int) -> Any:
    """Return what the selection picks out of an answer.

    Args:
        selection: the compiled expression.
        value: the parsed answer.
        answer_bytes: how long the answer was, which says how much work its selection may be.

    Raises:
        ToolBroken: the selection does not fit the answer, or makes too much of it.
    """
    steps = min(FEWEST_STEPS + STEPS_PER_BYTE * answer_bytes, MOST_STEPS)
    try:
        found = _BoundedInterpreter(steps).visit(selection.parsed, value)
        _Allowance(steps).take_all_of(found)
    except (JMESPathError, TypeError, ValueError, RecursionError, OverflowError) as error:
        raise ToolBroken(
            f"The selection of this tool does not fit the answer: {_in_words(error)}"
        ) from error
    return found


class _Allowance:
    """How many steps are left."""

    def __init__(self, steps: int) -> None:
        self._left = steps

    def take(self, steps: int) -> None:
        self._left -= steps
        if self._left < 0:
            raise ToolBroken(
                "The selection of this tool makes more out of the answer than fits. Ask the "
                "service for less, or have the owner of the server simplify the selection."
            )

    def take_all_of(self, value: Any) -> None:
        """Take what a value costs that is gone through: shared parts each time they appear."""
        stack = [value]
        while stack:
            item = stack.pop()
            if isinstance(item, str):
                self.take(len(item) // CHARACTERS_PER_STEP)
            elif isinstance(item, list | dict):
                self.take(len(item) + 1)
                stack.extend(item if isinstance(item, list) else item.values())


class _BoundedInterpreter(TreeInterpreter):
    """The library's interpreter, which pays for each step before it is made."""

    def __init__(self, steps: int) -> None:
        super().__init__()
        self._allowance = _Allowance(steps)

    def visit(self, node: Any, *args: Any, **kwargs: Any) -> Any:
        self._allowance.take(1)
        return super().visit(node, *args, **kwargs)

    def visit_flatten(self, node: Any, value: Any) -> Any:
        base = self.visit(node["children"][0], value)
        if not isinstance(base, list):
            return None
        self._allowance.take(sum(len(item) if isinstance(item, list) else 1 for item in base))
        return super().visit_flatten(_applied(node, base), value)

    def visit_slice(self, node: Any, value: Any) -> Any:
        if isinstance(value, list):
            self._allowance.take(len(value))
        return super().visit_slice(node, value)

    def visit_comparator(self, node: Any, value: Any) -> Any:
        sides = [self.visit(child, value) for child in node["children"]]
        if type(sides[0]) is type(sides[1]):
            self._allowance.take_all_of(sides[0])
        return super().visit_comparator(_applied(node, *sides), value)

    def visit_function_expression(self, node: Any, value: Any) -> Any:
        name, given = node["value"], [self.visit(child, value) for child in node["children"]]
        for argument in given:
            if name in DEEP_FUNCTIONS or isinstance(argument, str):
                self._allowance.take_all_of(argument)
            elif isinstance(argument, list | dict):
                self._allowance.take(len(argument))
        match name, given:
            case "join", [str(between), list(texts)]:
                self._allowance.take(len(between) * len(texts) // CHARACTERS_PER_STEP)
        return super().visit_function_expression(_applied(node, *given), value)


def _applied(node: Any, *values: Any) -> Any:
    """Return a node whose children are values that were worked out, and paid for, already."""
    children = [{"type": "literal", "value": value, "children": []} for value in values]
    return {**node, "children": children}


def _in_words(error: Exception) -> str:
    """Return what is wrong, without the value it was found at: that may be endless to write out."""
    if isinstance(error, JMESPathTypeError):
        expected = " or ".join(str(kind) for kind in error.expected_types)
        return f"{error.function_name}() takes {expected}, not {error.actual_type}."
    return str(error)
