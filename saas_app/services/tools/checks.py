"""How far a tool is known to work: what stands between its draft and a request that is sent."""

import jmespath
from jmespath.exceptions import JMESPathError

from core.models import Evidence
from core.tool_spec import Annotations, HttpTool, PythonTool, Tool
from saas_app.services.samples import kind_of, resolved, sample_arguments
from saas_app.services.tools.schemas import schema_problem


def problems_of(tool: Tool, variables: set[str]) -> list[str]:
    """Return what is wrong with a tool, in sentences; none means that its request can be built.

    The code of a Python tool is no business of this process: only the runtime has it looked at.

    Args:
        tool: the tool as it would be published.
        variables: the names that the server defines.
    """
    found = [*_schema_problems(tool), *_variable_problems(tool, variables)]
    if isinstance(tool, PythonTool):
        return found
    return [
        *found,
        *_path_problems(tool),
        *_style_problems(tool),
        *_selection_problems(tool),
    ]


def evidence_after(tool: Tool, variables: set[str], *, before: Evidence) -> Evidence:
    """Return the level of a tool whose spec is as given; `before` is kept when it still holds.

    A request is checked here; code is checked where it runs, and `before` says what came of it.
    """
    if problems_of(tool, variables):
        return Evidence.UNCHECKED
    if isinstance(tool, PythonTool):
        return before
    return before if before is Evidence.PROVEN else Evidence.CHECKED


def evidence_of_change(was: Tool, tool: Tool, before: Evidence) -> Evidence:
    """Return how much of what was known of a tool still speaks for it after a change.

    A recorded answer proves a tool until something other than its words changes. A request is
    checked whenever it is written; code that changes waits until it is looked at again.
    """
    if _without_words(was) == _without_words(tool):
        return before
    if isinstance(tool, PythonTool) and (before is Evidence.UNCHECKED or _asks_anew(was, tool)):
        return Evidence.UNCHECKED
    return Evidence.CHECKED


def _without_words(tool: Tool) -> Tool:
    words = {"name": "", "title": "", "description": "", "tags": (), "annotations": Annotations()}
    return tool.model_copy(update=words)


def _asks_anew(was: Tool, tool: PythonTool) -> bool:
    """Whether the code, or what it has to fit, is another one."""
    if not isinstance(was, PythonTool):
        return True
    looked_at = [(one.source, one.function, one.input_schema) for one in (was, tool)]
    return looked_at[0] != looked_at[1]


def _schema_problems(tool: Tool) -> list[str]:
    problem = schema_problem(tool.input_schema)
    return [f"The arguments are not a valid JSON Schema: {problem}"] if problem else []


def _path_problems(tool: HttpTool) -> list[str]:
    if not any(one.location == "path" for one in tool.request.parameters):
        return []
    sample = sample_arguments(tool.input_schema)
    return [
        f"The path needs {one.argument}: make it required or give it a default."
        for one in tool.request.parameters
        if one.location == "path" and sample.get(one.argument) in (None, "")
    ]


def _style_problems(tool: HttpTool) -> list[str]:
    properties = tool.input_schema.get("properties")
    declared = properties if isinstance(properties, dict) else {}
    root = tool.input_schema
    return [
        f"{one.argument} is written as a deep object, so its type must be object."
        for one in tool.request.parameters
        if one.style == "deepObject"
        and kind_of(resolved(declared.get(one.argument), root)) not in ("object", "")
    ]


def _variable_problems(tool: Tool, variables: set[str]) -> list[str]:
    missing = sorted(tool.variables() - variables)
    return [f"The variable {name} is used and not defined." for name in missing]


def _selection_problems(tool: HttpTool) -> list[str]:
    if tool.response.select is None:
        return []
    try:
        jmespath.compile(tool.response.select)
    except (JMESPathError, RecursionError) as error:
        return [f"The selection is not JMESPath: {error}"]
    return []
