"""Form bodies: urlencoded and multipart, with the encoding and the files of single fields."""

from typing import Any, NamedTuple

from core.http_request import FILE_SCHEMA, Body, BodyProperty, Style
from saas_app.services.intake.openapi.arguments import Arguments
from saas_app.services.intake.openapi.document import CannotConvert, as_object, as_text
from saas_app.services.intake.openapi.keywords import Schema
from saas_app.services.intake.openapi.media_types import (
    JSON,
    TEXT,
    Kind,
    Offer,
    essence,
    is_file,
    is_json,
    without_null,
)
from saas_app.services.intake.openapi.plain_objects import Plain, mention_names, plain_object
from saas_app.services.intake.openapi.wording import as_sentence

_STYLES: tuple[Style, ...] = ("form", "spaceDelimited", "pipeDelimited", "deepObject")


def read_form(found: Offer, arguments: Arguments, *, is_required: bool) -> Body:
    """Make every field of a form an argument.

    Raises:
        CannotConvert: the document does not say which fields there are.
    """
    plain = plain_object(arguments.schemas, found.schema, is_form=True)
    if plain is None:
        raise CannotConvert(f"Its {found.media_type} body does not name its fields.")
    fields = _fields(plain, found, arguments, is_required=is_required)
    make = _part if found.kind is Kind.MULTIPART else _urlencoded
    return Body(
        media_type=found.media_type,
        properties=tuple(make(field) for field in fields),
        is_required=is_required,
    )


def file_argument(schema: Schema) -> Schema:
    """What a file argument looks like to a model, with the document's own description."""
    description = as_text(schema.get("description"))
    if not description:
        return FILE_SCHEMA
    return {
        **FILE_SCHEMA,
        "description": f"{as_sentence(description)} {FILE_SCHEMA['description']}",
    }


class _Field(NamedTuple):
    name: str
    argument: str
    schema: Schema
    encoding: dict[str, Any]
    content_type: str
    is_upload: bool


def _fields(plain: Plain, found: Offer, arguments: Arguments, *, is_required: bool) -> list[_Field]:
    encoding = as_object(found.media.get("encoding"))
    fields: list[_Field] = []
    needed: list[str] = []
    for name, schema in plain.properties.items():
        own = as_object(encoding.get(name))
        looks = _looks(arguments, schema, own) if found.kind is Kind.MULTIPART else schema
        is_needed = name in plain.required
        argument = arguments.add(name, looks, place="body", is_required=is_needed and is_required)
        if looks is schema:
            mention_names(schema, arguments.trace)
        if is_needed:
            needed.append(argument)
        actual = without_null(arguments.schemas.resolved(schema))
        content_type = _content_type(arguments, actual)
        fields.append(_Field(name, argument, actual, own, content_type, looks is not schema))
    if not is_required:
        arguments.tie([field.argument for field in fields], needed)
    return fields


def _content_type(arguments: Arguments, schema: Schema) -> str:
    """The type of a part, or of each of its items, as the schema has it."""
    items = schema.get("items")
    one = arguments.schemas.resolved(items) if isinstance(items, dict) else schema
    return as_text(without_null(one).get("contentMediaType"))


def _looks(arguments: Arguments, schema: Schema, own: dict[str, Any]) -> Schema:
    """A part's schema as the argument shows it: a file is told as text or base64."""
    actual = arguments.schemas.resolved(without_null(arguments.schemas.resolved(schema)))
    if _is_upload(actual, own):
        return file_argument({**actual, **schema})
    items = actual.get("items")
    if not isinstance(items, dict) or not _is_upload(arguments.schemas.resolved(items), own):
        return schema
    kept = {k: v for k, v in actual.items() if k in ("description", "minItems", "maxItems")}
    return {"type": "array", **kept, "items": FILE_SCHEMA}


def _is_upload(schema: Schema, own: dict[str, Any]) -> bool:
    if is_file(schema):
        return True
    types = [essence(part) for part in _types(own)]
    says_nothing = not any(key in schema for key in ("type", "enum", "properties", "items", "$ref"))
    return bool(types) and says_nothing and not all(t in (JSON, TEXT) for t in types)


def _urlencoded(field: _Field) -> BodyProperty:
    """A field; an object without a style of its own travels as JSON (OpenAPI 3.1.1, 4.8.15.1)."""
    own = field.encoding
    has_style = any(key in own for key in ("style", "explode", "allowReserved"))
    media_type = None if has_style else _single_type(own) or _json_if_nested(field.schema)
    wanted = own.get("style")
    style = _STYLES[_STYLES.index(wanted)] if wanted in _STYLES else "form"
    explode = own.get("explode")
    return BodyProperty(
        argument=field.argument,
        path=(field.name,),
        style=style,
        explode=explode if isinstance(explode, bool) else style == "form",
        allow_reserved=own.get("allowReserved") is True,
        media_type=None if media_type == TEXT else media_type,
    )


def _part(field: _Field) -> BodyProperty:
    """A part; a file that names its own type goes before what the document says."""
    return BodyProperty(
        argument=field.argument,
        path=(field.name,),
        media_type=_file_type(field) if field.is_upload else _text_type(field),
        is_file=field.is_upload,
    )


def _file_type(field: _Field) -> str | None:
    """The first type that the encoding allows, or else the one that the schema has."""
    named = [kind for kind in _types(field.encoding) if "*" not in kind]
    return next(iter(named), field.content_type) or None


def _text_type(field: _Field) -> str | None:
    """A text says by its schema what it is, but JSON in a text is written once and not twice."""
    is_text = "contentEncoding" not in field.schema and not is_json(field.content_type)
    return _single_type(field.encoding) or (field.content_type if is_text else "") or None


def _single_type(own: dict[str, Any]) -> str | None:
    types = _types(own)
    return types[0] if len(types) == 1 and "*" not in types[0] else None


def _types(own: dict[str, Any]) -> list[str]:
    return [part.strip() for part in as_text(own.get("contentType")).split(",") if part.strip()]


def _json_if_nested(schema: Schema) -> str | None:
    """JSON for objects and lists of them, which have no other default form as text."""
    inner = schema.get("items", {}) if schema.get("type") == "array" else schema
    if not isinstance(inner, dict):
        return None
    nested = inner.get("type") in ("object", "array") or "properties" in inner or "$ref" in inner
    return JSON if nested else None
