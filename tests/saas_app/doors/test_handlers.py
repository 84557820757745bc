"""Every event handler, called by everybody: who gets in, what that changes, and who gets nothing.

The rows stand beside this file, one module per area. A handler of the running app without a row
fails here, by its name.
"""

import inspect
from dataclasses import dataclass
from typing import Any

import pytest
from reflex_base.registry import RegistrationContext

import saas_app.state.account_data
import saas_app.state.pictures
from core.logs import log
from saas_app.state.base import AppState
from saas_app.state.guard import NEEDED_BY_PAGES
from saas_app.state.markers import access_of
from tests.saas_app.doors.account_doors import ACCOUNT_DOORS, PUBLIC_DOORS
from tests.saas_app.doors.admin_doors import ADMIN_DOORS
from tests.saas_app.doors.organization_doors import ORGANIZATION_DOORS
from tests.saas_app.doors.rows import BLANK, IDLE, NOT_THERE, SIGN_IN, YES, Door, filled
from tests.saas_app.doors.seed import IMPERSONATED, PEOPLE, SIGNED_OUT, STALE, VALUE
from tests.saas_app.doors.server_doors import SERVER_DOORS
from tests.saas_app.doors.world import World, changed
from tests.saas_app.tab import open_tabs

DOORS = (*SERVER_DOORS, *ORGANIZATION_DOORS, *ACCOUNT_DOORS, *ADMIN_DOORS, *PUBLIC_DOORS)
# States that no page names yet are doors from the moment somebody imports them.
UNNAMED = (saas_app.state.account_data, saas_app.state.pictures)
OF_REFLEX = "setvar"  # made for every state, called by no page; the guard lets nobody
FOLLOWS = {"generation"}  # counts the changes of servers for the runtime
Logged = tuple[str, dict[str, Any]]
by_door = pytest.mark.parametrize("row", DOORS, ids=lambda row: row.handler)


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

    async def knock(self, row: Door, who: str) -> Found:
        """Call a row's handler as somebody."""
        ids = self._world.seed.ids
        tab = self._new_tab(f"tab-{row.handler}-{who}")
        if who != SIGNED_OUT:
            tab.carry(self._world.seed.sessions[who])
        await tab.open(str(filled(row.at, ids)))
        for name, arguments in row.after:
            await self._call(tab, name, arguments)
        before = self._world.contents()
        self._events.clear()
        await self._call(tab, row.handler, row.arguments)
        state = await tab.state(AppState)
        shown = str(state._get_root_state().dict())
        tables = changed(before, self._world.contents()) - FOLLOWS
        is_shown = bool(row.shows) and str(filled(row.shows, ids)) in shown
        return Found(self._outcome(row.handler), tables, shown, is_shown=is_shown)

    def restore(self) -> None:
        """Undo what was changed."""
        self._world.restore()

    async def _call(self, tab: Any, name: str, arguments: tuple[object, ...]) -> None:
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
            assert message not in ("event.failed", "event.unmarked"), fields
        return YES


@pytest.fixture
def said():
    """What is logged, in order: the event and its fields."""
    events: list[Logged] = []
    sink = log.add(
        lambda line: events.append((line.record["message"], line.record["extra"])), level="DEBUG"
    )
    yield events
    log.remove(sink)


@pytest.fixture
async def knocker(world, reflex_app, said):
    """Knocks in a world of its own."""
    RegistrationContext.set(reflex_app._registration_context)
    async with open_tabs(reflex_app) as new_tab:
        yield Knocker(world, new_tab, said)


def test_every_handler_has_a_row(reflex_app):
    known = set(handlers())
    rows = [row.handler for row in DOORS]
    assert sorted(known - set(rows)) == [], "give it a row in tests/saas_app/doors"
    assert sorted(set(rows) - known) == [], "it is gone; take its row away"
    assert len(rows) == len(set(rows))


def test_every_handler_says_who_may_call_it_and_reflexs_own_are_the_few_that_pages_need(reflex_app):
    assert [name for name, (_, function) in handlers().items() if not access_of(function)] == []
    assert OF_REFLEX not in NEEDED_BY_PAGES


@by_door
async def test_who_gets_in_and_what_it_changes(row, knocker):
    odd: list[str] = []
    for who in reversed(PEOPLE):  # who gets in and changes things comes last
        expected = row.who[who]
        if expected != YES or row.ends:
            found = await knocker.knock(row, who)
            odd += [f"{who}: {words}" for words in judged(row, expected, found)]
            if found.tables or row.after:
                knocker.restore()
    assert not odd, "\n".join([row.handler, *odd])


def judged(row: Door, expected: str, found: Found) -> list[str]:
    """What is not as the row says."""
    is_in = expected == YES
    wanted = row.changes if is_in else frozenset()
    may = row.may_change if is_in else frozenset()
    return [
        words
        for words, is_odd in (
            (
                f"got {found.outcome}",
                found.outcome != (YES if expected in (BLANK, IDLE) else expected),
            ),
            (f"changed {sorted(found.tables)}", found.tables - may != wanted),
            (
                f"was shown {row.shows!r}: {found.is_shown}",
                found.is_shown != (is_in and bool(row.shows)),
            ),
            ("was shown a value", VALUE in found.shown),
        )
        if is_odd
    ]


@pytest.mark.parametrize(
    "row", [row for row in DOORS if row.needs_proof], ids=lambda row: row.handler
)
async def test_a_sensitive_act_refuses_an_old_session_and_whoever_acts_for_another(row, knocker):
    for who, code in ((STALE, "not_fresh"), (IMPERSONATED, "forbidden")):
        found = await knocker.knock(row, who)
        # Where the question before was refused, there is nothing to act on.
        assert found.outcome == code or (row.after and found.outcome == "not_found"), who
        assert found.tables == set(), who
