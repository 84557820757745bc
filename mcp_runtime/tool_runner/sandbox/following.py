"""What a run does, told while it goes on, with the secrets of its server hidden."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any

from mcp_runtime.tool_runner.calls import Tell
from mcp_runtime.tool_runner.masking import Mask
from mcp_runtime.tool_runner.sandbox.client import Hear

# What comes within it is told together: a reader needs no more than a few pieces a second.
PAUSE_SECONDS = 0.1
CONNECTION = "connection"

Heard = tuple[str, Any]


class MaskedOutput:
    """Hides secrets in pieces of text: what may be the start of one waits for the next piece."""

    def __init__(self, mask: Mask) -> None:
        self._mask = mask
        self._held: dict[str, str] = {}

    def shown(self, stream: str, text: str) -> str:
        """Return what can be shown of a stream, now that it goes on with a text."""
        shown, self._held[stream] = self._mask.in_part(self._held.get(stream, "") + text)
        return shown

    def rest(self, *, is_cut: bool) -> list[tuple[str, str]]:
        """Return what has waited, once nothing more comes; or what comes is not kept."""
        return [
            (stream, self._mask.in_answer(text, is_cut=is_cut))
            for stream, text in self._held.items()
            if text
        ]


class Following:
    """Passes on what is heard of a run; the run itself never waits for that.

    There is no more of it than the supervisor keeps of a call, so it needs no bound of its own.
    """

    def __init__(self, mask: Mask, tell: Tell) -> None:
        self._mask = mask
        self._output = MaskedOutput(mask)
        self._tell = tell
        self._heard: list[Heard] = []
        self._has_heard = asyncio.Event()

    def hear(self, source: str, said: Any) -> None:
        """Take a piece of output, or a connection."""
        self._heard.append((source, said))
        self._has_heard.set()

    async def run(self) -> None:
        """Tell what is heard, until it is cancelled."""
        while True:
            await self._has_heard.wait()
            await asyncio.sleep(PAUSE_SECONDS)
            self._has_heard.clear()
            heard, self._heard = self._heard, []
            for source, said in joined(heard):
                if source == CONNECTION:
                    await self._tell(source, self._mask.in_value(said))
                elif shown := self._output.shown(source, said):
                    await self._tell(source, shown)


@asynccontextmanager
async def followed(mask: Mask, tell: Tell | None) -> AsyncIterator[Hear | None]:
    """Give what shall hear of a run for the length of it; None where nobody follows."""
    if tell is None:
        yield None
        return
    following = Following(mask, tell)
    task = asyncio.create_task(following.run())
    try:
        yield following.hear
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def joined(heard: Iterable[Heard]) -> list[Heard]:
    """Return the same with neighbours of the same stream as one piece."""
    found: list[Heard] = []
    for source, said in heard:
        if source != CONNECTION and found and found[-1][0] == source:
            found[-1] = (source, found[-1][1] + said)
        else:
            found.append((source, said))
    return found
