"""Signing up, in and out: native forms, since a websocket cannot set a cookie.

A state event has checked the fields before, so that errors stand on them; whoever posts here
directly gets the same checks and lands on the form again.
"""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from core.clock import now_utc
from core.errors import DomainError
from core.sessions import end_session
from saas_app import resources
from saas_app.api.cookies import clear_session_cookie, session_token, set_session_cookie
from saas_app.api.errors import back_to_form
from saas_app.api.requests import browser_of, form_of, require_same_origin
from saas_app.services import accounts
from saas_app.services.local_paths import local_path

HOME = "/home"


async def sign_up(request: Request) -> Response:
    """Create an account and sign its browser in."""
    parts = resources.get()
    require_same_origin(request, parts.settings)
    fields = await form_of(request)
    try:
        form = accounts.SignUpForm.parse(fields)
        password_hash = await parts.passwords.hash(form.password)
        async with parts.database.write() as session:
            user = await accounts.create_account(
                session, form, password_hash=password_hash, now=now_utc()
            )
            token = await _start(session, user.id, request)
    except DomainError as error:
        return back_to_form("/sign-up", error, next_path=_next(fields))
    return _enter(token, _next(fields))


async def sign_in(request: Request) -> Response:
    """Start a session for a right address and password."""
    parts = resources.get()
    require_same_origin(request, parts.settings)
    fields = await form_of(request)
    try:
        user_id = await accounts.authenticate(
            parts.database,
            parts.passwords,
            email=str(fields.get("email", "")),
            password=str(fields.get("password", "")),
        )
        async with parts.database.write() as session:
            token = await _start(session, user_id, request)
    except DomainError as error:
        return back_to_form("/sign-in", error, next_path=_next(fields))
    return _enter(token, _next(fields))


async def sign_out(request: Request) -> Response:
    """End the session on the server and take the cookie."""
    parts = resources.get()
    require_same_origin(request, parts.settings)
    token = session_token(request, parts.settings)
    if token is not None:
        async with parts.database.write() as session:
            await end_session(session, token)
    fields = await form_of(request)
    path = local_path(fields.get("next"), fallback="/")  # to sign in as somebody else, say
    response = RedirectResponse(path, status_code=303)
    clear_session_cookie(response, parts.settings)
    return response


auth_routes = [
    Route("/api/auth/sign-up", sign_up, methods=["POST"]),
    Route("/api/auth/sign-in", sign_in, methods=["POST"]),
    Route("/api/auth/sign-out", sign_out, methods=["POST"]),
]


async def _start(session, user_id, request: Request) -> str:
    settings = resources.get().settings
    old = session_token(request, settings)
    if old is not None:
        await end_session(session, old)  # a browser that signs in again leaves nothing behind
    return await accounts.sign_in(
        session, user_id, now=now_utc(), browser=browser_of(request, settings)
    )


def _enter(token: str, path: str) -> Response:
    response = RedirectResponse(path, status_code=303)
    set_session_cookie(response, token, resources.get().settings)
    return response


def _next(fields: dict[str, object]) -> str:
    return local_path(fields.get("next"), fallback=HOME)
