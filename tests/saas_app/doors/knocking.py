"""Calls handlers as somebody, and tells what came of it."""

import inspect
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from reflex_base.registry import RegistrationContext

import saas_app.state.account_data
import saas_app.state.pictures
from core.logs import log
from saas_app.state.base import AppState
from tests.saas_app.doors.account_doors import ACCOUNT_DOORS, PUBLIC_DOORS
from tests.saas_app.doors.admin_doors import ADMIN_DOORS
from tests.saas_app.doors.organization_doors import ORGANIZATION_DOORS
from tests.saas_app.doors.rows import NOT_THERE, SIGN_IN, YES, Door, filled
from tests.saas_app.doors.seed import ELSEWHERE, SIGNED_OUT
from tests.saas_app.doors.server_doors import SERVER_DOORS
from tests.saas_app.doors.world import World, changed
from tests.saas_app.tab import Tab, open_tabs

DOORS = (*SERVER_DOORS, *ORGANIZATION_DOORS, *ACCOUNT_DOORS, *ADMIN_DOORS, *PUBLIC_DOORS)
# States that no page names yet are doors from the moment somebody imports them.
UNNAMED = (saas_app.state.account_data, saas_app.state.pictures)
OF_REFLEX = "setvar"  # made for every state, called by no page; the guard lets nobody
FOLLOWS = {"generation"}  # counts the changes of servers for the runtime
BROKEN = ("event.failed", "event.unmarked")
Logged = tuple[str, dict[str, Any]]


def handlers() -> dict[str, tuple[str, Any]]:
    """Our handlers by `State.method`: the name of the event, and the function."""
    return {
        registered.handler.fn.__qualname__: (name, registered.handler.fn)
        for name, registered in RegistrationContext.get().event_handlers.items()
        if not registered.states[0].__module__.startswith("reflex.")
        and not name.endswith(f".{OF_REFLEX}")
    }


@dataclass(frozen=True, slots=True)
class Found:
    """What came of a call: yes or a code, the tables that changed, all that the tab was sent."""

    outcome: str
    tables: set[str]
    shown: str
    is_shown: bool


class Knocker:
    """Opens pages as somebody, and calls handlers there."""

    def __init__(self, world: World, new_tab: Any, events: list[Logged]) -> None:
        self._world, self._new_tab, self._events = world, new_tab, events
        self._known = handlers()

    async def open(self, row: Door, who: str) -> Tab:
        """Open a row's page as somebody, and do what comes before."""
        tab = self._new_tab(f"tab-{row.handler}-{who}")
        tab.ip = ELSEWHERE
        if who != SIGNED_OUT:
            tab.carry(self._world.seed.sessions[who])
        await tab.open(str(filled(row.at, self._world.seed.ids)))
        for name, arguments in row.after:
            await self.call(tab, name, arguments)
        return tab

    async def knock(self, row: Door, who: str) -> Found:
        """Call a row's handler as somebody."""
        ids = self._world.seed.ids
        tab = await self.open(row, who)
        before = self._world.contents()
        self._events.clear()
        await self.call(tab, row.handler, row.arguments)
        state = await tab.state(AppState)
        shown = str(state._get_root_state().dict())
        tables = changed(before, self._world.contents()) - FOLLOWS
        is_shown = bool(row.shows) and str(filled(row.shows, ids)) in shown
        return Found(self._outcome(row.handler), tables, shown, is_shown=is_shown)

    def restore(self) -> None:
        """Undo what was changed."""
        self._world.restore()

    def event_of(self, handler: str) -> str:
        """Return the name by which a client calls a handler."""
        return self._known[handler][0]

    async def call(self, tab: Tab, name: str, arguments: tuple[object, ...]) -> None:
        """Call a handler with arguments in order."""
        event, function = self._known[name]
        names = list(inspect.signature(function).parameters)[1:]
        values = [filled(one, self._world.seed.ids) for one in arguments]
        await tab.call(event, **dict(zip(names, values, strict=True)))

    def _outcome(self, handler: str) -> str:
        for message, fields in self._events:
            if message == "event.not_admitted":
                return SIGN_IN
            if message == "event.not_there":
                return NOT_THERE
            if message == "event.refused" and fields["handler"] == handler:
                return fields["code"]
            assert message not in BROKEN, fields
        return YES


@pytest.fixture
def said() -> Iterator[list[Logged]]:
    """What is logged, in order: the event and its fields."""
    events: list[Logged] = []
    sink = log.add(
        lambda line: events.append((line.record["message"], line.record["extra"])), level="DEBUG"
    )
    yield events
    log.remove(sink)


@pytest.fixture
async def knocker(world: World, reflex_app: Any, said: list[Logged]) -> AsyncIterator[Knocker]:
    """Knocks in a world of its own."""
    RegistrationContext.set(reflex_app._registration_context)
    async with open_tabs(reflex_app) as new_tab:
        yield Knocker(world, new_tab, said)
