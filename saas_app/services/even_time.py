"""Keeps the time of an answer from telling what was found."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

EVEN_SECONDS = 0.1  # more than any of these transactions takes, less than anybody minds


@asynccontextmanager
async def at_least(seconds: float = EVEN_SECONDS) -> AsyncIterator[None]:
    """Let what is inside take this long, whatever it finds; refusals too."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    try:
        yield
    finally:
        await asyncio.sleep(max(0.0, end - loop.time()))
