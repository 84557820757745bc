"""Passkeys: the browser asks for options, talks to the authenticator, and sends its answer."""

from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from core.clock import now_utc
from core.errors import DomainError, Invalid
from saas_app import resources
from saas_app.api.arrivals import HOME, arrival_of, cookie_of, send_on, set_cookie
from saas_app.api.holders import back_to, holder_in, json_of, object_in, origin_of
from saas_app.api.requests import client_address, form_of, require_same_origin
from saas_app.resources import party
from saas_app.services import challenges
from saas_app.services.attempts import place_of
from saas_app.services.browser_cookies import BrowserCookie
from saas_app.services.challenges import ChallengeOver, Purpose
from saas_app.services.factors.passkey_proof import Answer, ask_for_passkey, prove_passkey
from saas_app.services.factors.passkeys import MadePasskey, add_passkey, begin_passkey
from saas_app.services.limits import Limit
from saas_app.services.local_paths import local_path
from saas_app.services.signing_in import Method, finish_first_factor

ASKED = Limit("passkey_options", 120, timedelta(minutes=15))  # each writes a row
ENDS = {
    "register": (Purpose.PASSKEY_REGISTER, BrowserCookie.PASSKEY_REGISTER),
    "sign-in": (Purpose.PASSKEY_SIGN_IN, BrowserCookie.PASSKEY_SIGN_IN),
    "verify": (Purpose.PASSKEY_VERIFY, BrowserCookie.PASSKEY_VERIFY),
    "confirm": (Purpose.PASSKEY_CONFIRM, BrowserCookie.PASSKEY_CONFIRM),
}


async def options(request: Request) -> Response:
    """Return what the browser gives to `navigator.credentials`; the cookie holds the challenge."""
    parts = resources.get()
    require_same_origin(request, parts.settings)
    end = ENDS.get(str((await json_of(request)).get("for", "")))
    if end is None:
        raise Invalid("That was not understood.")
    purpose, cookie = end
    address = place_of(client_address(request, parts.settings))
    await parts.limiter.spend(ASKED, address, now=now_utc())
    token, asked = await _ask(request, purpose)
    response = JSONResponse(asked)
    lifetime = challenges.LIFETIMES[purpose]
    set_cookie(response, cookie, token, lifetime=lifetime)
    return response


async def register(request: Request) -> Response:
    """Keep the passkey that the browser made."""
    parts = resources.get()
    require_same_origin(request, parts.settings)
    sent = await json_of(request)
    holder = await holder_in(request)
    credential = sent.get("credential")
    made = MadePasskey(
        holder.user_id,
        cookie_of(request, BrowserCookie.PASSKEY_REGISTER),
        str(sent.get("name", "")),
        credential if isinstance(credential, dict) else {},
    )
    origin = origin_of(request, holder)
    async with parts.database.write() as session:
        added = await add_passkey(
            session, parts.letters, party(), made, origin=origin, now=now_utc()
        )
    return JSONResponse({"id": str(added.id), "name": added.name}, status_code=201)


async def sign_in(request: Request) -> Response:
    """Sign in whoever's passkey answers."""
    parts, now = resources.get(), now_utc()
    require_same_origin(request, parts.settings)
    fields = await form_of(request)
    path = local_path(fields.get("next"), fallback=HOME)
    try:
        answer = Answer(
            Purpose.PASSKEY_SIGN_IN,
            cookie_of(request, BrowserCookie.PASSKEY_SIGN_IN),
            object_in(str(fields.get("credential", ""))),
        )
        user_id = await prove_passkey(parts.database, party(), answer, now=now)
        arrival = arrival_of(request, path)
        async with parts.database.write() as session:
            following = await finish_first_factor(
                session, parts.letters, user_id, arrival, method=Method.PASSKEY, now=now
            )
    except DomainError as error:
        return back_to("/sign-in", error, next=path)
    return send_on(following)


passkey_routes = [
    Route("/api/auth/passkeys/options", options, methods=["POST"]),
    Route("/api/auth/passkeys/sign-in", sign_in, methods=["POST"]),
    Route("/api/auth/passkeys", register, methods=["POST"]),
]


async def _ask(request: Request, purpose: Purpose) -> tuple[str, dict[str, Any]]:
    parts, now, user_id = resources.get(), now_utc(), None
    if purpose is Purpose.PASSKEY_REGISTER:
        holder = await holder_in(request)
        origin = origin_of(request, holder)
        async with parts.database.write() as session:
            return await begin_passkey(session, party(), holder.user_id, origin=origin, now=now)
    if purpose is Purpose.PASSKEY_CONFIRM:
        user_id = (await holder_in(request)).user_id
    async with parts.database.write() as session:
        if purpose is Purpose.PASSKEY_VERIFY:
            token = cookie_of(request, BrowserCookie.CHALLENGE)
            begun = await challenges.look(session, token, Purpose.SECOND_FACTOR, now=now)
            if begun is None:
                raise ChallengeOver("That took too long. Sign in again.")
            user_id = begun.user_id
        return await ask_for_passkey(session, party(), purpose, user_id=user_id, now=now)
