"""Turns a JSON body into arguments: one per top-level property, secrets kept out of all."""

from typing import Any

from core.http_request import Body, BodyProperty
from saas_app.services.intake.curl.draft import Draft, plain_name
from saas_app.services.intake.curl.marks import BARE, MARK
from saas_app.services.intake.curl.schemas import inferred
from saas_app.services.intake.curl.secrets import is_secret, placeholder, secret_shape


def json_body(value: Any, media_type: str, draft: Draft) -> Body:
    """The body for a JSON value; an object is laid out, anything else is one argument."""
    if not isinstance(value, dict) or not value:
        schema = _schema(value, draft)
        argument = draft.argument("body", schema, is_required="default" not in schema)
        return Body(media_type=media_type, argument=argument, is_required=True)
    properties: list[BodyProperty] = []
    fixed = lay_out(value, (), properties, draft)
    return Body(
        media_type=media_type,
        properties=tuple(properties),
        fixed=fixed or None,
        is_required=True,
    )


def lay_out(
    value: dict[str, Any], path: tuple[str, ...], properties: list[BodyProperty], draft: Draft
) -> dict[str, Any]:
    """Declare the properties of an object and return its fixed part, which holds the secrets.

    An object is one argument with its structure, unless something in it is secret or unknown: then
    its own properties are arguments, so that the rest keeps its values.
    """
    fixed: dict[str, Any] = {}
    for key, inner in value.items():
        here = (*path, key)
        if isinstance(inner, str) and inner and draft.hides(key, inner):
            inner = inner.removesuffix(BARE)  # noqa: PLW2901
            said = f"Property {'.'.join(here)} for {draft.host}."
            fixed[key] = draft.book.template(inner, key, is_secret=True, description=said)
        elif isinstance(inner, dict) and inner and not is_plain(inner):
            if deeper := lay_out(inner, here, properties, draft):
                fixed[key] = deeper
        else:
            schema = _schema(inner, draft)
            wanted = "_".join(plain_name(part) for part in here)
            argument = draft.argument(wanted, schema, is_required="default" not in schema)
            properties.append(draft.property(argument, here))
    return fixed


def is_plain(value: Any) -> bool:
    """Whether nothing in a value is secret or unknown."""
    if isinstance(value, dict):
        return all(
            is_known(key)
            and is_plain(inner)
            and not (isinstance(inner, str) and inner and is_secret(key, inner))
            for key, inner in value.items()
        )
    if isinstance(value, list):
        return all(is_plain(inner) for inner in value)
    if isinstance(value, str):
        return is_known(value) and placeholder(value) is None and secret_shape(value) is None
    return True


def is_known(text: str) -> bool:
    """Whether a text has no marks."""
    return MARK.search(text) is None


def _schema(value: Any, draft: Draft) -> dict[str, Any]:
    if isinstance(value, str) and value.endswith(BARE):
        schema = draft.schema_of_text(value[:-1]) or {}
        return schema if "default" in schema else {k: v for k, v in schema.items() if k != "type"}
    if isinstance(value, str):
        known = draft.schema_of_text(value)
        if known is None or "default" in known:  # in quotes, so a number is a text as well
            return {"type": "string", "default": draft.marks.told(value)}
        return known
    schema = inferred(value)
    return schema | {"default": value} if is_plain(value) else schema
