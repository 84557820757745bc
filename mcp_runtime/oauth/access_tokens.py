"""Access tokens: RS256 JWTs of ten hours for one server (RFC 9068)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import jwt
from anyio import to_thread

from mcp_runtime.oauth.addresses import Issuer
from mcp_runtime.oauth.signing_keys import ACCESS_TOKEN_LIFETIME, KeyRing

TOKEN_TYPE = "at+jwt"  # noqa: S105 - a media type
ALGORITHM = "RS256"
MAX_LENGTH = 4096
REQUIRED = ["iss", "aud", "sub", "client_id", "scope", "jti", "grant_id", "iat", "exp"]


class TokenInvalid(Exception):
    """A token that is not ours, not for this server, or over; which one is not told."""


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What a valid token says."""

    user_id: UUID
    grant_id: UUID
    client_id: str
    scopes: frozenset[str]
    expires_at: datetime


async def issue_access_token(
    keys: KeyRing, issuer: Issuer, token: AccessToken, *, now: datetime
) -> str:
    """Return a signed token that says what `token` says."""
    claims = {
        "iss": issuer.url,
        "aud": issuer.resource,
        "sub": str(token.user_id),
        "client_id": token.client_id,
        "scope": " ".join(sorted(token.scopes)),
        "grant_id": str(token.grant_id),
        "jti": uuid4().hex,
        "iat": int(now.timestamp()),
        "exp": int(token.expires_at.timestamp()),
    }
    pair = await keys.signing()
    headers = {"typ": TOKEN_TYPE, "kid": pair.kid}
    # Signing takes a millisecond of computing outside the interpreter's lock.
    return await to_thread.run_sync(
        lambda: jwt.encode(claims, pair.private_key, algorithm=ALGORITHM, headers=headers)
    )


async def read_access_token(
    keys: KeyRing, issuer: Issuer, token: str, *, now: datetime, ended_too: bool = False
) -> AccessToken:
    """Return what a token says; with `ended_too` also one that is over, so it can be revoked.

    The key is found among our own by its name; whatever else a header points to is ignored.

    Raises:
        TokenInvalid: it is forged, malformed, for another server or purpose, or over.
    """
    if len(token) > MAX_LENGTH:
        raise TokenInvalid
    try:
        header = jwt.get_unverified_header(token)
        if not _is_ours(header):
            raise TokenInvalid
        key = await keys.verifying(header["kid"])
        if key is None:
            raise TokenInvalid
        claims = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            issuer=issuer.url,
            audience=issuer.resource,
            # The moment comes from the caller, so the three checks of time are made below.
            options={
                "require": REQUIRED,
                "strict_aud": True,
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
            },
        )
        read = _read(claims)
    except (jwt.InvalidTokenError, ValueError, TypeError, OverflowError) as error:
        raise TokenInvalid from error
    if read.expires_at <= now and not ended_too:
        raise TokenInvalid
    return read


def new_access_token(
    *, user_id: UUID, grant_id: UUID, client_id: str, scope: str, now: datetime
) -> AccessToken:
    """Return what a token issued now says."""
    expires_at = now + ACCESS_TOKEN_LIFETIME
    return AccessToken(user_id, grant_id, client_id, frozenset(scope.split()), expires_at)


def _is_ours(header: dict[str, Any]) -> bool:
    typ = str(header.get("typ", "")).lower().removeprefix("application/")
    return (
        header.get("alg") == ALGORITHM and typ == TOKEN_TYPE and isinstance(header.get("kid"), str)
    )


def _read(claims: dict[str, Any]) -> AccessToken:
    return AccessToken(
        user_id=UUID(claims["sub"]),
        grant_id=UUID(claims["grant_id"]),
        client_id=str(claims["client_id"]),
        scopes=frozenset(str(claims["scope"]).split()),
        expires_at=datetime.fromtimestamp(claims["exp"], UTC),
    )
