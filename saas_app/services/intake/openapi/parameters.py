"""Parameters in the path, the query, headers and cookies, with every style OpenAPI has."""

from collections.abc import Iterable
from typing import Any, get_args

from core.http_request import Location, Parameter, Style
from saas_app.services.intake.openapi.arguments import Arguments
from saas_app.services.intake.openapi.document import (
    BrokenReference,
    CannotConvert,
    Document,
    as_list,
    as_object,
    as_text,
)
from saas_app.services.intake.openapi.keywords import Schema, settle
from saas_app.services.intake.openapi.wording import MAX_ARGUMENT_DESCRIPTION, shortened

# OpenAPI 3.1 section 4.8.12.1: such header parameters are ignored; other parts of it say them.
IGNORED_HEADERS = frozenset(("accept", "authorization", "content-type"))
_LOCATIONS: tuple[Location, ...] = get_args(Location)
_STYLES: dict[str, tuple[Style, ...]] = {
    "path": ("simple", "label", "matrix"),
    "query": ("form", "spaceDelimited", "pipeDelimited", "deepObject"),
    "header": ("simple",),
    "cookie": ("form",),
}


def merged(document: Document, path_item: dict[str, Any], operation: dict[str, Any]) -> list[Any]:
    """Return the parameters of an operation; its own replace the path's by location and name.

    Raises:
        CannotConvert: a parameter cannot be read, so no correct request can be made.
    """
    found: dict[tuple[str, str], Any] = {}
    for raw in (*as_list(path_item.get("parameters")), *as_list(operation.get("parameters"))):
        try:
            parameter = document.follow(raw)
        except BrokenReference as broken:
            raise CannotConvert(f"A parameter cannot be read: {broken.reason}") from broken
        key = (as_text(parameter.get("in")), str(parameter.get("name", "")))
        found[key] = parameter
    return list(found.values())


def read_parameters(
    parameters: Iterable[dict[str, Any]], arguments: Arguments, placeholders: list[str]
) -> tuple[Parameter, ...]:
    """Turn parameters (in OpenAPI 3 form) into arguments, in the order path, query, header, cookie.

    A placeholder of the path that no parameter describes becomes a required string, and a path
    parameter without a placeholder has nowhere to go and is left out.
    """
    by_location: dict[str, list[dict[str, Any]]] = {place: [] for place in _LOCATIONS}
    for parameter in parameters:
        place = as_text(parameter.get("in"))
        if place not in by_location:
            raise CannotConvert(_unknown_place(parameter, place))
        by_location[place].append(parameter)
    described = {str(p.get("name")): p for p in by_location["path"]}
    by_location["path"] = [
        described.get(name, {"name": name, "in": "path", "schema": {"type": "string"}})
        for name in placeholders
    ]
    return tuple(
        _read(parameter, place, arguments)
        for place in _LOCATIONS
        for parameter in by_location[place]
        if not is_ignored(parameter)
    )


def is_ignored(parameter: dict[str, Any]) -> bool:
    """Whether OpenAPI tells readers to ignore this header parameter."""
    name = str(parameter.get("name", "")).lower()
    return parameter.get("in") == "header" and name in IGNORED_HEADERS


def _unknown_place(parameter: dict[str, Any], place: str) -> str:
    where = f"in “{place}”" if place else "at no known place"
    return f"The parameter {parameter.get('name', '(without a name)')} travels {where}."


def _read(parameter: dict[str, Any], place: Location, arguments: Arguments) -> Parameter:
    name = str(parameter.get("name", ""))
    if not name:
        raise CannotConvert("A parameter has no name.")
    schema, media_type = _schema_of(parameter, arguments)
    style = _style_of(parameter, place)
    is_required = place == "path" or parameter.get("required") is True
    return Parameter(
        argument=arguments.add(name, schema, place=place, is_required=is_required),
        name=name,
        location=place,
        style=style,
        explode=_explode_of(parameter, style),
        allow_reserved=place == "query" and parameter.get("allowReserved") is True,
        media_type=media_type,
    )


def _schema_of(parameter: dict[str, Any], arguments: Arguments) -> tuple[Schema, str | None]:
    content = as_object(parameter.get("content"))
    media_type = next(iter(content), None)
    raw = as_object(content[media_type]).get("schema") if media_type else parameter.get("schema")
    schema = arguments.schemas.convert(raw, arguments.trace)
    if "example" in parameter and "examples" not in schema:
        schema = settle({"example": parameter["example"]}, dict(schema))
    if description := as_text(parameter.get("description")):
        schema = {**schema, "description": shortened(description, MAX_ARGUMENT_DESCRIPTION)}
    if parameter.get("deprecated") is True:
        schema = {**schema, "deprecated": True}
    return schema, media_type


def _style_of(parameter: dict[str, Any], place: Location) -> Style:
    possible = _STYLES[place]
    wanted = parameter.get("style")
    return possible[possible.index(wanted)] if wanted in possible else possible[0]


def _explode_of(parameter: dict[str, Any], style: Style) -> bool:
    explode = parameter.get("explode")
    return explode if isinstance(explode, bool) else style == "form"
