"""Compares a request that arrived with what a document demands, field by field."""

import base64
import email.parser
import email.policy
import json
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.saas_app.services.intake.openapi import demands
from tests.saas_app.services.intake.openapi.demands import Demand, Source, Upload
from tests.saas_app.services.intake.openapi.listening import Arrived

_CONNECTION = {"host", "connection", "content-length", "user-agent", "accept-encoding", "cookie"}
_CONNECTION |= {"accept", "content-type"}


def compare(arrived: Arrived, demand: Demand, secrets: set[str]) -> None:
    """Method, path, query, headers, cookies and credentials must be exactly those demanded."""
    assert arrived.method == demand.method
    path, _, query = arrived.target.partition("?")
    assert [unquote(step) for step in path.split("/")] == demand.steps
    own = _CONNECTION - set(demand.headers)
    headers = {k: v for k, v in arrived.headers if k not in own}
    cookies = [tuple(c.split("=", 1)) for c in (arrived.header("cookie") or "").split("; ") if c]
    pairs = parse_qsl(query, keep_blank_values=True)
    _take_keys(demand, headers, cookies, pairs, secrets)
    assert _alike(pairs) == _alike(demand.query)
    assert headers == demand.headers
    assert _alike([(unquote(k), unquote(v)) for k, v in cookies]) == _alike(demand.cookies)


def _take_keys(
    demand: Demand,
    headers: dict[str, str],
    cookies: list[Any],
    pairs: list[tuple[str, str]],
    secrets: set[str],
) -> None:
    """Remove the secrets from where the document wants them; each is another one."""
    used = []
    for place, name, form in demand.keys:
        if place == "header":
            value = headers.pop(name.lower())
        else:
            carrier = pairs if place == "query" else cookies
            position = next(i for i, pair in enumerate(carrier) if pair[0] == name)
            value = carrier.pop(position)[1]
        if form == "basic":
            user, _, password = (
                base64.b64decode(value.removeprefix("Basic ")).decode().partition(":")
            )
            used += [user, password]
        else:
            before = form.removesuffix("{}")
            assert value.startswith(before)
            used.append(value.removeprefix(before))
    assert set(used) <= secrets
    assert len(set(used)) == len(used)


def compare_body(arrived: Arrived, source: Source, where: tuple[str, str], value: Any) -> None:
    """The body must be the value, written as the media type it announces."""
    announced = arrived.header("content-type")
    if value is None:
        assert (announced, arrived.body) == (None, b"")
        return
    assert announced is not None
    bare = announced.split(";")[0].strip().lower()
    if "json" in bare:
        assert json.loads(arrived.body) == value
    elif bare == "application/x-www-form-urlencoded":
        found = parse_qsl(arrived.body.decode(), keep_blank_values=True)
        assert _alike(found) == _alike(_form(source, where, bare, value))
    elif bare == "multipart/form-data":
        _compare_parts(arrived, announced, source, where, value)
    elif isinstance(value, Upload):
        assert arrived.body == value.content
    else:
        assert arrived.body.decode() == value


def _alike(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Pairs in one order, with JSON among them written in one way."""
    return sorted((name, _same_json(value)) for name, value in pairs)


def _same_json(value: str) -> str:
    if not value.startswith(("{", "[")):
        return value
    try:
        return json.dumps(json.loads(value), sort_keys=True)
    except ValueError:
        return value


def _form(source: Source, where: tuple[str, str], bare: str, value: Any) -> list[tuple[str, str]]:
    if source.is_old:
        return demands.old_form_pairs(value, source.form_parameters(*where))
    return demands.form_pairs(value, _media(source, where, bare).get("encoding") or {})


def _media(source: Source, where: tuple[str, str], bare: str) -> dict[str, Any]:
    content = source.content(*where)
    return next(m for name, m in content.items() if name.split(";")[0].strip().lower() == bare)


def _compare_parts(
    arrived: Arrived, announced: str, source: Source, where: tuple[str, str], value: dict[str, Any]
) -> None:
    raw = f"Content-Type: {announced}\r\n\r\n".encode() + arrived.body
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(raw)
    found = list(message.iter_parts())
    media = {} if source.is_old else _media(source, where, "multipart/form-data")
    wanted = demands.parts(source, media, value)
    assert len(found) == len(wanted)
    for part, (name, filename, media_type, content) in zip(found, wanted, strict=True):
        assert part.get_param("name", header="content-disposition") == name
        assert part.get_filename() == filename
        assert part.get_content_type() == media_type.split(";")[0].strip().lower()
        payload = part.get_payload(decode=True)
        if isinstance(content, bytes):
            assert payload == content
        else:
            assert json.loads(payload) == content


def path_of(base: str | None) -> str:
    """The path of a base address."""
    return urlsplit(base or "").path.rstrip("/")
