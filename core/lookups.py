"""Looks names up, so that nobody's slow name server holds up the lookups of everybody else.

The system's resolver cannot be interrupted: a zone that never answers holds a thread for as long as
the system waits. So lookups have threads of their own, nobody holds more than a few of them, and
whoever waits gives up after some seconds.
"""

import asyncio
import socket
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Any
from weakref import WeakValueDictionary

from core.denied import NOTHING, Denied
from core.errors import UpstreamUnavailable

THREADS = 64
AT_ONCE = 4
LONGEST_WAIT_SECONDS = 5.0
# Long enough for the connections of one burst; what is found is checked again for each of them.
KEPT_SECONDS = 5.0
MAX_KEPT = 2_000

Addresses = tuple[str, ...]


class Lookups:
    """The lookups of one process; each name once at a time, whoever asks.

    Args:
        denied: what the names that are looked up may not lead to; see `core.egress`.
    """

    def __init__(
        self,
        *,
        denied: Denied = NOTHING,
        find: Callable[..., Any] = socket.getaddrinfo,
        clock: Callable[[], float] = monotonic,
        longest_wait_seconds: float = LONGEST_WAIT_SECONDS,
    ) -> None:
        self.denied = denied
        self._find = find
        self._clock = clock
        self._longest_wait = longest_wait_seconds
        self._threads = ThreadPoolExecutor(THREADS, "lookup")
        self._under_way: dict[str, asyncio.Future[Addresses]] = {}
        # Kept by the shares and by what is under way, so that nobody is remembered for long.
        self._turns: WeakValueDictionary[Hashable, asyncio.Semaphore] = WeakValueDictionary()
        self._found: OrderedDict[str, tuple[float, Addresses]] = OrderedDict()

    def share_of(self, who: Hashable) -> "Share":
        """Return the part that one has who must not hold all of them, each time the same."""
        return Share(self, self._turns.setdefault(who, asyncio.Semaphore(AT_ONCE)))

    def close(self) -> None:
        """Start no more lookups."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def addresses_of(self, host: str, turns: asyncio.Semaphore) -> Addresses:
        """Return the addresses of a name.

        Args:
            host: the name, or an address in any spelling that the system knows.
            turns: how many lookups the one who asks may have under way.

        Raises:
            UpstreamUnavailable: there is no such name, or it takes too long to find out.
        """
        try:
            async with asyncio.timeout(self._longest_wait):
                return await self._addresses_of(host.lower(), turns)
        except TimeoutError:
            message = f"The name {host} could not be looked up in time."
            raise UpstreamUnavailable(message, can_retry=True) from None
        except (socket.gaierror, UnicodeError) as error:
            message = f"The name {host} could not be found."
            raise UpstreamUnavailable(message, can_retry=True) from error

    async def _addresses_of(self, host: str, turns: asyncio.Semaphore) -> Addresses:
        while True:
            until, addresses = self._found.get(host, (0.0, ()))
            if self._clock() < until:
                return addresses
            if (lookup := self._under_way.get(host)) is not None:
                return await asyncio.shield(lookup)
            await turns.acquire()
            if host in self._under_way:  # somebody else had a turn in the meantime
                turns.release()
            else:
                self._start(host, turns)

    def _start(self, host: str, turns: asyncio.Semaphore) -> None:
        loop = asyncio.get_running_loop()
        lookup = loop.run_in_executor(self._threads, self._look_up, host)
        self._under_way[host] = lookup
        lookup.add_done_callback(lambda done: self._keep(host, done, turns))

    def _look_up(self, host: str) -> Addresses:
        found = self._find(host, None, type=socket.SOCK_STREAM)
        return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))

    def _keep(self, host: str, lookup: asyncio.Future[Addresses], turns: asyncio.Semaphore) -> None:
        """Keep what was found for a moment; the turn ends now, however long ago its caller left."""
        turns.release()
        del self._under_way[host]
        if lookup.cancelled() or lookup.exception() is not None:
            return
        self._found[host] = (self._clock() + KEPT_SECONDS, lookup.result())
        self._found.move_to_end(host)
        while len(self._found) > MAX_KEPT:
            self._found.popitem(last=False)


class Share:
    """What one organization or person may have of the lookups."""

    def __init__(self, lookups: Lookups, turns: asyncio.Semaphore) -> None:
        self._lookups = lookups
        self._turns = turns

    @property
    def denied(self) -> Denied:
        """What names may not lead to, whoever asks."""
        return self._lookups.denied

    async def addresses_of(self, host: str) -> Addresses:
        """Return the addresses of a name, or refuse like `Lookups.addresses_of`."""
        return await self._lookups.addresses_of(host, self._turns)
