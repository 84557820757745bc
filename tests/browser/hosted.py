"""The hosted address as a client finds it, and how soon a change arrives there."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx

SECONDS_BETWEEN_LOOKS = 0.02
MOST_LOOKS = 500
LISTING = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}


async def soon(look: Callable[[], Awaitable[object]], wanted: object) -> None:
    """Look until a change has arrived; how soon it must is told in test_swap.py."""
    for _ in range(MOST_LOOKS):
        if (seen := await look()) == wanted:
            return
        await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
    raise AssertionError(f"It is still {seen}, not {wanted}.")


async def status_of(address: str, key: str) -> int:
    """The HTTP status that a listing of the tools gets with a key."""
    headers = {"Accept": "application/json, text/event-stream"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    async with httpx.AsyncClient() as client:
        return (await client.post(address, json=LISTING, headers=headers)).status_code
