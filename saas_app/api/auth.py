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
from saas_app.api.arrivals import arrival_of, clear_cookie, cookie_of, send_on
from saas_app.api.cookies import clear_session_cookie, session_token
from saas_app.api.errors import back_to_form
from saas_app.api.requests import client_address, form_of, require_same_origin, text_of
from saas_app.services import approvals, attempts, signing_up
from saas_app.services.accounts import SignUpForm
from saas_app.services.approvals import Approval, ApprovedDoor
from saas_app.services.browser_cookies import BrowserCookie
from saas_app.services.even_time import at_least
from saas_app.services.local_paths import local_path
from saas_app.services.password_rules import require_good
from saas_app.services.passwords import password_mark
from saas_app.services.signing_in import (
    CheckInbox,
    Method,
    Next,
    finish_first_factor,
)

WIDGET_FIELD = "cf-turnstile-response"


async def sign_up(request: Request) -> Response:
    """Make an account if the address has none; the browser sees the same either way."""
    parts = resources.get()
    require_same_origin(request, parts.settings)
    fields = await form_of(request)
    arrival = arrival_of(request, fields.get("next"))
    try:
        following = await _register(request, fields, arrival.next_path)
    except DomainError as error:
        return back_to_form("/sign-up", error, next_path=arrival.next_path)
    return send_on(following)


async def sign_in(request: Request) -> Response:
    """Take a right address and password, and go on to what comes after them."""
    parts, now = resources.get(), now_utc()
    require_same_origin(request, parts.settings)
    fields = await form_of(request)
    arrival = arrival_of(request, fields.get("next"))
    try:
        approval = await _approval(request, fields)
        async with parts.database.write() as session:
            following = await finish_first_factor(
                session, parts.letters, approval.user_id, arrival, method=Method.PASSWORD, now=now
            )
    except DomainError as error:
        return back_to_form("/sign-in", error, next_path=arrival.next_path)
    if isinstance(following, CheckInbox):
        await _remind(following)
    return send_on(following)


async def verify_email(request: Request) -> Response:
    """Confirm the address of a letter's link and sign its user in."""
    parts, now = resources.get(), now_utc()
    require_same_origin(request, parts.settings)
    fields = await form_of(request)
    token = text_of(fields, "token")
    inbox_token = cookie_of(request, BrowserCookie.CHALLENGE)
    try:
        mark = await _mark_for(request, fields, inbox_token)
        async with parts.database.write() as session:
            inbox = await signing_up.waiting_inbox(session, inbox_token, now=now)
            arrival = arrival_of(request, inbox.details["next_path"] if inbox else None)
            following = await signing_up.confirm_email(
                session, parts.letters, token, arrival, mark=mark, now=now
            )
    except DomainError as error:
        return back_to_form("/verify-email", error, token=token)
    return send_on(following)


async def sign_out(request: Request) -> Response:
    """End the session on the server and take the cookie."""
    parts = resources.get()
    require_same_origin(request, parts.settings)
    # The admin's own session, too, where one acts in somebody's name: nothing is left behind.
    tokens = (
        session_token(request, parts.settings),
        cookie_of(request, BrowserCookie.OWN_SESSION) or None,
    )
    for token in filter(None, tokens):
        async with parts.database.write() as session:
            await end_session(session, token)
    fields = await form_of(request)
    path = local_path(fields.get("next"), fallback="/")  # to sign in as somebody else, say
    response = RedirectResponse(path, status_code=303)
    clear_session_cookie(response, parts.settings)
    clear_cookie(response, BrowserCookie.OWN_SESSION)
    return response


auth_routes = [
    Route("/api/auth/sign-up", sign_up, methods=["POST"]),
    Route("/api/auth/sign-in", sign_in, methods=["POST"]),
    Route("/api/auth/verify-email", verify_email, methods=["POST"]),
    Route("/api/auth/sign-out", sign_out, methods=["POST"]),
]


async def _register(request: Request, fields: dict[str, object], next_path: str) -> Next:
    parts, now = resources.get(), now_utc()
    async with parts.database.read() as session:
        await signing_up.require_open(session, parts.settings)
    form = SignUpForm.parse(fields)
    await require_good(form.password, parts.breached, about=(form.name, form.email))
    await parts.doors.knock(
        attempts.SIGN_UP,
        client_address(request, parts.settings),
        now=now,
        human=text_of(fields, WIDGET_FIELD),
    )
    password_hash = await parts.passwords.hash(form.password)
    is_letter_due = await parts.doors.is_letter_due("sign_up", form.email, now=now)
    async with at_least(), parts.database.write() as session:
        return await signing_up.register(
            session,
            parts.letters,
            signing_up.SignUp(form, password_hash, next_path),
            is_letter_due=is_letter_due,
            now=now,
        )


async def _approval(request: Request, fields: dict[str, object]) -> Approval:
    """Return the approval that the form carries, or check the password here."""
    parts, now = resources.get(), now_utc()
    if token := text_of(fields, "approval"):
        async with parts.database.write() as session:
            return await approvals.take_approval(session, token, ApprovedDoor.SIGN_IN, now=now)
    await parts.doors.knock(
        attempts.SIGN_IN,
        client_address(request, parts.settings),
        now=now,
        human=text_of(fields, WIDGET_FIELD),
    )
    user = await parts.password_door.check(
        text_of(fields, "email"),
        text_of(fields, "password"),
        devices=cookie_of(request, BrowserCookie.DEVICES),
        now=now,
    )
    return Approval(user.id, password_mark(user))


async def _mark_for(request: Request, fields: dict[str, object], inbox_token: str) -> str:
    """Return the mark of the password that this browser chose, or has just shown to know."""
    parts, now = resources.get(), now_utc()
    token = text_of(fields, "approval")
    if not token:  # whoever gave an approval has counted
        address = client_address(request, parts.settings)
        await parts.doors.knock(attempts.VERIFY, address, now=now, human=None)
    async with parts.database.read() as session:
        user, needs_password = await signing_up.verification_for(
            session, text_of(fields, "token"), inbox_token=inbox_token, now=now
        )
    if not needs_password:
        return password_mark(user)
    if token:
        async with parts.database.write() as session:
            door = ApprovedDoor.VERIFY_EMAIL
            return (await approvals.take_approval(session, token, door, now=now)).mark
    devices = cookie_of(request, BrowserCookie.DEVICES)
    password = text_of(fields, "password")
    await parts.password_door.check_own(user, password, devices=devices, now=now)
    return password_mark(user)


async def _remind(inbox: CheckInbox) -> None:
    """Send the letter again to somebody who has the password and has not confirmed the address."""
    parts, now = resources.get(), now_utc()
    async with parts.database.read() as session:
        waiting = await signing_up.waiting_inbox(session, inbox.challenge_token, now=now)
    if waiting is None:
        return
    if await parts.doors.is_letter_due("sign_up", str(waiting.details["email"]), now=now):
        async with parts.database.write() as session:
            await signing_up.resend(session, parts.letters, waiting, now=now)
