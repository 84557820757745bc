"""How far a tool is known to work: what stands between its draft and a request that is sent."""

import jmespath
from jmespath.exceptions import JMESPathError

from core.models import Evidence
from core.tool_spec import HttpTool
from saas_app.services.samples import kind_of, resolved, sample_arguments
from saas_app.services.tools.schemas import schema_problem


def problems_of(tool: HttpTool, variables: set[str]) -> list[str]:
    """Return what is wrong with a tool, in sentences; none means that its request can be built.

    Args:
        tool: the tool as it would be published.
        variables: the names that the server defines.
    """
    return [
        *_schema_problems(tool),
        *_path_problems(tool),
        *_style_problems(tool),
        *_variable_problems(tool, variables),
        *_selection_problems(tool),
    ]


def evidence_after(tool: HttpTool, variables: set[str], *, before: Evidence) -> Evidence:
    """Return the level of a tool whose spec is as given; `before` is kept when it still holds."""
    if problems_of(tool, variables):
        return Evidence.UNCHECKED
    return before if before is Evidence.PROVEN else Evidence.CHECKED


def _schema_problems(tool: HttpTool) -> list[str]:
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


def _variable_problems(tool: HttpTool, variables: set[str]) -> list[str]:
    missing = sorted(tool.request.variables() - variables)
    return [f"The variable {name} is used and not defined." for name in missing]


def _selection_problems(tool: HttpTool) -> list[str]:
    if tool.response.select is None:
        return []
    try:
        jmespath.compile(tool.response.select)
    except (JMESPathError, RecursionError) as error:
        return [f"The selection is not JMESPath: {error}"]
    return []
