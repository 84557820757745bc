"""How a row of the table of doors is written: a handler, what each person gets, what it changes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.saas_app.doors.seed import PEOPLE

YES = "yes"
BLANK = "blank"  # the page says no by itself, and shows nothing
IDLE = "idle"  # nothing there to act on
SIGN_IN = "sign_in"  # sent to the sign-in page
NOT_THERE = "not_there"  # answered as if there were no such handler


def column(words: str) -> Mapping[str, str]:
    """Return what each person gets: owner admin member viewer stranger signed-out banned operator.

    An operator is a stranger to every organization, so where they are not named they get the same.
    """
    given = words.split()
    return dict(
        zip(PEOPLE, given if len(given) == len(PEOPLE) else [*given, given[4]], strict=True)
    )


#                 owner     admin     member    viewer    stranger  out     banned
VIEW = column("   yes       yes       yes       yes       not_found sign_in sign_in")
EDIT = column("   yes       yes       yes       forbidden not_found sign_in sign_in")
MANAGE = column(" yes       yes       forbidden forbidden not_found sign_in sign_in")
OWN = column("    yes       forbidden forbidden forbidden not_found sign_in sign_in")
PAGE = column("   yes       yes       yes       yes       blank     sign_in sign_in")
PAGE_MANAGE = column("yes   yes       blank     blank     not_found sign_in sign_in")
SELF = column("   yes       yes       yes       yes       yes       sign_in sign_in")
MINE = column("   yes       not_found not_found not_found not_found sign_in sign_in")
MY_STATE = column("yes      conflict  conflict  conflict  conflict  sign_in sign_in")
OPERATORS = column(f"{' '.join([NOT_THERE] * 7)} yes")
ANYBODY = column("yes       yes       yes       yes       yes       yes     yes")


NOBODY = column(" not_found not_found not_found not_found not_found sign_in sign_in")


def everybody_gets(code: str, *, signed_out: str = "") -> Mapping[str, str]:
    """Return a column of one refusal: what was sent is wrong, whoever sends it."""
    out = signed_out or code
    return column(" ".join([*[code] * 5, out, out]))


@dataclass(frozen=True, slots=True)
class Door:
    """One handler.

    Attributes:
        handler: `State.method`.
        who: What each person gets.
        arguments: In order; `{…}` is an id of the seed.
        changes: The tables that change for those who get in; no other table may.
        may_change: Tables that change besides for some of them.
        after: What is called before, by the same tab; it is no part of what is judged.
        at: The address of the page.
        shows: What those who get in see then, and nobody else.
        needs_proof: Whether the person must have proved lately who they are.
    """

    handler: str
    who: Mapping[str, str]
    arguments: tuple[object, ...] = ()
    changes: frozenset[str] = frozenset()
    may_change: frozenset[str] = frozenset()
    after: tuple[tuple[str, tuple[object, ...]], ...] = ()
    at: str = "/o/acme/servers/{server_id}/tools/{tool_id}"
    shows: str = ""
    needs_proof: bool = False
    ends: bool = field(default=True)  # False: it would wait for a program that is not there


def door(
    handler: str,
    who: Mapping[str, str],
    *arguments: object,
    changes: str = "",
    may_change: str = "",
    after: tuple[tuple[object, ...], ...] = (),
    **more: object,
) -> Door:
    """Return a row."""
    before = tuple((str(name), tuple(rest)) for name, *rest in after)
    changing, besides = frozenset(changes.split()), frozenset(may_change.split())
    return Door(handler, who, arguments, changing, besides, before, **more)  # pyright: ignore[reportArgumentType]


def filled(value: object, ids: Mapping[str, str]) -> object:
    """Return a value with the seed's ids in it."""
    if isinstance(value, str):
        return value.format(**ids)
    if isinstance(value, dict):
        return {name: filled(one, ids) for name, one in value.items()}
    return value
