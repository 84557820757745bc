"""Reads what a request carries: its key, its query and its body, each checked before it is used."""

import re
from typing import Any

import orjson
from pydantic import BaseModel, RootModel, ValidationError
from starlette.requests import Request

from core.errors import DomainError, Invalid
from saas_app.api.v1.contract import Nothing, Operation
from saas_app.services.key_actors import refused

LONGEST_IDEMPOTENCY_KEY = 255
MOST_ERRORS = 20
LONGEST_LENGTH = 12  # digits of a Content-Length
JSON_TYPE = re.compile(r"application/json(?:\s*;\s*charset=\"?utf-8\"?)?", re.IGNORECASE)


class TooLarge(DomainError):
    """The body is larger than this operation takes."""

    code = "too_large"
    status = 413


class WrongMediaType(DomainError):
    """The body is not what this operation reads."""

    code = "unsupported_media_type"
    status = 415


class NotJson(DomainError):
    """The body cannot be read at all."""

    code = "not_json"
    status = 400


class InvalidFields(Invalid):
    """Some fields cannot be accepted; `errors` has them all, without what was sent."""

    def __init__(self, errors: list[dict[str, str]]) -> None:
        first = errors[0]
        super().__init__(first["message"], field=first["field"] or None)
        self.errors = errors[:MOST_ERRORS]


def bearer_of(request: Request) -> str:
    """Return the key of a request: from its Authorization header, and nowhere else.

    Raises:
        KeyRefused: there is none, or more than one.
    """
    headers = request.headers.getlist("authorization")
    if len(headers) != 1:
        raise refused()
    kind, _, token = headers[0].partition(" ")
    if kind.lower() != "bearer":
        raise refused()
    return token.strip()


def query_of(request: Request, operation: Operation) -> BaseModel:
    """Return what stands behind the question mark.

    Raises:
        Invalid: something there is unknown, given twice, or does not fit.
    """
    pairs = request.query_params.multi_items()
    given = dict(pairs)
    if len(given) != len(pairs):
        raise Invalid("A parameter is given twice.", field=_twice(pairs))
    _refuse_unstorable(given)
    try:
        return operation.query.model_validate(given)
    except ValidationError as error:
        raise InvalidFields(_errors_of(error)) from None


async def body_of(request: Request, operation: Operation) -> tuple[bytes, BaseModel | None]:
    """Return the body, as it came and as a model.

    Raises:
        WrongMediaType: it is not JSON.
        TooLarge: it is longer than the operation takes.
        NotJson: it cannot be read, or is no object.
        InvalidFields: a field is unknown, missing, or does not fit.
    """
    raw = await _bytes_of(request, operation.largest_bytes)
    model = operation.body
    if model is None:
        return raw, None
    if not raw and issubclass(model, Nothing):
        return raw, model()
    if not JSON_TYPE.fullmatch(request.headers.get("content-type", "").strip()):
        raise WrongMediaType("Send the body as application/json.")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise WrongMediaType("Send the body as it is, without a content encoding.")
    _check_json(raw)
    try:
        return raw, model.model_validate_json(raw, strict=True)
    except ValidationError as error:
        raise InvalidFields(_errors_of(error, is_choice=issubclass(model, RootModel))) from None


def idempotency_key_of(request: Request) -> str | None:
    """Return the name under which a request is remembered, if it has one.

    Raises:
        Invalid: it is empty, too long, or not plain.
    """
    keys = request.headers.getlist("idempotency-key")
    if not keys:
        return None
    key = keys[0].strip()
    is_plain = key.isascii() and key.isprintable()
    if len(keys) > 1 or not is_plain or not 1 <= len(key) <= LONGEST_IDEMPOTENCY_KEY:
        raise Invalid(
            f"An Idempotency-Key is 1 to {LONGEST_IDEMPOTENCY_KEY} printable characters of ASCII.",
            field="Idempotency-Key",
        )
    return key


async def _bytes_of(request: Request, largest: int) -> bytes:
    announced = request.headers.get("content-length", "0")
    if not (announced.isascii() and announced.isdigit()):
        raise NotJson("The Content-Length is no number.")
    if len(announced) > LONGEST_LENGTH or int(announced) > largest:
        raise _too_large(largest)
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > largest:
            raise _too_large(largest)
        chunks.append(chunk)
    return b"".join(chunks)


def _check_json(raw: bytes) -> None:
    try:
        value = orjson.loads(raw)
    except (orjson.JSONDecodeError, RecursionError):
        raise NotJson("The body is not JSON in UTF-8.") from None
    if not isinstance(value, dict):
        raise NotJson("The body is a JSON object.")
    _refuse_unstorable(value)


def _refuse_unstorable(value: Any) -> None:
    """Refuse the character that PostgreSQL does not keep, wherever it stands."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str) and "\0" in one:
            raise Invalid("A text holds the character U+0000, which cannot be kept.")
        if isinstance(one, dict):
            waiting += [*one.keys(), *one.values()]
        elif isinstance(one, list):
            waiting += one


def _errors_of(error: ValidationError, *, is_choice: bool = False) -> list[dict[str, str]]:
    """Return where a model does not fit and why, never what was sent.

    Args:
        error: what does not fit.
        is_choice: whether it is one of several models, whose name is then no part of the place.
    """
    return [
        {
            "field": ".".join(str(part) for part in one["loc"][1 if is_choice else 0 :]),
            "message": one["msg"].removeprefix("Value error, "),
        }
        for one in error.errors(include_input=False, include_url=False, include_context=False)
    ]


def _twice(pairs: list[tuple[str, str]]) -> str:
    names = [name for name, _ in pairs]
    return next(name for name in names if names.count(name) > 1)


def _too_large(largest: int) -> TooLarge:
    return TooLarge(f"The body is too large: at most {largest:,} bytes are taken here.")
