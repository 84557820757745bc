"""OAuth 2.1 of the hosted servers: from registered clients to the tokens they hold."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, LargeBinary, UniqueConstraint
from sqlmodel import Field

from core.models.base import Row


class OAuthClient(Row, table=True):
    """A client registered with one server's issuer (RFC 7591).

    `details` holds the registered metadata; a confidential client's secret is kept as a digest.
    """

    __tablename__ = "oauth_client"
    __table_args__ = (UniqueConstraint("server_id", "client_id"),)

    server_id: UUID = Field(foreign_key="server.id", ondelete="CASCADE")
    client_id: str = Field(max_length=512)
    secret_digest: str | None = Field(default=None, max_length=64)
    details: dict[str, Any] = Field(sa_type=JSON)
    expires_at: datetime | None = Field(default=None, index=True)
    last_used_at: datetime | None = None


class AuthorizationRequest(Row, table=True):
    """A checked authorization request that waits for its user's decision.

    `browser_digest` ties it to the browser that started it, by a cookie of the runtime's.
    """

    __tablename__ = "oauth_request"

    server_id: UUID = Field(foreign_key="server.id", ondelete="CASCADE", index=True)
    client_row_id: UUID = Field(foreign_key="oauth_client.id", ondelete="CASCADE", index=True)
    token_digest: str = Field(max_length=64, unique=True)
    browser_digest: str = Field(max_length=64)
    parameters: dict[str, Any] = Field(sa_type=JSON)
    expires_at: datetime = Field(index=True)


class Consent(Row, table=True):
    """A decision on a request: single use, for 60 seconds, bound to user, request and browser."""

    __tablename__ = "oauth_consent"

    request_id: UUID = Field(foreign_key="oauth_request.id", ondelete="CASCADE", unique=True)
    user_id: UUID = Field(foreign_key="user_account.id", ondelete="CASCADE", index=True)
    token_digest: str = Field(max_length=64, unique=True)
    is_approved: bool
    expires_at: datetime = Field(index=True)
    used_at: datetime | None = None


class Grant(Row, table=True):
    """A user's permission to a client for one server; all its tokens end with it."""

    __tablename__ = "oauth_grant"

    server_id: UUID = Field(foreign_key="server.id", ondelete="CASCADE", index=True)
    client_row_id: UUID = Field(foreign_key="oauth_client.id", ondelete="CASCADE", index=True)
    user_id: UUID = Field(foreign_key="user_account.id", ondelete="CASCADE", index=True)
    scope: str = Field(max_length=255)
    revoked_at: datetime | None = None


class AuthorizationCode(Row, table=True):
    """A code, taken once; a second try revokes the grant it made (OAuth 2.1 section 4.1.2)."""

    __tablename__ = "oauth_code"

    grant_id: UUID = Field(foreign_key="oauth_grant.id", ondelete="CASCADE", index=True)
    token_digest: str = Field(max_length=64, unique=True)
    parameters: dict[str, Any] = Field(sa_type=JSON)
    expires_at: datetime = Field(index=True)
    used_at: datetime | None = None


class RefreshToken(Row, table=True):
    """A refresh token, rotated at each use; reuse of an old one revokes its grant."""

    __tablename__ = "oauth_refresh_token"

    grant_id: UUID = Field(foreign_key="oauth_grant.id", ondelete="CASCADE", index=True)
    token_digest: str = Field(max_length=64, unique=True)
    scope: str = Field(max_length=255)
    expires_at: datetime = Field(index=True)
    used_at: datetime | None = None


class SigningKey(Row, table=True):
    """An RSA key of the issuers; the private half is sealed and opened by the runtime alone."""

    __tablename__ = "signing_key"

    kid: str = Field(max_length=64, unique=True)
    public_jwk: dict[str, Any] = Field(sa_type=JSON)
    sealed_private_key: bytes = Field(sa_type=LargeBinary)
    retired_at: datetime | None = None

    @property
    def seal_binding(self) -> str:
        """What the sealed key is bound to."""
        return f"signing_key/sealed_private_key/{self.id}"
