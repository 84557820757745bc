"""Makes one tool of one request, with the judgement of somebody careful."""

import re
from dataclasses import dataclass

from core.http_request import Body, HttpRequest
from core.tool_spec import Annotations, HttpTool
from saas_app.services.intake.curl.address import Address
from saas_app.services.intake.curl.bases import base_of
from saas_app.services.intake.curl.bodies import body_of
from saas_app.services.intake.curl.draft import Draft
from saas_app.services.intake.curl.graphql import is_graphql_body, operation_of
from saas_app.services.intake.curl.headers import sort_headers
from saas_app.services.intake.curl.hiding import KnownSecrets
from saas_app.services.intake.curl.marks import Marks
from saas_app.services.intake.curl.naming import (
    name_from_request,
    name_from_title,
    title_from_comment,
    title_from_name,
)
from saas_app.services.intake.curl.paths import path_template
from saas_app.services.intake.curl.queries import sort_query
from saas_app.services.intake.curl.sent import Sent
from saas_app.services.intake.curl.variables import VariableBook

_SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")


@dataclass(frozen=True, slots=True)
class Converted:
    """A tool, the name it would like to have, and what was left out."""

    tool: HttpTool
    wanted_name: str
    notes: tuple[str, ...]


def convert(sent: Sent, comment: str, book: VariableBook, marks: Marks) -> Converted:
    """Return the tool for one request.

    Raises:
        NotConvertible: the request cannot be repeated by a tool.
    """
    draft = Draft(book, marks, _host(sent.address, marks), notes=list(sent.notes))
    sort_headers(sent, draft)  # first: a path that repeats a credential follows it to the base
    base, rest = base_of(sent.address, draft)
    path = path_template(rest, draft, has_defaults=sent.method in _SAFE)
    sort_query(sent.address.query, draft)
    body = body_of(sent, draft)
    comment = KnownSecrets(book.secrets).in_text(comment) if comment else ""
    request = HttpRequest(
        method=sent.method,  # pyright: ignore[reportArgumentType]
        base=base,
        path=path,
        parameters=tuple(draft.parameters),
        fixed=tuple(draft.fixed),
        body=body,
        credentials=(tuple(draft.credentials),) if draft.credentials else (),
        sends_defaults=True,
    )
    wanted, title = _naming(request, comment)
    tool = HttpTool(
        name="draft",
        title=title,
        description=_description(request, comment, draft),
        input_schema=_input_schema(draft),
        annotations=annotations_of(request),
        request=request,
    )
    return Converted(tool, wanted, tuple(draft.notes))


def annotations_of(request: HttpRequest) -> Annotations:
    """What a method promises (RFC 9110 section 9.2); a GraphQL query reads, whatever its method."""
    operation = _graphql_operation(request.body)
    if operation is not None:
        is_query = operation[0] == "query"
        return Annotations(read_only=is_query, destructive=not is_query, idempotent=is_query)
    is_safe = request.method in _SAFE
    return Annotations(
        read_only=is_safe,
        destructive=request.method in ("PUT", "PATCH", "DELETE"),
        idempotent=is_safe or request.method in ("PUT", "DELETE"),
    )


def _host(address: Address, marks: Marks) -> str:
    return marks.as_written(address.origin).rpartition("/")[2]


def _naming(request: HttpRequest, comment: str) -> tuple[str, str]:
    title = title_from_comment(comment)
    if title and (name := name_from_title(title)):
        return name, title
    operation = _graphql_operation(request.body)
    if operation is not None:
        snake = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", operation[1]).lower()
        return snake, title_from_name(snake)
    name = name_from_request(request.method, request.path)
    return name, title_from_name(name)


def _graphql_operation(body: Body | None) -> tuple[str, str] | None:
    if body is None or not is_graphql_body(body):
        return None
    return operation_of(body.fixed)  # pyright: ignore[reportArgumentType]


def _description(request: HttpRequest, comment: str, draft: Draft) -> str:
    said = comment.strip()
    endpoint = f"{request.method} {request.path or '/'} of {draft.host}"
    if not said:
        return f"Calls {endpoint}."
    ending = "" if said.endswith((".", "!", "?")) else "."
    return f"{said}{ending}\n\nCalls {endpoint}."


def _input_schema(draft: Draft) -> dict:
    schema: dict = {"type": "object", "properties": draft.properties}
    if draft.required:
        schema["required"] = list(draft.required)
    return schema | {"additionalProperties": False}
