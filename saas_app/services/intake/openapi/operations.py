"""One operation of a document becomes one tool, or a reason why it cannot."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from core.http_request import METHODS, PATH_PLACEHOLDER, FixedValue, HttpRequest
from core.schema_weight import weight_problem
from core.tool_spec import Annotations, HttpTool
from saas_app.services.intake.names import is_name, tool_name
from saas_app.services.intake.openapi import responses, swagger2, wording
from saas_app.services.intake.openapi.arguments import Arguments
from saas_app.services.intake.openapi.bodies import read_body
from saas_app.services.intake.openapi.document import (
    BrokenReference,
    CannotConvert,
    Dialect,
    Document,
    as_list,
    as_object,
)
from saas_app.services.intake.openapi.findings import Findings
from saas_app.services.intake.openapi.keywords import Schema
from saas_app.services.intake.openapi.parameters import is_ignored, merged, read_parameters
from saas_app.services.intake.openapi.schemas import Direction, Schemas
from saas_app.services.intake.openapi.security import Alternatives, Security
from saas_app.services.intake.openapi.servers import Servers

_READING = ("GET", "HEAD", "OPTIONS", "TRACE")
_REPEATABLE = (*_READING, "PUT", "DELETE")


class Operation(NamedTuple):
    """One entry under `paths`: where it stands and what the document says about it."""

    method: str
    path: str
    path_item: dict[str, Any]
    raw: dict[str, Any]

    @property
    def what(self) -> str:
        """The operation as people say it."""
        return f"{self.method} {self.path}"


def operations_of(document: Document, findings: Findings) -> Iterator[Operation]:
    """Yield every operation that can be looked at; what cannot goes to the findings."""
    for path, node in document["paths"].items():
        if path.startswith("x-"):
            continue
        try:
            item = document.follow(node)
        except BrokenReference as broken:
            findings.skip(path, broken.reason)
            continue
        if isinstance(node, dict) and "$ref" in node:
            item = {**item, **{key: value for key, value in node.items() if key != "$ref"}}
        yield from _of_one_path(path, item, findings)


def _of_one_path(path: str, item: dict[str, Any], findings: Findings) -> Iterator[Operation]:
    address = path if path.startswith("/") else f"/{path}"
    for key, raw in item.items():
        method = key.upper()
        if method in METHODS and key == key.lower():
            if isinstance(raw, dict):
                yield Operation(method, address, item, raw)
            else:
                findings.skip(f"{method} {address}", "It is empty in the document.")
        elif key == "query" and isinstance(raw, dict):
            findings.skip(f"QUERY {address}", "Tools do not send the method QUERY yet.")
    for method in as_object(item.get("additionalOperations")):
        findings.skip(f"{method} {address}", f"Tools do not send the method {method}.")


class ToolMaker:
    """Makes tools of operations; what they share (schemas, servers, security) is read once."""

    def __init__(self, document: Document, findings: Findings, *, prefix: str) -> None:
        self.servers = Servers(document, prefix=prefix)
        self.security = Security(document, prefix=prefix)
        self._document = document
        self._findings = findings
        self._inputs = Schemas(document, Direction.INPUT)
        self._outputs = Schemas(document, Direction.OUTPUT)
        self._taken: set[str] = set()

    def tool(self, operation: Operation) -> HttpTool:
        """Return the tool.

        Raises:
            CannotConvert: no correct request can be made of what the document says.
        """
        raw, what = operation.raw, operation.what
        arguments = Arguments(self._inputs)
        contents = responses.success_contents(self._document, raw)
        request = self._request(operation, arguments, responses.accept_header(contents))
        schema, lost = arguments.input_schema()
        for reason in lost:
            self._findings.skip(what, f"Part of its arguments is left open. {reason}")
        if problem := weight_problem(schema):
            raise CannotConvert(f"Its arguments are too much to check. {problem}")
        return HttpTool(
            name=self._name(operation),
            title=wording.title_of(raw),
            description=wording.description_of(raw, what),
            input_schema=schema,
            output_schema=self._output_schema(contents, what),
            annotations=annotations_for(operation.method),
            request=request,
            tags=tuple(dict.fromkeys(t for t in as_list(raw.get("tags")) if isinstance(t, str))),
        )

    def _output_schema(self, contents: list[dict[str, Any]], what: str) -> Schema | None:
        schema = responses.output_schema(contents, self._outputs)
        if problem := weight_problem(schema or {}):
            self._findings.skip(what, f"What it answers is not described. {problem}")
            return None
        return schema

    def _name(self, operation: Operation) -> str:
        """The operation's id; where that has no letter a name may have, method and path."""
        wanted = wording.name_of(operation.raw, operation.method, operation.path)
        if not is_name(wanted):
            wanted = wording.name_of({}, operation.method, operation.path)
        return tool_name(wanted, self._taken)

    def _request(
        self, operation: Operation, arguments: Arguments, accept: str | None
    ) -> HttpRequest:
        path, fixed = split_path(operation.path)
        parameters, raw_body = self._parts(operation)
        self._note_ignored(operation, parameters)
        placeholders = list(dict.fromkeys(PATH_PLACEHOLDER.findall(path)))
        read = read_parameters(parameters, arguments, placeholders)
        body, passed_over = read_body(raw_body, arguments) if raw_body else (None, [])
        if passed_over and body is not None:
            self._findings.several_bodies(operation.what, body.media_type, passed_over)
        if accept is not None:
            fixed = (*fixed, FixedValue(location="header", name="Accept", value=accept))
        return HttpRequest(
            method=operation.method,  # type: ignore[arg-type]  # one of METHODS
            base=self.servers.base_for(operation.path_item, operation.raw),
            path=path,
            parameters=read,
            fixed=fixed,
            body=body,
            credentials=self._credentials(operation),
        )

    def _credentials(self, operation: Operation) -> Alternatives:
        """What the operation asks for; a tool that cannot present it is made all the same."""
        try:
            return self.security.credentials_for(operation.raw)
        except CannotConvert as problem:
            self._findings.skip(operation.what, f"It is sent without credentials. {problem.reason}")
            return ()

    def _parts(self, operation: Operation) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
        parameters = merged(self._document, operation.path_item, operation.raw)
        if self._document.dialect is Dialect.SWAGGER_2:
            return swagger2.parameters_and_body(self._document, operation.raw, parameters)
        raw = operation.raw.get("requestBody")
        if raw is None or operation.method == "TRACE":
            return parameters, None
        try:
            return parameters, self._document.follow(raw)
        except BrokenReference as broken:
            raise CannotConvert(f"Its body cannot be read: {broken.reason}") from broken

    def _note_ignored(self, operation: Operation, parameters: list[dict[str, Any]]) -> None:
        for parameter in parameters:
            if is_ignored(parameter):
                self._findings.ignored_header(operation.what, str(parameter.get("name")))
            elif parameter.get("in") == "path":
                name = str(parameter.get("name"))
                if f"{{{name}}}" not in operation.path:
                    reason = f"The path has no place for its parameter {name}, so it is left out."
                    self._findings.skip(operation.what, reason)


def annotations_for(method: str) -> Annotations:
    """What the method promises (RFC 9110 section 9.2); POST is taken to add and no more."""
    reads = method in _READING
    return Annotations(
        read_only=reads,
        destructive=method in ("PUT", "PATCH", "DELETE"),
        idempotent=method in _REPEATABLE,
    )


def split_path(path: str) -> tuple[str, tuple[FixedValue, ...]]:
    """Part a path from a query or fragment that some documents use to tell operations apart."""
    path = re.sub(r"#.*", "", path)
    path, _, query = path.partition("?")
    pairs = parse_qsl(query, keep_blank_values=True)
    return path, tuple(
        FixedValue(location="query", name=name, value=value) for name, value in pairs
    )
