"""Builds the request that a tool call makes: pure, from spec, arguments and variables."""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from core.errors import Invalid
from core.http_request import (
    CONNECTION_HEADERS,
    LITERAL_PATH,
    LITERAL_QUERY,
    PATH_PLACEHOLDER,
    BasicCredential,
    Credential,
    HttpRequest,
    Parameter,
    is_json,
)
from core.tool_spec import HttpTool, Variable
from mcp_runtime.tool_runner.bodies import encode_body
from mcp_runtime.tool_runner.styles import (
    RESERVED_IN_PATH,
    as_json,
    as_text,
    cookie_safe,
    encode_name,
    encoder,
    form_fields,
    path_text,
    percent_encoded,
    simple_text,
    unencoded,
    utf8,
)
from mcp_runtime.tool_runner.templates import Templates, VariableMissing

HEADER_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class OutgoingRequest:
    """A request ready to send; `secrets` are values to mask wherever it is shown."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    content: bytes | None
    secrets: frozenset[str]


@dataclass(slots=True)
class _Draft:
    """A request while its parts are collected."""

    templates: Templates
    query: list[str]
    headers: list[tuple[str, str]]
    cookies: list[str]
    extra_secrets: set[str]

    def add_fixed(self, location: str, name: str, value: str) -> None:
        if location == "query":
            self.query.append(f"{encode_name(name)}={percent_encoded(value)}")
        elif location == "header":
            self.headers.append((name, value))
        else:
            self.cookies.append(f"{name}={cookie_safe(value)}")


def build_request(
    tool: HttpTool,
    arguments: Mapping[str, Any],
    variables: Mapping[str, str],
    *,
    definitions: Sequence[Variable] = (),
) -> OutgoingRequest:
    """Return the request that this call makes.

    Args:
        tool: what to call; its arguments have been checked against its input schema.
        arguments: the caller's arguments.
        variables: values by name; a name that is not in it has no value.
        definitions: says which variables are optional or plain; without, none is.

    Raises:
        Invalid: an argument cannot travel where the tool puts it.
        VariableMissing: a variable that the request needs has no value.
    """
    spec, arguments = tool.request, tool.with_defaults(arguments)
    draft = _Draft(Templates(variables, definitions), [], [], [], set())
    base = _base_address(spec, draft.templates)
    path, literal_query = _path(spec, arguments)
    if literal_query:
        draft.query.append(literal_query)
    _add_parameters(draft, spec, arguments)
    _add_fixed_values(draft, spec)
    _add_credentials(draft, spec)
    content = _add_body(draft, spec, arguments)
    if draft.cookies:
        draft.headers.append(("Cookie", "; ".join(draft.cookies)))
    query = "&".join(draft.query)
    return OutgoingRequest(
        method=spec.method,
        url=_joined(base, path, query),
        headers=tuple(_checked(name, value) for name, value in draft.headers),
        content=content,
        secrets=draft.templates.secrets() | frozenset(draft.extra_secrets),
    )


def _base_address(spec: HttpRequest, templates: Templates) -> str:
    base = spec.base
    name = base.variable
    if name is not None and templates.values.get(name):
        address = templates.values[name].strip()
    elif base.url:
        address = templates.filled(base.url)
    else:
        raise VariableMissing([name or ""])
    return checked_address(address, source=name or "the base address")


def checked_address(address: str, *, source: str) -> str:
    """Return a base address without its trailing slash.

    Raises:
        Invalid: it is not an http(s) address with a host, or carries a user name or a fragment.
    """
    try:
        parts = urlsplit(address)
        is_usable = parts.scheme in ("http", "https") and bool(parts.hostname)
        is_usable = is_usable and (parts.port is None or parts.port > 0)
    except ValueError:
        is_usable = False
    if not is_usable or re.search(r"[\s\\#\x00-\x1f\x7f]", address):
        raise Invalid(
            f"The value of {source} is not a web address: it starts with http:// or https:// "
            "and names a host. The owner of the server can correct it."
        )
    if "@" in urlsplit(address).netloc:
        raise Invalid(
            f"The value of {source} holds a user name or password. "
            "The owner of the server moves it to a variable of its own."
        )
    return address.rstrip("/")


def _joined(base: str, path: str, query: str) -> str:
    address, _, base_query = base.partition("?")
    if path and not path.startswith("/"):
        path = f"/{path}"
    whole_query = "&".join(part for part in (base_query, query) if part)
    url = f"{address.rstrip('/')}{path}" if path else address
    return f"{url}?{whole_query}" if whole_query else url


def _path(spec: HttpRequest, arguments: Mapping[str, Any]) -> tuple[str, str]:
    """Return the path with its arguments in place, and the query that stands in its template."""
    parameters = {p.name: p for p in spec.parameters if p.location == "path"}
    template, _, literal_query = spec.path.partition("#")[0].partition("?")
    pieces = PATH_PLACEHOLDER.split(template)
    written = [
        _path_value(parameters[piece], arguments)
        if index % 2
        else percent_encoded(piece, safe=LITERAL_PATH)
        for index, piece in enumerate(pieces)
    ]
    path = "".join(written)
    if len(pieces) > 1 and _climbs(path) and not _climbs(template):
        raise Invalid("An argument must not be . or .. where it is a part of the address.")
    return path, percent_encoded(literal_query, safe=LITERAL_QUERY)


def _path_value(parameter: Parameter, arguments: Mapping[str, Any]) -> str:
    value = arguments.get(parameter.argument)
    if value is None or value in ("", [], {}):
        raise Invalid(
            f"{parameter.argument} is needed: it is a part of the address.",
            field=parameter.argument,
        )
    encode = encoder(allow_reserved=parameter.allow_reserved, reserved=RESERVED_IN_PATH)
    if parameter.media_type is not None:
        return encode(_as_media_type(value, parameter.media_type))
    return path_text(
        parameter.name, value, style=parameter.style, explode=parameter.explode, encode=encode
    )


def _climbs(path: str) -> bool:
    """Whether a server that decodes the path would see a step upwards in it.

    Some drop what follows a semicolon before they look, so `..;x` counts as a step too.
    """
    steps = re.split(r"[/\\]", unquote(unquote(path)))
    return any(step.partition(";")[0] in (".", "..") for step in steps)


def _add_parameters(draft: _Draft, spec: HttpRequest, arguments: Mapping[str, Any]) -> None:
    for parameter in spec.parameters:
        value = arguments.get(parameter.argument)
        if value is None or parameter.location == "path":
            continue
        if parameter.location == "query":
            draft.query += [f"{name}={text}" for name, text in _fields(parameter, value)]
        elif parameter.location == "cookie":
            draft.cookies += [f"{name}={text}" for name, text in _fields(parameter, value)]
        else:
            draft.headers.append((parameter.name, _header_text(parameter, value)))


def _fields(parameter: Parameter, value: Any) -> list[tuple[str, str]]:
    # A cookie may carry reserved characters no more than it may carry a semicolon.
    is_open = parameter.allow_reserved and parameter.location == "query"
    encode = encoder(allow_reserved=is_open)
    if parameter.media_type is not None:
        text = _as_media_type(value, parameter.media_type)
        return [(encode_name(parameter.name), encode(text))]
    style = "form" if parameter.style == "simple" else parameter.style
    return form_fields(parameter.name, value, style=style, explode=parameter.explode, encode=encode)


def _header_text(parameter: Parameter, value: Any) -> str:
    if parameter.media_type is not None:
        text = _as_media_type(value, parameter.media_type)
    else:
        text = simple_text(value, explode=parameter.explode, encode=unencoded)
    if CONTROL.search(text):
        raise Invalid(
            f"{parameter.argument} must not hold line breaks or control characters: it travels "
            "in a header.",
            field=parameter.argument,
        )
    utf8(text)
    return text


def _as_media_type(value: Any, media_type: str) -> str:
    return as_json(value) if is_json(media_type) else as_text(value)


def _add_fixed_values(draft: _Draft, spec: HttpRequest) -> None:
    for fixed in spec.fixed:
        if not draft.templates.is_left_out(fixed.value):
            draft.add_fixed(fixed.location, fixed.name, draft.templates.filled(fixed.value))


def _add_credentials(draft: _Draft, spec: HttpRequest) -> None:
    for credential in _chosen_credentials(spec, draft.templates):
        if isinstance(credential, BasicCredential):
            name = draft.templates.filled(credential.username)
            password = draft.templates.filled(credential.password)
            encoded = base64.b64encode(f"{name}:{password}".encode()).decode()
            draft.extra_secrets.add(encoded)
            draft.headers.append(("Authorization", f"Basic {encoded}"))
        else:
            value = draft.templates.filled(credential.value)
            draft.add_fixed(credential.location, credential.name, value)


def _chosen_credentials(spec: HttpRequest, templates: Templates) -> tuple[Credential, ...]:
    """Return the first set whose variables have values; none only when the spec allows none."""
    filled = [option for option in spec.credentials if option]
    for option in filled:
        if not templates.missing_in(*_texts(option)):
            return option
    if len(filled) < len(spec.credentials) or not filled:
        return ()
    raise VariableMissing(templates.missing_in(*_texts(filled[0])))


def _texts(option: tuple[Credential, ...]) -> list[str]:
    texts: list[str] = []
    for credential in option:
        if isinstance(credential, BasicCredential):
            texts += [credential.username, credential.password]
        else:
            texts.append(credential.value)
    return texts


def _add_body(draft: _Draft, spec: HttpRequest, arguments: Mapping[str, Any]) -> bytes | None:
    if spec.body is None:
        return None
    body = encode_body(spec.body, arguments, draft.templates)
    if body is None:
        return None
    draft.headers = [h for h in draft.headers if h[0].lower() != "content-type"]
    draft.headers.append(("Content-Type", body.content_type))
    return body.content


def _checked(name: str, value: str) -> tuple[str, str]:
    if not HEADER_NAME.fullmatch(name) or name.lower() in CONNECTION_HEADERS:
        raise Invalid(f"A tool cannot send the header {name!r}.")
    value = value.strip()
    if CONTROL.search(value):
        raise Invalid(f"The value of the header {name} holds a line break or control character.")
    return name, value
