"""Small documents for the tests of the importer, and what comes out of them."""

from typing import Any

import jsonschema_rs

from core.tool_spec import HttpTool
from saas_app.services.intake.openapi import from_parsed
from saas_app.services.intake.proposal import Proposal

SERVER = "https://api.example.com/v1"


def openapi(paths: dict[str, Any], *, version: str = "3.0.3", **top: Any) -> dict[str, Any]:
    """A document of OpenAPI 3 with a server."""
    return {
        "openapi": version,
        "info": {"title": "Shop API", "version": "1"},
        "servers": [{"url": SERVER}],
        "paths": paths,
        **top,
    }


def swagger(paths: dict[str, Any], **top: Any) -> dict[str, Any]:
    """A document of Swagger 2.0 with a host."""
    return {
        "swagger": "2.0",
        "info": {"title": "Shop API", "version": "1"},
        "host": "api.example.com",
        "basePath": "/v1",
        "schemes": ["https"],
        "paths": paths,
        **top,
    }


def read(document: dict[str, Any], **options: Any) -> Proposal:
    """The proposal, with every schema in it compiled by a validator."""
    proposal = from_parsed(document, **options)
    for tool in proposal.tools:
        check(tool.input_schema)
        if tool.output_schema is not None:
            check(tool.output_schema)
    return proposal


def check(schema: Any) -> None:
    """Compile a schema, which raises if it is not valid 2020-12."""
    jsonschema_rs.Draft202012Validator(schema)


def only_tool(document: dict[str, Any], **options: Any) -> HttpTool:
    """The one tool of a document."""
    (tool,) = read(document, **options).tools
    return tool


def tool_with(*parameters: Any, **operation: Any) -> HttpTool:
    """The tool of one GET with these parameters; its path holds those that travel there."""
    names = [p["name"] for p in parameters if p.get("in") == "path"]
    path = "/things" + "".join(f"/{{{name}}}" for name in names)
    return only_tool(openapi({path: {"get": {"parameters": list(parameters), **operation}}}))


def tool_taking(content: dict[str, Any], *, required: bool = True, **top: Any) -> HttpTool:
    """The tool of one POST with a body of this content."""
    body = {"required": required, "content": content}
    return only_tool(openapi({"/things": {"post": {"requestBody": body}}}, **top))


def accepts(tool: HttpTool, arguments: dict[str, Any]) -> bool:
    """Whether the tool's input schema lets these arguments through."""
    return jsonschema_rs.Draft202012Validator(tool.input_schema).is_valid(arguments)


def with_body(
    schema: Any, schemas: dict[str, Any] | None = None, version: str = "3.0.3"
) -> HttpTool:
    """Return the tool of an operation that takes a JSON body."""
    return tool_taking(
        {"application/json": {"schema": schema}},
        version=version,
        components={"schemas": schemas or {}},
    )
