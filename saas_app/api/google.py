"""Signing in with Google, connecting it, and confirming by it: there and back again.

What a visit is for, and what its answer is checked against, stays here under the cookie's token.
The `state` that travels is derived from it, so that whoever sees an address cannot be the browser.
"""

import hmac
import secrets
from datetime import timedelta

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from core.clock import now_utc
from core.errors import DomainError, Forbidden, NotFresh, SignedOut
from core.models import SignInChallenge
from core.permissions import require_fresh, require_in_person
from core.sessions import SignedIn
from core.tokens import digest_of
from saas_app import resources
from saas_app.api.arrivals import HOME, arrival_of, clear_cookie, cookie_of, send_on, set_cookie
from saas_app.api.confirm import freshened
from saas_app.api.holders import back_to, holder_in, origin_of
from saas_app.api.requests import client_address, require_same_origin
from saas_app.services import challenges
from saas_app.services.attempts import place_of
from saas_app.services.browser_cookies import BrowserCookie
from saas_app.services.challenges import ChallengeOver, Purpose
from saas_app.services.features import Feature, feature_is_on
from saas_app.services.identities import (
    OLDEST_PROOF,
    connect_identity,
    require_proof,
    sign_in_with_identity,
)
from saas_app.services.limits import Limit
from saas_app.services.local_paths import local_path
from saas_app.services.ports import IdentityProvider, Person

CONNECTIONS = "/account/connections"
STARTS = Limit("google_start", 60, timedelta(minutes=15))  # each writes a row
PAGES = {"sign-in": "/sign-in", "connect": CONNECTIONS, "confirm": "/confirm"}


class Denied(DomainError):
    """The person said no over there."""

    code = "google_denied"
    status = 401


class GoogleOff(Forbidden):
    """Nobody can sign in with Google here, at least for now."""

    code = "google_off"


async def start(request: Request) -> Response:
    """Send the browser to the provider, for one of three things."""
    asked = request.query_params
    intent = asked.get("intent", "sign-in")
    intent = intent if intent in PAGES else "sign-in"
    path = local_path(asked.get("next"), fallback=HOME)
    try:
        provider = await _provider()
        # A link of another site must not begin what changes an account or says who it is.
        require_same_origin(request, resources.get().settings)
        await _spend(request)
        holder = await _holder_for(request, intent)
        return await _set_out(provider, intent, path, holder)
    except SignedOut as error:
        return back_to("/sign-in", error, next=path)
    except NotFresh:
        return RedirectResponse(f"/confirm?next={CONNECTIONS}", status_code=303)
    except DomainError as error:
        return _back(intent, error, path)


async def callback(request: Request) -> Response:
    """Take the provider's answer; it counts once, in the browser that asked."""
    try:
        begun = await _begun(request)
    except DomainError as error:
        return _back("sign-in", error, HOME)
    intent, path = str(begun.details["intent"]), str(begun.details["next_path"])
    try:
        response = await _arrive(request, begun, await _person(request, begun))
    except DomainError as error:
        response = _back(intent, error, path)
    clear_cookie(response, BrowserCookie.GOOGLE)
    return response


google_routes = [
    Route("/api/auth/google/start", start, methods=["GET"]),
    Route("/api/auth/callback/google", callback, methods=["GET"]),
]


async def _provider() -> IdentityProvider:
    """Return the provider.

    Raises:
        GoogleOff: there is none, or an admin has switched it off.
    """
    parts = resources.get()
    async with parts.database.read() as session:
        is_on = await feature_is_on(session, Feature.GOOGLE)
    if parts.identity_provider is None or not is_on:
        raise GoogleOff("Signing in with Google is switched off.")
    return parts.identity_provider


async def _spend(request: Request) -> None:
    parts = resources.get()
    address = place_of(client_address(request, parts.settings))
    await parts.limiter.spend(STARTS, address, now=now_utc())


async def _holder_for(request: Request, intent: str) -> SignedIn | None:
    """Return who is signed in, where what is wanted needs that, and that it is them."""
    if intent == "sign-in":
        return None
    holder = await holder_in(request)
    require_in_person(holder)
    if intent == "connect":
        require_fresh(origin_of(request, holder))
    return holder


async def _set_out(
    provider: IdentityProvider, intent: str, path: str, holder: SignedIn | None
) -> Response:
    parts, now = resources.get(), now_utc()
    nonce, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
    async with parts.database.write() as session:
        token = await challenges.begin(
            session,
            Purpose.GOOGLE,
            user_id=holder.user_id if holder is not None else None,
            now=now,
            intent=intent,
            next_path=path,
            nonce=nonce,
            verifier=verifier,
            issuer=provider.issuer,
            session_id=str(holder.session_id) if holder is not None else "",
        )
    challenge = create_s256_code_challenge(verifier)
    address = await provider.address(
        state=state_of(token),
        nonce=nonce,
        challenge=challenge,
        now=now,
        oldest_proof=OLDEST_PROOF if intent == "confirm" else None,
    )
    response = RedirectResponse(address, status_code=303)
    lifetime = challenges.LIFETIMES[Purpose.GOOGLE]
    set_cookie(response, BrowserCookie.GOOGLE, token, lifetime=lifetime)
    return response


def state_of(token: str) -> str:
    """Return the state that travels for a token that does not."""
    return digest_of(f"state\n{token}")


async def _begun(request: Request) -> SignInChallenge:
    """Return what this browser has begun, once.

    Raises:
        ChallengeOver: it began nothing, something else, or has finished it.
    """
    token = cookie_of(request, BrowserCookie.GOOGLE)
    state = request.query_params.get("state", "")
    if not token or not hmac.compare_digest(state_of(token).encode(), state.encode()):
        raise ChallengeOver("That sign-in was not begun in this browser. Begin again.")
    async with resources.get().database.write() as session:
        return await challenges.take(session, token, Purpose.GOOGLE, now=now_utc())


async def _person(request: Request, begun: SignInChallenge) -> Person:
    """Return whom the provider vouches for.

    Raises:
        Denied: the person said no there.
    """
    provider, answer = await _provider(), request.query_params
    said_by = answer.get("iss", provider.issuer)  # RFC 9207: who is it that answers
    if begun.details["issuer"] != provider.issuer or said_by != provider.issuer:
        raise ChallengeOver("That answer came from somebody else. Begin again.")
    if "error" in answer or "code" not in answer:
        raise Denied(f"You were not signed in: {provider.name} was told no, or gave up.")
    return await provider.identify(
        code=answer["code"],
        verifier=begun.details["verifier"],
        nonce=begun.details["nonce"],
        now=now_utc(),
    )


async def _arrive(request: Request, begun: SignInChallenge, person: Person) -> Response:
    parts, now = resources.get(), now_utc()
    intent, path = begun.details["intent"], begun.details["next_path"]
    if intent == "sign-in":
        arrival = arrival_of(request, path)
        async with parts.database.write() as session:
            following = await sign_in_with_identity(
                session, parts.letters, person, arrival, now=now
            )
        return send_on(following)
    holder = await holder_in(request)
    if str(holder.session_id) != begun.details["session_id"]:
        raise ChallengeOver("That was begun in another session. Begin again.")
    if intent == "confirm":
        async with parts.database.read() as session:
            await require_proof(session, holder.user_id, person, now=now)
        return await freshened(request, holder, way="google", path=path)
    origin = origin_of(request, holder)
    async with parts.database.write() as session:
        await connect_identity(
            session, parts.letters, holder.user_id, person, origin=origin, now=now
        )
    return RedirectResponse(f"{CONNECTIONS}?connected=1", status_code=303)


def _back(intent: str, error: DomainError, path: str) -> Response:
    return back_to(PAGES[intent], error, next=path if intent != "connect" else "")
