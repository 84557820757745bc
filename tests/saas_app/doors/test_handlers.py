"""Every event handler, called by everybody: who gets in, what that changes, and who gets nothing.

The rows stand beside this file, one module per area. A handler of the running app without a row
fails here, by its name.
"""

import pytest

from saas_app.state.guard import NEEDED_BY_PAGES
from saas_app.state.markers import access_of
from tests.saas_app.doors.admin_doors import ADMIN_DOORS
from tests.saas_app.doors.knocking import DOORS, OF_REFLEX, Found, handlers
from tests.saas_app.doors.rows import BLANK, IDLE, NOT_THERE, SIGN_IN, YES, Door
from tests.saas_app.doors.seed import (
    IMPERSONATED,
    OPERATOR,
    OUTSIDERS,
    PEOPLE,
    SECRETS,
    VALUE,
)

REFUSALS = ("forbidden", "not_found", NOT_THERE, SIGN_IN)  # of who asks, not of what is asked
READS_ALL_MAIL = {"OutboxState.load_outbox"}
by_door = pytest.mark.parametrize("row", DOORS, ids=lambda row: row.handler)
by_sensitive_door = pytest.mark.parametrize(
    "row", [row for row in DOORS if row.needs_proof], ids=lambda row: row.handler
)


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
            odd += [f"{who}: {words}" for words in judged(row, who, found)]
            if found.tables or row.after:
                knocker.restore()
    assert not odd, "\n".join([row.handler, *odd])


def judged(row: Door, who: str, found: Found) -> list[str]:
    """What is not as the row says."""
    expected = row.who[who]
    is_in = expected == YES
    leaked = [secret for secret in SECRETS if secret in found.shown and not may_see(row, who)]
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
            (f"was shown {leaked}", leaked),
        )
        if is_odd
    ]


def may_see(row: Door, who: str) -> bool:
    """Whether what the organization and its owner have may be in the tab."""
    return who not in OUTSIDERS or (
        who == OPERATOR and (row in ADMIN_DOORS or row.handler in READS_ALL_MAIL)
    )


@by_sensitive_door
async def test_a_sensitive_act_refuses_whoever_acts_for_another(row, knocker):
    found = await knocker.knock(row, IMPERSONATED)
    assert found.outcome in ("forbidden", *not_asked(row))
    assert found.tables == set()


@by_sensitive_door
async def test_a_sensitive_act_refuses_an_old_session_of_whoever_may_act(row, knocker, world):
    world.age_sessions()
    for who in PEOPLE:
        refusal = row.who[who]
        # After a question that was refused for the same reason, nothing is looked for any more.
        is_first = refusal in REFUSALS and not row.after
        expected = {refusal} if is_first else {refusal, "not_fresh"} - {YES}
        found = await knocker.knock(row, who)
        assert found.outcome in (*expected, *not_asked(row)), who
        assert found.tables == set(), who


def not_asked(row: Door) -> tuple[str, ...]:
    """What there is to act on where the question before was refused: nothing."""
    return ("not_found",) if row.after else ()
