"""The range API of Have I Been Pwned, or a mirror: SHA-1s of breached passwords by their start.

Only five characters of the SHA-1 leave, with padding asked for, so that not even the size of the
answer tells which start it was. It fails open: an outage must not keep people from signing up.
"""

from time import monotonic

import httpx2

from core.logs import log
from core.settings import Settings

SECONDS = 1.5
REST_AFTER_FAILURE_SECONDS = 300.0
MOST_KEPT = 64


class NoBreaches:
    """Serves where the check is off."""

    async def suffixes(self, prefix: str) -> frozenset[str]:
        """Know nothing."""
        del prefix
        return frozenset()


class RangeApi:
    """Asks the API, keeps the last answers, and leaves it alone for a while after a failure."""

    def __init__(self, url: str, *, seconds: float = SECONDS) -> None:
        self._url, self._seconds = url.rstrip("/"), seconds
        self._kept: dict[str, frozenset[str]] = {}
        self._rests_until = 0.0

    async def suffixes(self, prefix: str) -> frozenset[str]:
        """Return what the API knows, or nothing when it does not answer in time."""
        if prefix in self._kept:
            return self._kept[prefix]
        if monotonic() < self._rests_until:
            return frozenset()
        try:
            async with httpx2.AsyncClient(timeout=self._seconds) as client:
                reply = await client.get(f"{self._url}/{prefix}", headers={"Add-Padding": "true"})
                reply.raise_for_status()
        except httpx2.HTTPError as error:
            self._rests_until = monotonic() + REST_AFTER_FAILURE_SECONDS
            log.warning("breach_check.unavailable", why=type(error).__name__)
            return frozenset()
        while len(self._kept) >= MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[prefix] = _read(reply.text)
        return self._kept[prefix]


def make_breached_passwords(settings: Settings) -> NoBreaches | RangeApi:
    """Return the check that the settings ask for."""
    return RangeApi(settings.breach_check_url) if settings.checks_breaches else NoBreaches()


def _read(text: str) -> frozenset[str]:
    """Return the rests of the lines `REST:COUNT`; a count of nought is padding."""
    pairs = (line.strip().partition(":") for line in text.splitlines())
    return frozenset(rest.upper() for rest, _, count in pairs if count not in ("", "0"))
