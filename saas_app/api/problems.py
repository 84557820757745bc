"""Problem details (RFC 9457): the one shape in which REST v1 says that something went wrong."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.types import Scope

from core.errors import DomainError, LimitReached
from core.ids import new_request_id
from saas_app.services.limits import TooOften

MEDIA_TYPE = "application/problem+json"
SORRY = "Something went wrong on our side. It has been noted; say the request id if you ask."


def request_id_of(scope: Scope) -> str:
    """Return the id by which a request is found in the log, as `Serving` has given it."""
    return scope.get("state", {}).get("request_id") or new_request_id()


def status_of(error: DomainError) -> int:
    """Return the status of a refusal: a full list is a conflict, since waiting does not help."""
    if isinstance(error, LimitReached) and not isinstance(error, TooOften):
        return HTTPStatus.CONFLICT
    return error.status


def problem(
    error: DomainError, *, request_id: str, errors: Sequence[dict[str, str]] = ()
) -> Response:
    """Return the answer to a request that was refused.

    Args:
        error: why.
        request_id: by which it is found in the log.
        errors: all that is wrong with a body or query, field by field.
    """
    status = status_of(error)
    details = {"detail": error.message, "code": error.code, "field": error.field}
    if errors:
        details["errors"] = list(errors)
    headers = {}
    if isinstance(error, TooOften):
        headers["retry-after"] = str(error.wait_seconds)
    return _answer(status, details, request_id, headers)


def failure(*, request_id: str) -> Response:
    """Return the answer to a request that met a bug; what it was stands in the log alone."""
    details = {"detail": SORRY, "code": "internal", "field": None}
    return _answer(HTTPStatus.INTERNAL_SERVER_ERROR, details, request_id, {})


def _answer(
    status: int, details: dict[str, Any], request_id: str, headers: dict[str, str]
) -> Response:
    title = HTTPStatus(status).phrase
    whole = {"type": "about:blank", "title": title, "status": int(status), **details}
    return JSONResponse(
        whole | {"request_id": request_id},
        status_code=int(status),
        headers=headers | {"x-request-id": request_id},
        media_type=MEDIA_TYPE,
    )
