"""Writes a request down as the Python function that makes it, to go on from there."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote

from core.errors import Invalid
from core.http_request import PATH_PLACEHOLDER, VARIABLE_REFERENCE, BasicCredential, Parameter
from core.tool_spec import HttpTool, PythonTool, ToolContract
from saas_app.services.samples import kind_of, resolved
from saas_app.services.tools.python.bodies import Body, body_of
from saas_app.services.tools.python.signatures import (
    OTHERS,
    can_be_parameter,
    function_name,
    parameters_of,
)
from saas_app.services.tools.python.texts import code_of, template

# What the code that is written calls something itself.
TAKEN = frozenset(
    {"env", "http", "store", "ToolError", "Image", "json", "jmespath", "quote", "path_part"}
    | {"given", "base", "params", "headers", "cookies", "auth", "body", "answer", "str", "map"}
)
LITERAL_PATH = "/:@!$&'()*+,;=%~-._"
SEPARATORS = {"form": ",", "simple": ",", "spaceDelimited": " ", "pipeDelimited": "|"}
BODY_METHODS = ("GET", "POST", "PUT", "PATCH")
PATH_PART = """

def path_part(value) -> str:
    text = str(value)
    if text in ("", ".", ".."):
        raise ToolError(f"{text!r} cannot be a part of the address.")
    return quote(text, safe="")
"""
GIVEN = """

def given(values: dict) -> dict:
    return {name: value for name, value in values.items() if value is not None}
"""
ANSWER = """
    if answer.is_error:
        raise ToolError(f"The service answered {answer.status_code}: {answer.text[:500]}")
    if "json" in answer.headers.get("content-type", ""):
        return %s
    return answer.text
"""


class CannotConvert(Invalid):
    """The request has a part for which no code is written."""

    code = "cannot_convert"


def python_of(tool: HttpTool, *, optional: Collection[str] = ()) -> PythonTool:
    """Return the Python tool that does what a request does, under the same contract.

    Args:
        tool: the request.
        optional: variables whose absence leaves out what needs them.

    Raises:
        CannotConvert: it sends files, or writes an argument in a way that is rare.
    """
    function = function_name(tool.name)
    writer = _Writer(tool, frozenset(optional))
    lines = writer.lines()
    parameters = parameters_of(
        tool.input_schema, taken=TAKEN, has_defaults=tool.request.sends_defaults
    )
    code = f"\n\nasync def {function}{parameters}:\n" + "\n".join(f"    {line}" for line in lines)
    result = "answer.json()"
    if tool.response.select:
        writer.imports.add("import jmespath")
        result = f"jmespath.search({code_of(tool.response.select)}, answer.json())"
    helpers = "".join(one for one in (PATH_PART, GIVEN) if one in writer.helpers)
    source = "\n".join(sorted(writer.imports)) + helpers + code + ANSWER % result
    contract = {name: getattr(tool, name) for name in ToolContract.model_fields}
    return PythonTool(**contract, source=source.lstrip("\n"), function=function)


@dataclass(slots=True)
class _Writer:
    """Collects what the function needs while its lines are written."""

    tool: HttpTool
    optional: frozenset[str]
    imports: set[str] = field(default_factory=set)
    helpers: set[str] = field(default_factory=set)
    entries: dict[str, list[tuple[str, str]]] = field(
        default_factory=lambda: {"params": [], "headers": [], "cookies": []}
    )

    def lines(self) -> list[str]:
        """Return the lines of the function, up to the request itself."""
        request = self.tool.request
        url = self._url()
        body = body_of(self.tool.request, self._required(), self.value)
        for parameter in request.parameters:
            if parameter.location != "path":
                self._add(parameter.location, parameter.name, self._written(parameter))
        for one in request.fixed:
            self._add(one.location, one.name, self._if_there(one.value))
        if body is not None and body.content_type:
            self._add("header", "Content-Type", code_of(body.content_type))
        signs_in = list(self._signing_in())
        return [
            *self._base(),
            *self._collections(),
            *(body.lines if body is not None else ()),
            *signs_in,
            *self._cookie_header(),
            *self._call(url, body),
        ]

    def value(self, argument: str) -> str:
        """Return what stands for an argument in the code."""
        if can_be_parameter(argument, TAKEN):
            return argument
        if self._is_required(argument):
            return f"{OTHERS}[{code_of(argument)}]"
        return f"{OTHERS}.get({code_of(argument)})"

    def _is_required(self, argument: str) -> bool:
        return argument in self._required()

    def _required(self) -> set[str]:
        required = self.tool.input_schema.get("required")
        return set(map(str, required)) if isinstance(required, list) else set()

    def _kind(self, argument: str) -> str:
        properties = self.tool.input_schema.get("properties") or {}
        return kind_of(resolved(properties.get(argument), self.tool.input_schema))  # pyright: ignore[reportAttributeAccessIssue]

    def _add(self, location: str, name: str, value: str) -> None:
        where = {"query": "params", "header": "headers", "cookie": "cookies"}[location]
        known = {one.lower() if where == "headers" else one for one, _ in self.entries[where]}
        if name in known:
            raise CannotConvert(f"The request has {name} twice, which is not written as code.")
        self.entries[where].append((name, value))

    def _base(self) -> Iterator[str]:
        base = self.tool.request.base
        if base.variable is None:
            return
        value = f'env["{base.variable}"]'
        if base.url:
            value = f'(env.get("{base.variable}") or {template(base.url)})'
        yield f'base = {value}.rstrip("/")'

    def _url(self) -> str:
        """Return the address as an f-string; what stands in its query goes to the others."""
        request = self.tool.request
        start = "{base}" if request.base.variable else template(request.base.url, is_bare=True)
        path, _, query = request.path.partition("#")[0].partition("?")
        for name, value in parse_qsl(query, keep_blank_values=True):
            self._add("query", name, code_of(value))
        parameters = {one.name: one for one in request.parameters if one.location == "path"}
        pieces = PATH_PLACEHOLDER.split(path)
        written = [
            f"{{{self._path_part(parameters[piece])}}}"
            if index % 2
            else quote(piece, safe=LITERAL_PATH).replace("{", "{{").replace("}", "}}")
            for index, piece in enumerate(pieces)
        ]
        text = f'"{start}{"".join(written)}"'
        return f"f{text}" if "{" in text else text

    def _path_part(self, parameter: Parameter) -> str:
        if parameter.style != "simple" or parameter.media_type is not None:
            raise CannotConvert(f"{parameter.argument} is written into the path in a rare way.")
        self.helpers.add(PATH_PART)
        self.imports.add("from urllib.parse import quote")
        value, kind = (
            self.value(parameter.argument).replace('"', "'"),
            self._kind(parameter.argument),
        )
        if kind == "array":
            return f"','.join(path_part(one) for one in {value})"
        if kind == "boolean":
            return f"path_part(str({value}).lower())"
        return f"path_part({value})"

    def _written(self, parameter: Parameter) -> str:
        """Return a parameter's value as the dictionaries of httpx take it."""
        value, kind = self.value(parameter.argument), self._kind(parameter.argument)
        if parameter.media_type is not None:
            if "json" not in parameter.media_type:
                raise CannotConvert(f"{parameter.argument} travels as {parameter.media_type}.")
            self.imports.add("import json")
            return self._unless_none(parameter.argument, f"json.dumps({value})")
        if kind == "object":
            raise CannotConvert(
                f"{parameter.argument} is an object that is spread over the request."
            )
        if kind == "array" and not (parameter.location == "query" and parameter.explode):
            separator = SEPARATORS.get(parameter.style, ",")
            joined = f'"{separator}".join(map(str, {value}))'
            return self._unless_none(parameter.argument, joined)
        if parameter.location == "query":
            return value
        text = f"str({value}).lower()" if kind == "boolean" else f"str({value})"
        return self._unless_none(parameter.argument, value if kind == "string" else text)

    def _unless_none(self, argument: str, code: str) -> str:
        value = self.value(argument)
        return (
            code
            if self._is_required(argument) or code == value
            else f"None if {value} is None else {code}"
        )

    def _if_there(self, text: str) -> str:
        """Return a fixed value; one whose optional variable has no value is left out."""
        names = [name for name in VARIABLE_REFERENCE.findall(text) if name in self.optional]
        if not names:
            return template(text)
        return f"{template(text)} if {' and '.join(_has(name) for name in names)} else None"

    def _signing_in(self) -> Iterator[str]:
        """Yield the choice between the alternatives: the first whose variables have values."""
        options = self.tool.request.credentials
        filled = [option for option in options if option]
        may_go_without = len(filled) < len(options)
        if len(filled) == 1 and not may_go_without:
            yield from self._credentials(filled[0])
            return
        for index, option in enumerate(filled):
            names = sorted(set(VARIABLE_REFERENCE.findall(" ".join(map(str, option)))))
            yield f"{'elif' if index else 'if'} {' and '.join(map(_has, names)) or 'True'}:"
            yield from (f"    {line}" for line in self._credentials(option))
        if filled and not may_go_without:
            yield "else:"
            yield '    raise ToolError("The variables that sign in have no value.")'

    def _credentials(self, option: Any) -> Iterator[str]:
        for one in option:
            if isinstance(one, BasicCredential):
                yield f"auth = ({template(one.username)}, {template(one.password)})"
            else:
                where = {"query": "params", "header": "headers", "cookie": "cookies"}[one.location]
                yield f"{where}[{code_of(one.name)}] = {template(one.value)}"

    def _uses(self, where: str) -> bool:
        """Whether a dictionary is needed: for what is in it, or for what signs in."""
        locations = {"params": "query", "headers": "header", "cookies": "cookie"}
        credentials = [one for option in self.tool.request.credentials for one in option]
        return bool(self.entries[where]) or any(
            getattr(one, "location", "") == locations[where] for one in credentials
        )

    def _has_auth(self) -> bool:
        credentials = [one for option in self.tool.request.credentials for one in option]
        return any(isinstance(one, BasicCredential) for one in credentials)

    def _collections(self) -> Iterator[str]:
        if self._uses("cookies") and not self._uses("headers"):
            yield "headers = {}"
        for where, entries in self.entries.items():
            if not entries and self._uses(where):
                yield f"{where} = {{}}"
            elif entries:
                yield f"{where} = {{"
                yield from (f"    {code_of(name)}: {value}," for name, value in entries)
                yield "}"
        if self._has_auth():
            yield "auth = None"

    def _cookie_header(self) -> Iterator[str]:
        if self._uses("cookies"):
            self.helpers.add(GIVEN)
            pairs = 'f"{name}={value}" for name, value in given(cookies).items()'
            yield f'headers["Cookie"] = "; ".join({pairs})'

    def _call(self, url: str, body: Body | None) -> Iterator[str]:
        method = self.tool.request.method
        is_short = method in BODY_METHODS
        yield (
            f"answer = await http.{method.lower()}(" if is_short else "answer = await http.request("
        )
        if not is_short:
            yield f'    "{method}",'
        yield f"    {url},"
        for where in ("params", "headers"):
            if self._uses(where) or (where == "headers" and self._uses("cookies")):
                self.helpers.add(GIVEN)
                yield f"    {where}=given({where}),"
        if self._has_auth():
            yield "    auth=auth,"
        if body is not None:
            yield f"    {body.sent_as},"
        yield f"    timeout={self.tool.timeout_seconds:g},"
        yield ")"


def _has(name: str) -> str:
    return f'env.get("{name}")'
