"""A tool with everything compiled that its calls need, each part on first use."""

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import jmespath
import jsonschema_rs
from jmespath.exceptions import JMESPathError
from jmespath.parser import ParsedResult
from mcp.shared.inbound import x_mcp_header_map

from core.errors import Invalid
from core.schema_weight import weight_problem
from core.tool_spec import HttpTool, PythonTool, Tool, ToolContract, Variable
from mcp_runtime.tool_runner.explaining import is_explainable

MAX_PROBLEMS = 5
MAX_MESSAGE = 240
BACKTRACK_LIMIT = 100_000
NOT_EXPLAINED = "too long, or nested too deeply, to say where."


class ToolBroken(Invalid):
    """The tool's own definition does not work; its owner can repair it."""

    code = "tool_broken"


class PreparedTool:
    """A tool of a spec, ready to be listed, checked and called."""

    def __init__(self, spec: ToolContract) -> None:
        self.spec = spec

    @cached_property
    def wire(self) -> dict[str, Any]:
        """The tool as `tools/list` shows it."""
        hints = self.spec.annotations
        shown = {
            "name": self.spec.name,
            "title": self.spec.title or None,
            "description": self.spec.description or None,
            "inputSchema": self.spec.input_schema,
            "outputSchema": self.output_schema,
            "annotations": {
                "title": self.spec.title or None,
                "readOnlyHint": hints.read_only,
                "destructiveHint": hints.destructive,
                "idempotentHint": hints.idempotent,
                "openWorldHint": hints.open_world,
            },
        }
        shown["annotations"] = _without_none(shown["annotations"])
        return _without_none(shown)

    @cached_property
    def output_schema(self) -> dict[str, Any] | None:
        """The output schema that is listed: of an object, as clients before 2026 demand."""
        schema = self.spec.output_schema
        if schema is None or not self.wraps_result:
            return schema
        definitions = {key: schema[key] for key in ("$defs", "definitions") if key in schema}
        inner = {key: value for key, value in schema.items() if key not in definitions}
        wrapper = {"type": "object", "properties": {"result": inner}, "required": ["result"]}
        return {**wrapper, **definitions}

    @cached_property
    def wraps_result(self) -> bool:
        """Whether the result is put into an object under `result`, since it is none itself."""
        schema = self.spec.output_schema
        return schema is not None and schema.get("type") != "object"

    @cached_property
    def has_mirrored_headers(self) -> bool:
        """Whether arguments are mirrored into `Mcp-Param-*` headers, which must then agree."""
        return "x-mcp-header" in json.dumps(self.spec.input_schema) and bool(
            x_mcp_header_map(self.spec.input_schema)
        )

    def check_arguments(self, arguments: Mapping[str, Any]) -> None:
        """Compare the arguments with the input schema.

        Raises:
            Invalid: they do not fit; the message names each argument and what it should be.
        """
        if self._input.is_valid(arguments):
            return
        if not is_explainable(self.spec.input_schema, arguments):
            raise Invalid(f"The arguments do not fit this tool. They are {NOT_EXPLAINED}")
        problems = []
        for error in self._input.iter_errors(arguments):
            problems.append(_in_words(error))
            if len(problems) == MAX_PROBLEMS:
                break
        raise Invalid("The arguments do not fit this tool. " + " ".join(problems))

    def output_problem(self, result: Any) -> str | None:
        """Return how a result breaks the output schema, or None when it does not."""
        if self._output.is_valid(result):
            return None
        if not is_explainable(self.output_schema or {}, result):
            return f"it is {NOT_EXPLAINED}"
        return next((_in_words(error) for error in self._output.iter_errors(result)), None)

    @cached_property
    def _input(self) -> Any:
        return _validator(self.spec.input_schema, "input")

    @cached_property
    def _output(self) -> Any:
        return _validator(self.output_schema or {}, "output")


class PreparedHttpTool(PreparedTool):
    """A tool that is one HTTP request.

    Args:
        http: the tool.
        definitions: says which variables are optional or plain; without, none is.
    """

    def __init__(self, http: HttpTool, definitions: Sequence[Variable] = ()) -> None:
        super().__init__(http)
        self.http = http
        self.definitions = definitions

    @cached_property
    def selection(self) -> ParsedResult | None:
        """The compiled JMESPath selection.

        Raises:
            ToolBroken: it is not JMESPath.
        """
        if not self.http.response.select:
            return None
        try:
            return jmespath.compile(self.http.response.select)
        except (JMESPathError, RecursionError) as error:
            message = f"The response selection of this tool is not JMESPath: {error}"
            raise ToolBroken(message[:MAX_MESSAGE]) from error


class PreparedPythonTool(PreparedTool):
    """A tool that is a Python function."""

    def __init__(self, python: PythonTool) -> None:
        super().__init__(python)
        self.python = python


def prepared(tool: Tool, definitions: Sequence[Variable] = ()) -> PreparedTool:
    """Return a tool of either kind, ready to be called."""
    if isinstance(tool, PythonTool):
        return PreparedPythonTool(tool)
    return PreparedHttpTool(tool, definitions)


def _validator(schema: dict[str, Any], which: str) -> Any:
    if problem := weight_problem(schema):
        raise ToolBroken(f"The {which} schema of this tool is too much to check: {problem}")
    try:
        return jsonschema_rs.validator_for(
            schema,
            retriever=_refuse_to_fetch,
            pattern_options=jsonschema_rs.FancyRegexOptions(backtrack_limit=BACKTRACK_LIMIT),
        )
    except (ValueError, jsonschema_rs.ReferencingError) as error:
        message = f"The {which} schema of this tool is broken: {error}"
        raise ToolBroken(message[:MAX_MESSAGE]) from error


def _refuse_to_fetch(uri: str) -> Any:
    raise LookupError(f"{uri} is outside of the schema")


def _in_words(error: jsonschema_rs.ValidationError) -> str:
    where = "".join(
        f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.instance_path
    ).removeprefix(".")
    message = error.message if len(error.message) <= MAX_MESSAGE else error.message[:MAX_MESSAGE]
    return f"{where}: {message}." if where else f"{message}."


def _without_none(value: dict[str, Any]) -> dict[str, Any]:
    return {key: item for key, item in value.items() if item is not None}
