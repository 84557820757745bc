"""The hosted address as a client finds it, and how soon a change arrives there."""

from collections.abc import Awaitable, Callable
from time import monotonic

import httpx

SECONDS_TO_ARRIVE = 1.0
LISTING = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}


async def soon(look: Callable[[], Awaitable[object]], wanted: object) -> None:
    """Look until a change has arrived, which it must within a second."""
    began = monotonic()
    while (seen := await look()) != wanted:
        assert monotonic() - began < SECONDS_TO_ARRIVE, f"It is still {seen}, not {wanted}."


async def status_of(address: str, key: str) -> int:
    """The HTTP status that a listing of the tools gets with a key."""
    headers = {"Accept": "application/json, text/event-stream"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    async with httpx.AsyncClient() as client:
        return (await client.post(address, json=LISTING, headers=headers)).status_code
