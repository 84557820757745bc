"""The difference between two versions, group by group, breaking changes named."""

from typing import Any

import reflex as rx

from saas_app.components.badge import badge
from saas_app.components.icon import icon
from saas_app.components.props import either, one_of

MARKS = {
    "added": ("plus", "text-proven", "Added"),
    "removed": ("minus", "text-broken", "Removed"),
    "changed": ("pencil", "text-attention", "Changed"),
}


def version_diff(groups: Any, *, label: str) -> rx.Component:
    """Draw the groups of `groups_of`.

    Args:
        groups: a var with a list of `DiffGroup`.
        label: what is compared, for screen readers.
    """
    return rx.el.ul(
        rx.foreach(groups, _group),
        aria_label=label,
        class_name="divide-y divide-line rounded-lg border border-line empty:hidden",
    )


def breaking_mark(count: Any) -> rx.Component:
    """Say how many things would fail somebody who relies on them."""
    return either(
        count > 0,
        badge(
            rx.fragment(count, rx.cond(count == 1, " breaking change", " breaking changes")),
            tone="broken",
            icon="triangle-alert",
        ),
    )


def _group(group: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            one_of(
                group.kind,
                *[
                    (kind, icon(mark, size=15, label=word, class_name=f"mt-0.5 {ink}"))
                    for kind, (mark, ink, word) in MARKS.items()
                ],
                icon("settings-2", size=15, class_name="mt-0.5 text-ink-faint"),
            ),
            rx.el.code(group.title, class_name="text-sm font-medium text-ink wrap-anywhere"),
            either(group.is_breaking, badge("Breaking", tone="broken")),
            class_name="flex flex-wrap items-start gap-2",
        ),
        either(
            group.kind == "removed",
            rx.el.p("Clients that call it get an error.", class_name="pl-6 text-sm text-ink-soft"),
        ),
        rx.el.ul(
            rx.foreach(group.changes, _change),
            class_name="flex flex-col gap-1.5 pl-6 empty:hidden",
        ),
        class_name="flex flex-col gap-1.5 px-4 py-3",
    )


def _change(change: Any) -> rx.Component:
    arrow = icon("arrow-right", size=13, label="becomes", class_name="inline mx-1 text-ink-faint")
    was = rx.el.del_(
        change.before, class_name="rounded-sm bg-broken-wash px-1 text-ink no-underline"
    )
    now = rx.el.ins(change.after, class_name="rounded-sm bg-proven-wash px-1 text-ink no-underline")
    values = either(
        (change.before != "") & (change.after != ""),
        rx.fragment(was, arrow, now),
        rx.fragment(either(change.before, was), either(change.after, now)),
    )
    return rx.el.li(
        rx.el.span(change.what, class_name="text-ink-soft"),
        either((change.before != "") | (change.after != ""), rx.fragment(": ", values)),
        either(
            change.reason,
            rx.el.span(
                icon("triangle-alert", size=13, class_name="inline -mt-0.5 mr-1"),
                change.reason,
                class_name="block text-broken",
            ),
        ),
        class_name="text-sm wrap-anywhere",
    )
