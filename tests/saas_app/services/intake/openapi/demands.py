"""What an OpenAPI document demands of a request, worked out from its text and the rules alone.

Nothing here uses the importer. References are followed naively, and values are written by the
tables of OpenAPI 3.0.4/3.1.1 (sections "Style Values" and "Encoding Object") and of Swagger 2.0
("collectionFormat"). The result is what must arrive, decoded, so that it can be compared by field.
"""

import json
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
IGNORED_HEADERS = ("accept", "content-type", "authorization")
SEPARATORS = {"csv": ",", "ssv": " ", "tsv": "\t", "pipes": "|"}
UNSUPPORTED = ("digest", "hoba", "mutual", "negotiate", "scram-sha-1", "scram-sha-256", "vapid")

Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class Upload:
    """A file to send: its content and the name the service should see."""

    content: bytes
    filename: str


@dataclass
class Demand:
    """A request as it must arrive; texts are decoded, except that path steps are kept apart."""

    method: str
    steps: list[str]
    query: Pairs = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    cookies: Pairs = field(default_factory=list)
    keys: list[tuple[str, str, str]] = field(default_factory=list)


class Source:
    """A raw document, looked at operation by operation."""

    def __init__(self, root: dict[str, Any]) -> None:
        self.root = root
        self.is_old = "swagger" in root

    def seen(self, node: Any) -> Any:
        """The node itself, or what its references lead to."""
        while isinstance(node, dict) and isinstance(node.get("$ref"), str):
            target: Any = self.root
            for step in node["$ref"].removeprefix("#").removeprefix("/").split("/"):
                name = unquote(step).replace("~1", "/").replace("~0", "~")
                target = target[int(name)] if isinstance(target, list) else target[name]
            node = target
        return node

    def operations(self) -> list[tuple[str, str]]:
        """Method and path of every operation."""
        found = []
        for path in self.root.get("paths") or {}:
            if not path.startswith("x-"):
                found += [(m, path) for m in METHODS if isinstance(self.item(path).get(m), dict)]
        return found

    def item(self, path: str) -> dict[str, Any]:
        node = self.root["paths"][path]
        return {**self.seen(node), **node} if isinstance(node, dict) and "$ref" in node else node

    def parameters(self, method: str, path: str) -> dict[tuple[str, str], dict[str, Any]]:
        """Parameters by place and name, the operation's over the path's; ignored ones left out."""
        item = self.item(path)
        merged = {}
        for raw in (item.get("parameters") or []) + (item[method].get("parameters") or []):
            parameter = self.seen(raw)
            merged[parameter["in"], parameter["name"]] = parameter
        for name in placeholders(path):
            merged.setdefault(
                ("path", name), {"in": "path", "name": name, "schema": {"type": "string"}}
            )
        return {
            (place, name): parameter
            for (place, name), parameter in merged.items()
            if place in ("path", "query", "header", "cookie")
            and not (place == "header" and name.lower() in IGNORED_HEADERS)
            and not (place == "path" and name not in placeholders(path))
        }

    def form_parameters(self, method: str, path: str) -> dict[str, dict[str, Any]]:
        """Swagger 2.0's form fields and body by name."""
        item = self.item(path)
        every = (item.get("parameters") or []) + (item[method].get("parameters") or [])
        found = [self.seen(raw) for raw in every]
        return {p["name"]: p for p in found if p["in"] in ("formData", "body")}

    def content(self, method: str, path: str) -> dict[str, Any]:
        """The media types a body may have (OpenAPI 3)."""
        body = self.seen(self.item(path)[method].get("requestBody") or {})
        return body.get("content") or {}

    def success_types(self, method: str, path: str) -> list[str]:
        """The media types of every success."""
        operation = self.item(path)[method]
        responses = operation.get("responses") or {}
        codes = [c for c in responses if str(c).startswith("2")]
        codes = codes or [c for c in responses if c == "default"]
        types: list[str] = []
        for code in codes:
            response = self.seen(responses[code])
            if not self.is_old:
                types += list(response.get("content") or {})
            elif "schema" in response:
                types += operation.get("produces", self.root.get("produces")) or [
                    "application/json"
                ]
        return types

    def base(self, method: str, path: str) -> str | None:
        """The default address, or nothing where the document alone does not tell it."""
        if self.is_old:
            if not self.root.get("host"):
                return None
            schemes = self.root.get("schemes") or ["https"]
            scheme = "https" if "https" in schemes else schemes[0]
            return f"{scheme}://{self.root['host']}{self.root.get('basePath') or ''}".rstrip("/")
        item = self.item(path)
        servers = item[method].get("servers") or item.get("servers") or self.root.get("servers")
        if not servers:
            return None
        url = servers[0]["url"]
        for name, variable in (servers[0].get("variables") or {}).items():
            url = url.replace(f"{{{name}}}", str(variable.get("default")))
        return (
            url.rstrip("/") if url.startswith(("http://", "https://")) and "{" not in url else None
        )

    def keys(self, method: str, path: str) -> list[tuple[str, str, str]] | None:
        """Place, name and form of the secrets of the first alternative; None if there is none."""
        operation = self.item(path)[method]
        wanted = operation.get("security", self.root.get("security")) or []
        schemes = (
            self.root.get("securityDefinitions")
            if self.is_old
            else (self.root.get("components") or {}).get("securitySchemes")
        ) or {}
        options = []
        for requirement in wanted:
            known = [self.seen(schemes[name]) for name in requirement if name in schemes]
            shapes = [_key(scheme) for scheme in known]
            places = {(shape[0], shape[1].lower()) for shape in shapes if shape}
            if None not in shapes and len(places) == len(shapes):
                options.append(shapes)
        if wanted and not options:
            return None
        return next((option for option in options if option), [])


def placeholders(path: str) -> list[str]:
    """Names between braces."""
    return [part.split("}")[0] for part in path.split("{")[1:] if "}" in part]


def _key(scheme: dict[str, Any]) -> tuple[str, str, str] | None:
    kind, method = scheme.get("type"), str(scheme.get("scheme", "")).lower()
    if kind == "apiKey":
        return scheme["in"], scheme["name"], "{}"
    if kind == "basic" or (kind, method) == ("http", "basic"):
        return "header", "Authorization", "basic"
    if kind in ("oauth2", "openIdConnect") or (kind, method) == ("http", "bearer"):
        return "header", "Authorization", "Bearer {}"
    if kind == "http" and method and method not in UNSUPPORTED:
        return "header", "Authorization", f"{scheme['scheme']} {{}}"
    return None


def demand(source: Source, method: str, path: str, values: dict[tuple[str, str], Any]) -> Demand:
    """What must arrive, apart from the body, when the parameters have these values."""
    described = source.parameters(method, path)
    written, query, headers, cookies = {}, [], {}, []
    for (place, name), value in values.items():
        style, explode = _style(described[place, name], is_old=source.is_old)
        if "content" in described[place, name]:
            media = next(iter(described[place, name]["content"]))
            value = json.dumps(value) if "json" in media else value  # noqa: PLW2901
            style, explode = ("simple" if place in ("path", "header") else "form"), False
        if place == "path":
            written[name] = _path(name, value, style, explode=explode)
        elif place == "header":
            headers[name.lower()] = _flat(value, explode=explode, encode=str)
        else:
            (query if place == "query" else cookies).extend(
                _pairs(name, value, style, explode=explode)
            )
    template, _, literal = path.partition("#")[0].partition("?")
    for name, text in written.items():
        template = template.replace(f"{{{name}}}", text)
    for part in filter(None, literal.split("&")):
        key, _, value = part.partition("=")
        query.append((unquote(key), unquote(value)))
    steps = [unquote(step) for step in template.split("/")]
    return Demand(method.upper(), steps, query, headers, cookies, source.keys(method, path) or [])


def _style(parameter: dict[str, Any], *, is_old: bool) -> tuple[str, bool]:
    default = "simple" if parameter["in"] in ("path", "header") else "form"
    if not is_old:
        style = parameter.get("style", default)
        return style, parameter.get("explode", style == "form")
    if parameter.get("type") != "array":
        return default, False
    separator = parameter.get("collectionFormat", "csv")
    if separator == "multi":
        return default, True
    return {"ssv": "spaceDelimited", "pipes": "pipeDelimited", "tsv": "tsv"}.get(
        separator, default
    ), False


def text(value: Any) -> str:
    """A scalar as it travels outside of JSON."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value)


def _encoded(value: Any) -> str:
    return quote(text(value), safe="")


def _flat(value: Any, *, explode: bool, encode: Any) -> str:
    def write(item: Any) -> str:
        return encode(text(item))

    if isinstance(value, list):
        return ",".join(write(item) for item in value)
    if isinstance(value, dict):
        between = "=" if explode else ","
        return ",".join(f"{write(key)}{between}{write(item)}" for key, item in value.items())
    return write(value)


def _path(name: str, value: Any, style: str, *, explode: bool) -> str:
    if style == "label":
        return "." + _flat(value, explode=explode, encode=_encoded).replace(
            ",", "." if explode else ","
        )
    if style != "matrix":
        return _flat(value, explode=explode, encode=_encoded)
    if explode and isinstance(value, list):
        return "".join(f";{name}={_encoded(item)}" for item in value)
    if explode and isinstance(value, dict):
        return "".join(f";{_encoded(key)}={_encoded(item)}" for key, item in value.items())
    return f";{name}={_flat(value, explode=False, encode=_encoded)}"


def _pairs(name: str, value: Any, style: str, *, explode: bool) -> Pairs:
    """Decoded name and value pairs of a query, cookie or form field."""
    if style == "deepObject" and isinstance(value, dict):
        return [(f"{name}[{key}]", text(item)) for key, item in value.items()]
    if not isinstance(value, list | dict):
        return [(name, text(value))]
    if explode:
        items = value.items() if isinstance(value, dict) else ((name, item) for item in value)
        return [(key, text(item)) for key, item in items]
    between = {"spaceDelimited": " ", "pipeDelimited": "|", "tsv": "\t"}.get(style, ",")
    flat = value if isinstance(value, list) else [part for pair in value.items() for part in pair]
    return [(name, between.join(text(item) for item in flat))]


def form_pairs(value: dict[str, Any], encoding: dict[str, Any]) -> Pairs:
    """The fields of a urlencoded body (OpenAPI 3)."""
    pairs: Pairs = []
    for name, item in value.items():
        own = encoding.get(name) or {}
        if any(key in own for key in ("style", "explode", "allowReserved")):
            style = own.get("style", "form")
            pairs += _pairs(name, item, style, explode=own.get("explode", style == "form"))
        elif "json" in own.get("contentType", "") or _is_nested(item):
            pairs.append((name, json.dumps(item)))
        else:
            pairs += _pairs(name, item, "form", explode=True)
    return pairs


def old_form_pairs(value: dict[str, Any], fields: dict[str, dict[str, Any]]) -> Pairs:
    """The fields of a urlencoded body (Swagger 2.0)."""
    pairs: Pairs = []
    for name, item in value.items():
        if not isinstance(item, list):
            pairs.append((name, text(item)))
        elif fields[name].get("collectionFormat") == "multi":
            pairs += [(name, text(part)) for part in item]
        else:
            between = SEPARATORS[fields[name].get("collectionFormat", "csv")]
            pairs.append((name, between.join(text(part) for part in item)))
    return pairs


def _is_nested(value: Any) -> bool:
    return isinstance(value, dict) or (
        isinstance(value, list) and any(isinstance(item, dict | list) for item in value)
    )


class Part(NamedTuple):
    """One part of a multipart body; content that is no bytes is JSON."""

    name: str
    filename: str | None
    media_type: str
    content: Any


def parts(source: Source, media: dict[str, Any], value: dict[str, Any]) -> list[Part]:
    """Every part of a multipart body; nested values are JSON (OpenAPI 3.1.1 section 4.8.15.1)."""
    found: list[Part] = []
    for name, item in value.items():
        types = _types_of_part(source, media, name)
        for one in item if isinstance(item, list) else [item]:
            if isinstance(one, Upload):
                kind = types[0] if types else "application/octet-stream"
                found.append(Part(name, one.filename, kind, one.content))
            elif isinstance(one, dict) or (types and "json" in types[0]):
                found.append(Part(name, None, types[0] if types else "application/json", one))
            else:
                kind = types[0] if len(types) == 1 else "text/plain"
                found.append(Part(name, None, kind, text(one).encode()))
    return found


def _types_of_part(source: Source, media: dict[str, Any], name: str) -> list[str]:
    """The media types that the encoding allows, or the one of the schema."""
    said = ((media.get("encoding") or {}).get(name) or {}).get("contentType", "")
    allowed = [kind.strip() for kind in said.split(",") if kind.strip() and "*" not in kind]
    if allowed:
        return allowed
    schema = _field(source, media.get("schema") or {}, name)
    schema = source.seen(schema.get("items") or schema)
    content = schema.get("contentMediaType", "")
    is_written_out = "json" in content or "contentEncoding" in schema
    return [content] if content and not is_written_out else []


def _field(source: Source, raw: dict[str, Any], name: str) -> dict[str, Any]:
    schema = source.seen(raw)
    if name in (schema.get("properties") or {}):
        return source.seen(schema["properties"][name])
    for part in schema.get("allOf") or []:
        if found := _field(source, part, name):
            return found
    return {}
