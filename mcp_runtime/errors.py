"""The runtime's refusals, and their one translation to HTTP with a JSON-RPC body."""

from typing import Any

import orjson
from mcp_types import INTERNAL_ERROR, INVALID_REQUEST
from starlette.responses import Response

from core.errors import DomainError, LimitReached, UpstreamUnavailable

REQUEST_CANCELLED = -32800  # of the Language Server Protocol, and what the SDK answers
NEUTRAL = "Something went wrong on our side. It has been noted; please try again."


class Unauthorized(DomainError):
    """No token, or one that this server does not accept.

    Args:
        challenge: the value of `WWW-Authenticate`, which tells the client where to get a token.
    """

    code = "unauthorized"
    status = 401

    def __init__(self, message: str, *, challenge: str) -> None:
        super().__init__(message)
        self.challenge = challenge


class Forbidden(DomainError):
    """The caller is known, and this server does not let them in.

    Args:
        challenge: the value of `WWW-Authenticate`, when another scope would help.
    """

    code = "forbidden"
    status = 403

    def __init__(self, message: str, *, challenge: str | None = None) -> None:
        super().__init__(message)
        self.challenge = challenge


class MethodNotAllowed(DomainError):
    """The address takes POST only."""

    code = "method_not_allowed"
    status = 405


class ServerPaused(DomainError):
    """Its owner has paused the server."""

    code = "server_paused"
    status = 503


class NothingPublished(DomainError):
    """The server has no published version yet."""

    code = "nothing_published"
    status = 503


class TooBusy(LimitReached):
    """Too many calls at once; the queue is full.

    Args:
        retry_after_seconds: when trying again makes sense.
    """

    code = "too_busy"

    def __init__(self, message: str, *, retry_after_seconds: int) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class HostBusy(TooBusy):
    """Too many calls at once on the whole host, whoever makes them."""

    code = "host_busy"
    status = 503


def http_refusal(error: DomainError, *, request_id: Any = None) -> Response:
    """Return a refusal as an HTTP answer whose body is a JSON-RPC error."""
    headers: dict[str, str] = {"Cache-Control": "no-store"}
    challenge = getattr(error, "challenge", None)
    if challenge is not None:
        headers["WWW-Authenticate"] = challenge
    if isinstance(error, TooBusy):
        headers["Retry-After"] = str(error.retry_after_seconds)
    if error.status == 405:
        headers["Allow"] = "POST"
    return Response(
        error_body(error.message, code=error.code, request_id=request_id),
        status_code=error.status,
        headers=headers,
        media_type="application/json",
    )


def http_bug(*, request_id: Any = None) -> Response:
    """Return what a caller sees of a bug: one neutral sentence."""
    body = error_body(NEUTRAL, code="internal", request_id=request_id, number=INTERNAL_ERROR)
    return Response(body, status_code=500, media_type="application/json")


def http_called_off(request_id: Any) -> Response:
    """Return what ends the answer to a request that its client called off."""
    message, number = "Request cancelled", REQUEST_CANCELLED
    body = error_body(message, code="cancelled", request_id=request_id, number=number)
    return Response(body, media_type="application/json")


def error_body(
    message: str, *, code: str, request_id: Any = None, number: int = INVALID_REQUEST
) -> bytes:
    """Return a JSON-RPC error; `code` is the word for programs, in its data."""
    error = {"code": number, "message": message, "data": {"code": code}}
    return orjson.dumps({"jsonrpc": "2.0", "id": request_id, "error": error})


def can_retry(error: DomainError) -> bool:
    """Whether trying the same again may help."""
    if isinstance(error, UpstreamUnavailable):
        return error.can_retry
    return error.status in (429, 503)
