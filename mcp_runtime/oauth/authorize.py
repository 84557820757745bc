"""The authorization endpoint: checks a request, stores it, and sends the browser to be asked."""

import re
from typing import Any

from authlib.oauth2.rfc6749.errors import (
    InvalidRequestError,
    InvalidScopeError,
    OAuth2Error,
    UnauthorizedClientError,
)
from sqlmodel import col, delete, func, select
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.responses import RedirectResponse, Response

from core.consents import REQUEST_LIFETIME, browser_cookie_name
from core.logs import log
from core.models import AuthorizationRequest, OAuthClient
from core.tokens import digest_of, new_token
from mcp_runtime.oauth.addresses import SCOPE
from mcp_runtime.oauth.clients import find_client
from mcp_runtime.oauth.errors import (
    InvalidTarget,
    PageError,
    TemporarilyUnavailable,
    UnsupportedResponseType,
)
from mcp_runtime.oauth.front import OAuthRequest
from mcp_runtime.oauth.parameters import Parameters, form_of, query_of
from mcp_runtime.oauth.pkce import challenge_in
from mcp_runtime.oauth.redirects import (
    is_loopback,
    redirect_matches,
    redirect_problem,
    with_parameters,
)

MAX_STATE_CHARACTERS = 2048
MAX_PENDING_PER_CLIENT = 100
BROWSER_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
NOT_KEPT = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


async def authorize(asked: OAuthRequest) -> Response:
    """Send the browser on to the consent page, or say what is wrong with the request.

    Anybody can register an address and send somebody here with a request that has a fault. So an
    error goes back by itself only where it stays on the person's own machine; elsewhere a page says
    what happened, and whether to go there is the person's choice (RFC 9700 section 4.11.2).
    """
    request = asked.request
    given = query_of(request) if request.method == "GET" else await form_of(request)
    client = await _client(asked, given)
    redirect_uri = trusted_redirect(client, given)
    try:
        parameters = checked_parameters(asked, client, given)
        parameters |= {"redirect_uri": redirect_uri, "issuer": asked.issuer.url}
        return await _sent_to_consent(asked, client, parameters)
    except OAuth2Error as error:
        log.info("oauth.request_refused", error=error.error)
        address = answer_address(asked, redirect_uri, error=error, state=_state_or_none(given))
        if is_loopback(redirect_uri):
            return RedirectResponse(address, status_code=302, headers=NOT_KEPT)
        raise PageError(
            "Your MCP client asked for this connection in a way that does not work: "
            f"{error.get_error_description() or error.error}",
            status=error.status_code,
            way_back=address,
        ) from None


async def _client(asked: OAuthRequest, given: Parameters) -> OAuthClient:
    client_id = given.one("client_id")
    async with asked.resources.database.read() as session:
        client = await find_client(session, asked.server.id, client_id, now=asked.now)
    if client is None:
        raise PageError(
            "This MCP client is not registered with this server, or its registration has ended. "
            "Remove the server from your client and add it again."
        )
    return client


def trusted_redirect(client: OAuthClient, given: Parameters) -> str:
    """Return where the answer goes: an address the client registered, on loopback of any port.

    Raises:
        PageError: it is no such address, or none that counts any more: nothing is sent there.
    """
    requested = given.one("redirect_uri")
    registered: list[str] = client.details["redirect_uris"]
    if requested is None and len(registered) == 1:
        requested = registered[0]
    if (
        requested is None
        or redirect_problem(requested) is not None
        or not any(redirect_matches(uri, requested) for uri in registered)
    ):
        raise PageError(
            "Your MCP client asked to be answered at an address that it did not register, "
            "so nothing was sent to it."
        )
    return requested


def checked_parameters(
    asked: OAuthRequest, client: OAuthClient, given: Parameters
) -> dict[str, Any]:
    """Return what is stored of a request.

    Raises:
        OAuth2Error: something in it is missing or not supported.
    """
    state = given.one("state")
    if state is not None and len(state) > MAX_STATE_CHARACTERS:
        raise InvalidRequestError("The state is too long.")
    if given.required("response_type") != "code":
        raise UnsupportedResponseType
    if "authorization_code" not in client.details["grant_types"]:
        raise UnauthorizedClientError
    if given.one("response_mode") not in (None, "query"):
        raise InvalidRequestError("The response_mode is always query.")
    for name in ("request", "request_uri"):
        if given.one(name) is not None:
            raise OAuth2Error("Send plain parameters.", error=f"{name}_not_supported")
    challenge = challenge_in(given)
    check_resource(asked, given)
    if asked.server.is_paused:
        raise TemporarilyUnavailable
    return {
        "state": state,
        "scope": known_scope(given.one("scope")),
        "code_challenge": challenge,
    }


def check_resource(asked: OAuthRequest, given: Parameters) -> None:
    """Refuse tokens for another place (RFC 8707); a client that names none gets this server.

    Raises:
        InvalidTarget: a resource is named that is not this server.
    """
    if any(resource != asked.issuer.resource for resource in given.all("resource")):
        raise InvalidTarget


def known_scope(scope: str | None) -> str:
    """Return the scope that is granted.

    Raises:
        InvalidScopeError: it holds one that is not known here.
    """
    if set((scope or SCOPE).split()) != {SCOPE}:
        raise InvalidScopeError
    return SCOPE


async def _sent_to_consent(
    asked: OAuthRequest, client: OAuthClient, parameters: dict[str, Any]
) -> Response:
    token = new_token()
    cookie_name = browser_cookie_name(is_secure=asked.resources.settings.is_secure)
    browser = _browser_token(asked.request.cookies.get(cookie_name))
    async with asked.resources.database.write() as session:
        await _make_room(session, asked, client)
        session.add(
            AuthorizationRequest(
                server_id=asked.server.id,
                client_row_id=client.id,
                token_digest=digest_of(token),
                browser_digest=digest_of(browser),
                parameters=parameters,
                created_at=asked.now,
                expires_at=asked.now + REQUEST_LIFETIME,
            )
        )
    log.info("oauth.request_stored", client_id=client.client_id)
    page = f"{asked.resources.settings.web_url}/connect?request={token}"
    response = RedirectResponse(page, status_code=302, headers=NOT_KEPT)
    response.set_cookie(
        cookie_name,
        browser,
        max_age=int(REQUEST_LIFETIME.total_seconds()),
        path="/",
        secure=asked.resources.settings.is_secure,
        httponly=True,
        samesite="lax",
    )
    return response


async def _make_room(session: AsyncSession, asked: OAuthRequest, client: OAuthClient) -> None:
    """Forget the client's ended requests, and refuse to store more than a person can answer."""
    mine = AuthorizationRequest.client_row_id == client.id
    ended = col(AuthorizationRequest.expires_at) <= asked.now
    await session.exec(delete(AuthorizationRequest).where(mine, ended))  # pyright: ignore[reportArgumentType]
    count = (await session.exec(select(func.count()).where(mine))).one()
    if count >= MAX_PENDING_PER_CLIENT:
        raise TemporarilyUnavailable("Too many requests of this client wait for an answer.")


def _browser_token(cookie: str | None) -> str:
    """Keep the cookie a browser has, so that a second request does not spoil its first."""
    return cookie if cookie is not None and BROWSER_TOKEN.fullmatch(cookie) else new_token()


def back_to_client(
    asked: OAuthRequest,
    redirect_uri: str,
    *,
    state: str | None,
    code: str | None = None,
    error: OAuth2Error | None = None,
) -> Response:
    """Redirect to the client with a code, or with an error that a person has caused or seen."""
    address = answer_address(asked, redirect_uri, state=state, code=code, error=error)
    return RedirectResponse(address, status_code=302, headers=NOT_KEPT)


def answer_address(
    asked: OAuthRequest,
    redirect_uri: str,
    *,
    state: str | None,
    code: str | None = None,
    error: OAuth2Error | None = None,
) -> str:
    """Return the client's address with a code or an error, and always the issuer (RFC 9207)."""
    answer: dict[str, str | None] = {"code": code}
    if error is not None:
        answer = {"error": error.error, "error_description": error.get_error_description()}
    return with_parameters(redirect_uri, answer | {"state": state, "iss": asked.issuer.url})


def _state_or_none(given: Parameters) -> str | None:
    """Return the state for an error answer; one that was given twice is neither."""
    states = given.all("state")
    return states[0] if len(states) == 1 else None
