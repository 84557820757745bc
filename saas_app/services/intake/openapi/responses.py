"""What an operation answers: the schema of its success, and the media types to ask for."""

from typing import Any

import orjson

from saas_app.services.intake.openapi import swagger2
from saas_app.services.intake.openapi.document import (
    BrokenReference,
    Dialect,
    Document,
    as_object,
    as_text,
)
from saas_app.services.intake.openapi.keywords import Schema, loosened
from saas_app.services.intake.openapi.media_types import JSON, essence, is_json
from saas_app.services.intake.openapi.schemas import Schemas, Trace

MAX_OUTPUT_BYTES = 32_000


def success_contents(document: Document, operation: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the `content` of every success, or of the default answer where none is named."""
    responses = as_object(operation.get("responses"))
    codes = [code for code in responses if str(code).startswith("2")]
    if not codes and "default" in responses:
        codes = ["default"]
    contents = []
    for code in codes:
        try:
            response = document.follow(responses[code])
        except BrokenReference:
            continue
        if document.dialect is Dialect.SWAGGER_2:
            contents.append(swagger2.response_content(document, operation, response))
        else:
            contents.append(as_object(response.get("content")))
    return contents


def accept_header(contents: list[dict[str, Any]]) -> str | None:
    """Return what to ask for: JSON where there is some, else whatever there is."""
    types = list(dict.fromkeys(name.strip() for content in contents for name in content))
    if JSON in types:
        return JSON
    return ", ".join([name for name in types if is_json(name)] or types) or None


def output_schema(contents: list[dict[str, Any]], schemas: Schemas) -> Schema | None:
    """Return the schema of a success, if all successes are the same kind of JSON object."""
    found: list[tuple[Schema, Trace]] = []
    for content in contents:
        for name, media in content.items():
            if is_json(name) or essence(name) in ("*/*", "application/*"):
                trace = Trace()
                raw = as_object(media).get("schema")
                found.append((schemas.convert(raw, trace), trace))
                break
    if not found or any(schema != found[0][0] for schema, _ in found[1:]):
        return None
    return _closed_over(*found[0], schemas)


def _closed_over(schema: Schema, trace: Trace, schemas: Schemas) -> Schema | None:
    root, trace = schemas.opened(schema, trace)
    if not _is_object(root, schemas, {}):
        return None
    gathered = schemas.gather(trace, budget=MAX_OUTPUT_BYTES - len(orjson.dumps(root)))
    if gathered.omitted or len(orjson.dumps(root)) > MAX_OUTPUT_BYTES:
        return None
    whole = {**root, "type": "object"}
    if gathered.definitions:
        whole["$defs"] = gathered.definitions
    return loosened(whole) if gathered.lost else whole


def _is_object(schema: Schema, schemas: Schemas, known: dict[str, bool]) -> bool:
    """Whether every value of a schema is an object; `known` says it of definitions."""
    if as_text(schema.get("format")) == "binary":
        return False
    if "type" in schema:
        return schema["type"] in ("object", ["object"])
    if "properties" in schema:
        return True
    if "$ref" in schema:
        name = schema["$ref"]
        if name not in known:
            known[name] = False  # what leads back to itself meanwhile is none
            target = schemas.resolved({"$ref": name})
            known[name] = "$ref" not in target and _is_object(target, schemas, known)
        return known[name]
    if any(_is_object(part, schemas, known) for part in schema.get("allOf", ())):
        return True
    either = schema.get("anyOf", ())
    return bool(either) and all(_is_object(part, schemas, known) for part in either)
