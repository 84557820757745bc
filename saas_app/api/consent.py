"""Takes a person's answer to an MCP client's request, and hands the browser back to the runtime."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from core.clock import now_utc
from core.consents import browser_cookie_name, decide
from core.errors import DomainError, SignedOut
from core.permissions import require_in_person
from core.sessions import holder_of
from saas_app import resources
from saas_app.api.cookies import session_token
from saas_app.api.requests import form_of, require_same_origin


async def answer(request: Request) -> Response:
    """Record the decision of whoever is signed in, and go on to the runtime's callback."""
    settings = resources.get().settings
    require_same_origin(request, settings)
    fields = await form_of(request)
    token = str(fields.get("request", ""))
    page = f"/connect?request={quote(token, safe='')}"
    try:
        address = await _decide(request, token, approve=fields.get("decision") == "allow")
    except SignedOut:
        return RedirectResponse(f"/sign-in?next={quote(page, safe='/')}", status_code=303)
    except DomainError as error:
        return RedirectResponse(f"{page}&error={quote(error.code)}", status_code=303)
    return RedirectResponse(address, status_code=303)


consent_routes = [Route("/api/oauth/consent", answer, methods=["POST"])]


async def _decide(request: Request, token: str, *, approve: bool) -> str:
    parts, now = resources.get(), now_utc()
    cookie = browser_cookie_name(is_secure=parts.settings.is_secure)
    async with parts.database.write() as session:
        holder = await holder_of(session, session_token(request, parts.settings), now=now)
        if holder is None:
            raise SignedOut("Sign in to answer this request.")
        require_in_person(holder)  # nobody gives a client what is somebody else's
        return await decide(
            session,
            token,
            user_id=holder.user_id,
            browser_cookie=request.cookies.get(cookie),
            approve=approve,
            now=now,
        )
