"""Tabs: parts of one screen, each with its own address, so that back and shared links work."""

from dataclasses import dataclass

import reflex as rx

from saas_app.components.link import anchor
from saas_app.components.props import Flag, Number, Text, as_truth


@dataclass(frozen=True)
class Tab:
    """One part: its name, address, whether it is shown, and how many things it holds.

    `is_offered` leaves it out for those who may not go there.
    """

    label: str
    href: Text
    is_active: Flag = False
    count: Number | Text | None = None
    is_offered: Flag = True


def tabs(*entries: Tab, label: Text) -> rx.Component:
    """A row of links to the parts of a screen; scrolls sideways on phones."""
    return rx.el.nav(
        rx.el.ul(
            *[_entry(entry) for entry in entries],
            class_name="flex min-w-max gap-1",
        ),
        aria_label=label,
        class_name="mb-6 overflow-x-auto overflow-y-hidden border-b border-line",
    )


def _entry(entry: Tab) -> rx.Component:
    drawn = rx.el.li(_tab(entry))
    if isinstance(entry.is_offered, rx.Var):
        return rx.cond(entry.is_offered, drawn, rx.fragment())
    return drawn if entry.is_offered else rx.fragment()


def _tab(entry: Tab) -> rx.Component:
    count = rx.fragment()
    if entry.count is not None:
        count = rx.el.span(
            entry.count,
            class_name="rounded-full bg-hover px-1.5 text-xs tabular-nums text-ink-soft",
        )
    return anchor(
        entry.label,
        count,
        href=entry.href,
        aria_current=as_truth(entry.is_active, yes="page"),
        class_name=(
            "inline-flex h-10 items-center gap-2 border-b-2 border-transparent px-3 text-sm"
            " font-medium"
            " text-ink-soft no-underline transition-colors duration-150 hover:text-ink"
            " focus-visible:-outline-offset-2 aria-[current=page]:border-ember"
            " aria-[current=page]:text-ink"
        ),
    )
