"""The hosted address as a client finds it, and how soon a change arrives there."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic

import httpx

from tests.product import times_slower

SECONDS_TO_ARRIVE = 1.0
SECONDS_BETWEEN_LOOKS = 0.02
LISTING = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}


async def soon(look: Callable[[], Awaitable[object]], wanted: object) -> None:
    """Look until a change has arrived, which it must within a second (more on a busy machine)."""
    began = monotonic()
    while (seen := await look()) != wanted:
        longest = SECONDS_TO_ARRIVE * times_slower()
        assert monotonic() - began < longest, f"It is still {seen}, not {wanted}."
        await asyncio.sleep(SECONDS_BETWEEN_LOOKS)


async def status_of(address: str, key: str) -> int:
    """The HTTP status that a listing of the tools gets with a key."""
    headers = {"Accept": "application/json, text/event-stream"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    async with httpx.AsyncClient() as client:
        return (await client.post(address, json=LISTING, headers=headers)).status_code
