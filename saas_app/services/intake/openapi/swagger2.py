"""Puts the parts of a Swagger 2.0 operation into the form that OpenAPI 3 gives them."""

from typing import Any

from saas_app.services.intake.openapi.document import Document, as_list, as_object, as_text

_OWN_KEYS = frozenset(("name", "in", "required", "collectionFormat", "allowEmptyValue"))
_SEPARATORS = {"csv": "commas", "ssv": "spaces", "tsv": "tabs", "pipes": "the character |"}
_QUERY_STYLES = {
    "csv": ("form", False),
    "ssv": ("spaceDelimited", False),
    "pipes": ("pipeDelimited", False),
    "multi": ("form", True),
}


def parameters_and_body(
    document: Document, operation: dict[str, Any], parameters: list[dict[str, Any]]
) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    """Return parameters and request body as OpenAPI 3 has them."""
    plain = [_parameter(p) for p in parameters if p.get("in") not in ("body", "formData")]
    fields = [p for p in parameters if p.get("in") == "formData"]
    body = next((p for p in parameters if p.get("in") == "body"), None)
    types = media_types(document, operation, "consumes")
    if body is not None:
        return plain, _json_body(body, types)
    return plain, _form_body(fields, types) if fields else None


def media_types(document: Document, operation: dict[str, Any], key: str) -> list[str]:
    """Return what an operation consumes or produces; its own list replaces the document's."""
    own = operation.get(key, document.root.get(key))
    return [name for name in as_list(own) if isinstance(name, str)]


def response_content(
    document: Document, operation: dict[str, Any], response: dict[str, Any]
) -> dict[str, Any]:
    """Return the `content` of a response."""
    schema = response.get("schema")
    if schema is None:
        return {}
    types = media_types(document, operation, "produces") or ["application/json"]
    return {name: {"schema": schema} for name in types}


def servers(document: Document) -> list[dict[str, Any]]:
    """Return the one server that host, basePath and schemes make up; https goes before http."""
    host, base = as_text(document.root.get("host")), as_text(document.root.get("basePath"))
    if base and not base.startswith("/"):
        base = f"/{base}"
    schemes = [s for s in as_list(document.root.get("schemes")) if s in ("https", "http")]
    scheme = "https" if "https" in schemes or not schemes else "http"
    if not host:
        return [{"url": base or "/"}]
    inherits = not schemes and document.source_url is not None
    return [{"url": f"{'' if inherits else f'{scheme}:'}//{host}{base}"}]


def security_scheme(scheme: dict[str, Any]) -> dict[str, Any]:
    """Return a security definition as OpenAPI 3 writes it."""
    if scheme.get("type") == "basic":
        return {**scheme, "type": "http", "scheme": "basic"}
    if scheme.get("type") == "oauth2":
        return {**scheme, "flows": {as_text(scheme.get("flow")) or "implicit": scheme}}
    return scheme


def _parameter(parameter: dict[str, Any]) -> dict[str, Any]:
    schema, style, explode = _collection(parameter)
    return {
        "name": parameter.get("name"),
        "in": parameter.get("in"),
        "required": parameter.get("required") is True,
        "schema": schema,
        "style": style,
        "explode": explode,
    }


def _collection(parameter: dict[str, Any]) -> tuple[dict[str, Any], str, bool]:
    """Return schema, style and explode of a parameter that may hold several values.

    A separator for which OpenAPI 3 has no style stays the caller's: the argument is then the text
    with the separators in it.
    """
    schema = {key: value for key, value in parameter.items() if key not in _OWN_KEYS}
    is_query = parameter.get("in") in ("query", "formData")
    default = "form" if is_query else "simple"
    if schema.get("type") != "array":
        return schema, default, False
    separator = as_text(parameter.get("collectionFormat")) or "csv"
    if is_query and separator in _QUERY_STYLES:
        style, explode = _QUERY_STYLES[separator]
        return schema, style, explode
    if separator in ("csv", "multi") or separator not in _SEPARATORS:
        return schema, default, False
    return _joined(schema, separator), default, False


def _joined(schema: dict[str, Any], separator: str) -> dict[str, Any]:
    before = as_text(schema.get("description"))
    hint = f"One text with the values separated by {_SEPARATORS[separator]}."
    return {"type": "string", "description": f"{before} {hint}".strip()}


def _json_body(body: dict[str, Any], types: list[str]) -> dict[str, Any]:
    content = {name: {"schema": body.get("schema")} for name in types or ["application/json"]}
    return {
        "required": body.get("required") is True,
        "description": as_text(body.get("description")),
        "content": content,
    }


def _form_body(fields: list[dict[str, Any]], types: list[str]) -> dict[str, Any]:
    has_file = any(field.get("type") == "file" for field in fields)
    is_multipart = has_file or (
        "multipart/form-data" in types and "application/x-www-form-urlencoded" not in types
    )
    properties: dict[str, Any] = {}
    encoding: dict[str, Any] = {}
    for field in fields:
        name = str(field.get("name", ""))
        schema, style, explode = _collection(field)
        if field.get("type") == "file":
            schema = {**schema, "type": "string", "format": "binary"}
        elif schema.get("type") == "array" and is_multipart and not explode:
            schema = _joined(schema, as_text(field.get("collectionFormat")) or "csv")
        elif schema.get("type") == "array":
            encoding[name] = {"style": style, "explode": explode}
        properties[name] = schema
    required = [str(f.get("name", "")) for f in fields if f.get("required") is True]
    schema = {"type": "object", "properties": properties, "required": required}
    media_type = "multipart/form-data" if is_multipart else "application/x-www-form-urlencoded"
    return {
        "required": bool(required),
        "content": {media_type: {"schema": as_object(schema), "encoding": encoding}},
    }
