"""New passwords: by the link of a letter, and for whoever knows the current one."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from core.clock import now_utc
from core.errors import DomainError, SignedOut
from core.sessions import SignedIn
from saas_app import resources
from saas_app.api.arrivals import arrival_of, cookie_of, send_on, set_cookie
from saas_app.api.cookies import set_session_cookie
from saas_app.api.errors import back_to_form
from saas_app.api.holders import holder_in
from saas_app.api.requests import (
    client_address,
    form_of,
    require_same_origin,
    text_of,
)
from saas_app.services import approvals, attempts, known_devices
from saas_app.services.approvals import ApprovedDoor
from saas_app.services.browser_cookies import BrowserCookie
from saas_app.services.local_paths import local_path
from saas_app.services.password_change import (
    Changed,
    NewPassword,
    change_password,
    own_account,
)
from saas_app.services.password_reset import reset_for, reset_password
from saas_app.services.password_rules import require_good
from saas_app.services.passwords import password_mark
from saas_app.services.signing_in import Next

SECURITY_PAGE = "/account/security"


async def reset(request: Request) -> Response:
    """Set a password by the link of a letter, and go on as after a first factor."""
    require_same_origin(request, resources.get().settings)
    fields = await form_of(request)
    token = text_of(fields, "token")
    try:
        following = await _reset(request, token, text_of(fields, "password"))
    except DomainError as error:
        return back_to_form("/reset-password", error, token=token)
    return send_on(following)


async def change(request: Request) -> Response:
    """Replace the password of whoever is signed in; their other sessions end."""
    settings = resources.get().settings
    require_same_origin(request, settings)
    fields = await form_of(request)
    page = local_path(fields.get("page"), fallback=SECURITY_PAGE).partition("?")[0]
    try:
        changed = await _change(request, fields)
    except SignedOut:
        return RedirectResponse(f"/sign-in?next={page}", status_code=303)
    except DomainError as error:
        return back_to_form(page, error)
    response = RedirectResponse(f"{page}?changed=password", status_code=303)
    set_session_cookie(response, changed.token, settings)
    lifetime = known_devices.LIFETIME
    set_cookie(response, BrowserCookie.DEVICES, changed.devices, lifetime=lifetime)
    return response


password_routes = [
    Route("/api/auth/reset-password", reset, methods=["POST"]),
    Route("/api/auth/change-password", change, methods=["POST"]),
]


async def _reset(request: Request, token: str, password: str) -> Next:
    parts, now = resources.get(), now_utc()
    address = client_address(request, parts.settings)
    await parts.doors.knock(attempts.RESET, address, now=now, human=None)
    async with parts.database.read() as session:
        user = await reset_for(session, token, now=now)
    await require_good(password, parts.breached, about=(user.name, user.email))
    password_hash = await parts.passwords.hash(password)
    async with parts.database.write() as session:
        following = await reset_password(
            session,
            parts.letters,
            token,
            arrival_of(request),
            password_hash=password_hash,
            now=now,
        )
    await parts.password_door.forgive(user.email)
    return following


async def _change(request: Request, fields: dict[str, object]) -> Changed:
    parts, now = resources.get(), now_utc()
    holder = await holder_in(request)
    async with parts.database.read() as session:
        user = await own_account(session, holder)
    password = text_of(fields, "password")
    await require_good(password, parts.breached, about=(user.name, user.email))
    mark = await _mark_of_current(request, fields, holder)
    new = NewPassword(await parts.passwords.hash(password), mark)
    async with parts.database.write() as session:
        return await change_password(
            session, parts.letters, holder, arrival_of(request), new=new, now=now
        )


async def _mark_of_current(request: Request, fields: dict[str, object], holder: SignedIn) -> str:
    """Return the mark of the current password, from the approval or from a check here."""
    parts, now = resources.get(), now_utc()
    if token := text_of(fields, "approval"):
        async with parts.database.write() as session:
            door = ApprovedDoor.CHANGE_PASSWORD
            approval = await approvals.take_approval(session, token, door, now=now)
        if approval.user_id == holder.user_id:
            return approval.mark
    async with parts.database.read() as session:
        user = await own_account(session, holder)
    devices = cookie_of(request, BrowserCookie.DEVICES)
    current = text_of(fields, "current")
    await parts.password_door.check_own(user, current, devices=devices, now=now, field="current")
    return password_mark(user)
