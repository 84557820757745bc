"""Closes the sockets of tabs whose session has ended or changed, however idle they are.

The browser opens a new socket at once, with the cookie it holds now: a tab whose session ended is
led to the sign-in page, one whose token was rotated goes on with all that it had.
"""

import asyncio
from dataclasses import dataclass
from time import monotonic

import reflex as rx
from engineio.packet import Packet
from reflex.utils.prerequisites import get_app

from core.clock import now_utc
from core.logs import log
from core.sessions import SignedIn, holders_of
from saas_app import resources

LOOK_EVERY_SECONDS = 2.0
AT_ONCE = 500
NO_SUCH_TYPE = 9


@dataclass(frozen=True, slots=True)
class Admitted:
    """What a socket came with: the digest of its token, and what its user was allowed then."""

    digest: str
    access_version: int


class SocketWatch:
    """Knows the signed-in sockets of this process, from the guard that let them in."""

    def __init__(self) -> None:
        self._admitted: dict[str, Admitted] = {}

    def admit(self, sid: str, digest: str, holder: SignedIn) -> None:
        """Watch a socket from now on."""
        self._admitted[sid] = Admitted(digest, holder.access_version)

    async def run(self, app: rx.App) -> None:
        """Look again and again; a failed look is followed by another."""
        while True:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            try:
                await self.look(app)
            except Exception:  # noqa: BLE001 - the front of a task that nobody awaits
                log.exception("sockets.look_failed")

    async def look(self, app: rx.App) -> None:
        """Close the sockets whose session is gone, or whose user may do other things than then."""
        self._forget_closed(app)
        admitted = dict(self._admitted)
        holders = await _holders(sorted({one.digest for one in admitted.values()}))
        for sid, one in admitted.items():
            holder = holders.get(one.digest)
            if holder is None or holder.access_version != one.access_version:
                await self.close(app, sid)

    async def close(self, app: rx.App, sid: str) -> None:
        """Close a socket; a polite goodbye would keep the page from connecting again."""
        self._admitted.pop(sid, None)
        transport = _transport(app, sid)
        socket = app.sio.eio.sockets.get(transport) if app.sio is not None else None
        if socket is not None and not socket.closed:
            # Granian 2.8 keeps a close to itself while a read is pending, so the browser is made to
            # hang up: a packet of no known type is a transport error, after which it connects anew.
            await socket.queue.put(Packet(NO_SUCH_TYPE))
            await socket.queue.put(None)  # ends the writer, and with it what is sent here
            log.info("socket.closed")

    def _forget_closed(self, app: rx.App) -> None:
        for sid in [sid for sid in self._admitted if _transport(app, sid) is None]:
            del self._admitted[sid]


class Absence:
    """How long a tab has been away: it leaves without a word, and often comes back."""

    def __init__(self) -> None:
        self._since: float | None = None

    async def seconds(self, token: str) -> float:
        """Return for how many seconds a tab has not been there; 0 while it is.

        Args:
            token: the tab's.
        """
        namespace = get_app().app.event_namespace
        tokens = None if namespace is None else namespace._token_manager  # noqa: SLF001 - as Reflex does
        if tokens is None or await tokens.is_token_connected(token):
            self._since = None
            return 0.0
        self._since = self._since or monotonic()
        return monotonic() - self._since


def _transport(app: rx.App, sid: str) -> str | None:
    """Return the transport under a socket, while it is connected."""
    if app.sio is None or app.event_namespace is None:
        return None
    return app.sio.manager.eio_sid_from_sid(sid, app.event_namespace.namespace)


async def _holders(digests: list[str]) -> dict[str, SignedIn]:
    found: dict[str, SignedIn] = {}
    for start in range(0, len(digests), AT_ONCE):
        async with resources.get().database.read() as session:
            found |= await holders_of(session, digests[start : start + AT_ONCE], now=now_utc())
    return found
