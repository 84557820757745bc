"""The guard of the MCP endpoint: who is calling, by an access token or by a key of the server."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from core.access_policy import may_connect
from core.clock import now_utc
from core.logs import log
from core.models import AccessPolicy, CallerKind, Grant, Server, ServerKey
from core.tokens import KEY_PREFIX, digest_of
from mcp_runtime.callers import ANYBODY, Caller
from mcp_runtime.catalog import LiveServer
from mcp_runtime.errors import Forbidden, Unauthorized
from mcp_runtime.oauth.access_tokens import TokenInvalid, read_access_token
from mcp_runtime.oauth.addresses import SCOPE, Issuer, issuer_of
from mcp_runtime.oauth.signing_keys import KeyRing
from mcp_runtime.resources import Resources

MAX_REMEMBERED = 10_000
# Publishing, revoking and the like change the server's generation and count at once. This bounds
# what no generation tells: a user who is deleted, or leaves the organization.
REMEMBER_FOR = timedelta(seconds=60)
LAST_USED_PRECISION = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class _Verified:
    caller: Caller
    generation: int
    ends_at: datetime


class BearerGuard:
    """Recognises callers, and remembers those it has recognised.

    What is remembered counts for one generation of the server: whatever was read from the database
    is at least as new as the generation it is filed under, so a change never meets an older answer.
    """

    def __init__(
        self,
        resources: Resources,
        *,
        keys: KeyRing | None = None,
        clock: Callable[[], datetime] = now_utc,
        max_remembered: int = MAX_REMEMBERED,
    ) -> None:
        self._resources = resources
        self._clock = clock
        self._keys = keys or KeyRing(resources.database, resources.sealer, clock=clock)
        self._max_remembered = max_remembered
        self._verified: OrderedDict[tuple[UUID, str], _Verified] = OrderedDict()

    async def authenticate(self, authorization: str | None, server: LiveServer) -> Caller:
        """Return who calls a server.

        Raises:
            Unauthorized: there is no token where one is needed, or one that does not count here.
            Forbidden: the caller is known, and has no access to this server.
        """
        issuer = issuer_of(self._resources.settings, server.id)
        if authorization is None and server.access_policy is AccessPolicy.PUBLIC:
            return ANYBODY
        scheme, _, token = (authorization or "").partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            raise Unauthorized("This server needs a token.", challenge=challenge(issuer))
        slot, now = (server.id, digest_of(token)), self._clock()
        known = self._verified.get(slot)
        if known is not None and known.generation == server.generation and now < known.ends_at:
            self._verified.move_to_end(slot)
            return known.caller
        verified = await self._verify(token, server, issuer, now)
        self._remember(slot, verified)
        return verified.caller

    async def _verify(
        self, token: str, server: LiveServer, issuer: Issuer, now: datetime
    ) -> _Verified:
        try:
            if token.startswith(KEY_PREFIX):
                return await self._key_holder(token, server, now)
            return await self._token_holder(token, server, issuer, now)
        except TokenInvalid:
            log.info("bearer.refused", server_id=str(server.id))
            raise Unauthorized(
                "This token is not valid for this server, or it has ended.",
                challenge=challenge(issuer, error="invalid_token"),
            ) from None

    async def _token_holder(
        self, token: str, server: LiveServer, issuer: Issuer, now: datetime
    ) -> _Verified:
        read = await read_access_token(self._keys, issuer, token, now=now)
        async with self._resources.database.read() as session:
            grant = await _live_grant(session, server, read.grant_id)
            if grant is None or grant.user_id != read.user_id:
                raise TokenInvalid
            row = await session.get_one(Server, server.id)
            is_allowed = await may_connect(session, row, read.user_id, now=now)
        if not is_allowed:
            raise Forbidden("You have no access to this server any more. Ask its owner.")
        if SCOPE not in read.scopes:
            raise insufficient_scope(issuer)
        caller = Caller(CallerKind.OAUTH, str(read.user_id), read.user_id, read.scopes)
        return _Verified(caller, server.generation, min(read.expires_at, now + REMEMBER_FOR))

    async def _key_holder(self, token: str, server: LiveServer, now: datetime) -> _Verified:
        async with self._resources.database.read() as session:
            held = select(ServerKey).where(
                ServerKey.token_digest == digest_of(token),
                ServerKey.server_id == server.id,
                col(ServerKey.revoked_at).is_(None),
            )
            key = (await session.exec(held)).first()
        if key is None or (key.expires_at is not None and key.expires_at <= now):
            raise TokenInvalid
        await self._mark_used(key, now)
        caller = Caller(CallerKind.KEY, str(key.id), None, frozenset({SCOPE}))
        ends_at = now + REMEMBER_FOR
        return _Verified(caller, server.generation, min(key.expires_at or ends_at, ends_at))

    async def _mark_used(self, key: ServerKey, now: datetime) -> None:
        """Note when a key was last used, to some minutes, so that calls do not become writes."""
        if key.last_used_at is not None and now - key.last_used_at < LAST_USED_PRECISION:
            return
        async with self._resources.database.write() as session:
            await session.exec(
                update(ServerKey).where(col(ServerKey.id) == key.id).values(last_used_at=now)
            )

    def _remember(self, slot: tuple[UUID, str], verified: _Verified) -> None:
        self._verified[slot] = verified
        self._verified.move_to_end(slot)
        while len(self._verified) > self._max_remembered:
            self._verified.popitem(last=False)


def challenge(issuer: Issuer, *, error: str | None = None) -> str:
    """Return the value of `WWW-Authenticate` (RFC 6750 section 3, RFC 9728 section 5.1).

    A caller without a token is told no error, only where to get one.
    """
    parts = [f'resource_metadata="{issuer.resource_metadata}"', f'scope="{SCOPE}"']
    if error is not None:
        parts.insert(0, f'error="{error}"')
    return "Bearer " + ", ".join(parts)


def insufficient_scope(issuer: Issuer) -> Forbidden:
    """Return the refusal of a token that may do less than the request needs."""
    return Forbidden(
        "This token does not allow that. Connect again and allow it.",
        challenge=challenge(issuer, error="insufficient_scope"),
    )


async def _live_grant(session: AsyncSession, server: LiveServer, grant_id: UUID) -> Grant | None:
    mine = select(Grant).where(
        Grant.id == grant_id, Grant.server_id == server.id, col(Grant.revoked_at).is_(None)
    )
    return (await session.exec(mine)).first()
