"""Registered clients: found by their id, recognised by their secret."""

import hmac
from datetime import datetime, timedelta
from uuid import UUID

from authlib.oauth2.rfc6749.errors import InvalidClientError, InvalidRequestError
from authlib.oauth2.rfc6749.util import extract_basic_authorization
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from core.models import OAuthClient
from core.tokens import digest_of
from mcp_runtime.oauth.front import OAuthRequest
from mcp_runtime.oauth.parameters import Parameters

UNUSED_LIFETIME = timedelta(days=7)
USED_LIFETIME = timedelta(days=90)
FAILED = "The client is unknown here, or did not authenticate as it was registered."


async def find_client(
    session: AsyncSession, server_id: UUID, client_id: str | None, *, now: datetime
) -> OAuthClient | None:
    """Return a client of this server; one that was registered with another is unknown here."""
    known = select(OAuthClient).where(
        OAuthClient.server_id == server_id, OAuthClient.client_id == client_id
    )
    client = (await session.exec(known)).first()
    if client is None or (client.expires_at is not None and client.expires_at <= now):
        return None
    return client


async def authenticated_client(asked: OAuthRequest, form: Parameters) -> OAuthClient:
    """Return the client that makes a request.

    Raises:
        InvalidClientError: it is unknown, or used another method than the one it registered.
        InvalidRequestError: it used two methods at once.
    """
    client_id, secret, method = _credentials(asked, form)
    async with asked.resources.database.read() as session:
        client = await find_client(session, asked.server.id, client_id, now=asked.now)
    if client is None or client.details["token_endpoint_auth_method"] != method:
        raise InvalidClientError(FAILED)
    if method != "none":
        expected = client.secret_digest or ""
        if not hmac.compare_digest(digest_of(secret or ""), expected):
            raise InvalidClientError(FAILED)
    return client


def mark_used(client: OAuthClient, *, now: datetime) -> None:
    """Keep a registration for as long as it is in use, and a good while longer."""
    client.last_used_at = now
    client.expires_at = now + USED_LIFETIME


def _credentials(asked: OAuthRequest, form: Parameters) -> tuple[str | None, str | None, str]:
    """Return id, secret and method; the id may stand in header and body when it is the same."""
    in_body, secret = form.one("client_id"), form.one("client_secret")
    if "authorization" not in asked.request.headers:
        return in_body, secret, "none" if secret is None else "client_secret_post"
    try:
        # The headers themselves, not a dict of them: their names are in lower case.
        in_header, password = extract_basic_authorization(asked.request.headers)  # pyright: ignore[reportArgumentType]
    except UnicodeDecodeError:
        raise InvalidClientError(FAILED) from None
    if not in_header or not password:
        raise InvalidClientError(FAILED)
    if secret is not None or in_body not in (None, in_header):
        raise InvalidRequestError("The client authenticates in one way, not in two.")
    return in_header, password, "client_secret_basic"
