"""Who is signed in at a route, and what its body says."""

from typing import Any
from urllib.parse import urlencode

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from core.access import actor_for
from core.clock import now_utc
from core.errors import DomainError, Invalid, SignedOut
from core.permissions import Actor, Origin
from core.sessions import SignedIn, holder_of
from saas_app import resources
from saas_app.api.cookies import session_token
from saas_app.api.requests import LARGEST_FORM_BYTES, announced_bytes, browser_of


async def holder_in(request: Request) -> SignedIn:
    """Return who holds the request's session.

    Raises:
        SignedOut: nobody.
    """
    async with resources.get().database.read() as session:
        return await _holder(request, session)


async def actor_in(request: Request, session: AsyncSession) -> Actor:
    """Return who acts in the organization of the route's address, as they are right now.

    Raises:
        SignedOut: nobody is signed in (any more).
        NotFound: they are not in the organization.
    """
    holder = await _holder(request, session)
    origin = origin_of(request, holder)
    return await actor_for(session, holder.user_id, request.path_params["slug"], origin=origin)


def origin_of(request: Request, holder: SignedIn) -> Origin:
    """Return from where the holder acts, for the record."""
    browser = browser_of(request, resources.get().settings)
    return Origin(
        ip_address=browser.ip_address,
        user_agent=browser.user_agent,
        impersonator_id=holder.impersonator_id,
        is_fresh=holder.is_fresh(now_utc()),
    )


async def json_of(request: Request) -> dict[str, Any]:
    """Return a posted JSON object.

    Raises:
        Invalid: it is none, or larger than any of ours.
        Malformed: its length is no number.
    """
    if (announced_bytes(request.headers) or 0) > LARGEST_FORM_BYTES:
        raise Invalid("That is too large.")
    return object_in(await request.body())


def object_in(text: str | bytes) -> dict[str, Any]:
    """Return the JSON object that a text holds.

    Raises:
        Invalid: it holds none.
    """
    try:
        content = orjson.loads(text)
    except orjson.JSONDecodeError:
        content = None
    if not isinstance(content, dict):
        raise Invalid("That was not understood. Load the page again and retry.")
    return content


def back_to(page: str, error: DomainError, **kept: str) -> Response:
    """Return to a page, which shows the error by its code; `kept` goes into the address."""
    wait = getattr(error, "wait_seconds", None)
    query = {"error": error.code, "wait": str(wait or ""), **kept}
    text = urlencode({name: value for name, value in query.items() if value}, safe="/")
    return RedirectResponse(f"{page}?{text}", status_code=303)


async def _holder(request: Request, session: AsyncSession) -> SignedIn:
    token = session_token(request, resources.get().settings)
    holder = await holder_of(session, token, now=now_utc())
    if holder is None:
        raise SignedOut("Your session has ended. Sign in again.")
    return holder
