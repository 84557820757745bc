"""Who is calling a server, once the guard has let them in."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from core.models import CallerKind
from mcp_runtime.catalog import LiveServer


@dataclass(frozen=True, slots=True)
class Caller:
    """A caller the guard has recognised.

    `caller` is what the list of calls shows: a user's id, a key's id, or nothing for the public.
    """

    kind: CallerKind
    caller: str
    user_id: UUID | None
    scopes: frozenset[str]


ANYBODY = Caller(CallerKind.PUBLIC, "", None, frozenset())


class Guard(Protocol):
    """Recognises who calls a server."""

    async def authenticate(self, authorization: str | None, server: LiveServer) -> Caller:
        """Return the caller, or refuse with `Unauthorized` or `Forbidden`."""
        ...
