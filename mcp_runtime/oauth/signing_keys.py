"""The RSA keys of the issuers: made once for all replicas, sealed at rest, rotated with overlap."""

import asyncio
import base64
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from anyio import to_thread
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from sqlalchemy import text
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from core.clock import now_utc
from core.crypto import Sealer
from core.database import Database
from core.logs import log
from core.models import SigningKey

ACCESS_TOKEN_LIFETIME = timedelta(hours=10)
RELOAD_EVERY = timedelta(seconds=60)
# Foreign tokens name keys that nobody has; they must not become one read of the database each.
RELOAD_AT_MOST_EVERY = timedelta(seconds=1)
# A replica may sign with a retired key until its next reload, so such a key verifies for longer.
VERIFIES_AFTER_RETIREMENT = ACCESS_TOKEN_LIFETIME + 10 * RELOAD_EVERY
KEY_BITS = 2048
LOCK_NUMBER = 7_310_156  # any constant: PostgreSQL's advisory lock that all replicas share


@dataclass(frozen=True, slots=True)
class SigningPair:
    """The key that signs."""

    kid: str
    private_key: rsa.RSAPrivateKey


@dataclass(frozen=True, slots=True)
class _Loaded:
    at: datetime
    signing: SigningPair
    verifying: dict[str, rsa.RSAPublicKey]
    published: list[dict[str, Any]]


class KeyRing:
    """The keys of this deployment, read once and again every minute or when a kid is unknown."""

    def __init__(
        self, database: Database, sealer: Sealer, *, clock: Callable[[], datetime] = now_utc
    ) -> None:
        self._database = database
        self._sealer = sealer
        self._clock = clock
        self._loaded: _Loaded | None = None
        self._loading = asyncio.Lock()

    async def signing(self) -> SigningPair:
        """Return the key to sign with; the first call of a deployment makes it."""
        return (await self._fresh(RELOAD_EVERY)).signing

    async def verifying(self, kid: str) -> rsa.RSAPublicKey | None:
        """Return the public key of that name, if it is one of ours and not too old."""
        known = (await self._fresh(RELOAD_EVERY)).verifying.get(kid)
        if known is None:
            known = (await self._fresh(RELOAD_AT_MOST_EVERY)).verifying.get(kid)
        return known

    async def published(self) -> list[dict[str, Any]]:
        """Return the public keys as a client may read them."""
        return (await self._fresh(RELOAD_EVERY)).published

    async def _fresh(self, max_age: timedelta) -> _Loaded:
        async with self._loading:
            now = self._clock()
            if self._loaded is None or now - self._loaded.at >= max_age:
                self._loaded = await self._load(now)
            return self._loaded

    async def _load(self, now: datetime) -> _Loaded:
        rows = await usable_keys(self._database, now=now)
        if not any(row.retired_at is None for row in rows):
            await ensure_signing_key(self._database, self._sealer, now=now)
            rows = await usable_keys(self._database, now=now)
        current = next(row for row in rows if row.retired_at is None)
        return _Loaded(
            at=now,
            signing=SigningPair(current.kid, opened(current, self._sealer)),
            verifying={row.kid: public_key_of(row.public_jwk) for row in rows},
            published=[row.public_jwk for row in rows],
        )


async def usable_keys(database: Database, *, now: datetime) -> Sequence[SigningKey]:
    """Return the keys that sign or still verify, newest first."""
    oldest = now - VERIFIES_AFTER_RETIREMENT
    usable = (
        select(SigningKey)
        .where(col(SigningKey.retired_at).is_(None) | (col(SigningKey.retired_at) > oldest))
        .order_by(col(SigningKey.created_at).desc(), col(SigningKey.kid))
    )
    async with database.read() as session:
        return (await session.exec(usable)).all()


async def ensure_signing_key(database: Database, sealer: Sealer, *, now: datetime) -> None:
    """Make the first key; of replicas that start at once one makes it and the others find it."""
    fresh = await to_thread.run_sync(new_key, sealer, now)
    async with database.write() as session:
        await _take_lock(session)
        current = select(SigningKey.id).where(col(SigningKey.retired_at).is_(None))
        if (await session.exec(current)).first() is None:
            session.add(fresh)
            log.info("oauth.signing_key_made", kid=fresh.kid)


async def rotate_signing_key(database: Database, sealer: Sealer, *, now: datetime) -> str:
    """Make a new key that signs from now on, and return its kid.

    The old one verifies until the last token it signed has ended; older ones are removed. Other
    replicas sign with the new one within a minute, and know it as soon as they meet its kid.
    """
    fresh = await to_thread.run_sync(new_key, sealer, now)
    async with database.write() as session:
        await _take_lock(session)
        ended = col(SigningKey.retired_at) <= now - VERIFIES_AFTER_RETIREMENT
        await session.exec(delete(SigningKey).where(ended))
        for row in await session.exec(
            select(SigningKey).where(col(SigningKey.retired_at).is_(None))
        ):
            row.retired_at = now
            session.add(row)
        session.add(fresh)
    log.info("oauth.signing_key_rotated", kid=fresh.kid)
    return fresh.kid


def new_key(sealer: Sealer, now: datetime) -> SigningKey:
    """Return a new key as a row; takes a tenth of a second of computing."""
    private_key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    public = RSAAlgorithm.to_jwk(private_key.public_key(), as_dict=True)
    kid = thumbprint(public)
    row = SigningKey(
        kid=kid,
        public_jwk={
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": kid,
            "n": public["n"],
            "e": public["e"],
        },
        sealed_private_key=b"",
        created_at=now,
    )
    der = private_key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    row.sealed_private_key = sealer.seal(der, bound_to=row.seal_binding)
    return row


def opened(row: SigningKey, sealer: Sealer) -> rsa.RSAPrivateKey:
    """Return the private half.

    Raises:
        CannotOpen: the master key it was sealed under is gone.
    """
    der = sealer.open(row.sealed_private_key, bound_to=row.seal_binding)
    key = serialization.load_der_private_key(der, password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("A signing key is an RSA key.")
    return key


def public_key_of(jwk: dict[str, Any]) -> rsa.RSAPublicKey:
    """Return the public half from its published form."""
    key = RSAAlgorithm.from_jwk(jwk)
    if not isinstance(key, rsa.RSAPublicKey):
        raise TypeError("A published key is an RSA public key.")
    return key


def thumbprint(jwk: dict[str, Any]) -> str:
    """Return the name of a key that follows from the key itself (RFC 7638)."""
    members = orjson.dumps({"e": jwk["e"], "kty": "RSA", "n": jwk["n"]})
    return base64.urlsafe_b64encode(hashlib.sha256(members).digest()).rstrip(b"=").decode()


async def _take_lock(session: AsyncSession) -> None:
    """Wait for other writers of keys; a write on SQLite has already waited for all others."""
    connection = await session.connection()
    if connection.dialect.name == "postgresql":
        lock = text("SELECT pg_advisory_xact_lock(:number)")
        await connection.execute(lock, {"number": LOCK_NUMBER})
