"""Every event handler, given what no page of ours sends: it may refuse that, never break."""

import inspect
from collections.abc import Iterator

import pytest
from reflex_base.registry import RegistrationContext

from tests.saas_app.doors.knocking import BROKEN, DOORS
from tests.saas_app.doors.seed import MEMBER, OPERATOR, OWNER, SIGNED_OUT

WRONG = (None, True, -1, 1.5, 10**30, "", "\0", "x" * 10_000, [], [[]], {}, {"a": [{}]})
TAKING = [row for row in DOORS if row.arguments and row.ends]


def oddly_filled(arguments: tuple[object, ...]) -> Iterator[tuple[object, ...]]:
    """Return the arguments with something wrong in place of each, and of each field of a form."""
    for place, given in enumerate(arguments):
        for wrong in WRONG:
            fields = given if isinstance(given, dict) else {}
            for odd in (wrong, *({**fields, field: wrong} for field in fields)):
                yield (*arguments[:place], odd, *arguments[place + 1 :])


def test_most_handlers_take_something():
    assert len(TAKING) > 60


# The member alone in every run: who may do nothing is refused before the arguments matter.
by_whom = pytest.mark.parametrize(
    "who",
    [MEMBER, *(pytest.param(who, marks=pytest.mark.slow) for who in (SIGNED_OUT, OWNER, OPERATOR))],
)


@by_whom
async def test_arguments_of_every_wrong_kind_break_nothing(who, knocker, said):
    broken: list[str] = []
    for row in TAKING:
        tab = await knocker.open(row, who)
        for odd in oddly_filled(row.arguments):
            said.clear()
            await knocker.call(tab, row.handler, odd)
            if any(event in BROKEN for event, _ in said):
                broken.append(f"{row.handler}{odd}"[:200])
    assert broken == []


@by_whom
async def test_too_few_and_unknown_arguments_break_nothing(who, knocker, said):
    broken: list[str] = []
    for row in (one for one in DOORS if one.ends):
        tab = await knocker.open(row, who)
        said.clear()
        await tab.call(knocker.event_of(row.handler))
        await tab.call(knocker.event_of(row.handler), nobody_knows="x")
        if any(event in BROKEN for event, _ in said):
            broken.append(row.handler)
    assert broken == []


async def test_what_is_sent_to_reflexs_own_handlers_breaks_nothing(knocker, said):
    tab = await knocker.open(DOORS[0], SIGNED_OUT)
    own = [
        (name, list(inspect.signature(registered.handler.fn).parameters)[1:])
        for name, registered in RegistrationContext.get().event_handlers.items()
        if registered.states[0].__module__.startswith("reflex.")
    ]
    assert len(own) > 5
    for name, arguments in own:
        for given in ({}, {"nobody_knows": "x"}, *(dict.fromkeys(arguments, odd) for odd in WRONG)):
            await tab.call(name, **given)
    assert [event for event, _ in said if event == "event.failed"] == []
