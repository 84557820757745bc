"""Who a program is that holds a key of an organization, and what it may do."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from core.errors import DomainError, Forbidden
from core.organization_key_access import OpenKey, open_key
from core.permissions import Actor, Origin
from core.tokens import ORGANIZATION_KEY_PREFIX, digest_of
from saas_app.services.key_scopes import SCOPES, covers

LONGEST_TOKEN = 100


class KeyRefused(DomainError):
    """There is no key, or it opens nothing; which of these is not told."""

    code = "key_refused"
    status = 401


class ScopeMissing(Forbidden):
    """The key is good, but not for this."""

    code = "scope_missing"


@dataclass(frozen=True, slots=True)
class Program:
    """The holder of a key that opens something."""

    opened: OpenKey
    is_due: bool

    @property
    def key_id(self) -> UUID:
        """Which key."""
        return self.opened.key.id

    def acting(self, scope: str, *, origin: Origin) -> Actor:
        """Return the maker of the key as an actor who may do what a scope allows, and no more.

        Args:
            scope: what is to be done; empty for what any key may do.
            origin: from where the request comes; it names the key.

        Raises:
            ScopeMissing: the key does not have it.
        """
        key = self.opened.key
        if scope and not covers(key.scopes, scope):
            raise ScopeMissing(f"This key lacks the scope {scope}. Make one that has it.")
        assert key.created_by is not None  # noqa: S101 - a key without a maker opens nothing
        only = SCOPES[scope].permissions if scope else frozenset()
        return Actor(key.created_by, key.organization_id, self.opened.role, origin, only)


async def program_of(session: AsyncSession, token: str, *, now: datetime) -> Program:
    """Return who holds a key.

    A wrong key costs the same one look-up whether it never existed or has ended.

    Raises:
        KeyRefused: it opens nothing.
    """
    if not token.startswith(ORGANIZATION_KEY_PREFIX) or len(token) > LONGEST_TOKEN:
        raise refused()
    opened = await open_key(session, digest_of(token), now=now)
    if opened is None:
        raise refused()
    return Program(opened, opened.is_due(now))


def refused() -> KeyRefused:
    """Return the one refusal of all that is no good key."""
    return KeyRefused(
        "Send a key of an organization as Authorization: Bearer tko_… This one is missing, unknown,"
        " revoked or expired, or whoever made it is gone."
    )
