"""Calls that their client calls off with a message, as revisions before 2026-07-28 do.

Such a message has to say whose call it means, and the numbers of requests begin anew with every
client. So a client gets a name when it introduces itself, which it sends from then on
(`Mcp-Session-Id`). There is no more to a session than that: no process knows it, and none has to.
A message that reaches another process than the call did ends nothing; the call's deadline does.
"""

import secrets
from collections.abc import Awaitable, Mapping
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from anyio import CancelScope
from starlette.types import Message, Send

from mcp_runtime.callers import Caller

HEADER = "mcp-session-id"

T = TypeVar("T")


class CalledOff(Exception):
    """The client does not want the answer any more.

    Args:
        request_id: of the request that still waits for one.
    """

    def __init__(self, request_id: int | str) -> None:
        super().__init__(request_id)
        self.request_id = request_id


class Sender(NamedTuple):
    """Who sends a request: another client, or the same one after a restart, is somebody else."""

    server_id: UUID
    caller: Caller
    session: str


class OpenCalls:
    """The calls under way in this process that can be called off."""

    def __init__(self) -> None:
        self._scopes: dict[tuple[Sender, int | str], CancelScope] = {}

    async def run(self, sender: Sender, message: Any, work: Awaitable[T]) -> T:
        """Do the work of a request, and call off what a message asks to be called off.

        Raises:
            CalledOff: another message asked for that.
        """
        if sender.session and isinstance(message, Mapping):
            match message.get("method"), message.get("id"), message.get("params"):
                case "notifications/cancelled", None, {"requestId": int() | str() as number}:
                    self._call_off(sender, number)
                case "tools/call", int() | str() as number, _:
                    return await self._run(sender, number, work)
        return await work

    async def _run(self, sender: Sender, number: int | str, work: Awaitable[T]) -> T:
        with CancelScope() as scope:
            self._scopes[sender, number] = scope
            try:
                return await work
            finally:
                if self._scopes.get((sender, number)) is scope:
                    del self._scopes[sender, number]
        raise CalledOff(number)

    def _call_off(self, sender: Sender, number: int | str) -> None:
        if scope := self._scopes.get((sender, number)):
            scope.cancel()


def naming(send: Send) -> Send:
    """Return a `send` that gives the client a name with its answer."""

    async def name(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == 200:
            own = (HEADER.encode(), secrets.token_urlsafe(16).encode())
            message = {**message, "headers": [*message["headers"], own]}
        await send(message)

    return name
