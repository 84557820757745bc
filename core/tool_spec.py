"""The seam: the published form of a server. The web app writes it, the runtime reads it.

A `ServerSpec` is immutable once stored. Both programs validate it with these classes, so a spec
that parses is a spec that runs. New fields get defaults; a change of meaning gets a new `FORMAT`.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from keyword import iskeyword
from typing import Annotated, Any, Literal, Self

import orjson
from pydantic import Field, JsonValue, TypeAdapter, field_validator, model_validator

from core.frozen import Frozen
from core.http_request import HttpRequest

FORMAT = 1
TOOL_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
VARIABLE_NAME = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
MAX_TIMEOUT_SECONDS = 120.0
MAX_RESULT_BYTES = 1_000_000
DEFAULT_RESULT_BYTES = 100_000
MAX_SELECT_CHARACTERS = 2_000
MAX_SOURCE_CHARACTERS = 100_000
# `env["NAME"]` and `env.get("NAME")`, in the code of a Python tool.
ENV_REFERENCE = re.compile(
    r"""\benv(?:\[["']([A-Z][A-Z0-9_]{0,63})["']\]|\.get\(["']([A-Z][A-Z0-9_]{0,63})["'])"""
)


class Annotations(Frozen):
    """Hints for clients (MCP `ToolAnnotations`); the title stands on the tool."""

    read_only: bool = False
    destructive: bool = True
    idempotent: bool = False
    open_world: bool = True


class ResponsePolicy(Frozen):
    """What of the answer reaches the client: a JMESPath selection, then a cap in bytes of UTF-8."""

    select: str | None = Field(default=None, max_length=MAX_SELECT_CHARACTERS)
    max_bytes: int = Field(default=DEFAULT_RESULT_BYTES, ge=1_000, le=MAX_RESULT_BYTES)


class ToolContract(Frozen):
    """What every tool promises, however it keeps it."""

    name: str
    title: str = ""
    description: str = ""
    input_schema: dict[str, JsonValue]
    output_schema: dict[str, JsonValue] | None = None
    annotations: Annotations = Annotations()
    timeout_seconds: float = Field(default=30.0, gt=0, le=MAX_TIMEOUT_SECONDS)
    tags: tuple[str, ...] = ()

    @field_validator("name")
    @classmethod
    def _is_valid_for_every_client(cls, name: str) -> str:
        if not TOOL_NAME.fullmatch(name):
            raise ValueError("A tool name is 1 to 64 of A-Z a-z 0-9 _ and -.")
        return name

    @field_validator("input_schema")
    @classmethod
    def _is_of_an_object(cls, schema: dict[str, JsonValue]) -> dict[str, JsonValue]:
        if schema.get("type") != "object":
            raise ValueError("The input schema of a tool has the type object.")
        return schema

    def declared_arguments(self) -> set[str]:
        """Names of the arguments that the input schema declares."""
        properties = self.input_schema.get("properties")
        return set(properties) if isinstance(properties, dict) else set()


class HttpTool(ToolContract):
    """A tool that is one HTTP request."""

    kind: Literal["http"] = "http"
    request: HttpRequest
    response: ResponsePolicy = ResponsePolicy()

    def with_defaults(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a call's arguments, filled up with defaults where the request sends them."""
        properties = self.input_schema.get("properties")
        if not self.request.sends_defaults or not isinstance(properties, dict):
            return arguments
        defaults = {
            name: schema["default"]
            for name, schema in properties.items()
            if isinstance(schema, dict) and "default" in schema
        }
        return {**defaults, **arguments}

    def variables(self) -> set[str]:
        """Names of the variables that the tool needs."""
        return self.request.variables()

    @model_validator(mode="after")
    def _arguments_are_declared(self) -> Self:
        missing = self.request.arguments() - self.declared_arguments()
        if missing:
            raise ValueError(f"The input schema does not declare: {', '.join(sorted(missing))}.")
        return self


class PythonTool(ToolContract):
    """A tool that is a Python function, run in the sandbox.

    Attributes:
        source: the module with the function in it.
        function: the function's name; its parameters are the tool's arguments.
    """

    kind: Literal["python"] = "python"
    source: str = Field(max_length=MAX_SOURCE_CHARACTERS)
    function: str

    @field_validator("function")
    @classmethod
    def _is_a_function_name(cls, function: str) -> str:
        if not function.isidentifier() or iskeyword(function):
            raise ValueError("A function's name is made of letters, digits and _.")
        return function

    def variables(self) -> set[str]:
        """Names of the variables that the code mentions in so many words."""
        return {name for names in ENV_REFERENCE.findall(self.source) for name in names if name}


Tool = Annotated[HttpTool | PythonTool, Field(discriminator="kind")]
_TOOL: TypeAdapter[Tool] = TypeAdapter(Tool)


def read_tool(spec: Mapping[str, Any]) -> HttpTool | PythonTool:
    """Return a tool from its stored form.

    Raises:
        ValidationError: it is none.
    """
    return _TOOL.validate_python({"kind": "http", **spec})


class PythonSettings(Frozen):
    """How a server's Python tools run.

    Attributes:
        hosts: what they may reach: names, addresses, `*.example.com`, or `*` for anything public.
        ports: on which they may reach it, besides the usual ones of HTTP and databases.
        isolation: one process for many calls, or a new one for each.
        store: whether the key-value store is one for all, or one for each end user.
    """

    hosts: tuple[str, ...] = ()
    ports: tuple[Annotated[int, Field(ge=1, le=65535)], ...] = ()
    isolation: Literal["shared", "per_call"] = "shared"
    store: Literal["shared", "per_user"] = "shared"


class Variable(Frozen):
    """An environment variable of a server, without its value (values are sealed rows).

    `default` and `choices` are for plain variables only.
    """

    name: str
    description: str = ""
    is_required: bool = True
    is_secret: bool = True
    default: str | None = None
    choices: tuple[str, ...] = ()

    @field_validator("name")
    @classmethod
    def _is_a_variable_name(cls, name: str) -> str:
        if not VARIABLE_NAME.fullmatch(name):
            raise ValueError("A variable name is A-Z, 0-9 and _, starts with a letter, at most 64.")
        return name

    @model_validator(mode="after")
    def _keeps_secrets_out(self) -> Self:
        if self.is_secret and (self.default is not None or self.choices):
            raise ValueError("A secret has no default and no choices: it would be readable.")
        return self


class ServerSpec(Frozen):
    """A whole server as clients see it, at one version."""

    format: Literal[1] = FORMAT
    name: str
    instructions: str = ""
    tools: tuple[Tool, ...] = ()
    variables: tuple[Variable, ...] = ()
    python: PythonSettings = PythonSettings()

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        for what, names in (
            ("tools", [tool.name for tool in self.tools]),
            ("variables", [variable.name for variable in self.variables]),
        ):
            twice = sorted(name for name, times in Counter(names).items() if times > 1)
            if twice:
                raise ValueError(f"Two {what} share a name: {', '.join(twice)}.")
        return self

    def content_hash(self) -> str:
        """SHA-256 (hex) of everything: equal hashes serve equal behaviour.

        What a server without Python tools does not use does not count.
        """
        unused = set() if self.has_python else {"python"}
        return _digest(self.model_dump(mode="json", exclude=unused))

    @property
    def has_python(self) -> bool:
        """Whether some tool is run in the sandbox."""
        return any(isinstance(tool, PythonTool) for tool in self.tools)

    def contract_hash(self) -> str:
        """SHA-256 (hex) of what a client relies on: tool names and their schemas."""
        return _digest(
            [
                [tool.name, tool.input_schema, tool.output_schema]
                for tool in sorted(self.tools, key=lambda tool: tool.name)
            ]
        )


def _digest(value: Any) -> str:
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()
