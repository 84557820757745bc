"""The API's own description, OpenAPI 3.1, written from the table that serves it."""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from pydantic import BaseModel, Field
from pydantic.json_schema import models_json_schema

from saas_app.api.v1.contract import Nothing, Operation, Shown
from saas_app.api.v1.rates import FAILURES, PER_KEY
from saas_app.services.key_scopes import SCOPES

REFERENCE = "#/components/schemas/{model}"
KEY = "organizationKey"
PLACEHOLDER = re.compile(r"\{(\w+)\}")
ABOUT = f"""\
Manage the MCP servers of an organization from your own programs.

Send a key of the organization as `Authorization: Bearer tko_…`. It acts as whoever made it, within
its scopes and their role. Every refusal is problem details (RFC 9457) with a `code` that stays.

A key may send {PER_KEY.count} requests a minute; `RateLimit` says what is left. An address from
which {FAILURES.count} requests without a good key come in five minutes has to wait.

Every POST takes an `Idempotency-Key`: sent again within 24 hours, it gets the same answer and does
nothing. A request that was refused is not kept and can be sent again as it is.
"""


class FieldProblem(Shown):
    """What is wrong with one field."""

    field: str
    message: str


class Problem(Shown):
    """Why a request was refused (RFC 9457)."""

    type: Literal["about:blank"]
    title: str = Field(description="The status in words.")
    status: int
    detail: str = Field(description="What happened and what to do, for a person.")
    code: str = Field(description="What happened, for a program.")
    field: str | None = Field(description="The field that caused it, where one did.")
    errors: list[FieldProblem] = Field(
        default=[], description="All fields that do not fit; only where more is known than `field`."
    )
    request_id: str = Field(description="By which we find the request in our log.")


def document_of(operations: Sequence[Operation], *, address: str) -> dict[str, Any]:
    """Return the document; `address` is where the API is served."""
    schemas, references = _schemas(operations)
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        described = _operation(operation, references)
        paths.setdefault(operation.path, {})[operation.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {"title": "Toolkiln", "version": "1", "description": ABOUT},
        "servers": [{"url": address}],
        "security": [{KEY: []}],
        "tags": [{"name": name} for name in dict.fromkeys(one.tag for one in operations)],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {KEY: _scheme()},
            "responses": {"Problem": _problem_response()},
        },
    }


def _operation(operation: Operation, references: dict[Any, dict[str, str]]) -> dict[str, Any]:
    scope = SCOPES.get(operation.scope)
    needs = f"Needs the scope `{scope.name}`." if scope is not None else "Any key will do."
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": f"{operation.description} {needs}".strip(),
        "tags": [operation.tag],
        "security": [{KEY: [operation.scope] if operation.scope else []}],
        "parameters": [*_path_parameters(operation), *_query_parameters(operation)],
        "responses": {
            str(operation.status): _answer(operation, references),
            "default": {"$ref": "#/components/responses/Problem"},
        },
    }
    if not operation.is_repeatable:
        described["parameters"].append(_idempotency_parameter())
    if operation.body is not None:
        described["requestBody"] = {
            "required": not issubclass(operation.body, Nothing),
            "content": {"application/json": {"schema": references[operation.body, "validation"]}},
        }
    return described


def _answer(operation: Operation, references: dict[Any, dict[str, str]]) -> dict[str, Any]:
    if operation.answer is None:
        return {"description": "Done."}
    schema = references[operation.answer, "serialization"]
    return {"description": "Done.", "content": {"application/json": {"schema": schema}}}


def _schemas(operations: Iterable[Operation]) -> tuple[dict[str, Any], dict[Any, dict[str, str]]]:
    models: list[tuple[type[BaseModel], Any]] = [(Problem, "serialization")]
    for operation in operations:
        if operation.answer is not None:
            models.append((operation.answer, "serialization"))
        if operation.body is not None:
            models.append((operation.body, "validation"))
    references, definitions = models_json_schema(
        list(dict.fromkeys(models)), ref_template=REFERENCE
    )
    return definitions.get("$defs", {}), references


def _path_parameters(operation: Operation) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": _path_schema(name)}
        for name in PLACEHOLDER.findall(operation.path)
    ]


def _path_schema(name: str) -> dict[str, Any]:
    if name.endswith("_id"):
        return {"type": "string", "format": "uuid"}
    return {"type": "integer", "minimum": 1} if name == "number" else {"type": "string"}


def _query_parameters(operation: Operation) -> list[dict[str, Any]]:
    schema = operation.query.model_json_schema()
    required, kinds = schema.get("required", ()), schema.get("$defs", {})
    parameters = []
    for name, told in schema.get("properties", {}).items():
        about = {key: value for key, value in told.items() if key not in ("title", "description")}
        parameters.append(
            {
                "name": name,
                "in": "query",
                "required": name in required,
                "description": told.get("description", ""),
                "schema": _inlined(about, kinds),
            }
        )
    return parameters


def _inlined(schema: Any, kinds: dict[str, Any]) -> Any:
    """Return a schema of a query parameter without references into its model."""
    if isinstance(schema, list):
        return [_inlined(one, kinds) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return kinds[schema["$ref"].rpartition("/")[2]]
    return {key: _inlined(value, kinds) for key, value in schema.items()}


def _idempotency_parameter() -> dict[str, Any]:
    return {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "description": "A new random text for each request that must not happen twice.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    }


def _scheme() -> dict[str, str]:
    scopes = "\n".join(f"- `{scope.name}`: {scope.help}" for scope in SCOPES.values())
    about = f"A key of the organization, made at its API keys page. Scopes:\n\n{scopes}"
    return {"type": "http", "scheme": "bearer", "description": about}


def _problem_response() -> dict[str, Any]:
    schema = {"$ref": REFERENCE.format(model="Problem")}
    return {
        "description": "It was refused.",
        "content": {"application/problem+json": {"schema": schema}},
    }
