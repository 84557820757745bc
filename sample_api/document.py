"""The studio's OpenAPI 3.1 document."""

from typing import Any

from sample_api.studio import PROGRAMS

Json = dict[str, Any]


def document(address: str) -> Json:
    """Return the document of a studio that lives at `address`."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Pottery studio",
            "version": "1.0.0",
            "description": "Kilns, glazes and firings of a small pottery studio.",
        },
        "servers": [{"url": f"{address}/v1"}],
        "tags": [{"name": "kilns"}, {"name": "glazes"}, {"name": "firings"}],
        "paths": {
            "/kilns": {"get": _list_kilns()},
            "/kilns/{kilnId}": {"get": _get_kiln()},
            "/glazes": {"get": _list_glazes()},
            "/firings": {"get": _list_firings(), "post": _book_firing()},
            "/firings/{number}": {
                "parameters": [
                    {
                        "name": "number",
                        "in": "path",
                        "required": True,
                        "description": "The firing's number in the book.",
                        "schema": {"type": "integer", "examples": [101]},
                    }
                ],
                "get": _operation("get_firing", "Get a firing", "firings", "Firing"),
                "patch": _change_firing(),
                "delete": _cancel_firing(),
            },
        },
        "components": {
            "securitySchemes": {
                "studioKey": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "X-Studio-Key",
                    "description": "The studio's key; `studio-key` in this sample.",
                }
            },
            "schemas": _schemas(),
        },
    }


def _list_kilns() -> Json:
    operation = _operation("list_kilns", "List the kilns", "kilns", "Kilns")
    fuel = {"type": "string", "enum": ["electric", "gas"]}
    return {**operation, "parameters": [_query("fuel", "Only kilns of this kind.", fuel)]}


def _get_kiln() -> Json:
    operation = _operation("get_kiln", "Get a kiln", "kilns", "Kiln")
    kiln = {"name": "kilnId", "in": "path", "required": True, "description": "The kiln's id."}
    return {**operation, "parameters": [{**kiln, "schema": {"type": "string", "examples": ["k1"]}}]}


def _list_glazes() -> Json:
    operation = _operation("list_glazes", "List the glazes", "glazes", "Glazes")
    tags = {"type": "array", "items": {"type": "string"}}
    return {
        **operation,
        "parameters": [
            _query("tag", "Glazes that carry all of these tags.", tags),
            _query("food_safe", "Only glazes one may eat from.", {"type": "boolean"}),
        ],
    }


def _list_firings() -> Json:
    operation = _operation("list_firings", "List the firings", "firings", "Firings")
    statuses = {"type": "array", "items": {"type": "string", "enum": ["booked", "fired"]}}
    limit = {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}
    return {
        **operation,
        "parameters": [
            _query("kiln_id", "Only firings in this kiln.", {"type": "string"}),
            {**_query("status", "Only these.", statuses), "style": "form", "explode": False},
            _query("limit", "How many at most.", limit),
        ],
    }


def _book_firing() -> Json:
    operation = _operation("book_firing", "Book a firing", "firings", "Firing", status="201")
    body = {"required": True, "content": _json("NewFiring")}
    return {**operation, "requestBody": body, "security": [{"studioKey": []}]}


def _change_firing() -> Json:
    operation = _operation("change_firing", "Change a firing", "firings", "Firing")
    body = {"required": True, "content": _json("FiringChange")}
    return {**operation, "requestBody": body, "security": [{"studioKey": []}]}


def _cancel_firing() -> Json:
    return {
        "operationId": "cancel_firing",
        "summary": "Cancel a firing",
        "tags": ["firings"],
        "security": [{"studioKey": []}],
        "responses": {"204": {"description": "It is out of the book."}},
    }


def _operation(name: str, summary: str, tag: str, schema: str, *, status: str = "200") -> Json:
    answer = {"description": "Done.", "content": _json(schema)}
    return {
        "operationId": name,
        "summary": summary,
        "tags": [tag],
        "responses": {status: answer},
    }


def _query(name: str, description: str, schema: Json) -> Json:
    return {"name": name, "in": "query", "description": description, "schema": schema}


def _json(schema: str) -> Json:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}


def _schemas() -> Json:
    program = {"type": "string", "enum": list(PROGRAMS)}
    day = {"type": "string", "format": "date", "examples": ["2026-12-01"]}
    booking = {
        "kiln_id": {"type": "string", "description": "k1, k2 or k3.", "examples": ["k1"]},
        "program": {**program, "description": "What is fired."},
        "date": {**day, "description": "The day of the firing."},
        "potter": {"type": "string", "description": "Whose pots they are."},
    }
    firing = {"id": {"type": "integer"}, "status": {"type": "string"}, **booking}
    kiln = {
        "id": {"type": "string"},
        "name": {"type": "string"},
        "volume_liters": {"type": "integer"},
        "max_celsius": {"type": "integer"},
        "fuel": {"type": "string"},
    }
    glaze = {
        "name": {"type": "string"},
        "cone": {"type": "integer", "description": "Orton cone it matures at."},
        "is_food_safe": {"type": "boolean"},
        "tags": {"type": "array", "items": {"type": "string"}},
    }
    return {
        "Kiln": _object(kiln),
        "Kilns": _object({"kilns": _array("Kiln")}),
        "Glaze": _object(glaze),
        "Glazes": _object({"glazes": _array("Glaze")}),
        "Firing": _object(firing),
        "Firings": _object({"firings": _array("Firing"), "total": {"type": "integer"}}),
        "NewFiring": {**_object(booking), "required": ["kiln_id", "program", "date"]},
        "FiringChange": _object(booking),
    }


def _object(properties: Json) -> Json:
    return {"type": "object", "properties": properties}


def _array(schema: str) -> Json:
    return {"type": "array", "items": {"$ref": f"#/components/schemas/{schema}"}}
