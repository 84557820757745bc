"""Refusals at the API: back to the form for browsers, or one JSON shape for everybody else."""

from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from core.errors import DomainError
from core.logs import log
from saas_app.api.problems import problem as rest_problem
from saas_app.api.problems import request_id_of
from saas_app.services.limits import TooOften

REST = "/api/v1/"


async def refuse(request: Request, error: Exception) -> Response:
    """Answer a refusal as problem details (RFC 9457), whose title our own pages show."""
    assert isinstance(error, DomainError)  # noqa: S101 - registered for this type alone
    log.info("api.refused", path=request.url.path, code=error.code)
    if request.url.path.startswith(REST):
        return rest_problem(error, request_id=request_id_of(request.scope))
    problem = {"type": "about:blank", "title": error.message, "status": error.status}
    return JSONResponse(
        {**problem, "code": error.code, "field": error.field},
        status_code=error.status,
        media_type="application/problem+json",
    )


async def admit_failure(request: Request, error: Exception) -> Response:
    """Answer anything unexpected with one neutral sentence; the trace is in the log."""
    log.opt(exception=error).error("api.failed", path=request.url.path)
    problem = {"type": "about:blank", "title": "Something went wrong on our side.", "status": 500}
    return JSONResponse(problem, status_code=500, media_type="application/problem+json")


def back_to_form(
    page: str, error: DomainError, *, next_path: str = "", token: str = ""
) -> Response:
    """Return to the page of a native form, which shows the error by its code.

    Args:
        page: the path of the form.
        error: why it was refused; a wait is told as well.
        next_path: where the visitor wanted to go.
        token: of the letter's link that the page was opened with.
    """
    asked = {"error": error.code, "next": next_path, "token": token}
    if isinstance(error, TooOften):
        asked["wait"] = str(error.wait_seconds)
    query = urlencode(
        {name: text for name, text in asked.items() if text}, safe="/", quote_via=quote
    )
    return RedirectResponse(f"{page}?{query}", status_code=303)
