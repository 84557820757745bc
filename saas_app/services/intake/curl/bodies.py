"""Turns the body of a request into arguments: JSON, forms, multipart parts, files, plain text."""

import re
from typing import Any

import orjson
from pydantic import JsonValue

from core.http_request import FILE_SCHEMA, Body, BodyProperty
from saas_app.services.intake.curl.arguments import NotConvertible
from saas_app.services.intake.curl.draft import Draft
from saas_app.services.intake.curl.graphql import graphql_body, is_graphql
from saas_app.services.intake.curl.json_bodies import is_known, json_body
from saas_app.services.intake.curl.marks import BARE, MARK
from saas_app.services.intake.curl.parts import Part
from saas_app.services.intake.curl.queries import list_argument, pairs_of
from saas_app.services.intake.curl.sent import FORM, Sent
from saas_app.services.intake.curl.tokens import STRAIGHT

MAX_DEPTH = 60
_MULTIPART = "multipart/form-data"
# A comma after the last item is not JSON, and everybody writes one now and then.
_COMMA = re.compile(r",(\s*[}\]])")
_BOUNDARY = re.compile(r"boundary=\"?([^\";,]+)")


def body_of(sent: Sent, draft: Draft) -> Body | None:
    """Return the body of a request as the spec has it; its arguments are declared on the draft."""
    if sent.parts:
        return _multipart(sent.parts, draft)
    media_type = (sent.header("Content-Type") or "").strip() or "application/octet-stream"
    if sent.upload is not None:
        return _file(sent.upload, media_type, draft)
    if not sent.text:
        return None
    if media_type.lower().startswith(_MULTIPART):
        return _raw_multipart(sent.text, media_type, draft)
    value = parsed_json(sent.text, media_type, draft)
    if value is not None:
        return _json(value[0], media_type, draft)
    if media_type.lower().startswith(FORM) and _is_form(sent.text):
        return _form(sent.text, draft)
    return _whole(sent.text, media_type, draft)


def parsed_json(text: str, media_type: str, draft: Draft) -> tuple[Any] | None:
    """The JSON value of a body (in a tuple, as null is a value), or None when it is not JSON.

    A variable outside of quotes is read as a text, and typographic quotes as straight ones.
    """
    is_object = text.lstrip()[:1] in ("{", "[")
    if not (is_json(media_type) or (is_object and media_type.startswith(FORM))):
        return None
    if _is_too_deep(text):
        raise NotConvertible("The JSON body is nested too deeply to become arguments.")
    for attempt in (text, _quoting_marks(text), text.translate(STRAIGHT), _COMMA.sub(r"\1", text)):
        try:
            return (orjson.loads(attempt),)
        except orjson.JSONDecodeError:
            continue
    if is_json(media_type) and is_known(text):
        draft.notes.append("The body is not valid JSON, so one argument takes all of it.")
    return None


def _is_too_deep(text: str) -> bool:
    depth = deepest = 0
    for bracket in re.findall(r"[\[\]{}]", text):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest > MAX_DEPTH


def is_json(media_type: str) -> bool:
    """Whether a media type is JSON, a vendor's (`+json`) included; lines of JSON are not."""
    return re.search(r"[/+]json\b", media_type, re.I) is not None


def _quoting_marks(text: str) -> str:
    strings_or_marks = rf'"(?:[^"\\]|\\.)*"|{MARK.pattern}'
    return re.sub(
        strings_or_marks,
        lambda found: f'"{found[0]}{BARE}"' if MARK.fullmatch(found[0]) else found[0],
        text,
    )


def _json(value: Any, media_type: str, draft: Draft) -> Body:
    if not is_json(media_type):
        draft.notes.append("The body is JSON, so it is sent as application/json, not as a form.")
        media_type = "application/json"
    if isinstance(value, dict) and is_graphql(value):
        return graphql_body(value, media_type, draft)
    return json_body(value, media_type, draft)


def _is_form(text: str) -> bool:
    pieces = text.split("&")
    return all(re.match(r"[^=\s<>{]+=", piece) for piece in pieces if piece) and bool(pieces[0])


def _form(text: str, draft: Draft) -> Body:
    properties: list[BodyProperty] = []
    fixed: dict[str, JsonValue] = {}
    for name, values in pairs_of(text).items():
        if len(values) > 1:
            argument = list_argument(name, values, draft)
            properties.append(draft.property(argument, (name,), explode=True))
        elif draft.hides(name, values[0]):
            fixed[name] = _hidden(name, values[0], draft)
        elif _is_choice_of_flow(name):
            fixed[name] = values[0]
        else:
            properties.append(draft.property(draft.text_argument(name, values[0]), (name,)))
    return Body(
        media_type=FORM, properties=tuple(properties), fixed=fixed or None, is_required=True
    )


def _is_choice_of_flow(name: str) -> bool:
    """`grant_type` says which kind of request this is; another one needs other fields."""
    return name == "grant_type"


def _hidden(name: str, value: str, draft: Draft) -> str:
    said = f"Field {name} for {draft.host}."
    return draft.book.template(value, name, is_secret=True, description=said)


def _multipart(parts: list[Part], draft: Draft) -> Body:
    properties: list[BodyProperty] = []
    fixed: dict[str, JsonValue] = {}
    by_name: dict[str, list[Part]] = {}
    for part in parts:
        by_name.setdefault(part.name, []).append(part)
    for name, same in by_name.items():
        first = same[0]
        if (
            not any(part.is_file for part in same)
            and len(same) == 1
            and draft.hides(name, first.text)
        ):
            fixed[name] = _hidden(name, first.text, draft)
        else:
            properties.append(_part(name, same, draft))
    return Body(
        media_type=_MULTIPART, properties=tuple(properties), fixed=fixed or None, is_required=True
    )


def _part(name: str, same: list[Part], draft: Draft) -> BodyProperty:
    first = same[0]
    if first.is_file:
        schema = _file_schema(draft.marks.as_written(first.text))
        if len(same) > 1:
            schema = {"type": "array", "items": schema}
        argument = draft.argument(name, schema, is_required=True)
        return draft.property(argument, (name,), is_file=True, media_type=first.media_type)
    if len(same) > 1:
        argument = list_argument(name, [part.text for part in same], draft)
        return draft.property(argument, (name,), media_type=first.media_type)
    if is_json(first.media_type or "") and (value := _json_part(first.text)) is not None:
        argument = draft.argument(name, value)
        return draft.property(argument, (name,), media_type=first.media_type)
    argument = draft.text_argument(name, first.text)
    return draft.property(argument, (name,), media_type=first.media_type)


def _json_part(text: str) -> dict[str, Any] | None:
    """The schema of a part that is JSON by itself, with its value as default."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    if not is_known(text) or not isinstance(value, dict | list):
        return None
    kind = "object" if isinstance(value, dict) else "array"
    return {"type": kind, "default": value}


def _raw_multipart(text: str, media_type: str, draft: Draft) -> Body:
    """A multipart body written out, as browsers copy it."""
    boundary = _BOUNDARY.search(media_type)
    pieces = text.split("--" + boundary[1])[1:-1] if boundary else []
    parts = [part for piece in pieces if (part := _raw_part(piece)) is not None]
    return _multipart(parts, draft) if parts else _whole(text, media_type, draft)


def _raw_part(piece: str) -> Part | None:
    head, _, content = piece.replace("\r\n", "\n").strip("\n").partition("\n\n")
    name = re.search(r'\bname="([^"]*)"', head)
    if not name:
        return None
    filename = re.search(r'filename="([^"]*)"', head)
    media_type = re.search(r"^content-type:\s*(\S+)", head, re.I | re.M)
    return Part(
        name[1],
        filename[1] if filename else content,
        is_file=filename is not None,
        media_type=media_type[1] if media_type else None,
    )


def _file_schema(named: str) -> dict[str, Any]:
    return {
        **FILE_SCHEMA,
        "description": f"{FILE_SCHEMA['description']} For example {named}."[:300],
    }


def _file(name: str, media_type: str, draft: Draft) -> Body:
    """The body is a file: JSON is written by the caller as such, anything else is a file."""
    if is_json(media_type) or (name.lower().endswith(".json") and media_type == FORM):
        schema = {"description": f"The content of {name}."}
        argument = draft.argument("body", schema, is_required=True)
        kept = media_type if is_json(media_type) else "application/json"
        return Body(media_type=kept, argument=argument, is_required=True)
    argument = draft.argument("file", _file_schema(name), is_required=True)
    return Body(media_type=media_type, argument=argument, is_file=True, is_required=True)


def _whole(text: str, media_type: str, draft: Draft) -> Body:
    schema = draft.schema_of_text(text)
    if is_json(media_type):
        said = f"The JSON body. In the original command: {draft.marks.as_written(text)}"
        schema = {"description": said[:300]}
    schema = schema or {"type": "string", "default": text}
    argument = draft.argument("body", schema, is_required="default" not in schema)
    return Body(media_type=media_type, argument=argument, is_required=True)
