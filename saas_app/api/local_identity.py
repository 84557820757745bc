"""The endpoints of the local identity page, for development: discovery, keys, consent, tokens."""

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from core.clock import now_utc
from core.errors import Forbidden, Invalid
from saas_app import resources
from saas_app.api.outbox import visitor_of
from saas_app.api.requests import form_of, require_same_origin
from saas_app.services import challenges
from saas_app.services.challenges import ChallengeOver, Purpose
from saas_app.services.local_identity import BASE, Chosen, LocalIdentity, answers_challenge
from saas_app.services.mail.readers import sits_at_machine


async def discovery(_request: Request) -> Response:
    """Describe the provider."""
    return JSONResponse(_provider().document())


async def keys(_request: Request) -> Response:
    """Publish the keys."""
    return JSONResponse(_provider().keys())


async def authorize(request: Request) -> Response:
    """Take the person's choice, and send the browser back with a code or a no."""
    parts, provider = resources.get(), _provider()
    require_same_origin(request, parts.settings)
    if not sits_at_machine(visitor_of(request)):
        # The same address is the same person: over the network anybody could be anybody.
        raise Forbidden("Who to be is chosen at the machine that runs this copy.")
    asked = await form_of(request)
    if not provider.is_request(asked):
        raise Invalid("That is no request of this copy of Toolkiln.")
    answer = {"state": str(asked.get("state", "")), "iss": provider.issuer}
    if asked.get("decision") == "deny":
        answer["error"] = "access_denied"
    else:
        answer["code"] = await _code(asked)
    return RedirectResponse(f"{provider.redirect_uri}?{urlencode(answer)}", status_code=303)


async def token(request: Request) -> Response:
    """Exchange a code for a token: once, by our client, with the right verifier."""
    provider, form = _provider(), await form_of(request)
    sent = {name: str(form.get(name, "")) for name in FIELDS}
    if not provider.is_client(sent["client_id"], sent["client_secret"]):
        return JSONResponse({"error": "invalid_client"}, status_code=401)
    try:
        async with resources.get().database.write() as session:
            begun = await challenges.take(session, sent["code"], Purpose.LOCAL_CODE, now=now_utc())
    except ChallengeOver:
        return JSONResponse({"error": "invalid_grant"}, status_code=400)
    is_right = (
        sent["grant_type"] == "authorization_code"
        and sent["redirect_uri"] == provider.redirect_uri
        and answers_challenge(sent["code_verifier"], begun.details["challenge"])
    )
    if not is_right:
        return JSONResponse({"error": "invalid_grant"}, status_code=400)
    chosen = Chosen(
        begun.details["email"], begun.details["name"], begun.details["is_email_verified"]
    )
    id_token = provider.id_token(chosen, nonce=begun.details["nonce"], now=now_utc())
    answer = {"access_token": "unused", "token_type": "Bearer", "expires_in": 300}
    return JSONResponse({**answer, "id_token": id_token})


FIELDS = ("client_id", "client_secret", "code", "grant_type", "redirect_uri", "code_verifier")

local_identity_routes = [
    Route(f"{BASE}/.well-known/openid-configuration", discovery, methods=["GET"]),
    Route(f"{BASE}/jwks", keys, methods=["GET"]),
    Route(f"{BASE}/authorize", authorize, methods=["POST"]),
    Route(f"{BASE}/token", token, methods=["POST"]),
]


def _provider() -> LocalIdentity:
    parts = resources.get()
    return LocalIdentity(parts.settings, parts.sealer)


async def _code(asked: dict[str, object]) -> str:
    """Note whom the person chose to be, and return the code that stands for it."""
    email, name = str(asked.get("email", "")).strip(), str(asked.get("name", "")).strip()
    if not email or "@" not in email:
        raise Invalid("Enter an address for the person to be.")
    async with resources.get().database.write() as session:
        return await challenges.begin(
            session,
            Purpose.LOCAL_CODE,
            now=now_utc(),
            email=email,
            name=name,
            is_email_verified=asked.get("verified") == "on",
            nonce=str(asked.get("nonce", "")),
            challenge=str(asked.get("code_challenge", "")),
        )
