"""Where the browser comes back with a decision: it becomes a code for the client, or a refusal."""

from dataclasses import dataclass
from datetime import timedelta

from authlib.oauth2.rfc6749.errors import AccessDeniedError, OAuth2Error
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.responses import Response

from core.access_policy import may_connect
from core.consents import browser_cookie_name, is_same_browser
from core.logs import log
from core.models import AuthorizationCode, AuthorizationRequest, Consent, Grant, Server
from core.tokens import digest_of, new_token
from mcp_runtime.oauth.authorize import back_to_client
from mcp_runtime.oauth.errors import PageError, TemporarilyUnavailable
from mcp_runtime.oauth.front import OAuthRequest
from mcp_runtime.oauth.parameters import query_of

CODE_LIFETIME = timedelta(seconds=60)
ENDED = "This request has ended or was answered before. Start again from your MCP client."


@dataclass(frozen=True, slots=True)
class Decided:
    """A request with the outcome of its decision: a code, or an error."""

    request: AuthorizationRequest
    outcome: str | OAuth2Error


async def callback(asked: OAuthRequest) -> Response:
    """Take a decision, once, and tell the client."""
    token = query_of(asked.request).required("consent")
    async with asked.resources.database.write() as session:
        decided = await _taken(session, asked, token)
    parameters, outcome = decided.request.parameters, decided.outcome
    redirect_uri, state = parameters["redirect_uri"], parameters["state"]
    if isinstance(outcome, OAuth2Error):
        log.info("oauth.not_connected", error=outcome.error)
        return back_to_client(asked, redirect_uri, state=state, error=outcome)
    log.info("oauth.connected")
    return back_to_client(asked, redirect_uri, state=state, code=outcome)


async def _taken(session: AsyncSession, asked: OAuthRequest, token: str) -> Decided:
    found = (
        select(Consent, AuthorizationRequest)
        .join(AuthorizationRequest, col(AuthorizationRequest.id) == Consent.request_id)
        .where(
            Consent.token_digest == digest_of(token),
            AuthorizationRequest.server_id == asked.server.id,
            col(Consent.expires_at) > asked.now,
        )
    )
    row = (await session.exec(found)).first()
    if row is None:
        raise PageError(ENDED)
    consent, request = row
    cookie_name = browser_cookie_name(is_secure=asked.resources.settings.is_secure)
    if not is_same_browser(request, asked.request.cookies.get(cookie_name)):
        raise PageError(
            "This request was started in another browser. Start again from your MCP client.",
            status=403,
        )
    if not await _is_first(session, asked, consent):
        raise PageError(ENDED)
    return Decided(request, await _outcome(session, asked, consent, request))


async def _is_first(session: AsyncSession, asked: OAuthRequest, consent: Consent) -> bool:
    """Mark a decision as used; of two that try at once the database lets one."""
    take = (
        update(Consent)
        .where(col(Consent.id) == consent.id, col(Consent.used_at).is_(None))
        .values(used_at=asked.now)
        .returning(col(Consent.id))
        .execution_options(synchronize_session=False)
    )
    return (await session.exec(take)).first() is not None


async def _outcome(
    session: AsyncSession, asked: OAuthRequest, consent: Consent, request: AuthorizationRequest
) -> str | OAuth2Error:
    """Return a code, or why there is none; the server is looked at again, as it is now."""
    if not consent.is_approved:
        return AccessDeniedError()
    server = await session.get(Server, asked.server.id)
    if server is None or server.deleted_at is not None:
        raise PageError("This server does not exist any more.", status=404)
    if server.is_paused:
        return TemporarilyUnavailable()
    if not await may_connect(session, server, consent.user_id, now=asked.now):
        return AccessDeniedError()
    return await _new_code(session, asked, consent, request)


async def _new_code(
    session: AsyncSession, asked: OAuthRequest, consent: Consent, request: AuthorizationRequest
) -> str:
    grant = Grant(
        server_id=asked.server.id,
        client_row_id=request.client_row_id,
        user_id=consent.user_id,
        scope=request.parameters["scope"],
        created_at=asked.now,
    )
    session.add(grant)
    await session.flush()  # the code refers to it
    code = new_token()
    session.add(
        AuthorizationCode(
            grant_id=grant.id,
            token_digest=digest_of(code),
            parameters=request.parameters,
            created_at=asked.now,
            expires_at=asked.now + CODE_LIFETIME,
        )
    )
    return code
