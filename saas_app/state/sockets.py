"""Closes the sockets of tabs whose session has ended or changed, however idle they are.

The browser opens a new socket at once, with the cookie it holds now: a tab whose session ended is
led to the sign-in page, one whose token was rotated goes on with all that it had.
"""

import asyncio
from collections.abc import Iterator

import reflex as rx

from core.clock import now_utc
from core.logs import log
from core.sessions import SignedIn, holders_of, token_in
from core.tokens import digest_of
from saas_app import resources

LOOK_EVERY_SECONDS = 2.0
AT_ONCE = 500


async def watch_sockets(app: rx.App) -> None:
    """Look again and again at this worker's sockets; a failed look is followed by another."""
    seen: dict[str, int] = {}
    while True:
        await asyncio.sleep(LOOK_EVERY_SECONDS)
        try:
            await look_at_sockets(app, seen)
        except Exception:  # noqa: BLE001 - the front of a task that nobody awaits
            log.exception("sockets.look_failed")


async def look_at_sockets(app: rx.App, seen: dict[str, int]) -> None:
    """Close the sockets whose session is gone, or whose user may do other things than before.

    Args:
        app: the running app.
        seen: what each socket's user was allowed when it was first seen; kept from look to look.
    """
    digests = dict(_digests_by_socket(app))
    for sid in seen.keys() - digests.keys():
        del seen[sid]
    holders = await _holders(sorted(set(digests.values())))
    for sid, digest in digests.items():
        holder = holders.get(digest)
        if holder is None or seen.setdefault(sid, holder.access_version) != holder.access_version:
            seen.pop(sid, None)
            await close_socket(app, sid)


async def close_socket(app: rx.App, sid: str) -> None:
    """Close a socket's transport; a polite goodbye would keep the page from connecting again."""
    namespace, server = app.event_namespace, app.sio
    if namespace is None or server is None:
        return
    transport = server.manager.eio_sid_from_sid(sid, namespace.namespace)
    if transport is not None:
        await server.eio.disconnect(transport)
        log.info("socket.closed")


def _digests_by_socket(app: rx.App) -> Iterator[tuple[str, str]]:
    """Yield the sockets that came with a session's cookie, and the digest of its token."""
    namespace = app.event_namespace
    is_secure = resources.get().settings.is_secure
    # Reflex 0.10 keeps what a socket came with only there; `test_sockets` fails when it moves.
    connected = {} if namespace is None else dict(namespace._static_router_data)  # noqa: SLF001
    for sid, data in connected.items():
        token = token_in(data["headers"].get("cookie", ""), is_secure=is_secure)
        if token is not None:
            yield sid, digest_of(token)


async def _holders(digests: list[str]) -> dict[str, SignedIn]:
    found: dict[str, SignedIn] = {}
    for start in range(0, len(digests), AT_ONCE):
        async with resources.get().database.read() as session:
            found |= await holders_of(session, digests[start : start + AT_ONCE], now=now_utc())
    return found
