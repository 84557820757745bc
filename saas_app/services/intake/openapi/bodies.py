"""Request bodies: the best media type that a document offers becomes arguments of the tool."""

from typing import Any

from core.http_request import Body, BodyProperty
from saas_app.services.intake.openapi.arguments import Arguments
from saas_app.services.intake.openapi.document import CannotConvert, as_object, as_text
from saas_app.services.intake.openapi.forms import file_argument, read_form
from saas_app.services.intake.openapi.keywords import Schema
from saas_app.services.intake.openapi.media_types import (
    Kind,
    Offer,
    best,
    offer,
    without_null,
)
from saas_app.services.intake.openapi.plain_objects import Plain, mention_names, plain_object
from saas_app.services.intake.openapi.schemas import Trace
from saas_app.services.intake.openapi.wording import MAX_ARGUMENT_DESCRIPTION, shortened


def read_body(raw: dict[str, Any], arguments: Arguments) -> tuple[Body | None, list[str]]:
    """Add a body's arguments; also return the media types that were passed over.

    Raises:
        CannotConvert: it travels only in forms that a tool cannot make.
    """
    content = as_object(raw.get("content"))
    if not content:
        return None, []
    offers = {
        name: found
        for name, media in content.items()
        if (found := _offer(name, media, arguments)) is not None
    }
    if not offers:
        raise CannotConvert(f"It takes only {' or '.join(content)}, which tools do not write.")
    chosen = best(list(offers.values()))
    body = _read(chosen, arguments, raw)
    return body, [other for other in content if offers.get(other) is not chosen]


def _offer(name: str, media: Any, arguments: Arguments) -> Offer | None:
    trace = Trace()
    schema = arguments.schemas.convert(as_object(media).get("schema"), trace)
    schema, trace = arguments.schemas.opened(schema, trace)
    return offer(name, as_object(media), schema, tuple(trace.lost))


def _read(found: Offer, arguments: Arguments, raw: dict[str, Any]) -> Body:
    is_required = raw.get("required") is True
    if found.kind is not Kind.FILE:
        arguments.trace.lost.update(dict.fromkeys(found.lost))
    if found.kind in (Kind.URLENCODED, Kind.MULTIPART):
        return read_form(found, arguments, is_required=is_required)
    if found.kind is Kind.JSON:
        schema = found.schema if is_required else without_null(found.schema)
        plain = plain_object(arguments.schemas, schema)
        if plain is not None:
            return _properties(found, plain, arguments, is_required=is_required)
    return _whole(found, arguments, raw)


def _properties(found: Offer, plain: Plain, arguments: Arguments, *, is_required: bool) -> Body:
    """Every property of a JSON object as an argument of its own."""
    by_name: dict[str, str] = {}
    for name, schema in plain.properties.items():
        mention_names(schema, arguments.trace)
        by_name[name] = arguments.add(
            name, schema, place="body", is_required=is_required and name in plain.required
        )
    if not is_required:
        arguments.tie(list(by_name.values()), [by_name[name] for name in plain.required])
    return Body(
        media_type=found.media_type,
        properties=tuple(
            BodyProperty(argument=argument, path=(name,)) for name, argument in by_name.items()
        ),
        is_required=is_required,
    )


def _whole(found: Offer, arguments: Arguments, raw: dict[str, Any]) -> Body:
    """The body as one argument: lists, alternatives, free objects, text and files."""
    is_file = found.kind is Kind.FILE
    described = as_text(raw.get("description"))
    if is_file:
        schema = file_argument({"description": described or found.schema.get("description", "")})
    else:
        schema = _shown(found, described)
        mention_names(schema, arguments.trace)
    is_required = raw.get("required") is True
    return Body(
        media_type=found.media_type,
        argument=arguments.add("body", schema, place="request", is_required=is_required),
        is_file=is_file,
        is_required=is_required,
    )


def _shown(found: Offer, described: str) -> Schema:
    schema = found.schema
    if found.kind is Kind.TEXT and schema.get("type") != "string":
        schema = {"type": "string"}
    if "description" in schema:
        return schema
    description = shortened(described, MAX_ARGUMENT_DESCRIPTION) or "The body of the request."
    return {**schema, "description": description}
