"""Which of the media types a document offers suits a tool best."""

from enum import StrEnum
from typing import Any, NamedTuple

from saas_app.services.intake.openapi.keywords import Schema

JSON = "application/json"
URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
TEXT = "text/plain"
OCTET_STREAM = "application/octet-stream"

_TEXT_LIKE = frozenset(
    ("application/graphql", "application/yaml", "application/x-yaml", "application/csv")
)
_LINES_OF_JSON = frozenset(
    ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/json-seq")
)


class Kind(StrEnum):
    """The ways a tool can make a body, best first."""

    JSON = "json"
    URLENCODED = "urlencoded"
    MULTIPART = "multipart"
    TEXT = "text"
    FILE = "file"


class Offer(NamedTuple):
    """One media type that a tool can send: how, and what to call it in Content-Type."""

    kind: Kind
    media_type: str
    media: dict[str, Any]
    schema: Schema
    lost: tuple[str, ...]


def essence(media_type: str) -> str:
    """A media type without its parameters, in small letters."""
    return media_type.split(";")[0].strip().lower()


def is_json(media_type: str) -> bool:
    """Whether values of this type are JSON (RFC 6839: also everything that ends in +json)."""
    name = essence(media_type)
    return name in (JSON, "text/json") or name.endswith("+json")


def offer(
    media_type: str, media: dict[str, Any], schema: Schema, lost: tuple[str, ...]
) -> Offer | None:
    """Return how a tool would send this type, or nothing if it cannot."""
    kind = _kind(essence(media_type), schema)
    if kind is None:
        return None
    return Offer(kind, _content_type(media_type, kind), media, schema, lost)


def best(offers: list[Offer]) -> Offer:
    """The offer a model can fill in most easily; the document's order decides among equals."""
    return min(offers, key=_rank)


def _rank(found: Offer) -> tuple[int, int]:
    order = tuple(Kind).index(found.kind)
    # A multipart form that takes files loses them as a urlencoded one.
    if found.kind is Kind.MULTIPART and has_file(found.schema):
        order = tuple(Kind).index(Kind.URLENCODED)
        return order, -1
    name = essence(found.media_type)
    # A JSON Patch is a list of operations; whoever also takes JSON or a merge patch is asked so.
    return order, 2 if name == "application/json-patch+json" else int(name != JSON)


def has_file(schema: Schema) -> bool:
    """Whether a form has a field that is a file."""
    return any(is_file(part) for part in schema.get("properties", {}).values())


def is_file(schema: Schema) -> bool:
    """Whether a converted schema stands for raw bytes, as 3.0 or 3.1 says it."""
    schema = without_null(schema)
    if schema.get("type") not in ("string", ["string", "null"], None):
        return False
    if schema.get("format") == "binary":
        return True
    content = essence(schema.get("contentMediaType", ""))
    return bool(content) and "contentEncoding" not in schema and not _is_text(content)


def without_null(schema: Schema) -> Schema:
    """The one alternative beside null, where there is just one; else the schema itself."""
    either = [s for s in schema.get("anyOf", ()) if s != {"type": "null"}]
    return either[0] if len(either) == 1 and "properties" not in schema else schema


def _is_text(name: str) -> bool:
    return name.startswith("text/") or is_json(name) or name in _TEXT_LIKE


def _kind(name: str, schema: Schema) -> Kind | None:
    if name in (URLENCODED, MULTIPART):
        return Kind.URLENCODED if name == URLENCODED else Kind.MULTIPART
    if is_json(name):
        return Kind.JSON
    if name in ("*/*", "application/*"):
        return _kind_by_schema(schema)
    if name in _LINES_OF_JSON or "xml" in name or name.endswith("+yaml"):
        return Kind.TEXT if schema.get("type") == "string" else None
    if name.startswith("multipart/") or "/" not in name:
        return None
    return Kind.TEXT if _is_text(name) else Kind.FILE


def _kind_by_schema(schema: Schema) -> Kind:
    if is_file(schema):
        return Kind.FILE
    return Kind.TEXT if schema.get("type") == "string" else Kind.JSON


def _content_type(media_type: str, kind: Kind) -> str:
    name = essence(media_type)
    if "*" in name:
        return {Kind.JSON: JSON, Kind.TEXT: TEXT}.get(kind, OCTET_STREAM)
    # JSON and forms are always UTF-8 here, so a charset has nothing to add.
    is_plain = kind in (Kind.URLENCODED, Kind.MULTIPART) or "charset=" in media_type.lower()
    return name if is_plain else media_type.strip()
