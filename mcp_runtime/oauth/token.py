"""The token endpoint: a code or a refresh token becomes an access token and a new refresh token."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from authlib.oauth2.rfc6749.errors import (
    InvalidGrantError,
    InvalidScopeError,
    OAuth2Error,
    UnauthorizedClientError,
)
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.responses import JSONResponse, Response

from core.access_policy import may_connect
from core.grants import revoke_grant
from core.logs import log
from core.models import AuthorizationCode, Grant, OAuthClient, RefreshToken, Server
from core.tokens import digest_of, new_token
from mcp_runtime.oauth.access_tokens import issue_access_token, new_access_token
from mcp_runtime.oauth.authorize import check_resource
from mcp_runtime.oauth.clients import authenticated_client, mark_used
from mcp_runtime.oauth.errors import TemporarilyUnavailable, UnsupportedGrantType
from mcp_runtime.oauth.front import NO_STORE, OAuthRequest
from mcp_runtime.oauth.parameters import Parameters, form_of
from mcp_runtime.oauth.pkce import verifier_answers
from mcp_runtime.oauth.signing_keys import ACCESS_TOKEN_LIFETIME

REFRESH_PREFIX = "tkr_"
REFRESH_LIFETIME = timedelta(days=7)
NOT_VALID = "It is unknown, used, over, or not this client's."


@dataclass(frozen=True, slots=True)
class Allowed:
    """What an exchange ends in: a live grant, and its next refresh token."""

    grant: Grant
    scope: str
    refresh_token: str | None


async def token(asked: OAuthRequest) -> Response:
    """Exchange a grant for tokens."""
    form = await form_of(asked.request)
    client = await authenticated_client(asked, form)
    exchange = _exchange_for(client, form)
    check_resource(asked, form)
    if asked.server.is_paused:
        # Not `invalid_grant`, on which clients would throw away what works again after the pause.
        raise TemporarilyUnavailable
    async with asked.resources.database.write() as session:
        outcome = await exchange(session, asked, client, form)
    if isinstance(outcome, OAuth2Error):  # returned, not raised: what it did must be kept
        log.info("oauth.exchange_refused", client_id=client.client_id, error=outcome.error)
        raise outcome
    log.info("oauth.tokens_issued", client_id=client.client_id, grant_id=str(outcome.grant.id))
    return await _answer(asked, client, outcome)


async def _exchange_code(
    session: AsyncSession, asked: OAuthRequest, client: OAuthClient, form: Parameters
) -> Allowed | OAuth2Error:
    """Take a code, once; whatever comes of it, it is used, and a second try ends its grant."""
    code, verifier = form.required("code"), form.required("code_verifier")
    found = (
        select(AuthorizationCode, Grant)
        .join(Grant, col(Grant.id) == AuthorizationCode.grant_id)
        .where(
            AuthorizationCode.token_digest == digest_of(code),
            Grant.server_id == asked.server.id,
            Grant.client_row_id == client.id,
        )
    )
    row = (await session.exec(found)).first()
    if row is None:
        return InvalidGrantError(NOT_VALID)
    held, grant = row
    if not await _is_first(session, asked, AuthorizationCode, held.id):
        return await _reused(session, asked, grant)
    bound = held.parameters
    if held.expires_at <= asked.now or not _same_redirect(bound, form):
        return InvalidGrantError(NOT_VALID)
    if not verifier_answers(verifier, bound["code_challenge"]):
        return InvalidGrantError("The code_verifier does not answer the challenge.")
    return await _allowed(session, asked, client, grant, grant.scope)


async def _exchange_refresh_token(
    session: AsyncSession, asked: OAuthRequest, client: OAuthClient, form: Parameters
) -> Allowed | OAuth2Error:
    """Rotate a refresh token; one that was used before has been stolen once, so its grant ends.

    There is no grace for the same token twice at once: a thief would be given it as well.
    """
    given = form.required("refresh_token")
    found = (
        select(RefreshToken, Grant)
        .join(Grant, col(Grant.id) == RefreshToken.grant_id)
        .where(
            RefreshToken.token_digest == digest_of(given),
            Grant.server_id == asked.server.id,
            Grant.client_row_id == client.id,
        )
    )
    row = (await session.exec(found)).first()
    if row is None:
        return InvalidGrantError(NOT_VALID)
    held, grant = row
    scope = form.one("scope") or held.scope
    if not set(scope.split()) <= set(held.scope.split()):
        return InvalidScopeError()
    if held.expires_at <= asked.now and held.used_at is None:
        return InvalidGrantError(NOT_VALID)
    if not await _is_first(session, asked, RefreshToken, held.id):
        return await _reused(session, asked, grant)
    return await _allowed(session, asked, client, grant, scope)


Exchange = Callable[
    [AsyncSession, OAuthRequest, OAuthClient, Parameters], Awaitable[Allowed | OAuth2Error]
]
EXCHANGES: dict[str, Exchange] = {
    "authorization_code": _exchange_code,
    "refresh_token": _exchange_refresh_token,
}


def _exchange_for(client: OAuthClient, form: Parameters) -> Exchange:
    grant_type = form.required("grant_type")
    exchange = EXCHANGES.get(grant_type)
    if exchange is None:
        raise UnsupportedGrantType
    if grant_type not in client.details["grant_types"]:
        raise UnauthorizedClientError("The client did not register this grant type.")
    return exchange


async def _is_first(
    session: AsyncSession,
    asked: OAuthRequest,
    kind: type[AuthorizationCode] | type[RefreshToken],
    row_id: UUID,
) -> bool:
    """Mark a code or token as used; of two that try at once the database lets one."""
    take = (
        update(kind)
        .where(col(kind.id) == row_id, col(kind.used_at).is_(None))
        .values(used_at=asked.now)
        .returning(col(kind.id))
        .execution_options(synchronize_session=False)
    )
    return (await session.exec(take)).first() is not None


async def _reused(session: AsyncSession, asked: OAuthRequest, grant: Grant) -> OAuth2Error:
    server = await session.get_one(Server, asked.server.id)
    await revoke_grant(session, server, grant, now=asked.now)
    log.warning("oauth.reuse_detected", grant_id=str(grant.id))
    return InvalidGrantError(NOT_VALID)


def _same_redirect(bound: dict[str, object], form: Parameters) -> bool:
    """Whether the redirect address is the one the code was sent to, where the client repeats it.

    OAuth 2.1 drops the parameter here, since the code is bound to its client by PKCE already.
    """
    given = form.one("redirect_uri")
    return given is None or given == bound["redirect_uri"]


async def _allowed(
    session: AsyncSession, asked: OAuthRequest, client: OAuthClient, grant: Grant, scope: str
) -> Allowed | OAuth2Error:
    """Look at grant, server and policy as they are now, and write the next refresh token."""
    server = await session.get_one(Server, asked.server.id)
    if grant.revoked_at is not None or server.deleted_at is not None:
        return InvalidGrantError(NOT_VALID)
    if not await may_connect(session, server, grant.user_id, now=asked.now):
        return InvalidGrantError("The user has no access to this server any more.")
    mark_used(await session.get_one(OAuthClient, client.id), now=asked.now)
    if "refresh_token" not in client.details["grant_types"]:
        return Allowed(grant, scope, None)
    refresh_token = new_token(REFRESH_PREFIX)
    session.add(
        RefreshToken(
            grant_id=grant.id,
            token_digest=digest_of(refresh_token),
            scope=scope,
            created_at=asked.now,
            expires_at=asked.now + REFRESH_LIFETIME,
        )
    )
    return Allowed(grant, scope, refresh_token)


async def _answer(asked: OAuthRequest, client: OAuthClient, allowed: Allowed) -> Response:
    what = new_access_token(
        user_id=allowed.grant.user_id,
        grant_id=allowed.grant.id,
        client_id=client.client_id,
        scope=allowed.scope,
        now=asked.now,
    )
    body = {
        "access_token": await issue_access_token(asked.keys, asked.issuer, what, now=asked.now),
        "token_type": "Bearer",
        "expires_in": int(ACCESS_TOKEN_LIFETIME.total_seconds()),
        "scope": allowed.scope,
    }
    if allowed.refresh_token is not None:
        body["refresh_token"] = allowed.refresh_token
    return JSONResponse(body, headers=NO_STORE)
