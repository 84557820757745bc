"""The second step of signing in, as native forms: the answer gives the browser its session."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.clock import now_utc
from core.errors import DomainError
from saas_app import resources
from saas_app.api.arrivals import arrival_of, cookie_of, send_on, set_cookie
from saas_app.api.holders import back_to, object_in
from saas_app.api.requests import browser_of, form_of, require_same_origin
from saas_app.resources import checker, party
from saas_app.services import challenges
from saas_app.services.browser_cookies import BrowserCookie
from saas_app.services.challenges import ChallengeOver, Purpose
from saas_app.services.factors.passkey_proof import Answer, prove_passkey
from saas_app.services.factors.trusted_devices import TRUSTED_FOR, trust_device
from saas_app.services.signing_in import Enter, enter_after_second_factor

PAGE = "/verify"


async def verify_code(request: Request) -> Response:
    """Take a code of the app, or a backup code."""
    parts, now = resources.get(), now_utc()
    require_same_origin(request, parts.settings)
    fields = await form_of(request)
    code, is_backup = str(fields.get("code", "")), fields.get("kind") == "backup"
    try:
        user_id = await _whose(request)
        if is_backup:
            browser = browser_of(request, parts.settings)
            await checker().check_backup_code(user_id, code, browser=browser, now=now)
        else:
            await checker().check_app_code(user_id, code, now=now)
        return await _enter(request, user_id, trusts=fields.get("trust") == "on")
    except DomainError as error:
        return _back(error, "backup" if is_backup else "")


async def verify_passkey(request: Request) -> Response:
    """Take a passkey's answer."""
    parts = resources.get()
    require_same_origin(request, parts.settings)
    fields = await form_of(request)
    try:
        user_id = await _whose(request)
        answer = Answer(
            Purpose.PASSKEY_VERIFY,
            cookie_of(request, BrowserCookie.PASSKEY_VERIFY),
            object_in(str(fields.get("credential", ""))),
            user_id,
        )
        await prove_passkey(parts.database, party(), answer, now=now_utc())
        return await _enter(request, user_id, trusts=fields.get("trust") == "on")
    except DomainError as error:
        return _back(error, "passkey")


verify_routes = [
    Route("/api/auth/verify/code", verify_code, methods=["POST"]),
    Route("/api/auth/verify/passkey", verify_passkey, methods=["POST"]),
]


async def _whose(request: Request) -> UUID:
    """Return who has begun to sign in with this browser.

    Raises:
        ChallengeOver: nobody, or too long ago.
    """
    token = cookie_of(request, BrowserCookie.CHALLENGE)
    async with resources.get().database.read() as session:
        begun = await challenges.look(session, token, Purpose.SECOND_FACTOR, now=now_utc())
    if begun is None or begun.user_id is None:
        raise ChallengeOver("That took too long. Sign in again.")
    return begun.user_id


async def _enter(request: Request, user_id: UUID, *, trusts: bool) -> Response:
    """Open the session; the challenge is taken with it, so the same step leads in once."""
    parts, now, trusted = resources.get(), now_utc(), ""
    token = cookie_of(request, BrowserCookie.CHALLENGE)
    arrival = arrival_of(request)
    async with parts.database.write() as session:
        following = await enter_after_second_factor(session, parts.letters, token, arrival, now=now)
        if trusts and isinstance(following, Enter):
            trusted = trust_device(session, user_id, browser=arrival.browser, now=now)
    response = send_on(following)
    if trusted:
        set_cookie(response, BrowserCookie.TRUSTED, trusted, lifetime=TRUSTED_FOR)
    return response


def _back(error: DomainError, way: str) -> Response:
    """Return to the page; it leads to the sign-in page itself where nobody has begun to sign in."""
    return back_to(PAGE, error, **{"with": way})
