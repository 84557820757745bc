"""The types of what components take: plain values, or vars that change in the browser."""

from collections.abc import Callable, Sequence
from typing import Any

import reflex as rx
from reflex.event import EventType

Text = str | rx.Var[str]
Flag = bool | rx.Var[bool]
Number = int | float | rx.Var[int] | rx.Var[float]
Node = rx.Component | str | rx.Var[Any]
Handler = EventType[Any]
Click = EventType[()]  # a handler that is told nothing


def classes(*parts: Text) -> Any:
    """Join class names, leaving out empty ones; a var among them is joined in the browser."""
    kept = [part for part in parts if not isinstance(part, str) or part]
    if all(isinstance(part, str) for part in kept):
        return " ".join(str(part) for part in kept)
    return kept


def each(rows: rx.Var[Any] | Sequence[Any], draw: Callable[[Any], rx.Component]) -> rx.Component:
    """Draw every row of a var in the browser, or of a plain list right away."""
    if isinstance(rows, rx.Var):
        return rx.foreach(rows, draw)
    return rx.fragment(*[draw(row) for row in rows])


def is_given(text: Node | None) -> bool:
    """Whether there is, or may later be, something to show."""
    return isinstance(text, rx.Var) or bool(text)


def as_truth(value: Flag | Text, *, yes: str = "true", no: str = "false") -> Any:
    """The word an ARIA attribute wants for a truth value."""
    if isinstance(value, rx.Var):
        return rx.cond(value, yes, no)
    return yes if value else no


def either(is_so: Any, then: Node, otherwise: Node | None = None) -> rx.Component:
    """Draw one of two things, as the browser finds; nothing unless there is another."""
    return rx.fragment(rx.cond(is_so, then, rx.fragment() if otherwise is None else otherwise))


def one_of(value: Any, *cases: Any) -> rx.Component:
    """Draw what stands beside the value; the last case is for all others."""
    return rx.fragment(rx.match(value, *cases))


def holds(rows: Any) -> Any:
    """Whether a var that is a list has anything in it, asked in the browser."""
    return rows.length() > 0
