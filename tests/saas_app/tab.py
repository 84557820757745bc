"""A browser tab without a browser: the real app's middleware, states and event loop, in process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from reflex.event import Event, EventSpec
from reflex.istate.manager.memory import StateManagerMemory
from reflex.istate.manager.token import BaseStateToken
from reflex.state import State, StateUpdate
from reflex_base.event.processor import BaseStateEventProcessor
from reflex_base.utils.format import format_event_handler

from core.sessions import cookie_name

AnyState = TypeVar("AnyState", bound=State)


@dataclass
class Sent:
    """What the server sent to tabs: the events that run in the browser."""

    events: list[Event] = field(default_factory=list)

    async def emit_update(self, *, update: StateUpdate, token: str) -> None:
        """Keep an update, as the websocket would send it."""
        del token
        self.events.extend(update.events)


class Tab:
    """One tab: it has a cookie, an address and a state of its own."""

    def __init__(self, processor: Any, manager: Any, sent: Sent, *, token: str) -> None:
        self._processor, self._manager, self._token = processor, manager, token
        self.sent = sent
        self.cookie = ""
        self.path = "/"
        self.ip = "127.0.0.1"
        self.headers: dict[str, str] = {"host": "localhost:3000"}

    def carry(self, session_token: str) -> None:
        """Use a session's cookie from the next event on, as a new websocket would."""
        self.cookie = f"{cookie_name(is_secure=False)}={session_token}"

    async def open(self, path: str, *on_load: Any) -> None:
        """Load a page: hydrate, then run its load events."""
        self.path = path
        await self._send(Event(name=format_event_handler(State.event_handlers["hydrate"])))
        for handler in on_load:
            await self.fire(handler)

    async def fire(self, handler: Any, *arguments: Any) -> None:
        """Send an event as the page would."""
        spec = handler if isinstance(handler, EventSpec) else handler(*arguments)
        for event in Event.from_event_type(spec):
            await self._send(event)

    async def call(self, name: str, /, **payload: Any) -> None:
        """Send any event by its name, as a hostile client would."""
        await self._send(Event(name=name, payload=payload))

    async def state(self, kind: type[AnyState]) -> AnyState:
        """Return the tab's state of a kind."""
        token = BaseStateToken(ident=self._token, cls=kind)
        return await (await self._manager.get_state(token)).get_state(kind)

    @property
    def redirects(self) -> list[str]:
        """Where the server told this tab to go, in order."""
        return [
            str(event.payload["path"]) for event in self.sent.events if event.name == "_redirect"
        ]

    async def _send(self, event: Event) -> None:
        router_data = {
            "pathname": self.path.partition("?")[0],
            "asPath": self.path,
            "query": {},
            "ip": self.ip,
            "headers": {
                "cookie": self.cookie,
                "origin": "http://localhost:3000",
                **self.headers,
            },
        }
        event = Event(name=event.name, payload=event.payload, router_data=router_data)
        future = await self._processor.enqueue(self._token, event)
        await future.wait_all()


@asynccontextmanager
async def open_tabs(app: Any) -> AsyncIterator[Any]:
    """Yield a function that opens tabs on the app; `failures` holds what broke in handlers."""
    failures: list[Exception] = []
    sent = Sent()
    manager = StateManagerMemory()
    processor = BaseStateEventProcessor(
        middleware=app, backend_exception_handler=failures.append
    ).configure(state_manager=manager, event_namespace=sent)  # pyright: ignore[reportArgumentType]
    async with processor:

        def new_tab(token: str) -> Tab:
            return Tab(processor, manager, sent, token=token)

        yield new_tab
    assert failures == []
