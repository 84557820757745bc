"""Cursors: where a page of a list ended, in terms of what the list is sorted by.

A cursor names no offset but the last entry's place, so entries that come or go elsewhere neither
repeat nor hide others. It is readable by whoever takes it apart, and grants nothing.
"""

import base64
import binascii
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import orjson

from core.errors import Invalid
from saas_app.api.v1.contract import Page, PageQuery

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
FURTHEST = 253_402_300_799_000_000  # the last second of the year 9999

Place = tuple[int | str, ...]
Source = TypeVar("Source")
Target = TypeVar("Target")


def page_of(
    sources: Iterable[Source],
    show: Callable[[Source], Target],
    query: PageQuery,
    *,
    place: Callable[[Source], Place],
    like: Place,
    is_backwards: bool = False,
) -> Page[Target]:
    """Return a page of a list that is there as a whole.

    Args:
        sources: the list, in any order.
        show: makes an entry of the answer.
        query: which page.
        place: by what it is sorted; no two entries share one.
        like: any place of this list, to check the types of a cursor.
        is_backwards: whether the highest place comes first.
    """
    ordered = sorted(sources, key=place, reverse=is_backwards)
    if query.cursor:
        last = read_cursor(query.cursor, like=like)
        ordered = [one for one in ordered if _follows(place(one), last, is_backwards=is_backwards)]
    return cut(ordered[: query.limit + 1], show, query, place=place)


def cut(
    found: Sequence[Source],
    show: Callable[[Source], Target],
    query: PageQuery,
    *,
    place: Callable[[Source], Place],
) -> Page[Target]:
    """Return a page of what a query found, which was asked for one more than fits."""
    shown, has_more = found[: query.limit], len(found) > query.limit
    cursor = write_cursor(place(shown[-1])) if has_more else None
    return Page(items=[show(one) for one in shown], next_cursor=cursor)


def write_cursor(place: Place) -> str:
    """Return a place as an opaque text."""
    return base64.urlsafe_b64encode(orjson.dumps(place)).decode().rstrip("=")


def read_cursor(text: str, *, like: Place) -> Place:
    """Read a place.

    Raises:
        Invalid: it is none of this list.
    """
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        place: Any = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, binascii.Error):
        raise _no_cursor() from None
    if not isinstance(place, list) or [type(one) for one in place] != [type(one) for one in like]:
        raise _no_cursor()
    return tuple(place)


def as_number(moment: datetime) -> int:
    """Return a moment as microseconds, which compare and travel exactly."""
    return (moment - EPOCH) // MICROSECOND


def as_moment(number: int | str) -> datetime:
    """Return the moment of a number that came in a cursor.

    Raises:
        Invalid: no moment has it.
    """
    if not isinstance(number, int) or not 0 <= number <= FURTHEST:
        raise _no_cursor()
    return EPOCH + number * MICROSECOND


def _follows(place: Place, last: Place, *, is_backwards: bool) -> bool:
    return place < last if is_backwards else place > last


def _no_cursor() -> Invalid:
    return Invalid("That is no cursor of this list. Begin without one.", field="cursor")
