"""Sudo: whoever is signed in proves again who they are, and the session gets a new token."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from core.clock import now_utc
from core.errors import DomainError, Invalid, SignedOut
from core.models import User
from core.permissions import require_in_person
from core.sessions import SignedIn
from saas_app import resources
from saas_app.api.arrivals import HOME, cookie_of
from saas_app.api.cookies import set_session_cookie
from saas_app.api.holders import back_to, holder_in, object_in, origin_of
from saas_app.api.requests import form_of, require_same_origin, text_of
from saas_app.resources import checker, party
from saas_app.services.browser_cookies import BrowserCookie
from saas_app.services.challenges import Purpose
from saas_app.services.factors.confirming import refresh_session
from saas_app.services.factors.passkey_proof import Answer, prove_passkey
from saas_app.services.local_paths import local_path

PAGE = "/confirm"


async def confirm(request: Request) -> Response:
    """Take a password, a code of the app or a passkey's answer."""
    require_same_origin(request, resources.get().settings)
    fields = await form_of(request)
    path = local_path(fields.get("next"), fallback=HOME)
    way = text_of(fields, "way")
    try:
        holder = await holder_in(request)
        require_in_person(holder)
        await _prove(request, holder, way, fields)
        return await freshened(request, holder, way=way, path=path)
    except SignedOut:
        return back_to("/sign-in", SignedOut("Sign in again."), next=path)
    except DomainError as error:
        return back_to(PAGE, error, next=path, way=way)


confirm_routes = [Route("/api/auth/confirm", confirm, methods=["POST"])]


async def freshened(request: Request, holder: SignedIn, *, way: str, path: str) -> Response:
    """Lead on with a session that is fresh."""
    parts = resources.get()
    token = await refresh_session(
        parts.database, holder, way=way, origin=origin_of(request, holder), now=now_utc()
    )
    response = RedirectResponse(path, status_code=303)
    set_session_cookie(response, token, parts.settings)
    return response


async def _prove(request: Request, holder: SignedIn, way: str, fields: dict[str, object]) -> None:
    parts, now = resources.get(), now_utc()
    if way == "password":
        async with parts.database.read() as session:
            user = await session.get_one(User, holder.user_id)
        devices = cookie_of(request, BrowserCookie.DEVICES)
        password = text_of(fields, "password")
        await parts.password_door.check_own(user, password, devices=devices, now=now)
    elif way == "app":
        await checker().check_app_code(holder.user_id, text_of(fields, "code"), now=now)
    elif way == "passkey":
        answer = Answer(
            Purpose.PASSKEY_CONFIRM,
            cookie_of(request, BrowserCookie.PASSKEY_CONFIRM),
            object_in(text_of(fields, "credential")),
            holder.user_id,
        )
        await prove_passkey(parts.database, party(), answer, now=now)
    else:
        raise Invalid("Choose how to confirm that it is you.")
