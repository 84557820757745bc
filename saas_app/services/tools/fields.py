"""What can be changed of a tool, field by field: each value is checked alone and told apart."""

import copy
import re
from collections.abc import Callable
from typing import Any, TypeVar

import jmespath
import orjson
from jmespath.exceptions import ParseError
from pydantic import ValidationError

from core.errors import Invalid
from core.http_request import METHODS
from core.tool_spec import (
    MAX_RESULT_BYTES,
    MAX_SELECT_CHARACTERS,
    MAX_SOURCE_CHARACTERS,
    MAX_TIMEOUT_SECONDS,
    TOOL_NAME,
    HttpTool,
    PythonTool,
)
from saas_app.services.tools.addresses import read_address
from saas_app.services.tools.arguments import (
    add_argument,
    change_argument,
    match_placeholders,
    match_schema,
    remove_argument,
)
from saas_app.services.tools.bindings import BODYLESS, Spec
from saas_app.services.tools.schemas import schema_problem

ANNOTATIONS = ("read_only", "destructive", "idempotent", "open_world")
MAX_SCHEMA_CHARACTERS = 500_000
AnyTool = TypeVar("AnyTool", bound=HttpTool | PythonTool)
HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
OUR_HEADERS = frozenset({"host", "content-length", "transfer-encoding", "connection", "upgrade"})


def change_field(tool: AnyTool, field: str, value: Any) -> AnyTool:
    """Return the tool with one field changed.

    `arguments.<name>.<key>` changes one thing of one argument, `add_argument` takes a wanted name,
    `remove_argument` an existing one.

    Raises:
        Invalid: the value cannot be taken; the error carries the field.
    """
    spec = copy.deepcopy(tool.model_dump(mode="json"))
    try:
        _apply(spec, field, value)
        return type(tool).model_validate(spec)
    except Invalid as error:
        raise Invalid(error.message, field=error.field or field) from error
    except ValidationError as error:
        raise Invalid(first_problem(error), field=field) from error


def first_problem(error: ValidationError) -> str:
    """Return the first message of a validation in the user's words."""
    return str(error.errors()[0]["msg"]).removeprefix("Value error, ")


def _apply(spec: Spec, field: str, value: Any) -> None:
    if field.startswith("arguments."):
        name, _, key = field.removeprefix("arguments.").rpartition(".")
        change_argument(spec, name, key, value)
    elif field in ANNOTATIONS:
        spec["annotations"][field] = bool(value)
    elif change := (_CHANGES | _OF_KIND[spec["kind"]]).get(field):
        change(spec, value)
    else:
        raise Invalid("A tool has no such setting.")


def _set_name(spec: Spec, value: Any) -> None:
    name = str(value).strip()
    if not TOOL_NAME.fullmatch(name):
        raise Invalid("A tool name is 1 to 64 of A-Z a-z 0-9 _ and -.")
    spec["name"] = name


def _text(key: str, longest: int) -> Callable[[Spec, Any], None]:
    def change(spec: Spec, value: Any) -> None:
        spec[key] = _short_text(value, longest)

    return change


def _short_text(value: Any, longest: int) -> str:
    text = str(value).strip()
    if len(text) > longest:
        raise Invalid(f"At most {longest:,} characters fit here; this has {len(text):,}.")
    return text


def _set_method(spec: Spec, value: Any) -> None:
    method = str(value).upper()
    if method not in METHODS:
        raise Invalid(f"A method is one of: {', '.join(METHODS)}.")
    if method in BODYLESS and spec["request"].get("body"):
        raise Invalid(f"A {method} request has no body. Move the arguments out of the body first.")
    spec["request"]["method"] = method


def _set_url(spec: Spec, value: Any) -> None:
    request = spec["request"]
    before = request["base"]
    address = read_address(str(value), base_url="" if before["variable"] else before["url"])
    if address.base["variable"] and address.base["variable"] == before["variable"]:
        address.base["url"] = before["url"]
    request["base"] = address.base
    request["path"] = address.path
    request["fixed"] = [one for one in request["fixed"] if one["location"] != "query"]
    request["fixed"] += address.fixed
    match_placeholders(spec, address.placeholders)


def _set_headers(spec: Spec, value: Any) -> None:
    """Take fixed headers, one `Name: value` a line."""
    fixed = [one for one in spec["request"]["fixed"] if one["location"] != "header"]
    for line in filter(None, (line.strip() for line in str(value).splitlines())):
        name, colon, text = line.partition(":")
        if not colon or not HEADER_NAME.fullmatch(name.strip()):
            raise Invalid(f"A header is written as Name: value; {line[:40]!r} is not.")
        if name.strip().lower() in OUR_HEADERS:
            raise Invalid(f"The header {name.strip()} is set by the connection itself.")
        fixed.append({"location": "header", "name": name.strip(), "value": text.strip()})
    spec["request"]["fixed"] = fixed


def _set_select(spec: Spec, value: Any) -> None:
    expression = _short_text(value, MAX_SELECT_CHARACTERS)
    if expression:
        try:
            jmespath.compile(expression)
        except ParseError as error:
            raise Invalid(
                f"This is not JMESPath: something is wrong at character {error.lex_position + 1}."
            ) from error
        except RecursionError:
            raise Invalid("This is nested too deeply.") from None
    spec["response"]["select"] = expression or None


def _set_max_bytes(spec: Spec, value: Any) -> None:
    size = _as_number(value)
    if not 1_000 <= size <= MAX_RESULT_BYTES:
        raise Invalid(f"A size is between 1,000 and {MAX_RESULT_BYTES:,} bytes.")
    spec["response"]["max_bytes"] = int(size)


def _set_timeout(spec: Spec, value: Any) -> None:
    seconds = _as_number(value)
    if not 0 < seconds <= MAX_TIMEOUT_SECONDS:
        raise Invalid(f"A timeout is more than 0 and at most {MAX_TIMEOUT_SECONDS:g} seconds.")
    spec["timeout_seconds"] = seconds


def _set_source(spec: Spec, value: Any) -> None:
    if len(source := str(value)) > MAX_SOURCE_CHARACTERS:
        raise Invalid(f"The code of a tool has at most {MAX_SOURCE_CHARACTERS:,} characters.")
    spec["source"] = source


def _set_function(spec: Spec, value: Any) -> None:
    spec["function"] = str(value).strip()


def _as_number(value: Any) -> float:
    try:
        return float(str(value).replace(",", "").replace("_", "").strip())
    except ValueError:
        raise Invalid("That is not a number.") from None


def _set_schema(spec: Spec, value: Any) -> None:
    schema = _as_json(value) if isinstance(value, str) else value
    if not isinstance(schema, dict):
        raise Invalid("A schema is a JSON object.")
    schema.setdefault("type", "object")
    properties = schema.setdefault("properties", {})
    if schema["type"] != "object" or not isinstance(properties, dict):
        raise Invalid('The schema of a tool has "type": "object" and "properties".')
    if problem := schema_problem(schema):
        raise Invalid(f"Not a valid JSON Schema: {problem}")
    spec["input_schema"] = schema
    match_schema(spec)


def _as_json(text: str) -> Any:
    if len(text) > MAX_SCHEMA_CHARACTERS:
        raise Invalid(f"A schema has at most {MAX_SCHEMA_CHARACTERS:,} characters.")
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Invalid(
            f"Not valid JSON at line {error.lineno}, column {error.colno}: {error.msg}."
        ) from error


_CHANGES: dict[str, Callable[[Spec, Any], Any]] = {
    "name": _set_name,
    "title": _text("title", 200),
    "description": _text("description", 8_000),
    "timeout_seconds": _set_timeout,
    "input_schema": _set_schema,
    "add_argument": lambda spec, value: add_argument(spec, str(value)),
    "remove_argument": lambda spec, value: remove_argument(spec, str(value)),
}
_OF_KIND: dict[str, dict[str, Callable[[Spec, Any], Any]]] = {
    "http": {
        "method": _set_method,
        "url": _set_url,
        "headers": _set_headers,
        "select": _set_select,
        "max_bytes": _set_max_bytes,
    },
    "python": {"source": _set_source, "function": _set_function},
}
