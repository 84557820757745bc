"""Token revocation (RFC 7009): ending one token ends the grant, so nothing of it is left."""

from uuid import UUID

from authlib.oauth2.rfc6749.errors import InvalidGrantError
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.responses import Response

from core.grants import revoke_grant
from core.models import Grant, RefreshToken, Server
from core.tokens import digest_of
from mcp_runtime.oauth.access_tokens import TokenInvalid, read_access_token
from mcp_runtime.oauth.clients import authenticated_client
from mcp_runtime.oauth.front import NO_STORE, OAuthRequest
from mcp_runtime.oauth.parameters import form_of
from mcp_runtime.oauth.token import REFRESH_PREFIX


async def revoke(asked: OAuthRequest) -> Response:
    """End the grant of a token; a token that is unknown or over is answered alike."""
    form = await form_of(asked.request)
    client = await authenticated_client(asked, form)
    token = form.required("token")
    claimed = None if token.startswith(REFRESH_PREFIX) else await _grant_claimed(asked, token)
    async with asked.resources.database.write() as session:
        grant = await _grant_of(session, asked, token, claimed)
        if grant is not None and grant.client_row_id != client.id:
            raise InvalidGrantError("The token was issued to another client.")
        if grant is not None:
            server = await session.get_one(Server, asked.server.id)
            await revoke_grant(session, server, grant, now=asked.now)
    return Response(status_code=200, headers=NO_STORE)


async def _grant_claimed(asked: OAuthRequest, token: str) -> UUID | None:
    try:
        read = await read_access_token(
            asked.keys, asked.issuer, token, now=asked.now, ended_too=True
        )
    except TokenInvalid:
        return None
    return read.grant_id


async def _grant_of(
    session: AsyncSession, asked: OAuthRequest, token: str, claimed: UUID | None
) -> Grant | None:
    grant_id = claimed
    if grant_id is None:
        held = select(RefreshToken.grant_id).where(RefreshToken.token_digest == digest_of(token))
        grant_id = (await session.exec(held)).first()
    mine = select(Grant).where(Grant.id == grant_id, Grant.server_id == asked.server.id)
    return (await session.exec(mine)).first()
