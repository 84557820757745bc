"""Tables whose rows come page by page from the server; on phones each row becomes a card."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import reflex as rx

from saas_app.components.empty import skeleton
from saas_app.components.icon import icon
from saas_app.components.link import anchor
from saas_app.components.props import Flag, Node, Text


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        label: Its heading; empty for a column of buttons.
        align: "right" for numbers.
        sort_href: The address that sorts by it, when it can be sorted.
        sorted: How it is sorted now: "ascending", "descending" or "none".
    """

    label: str
    align: Literal["left", "right"] = "left"
    sort_href: Text = ""
    sorted: Text = "none"


def table(
    rows: rx.Var[Any] | Sequence[Any],
    *,
    columns: Sequence[Column],
    draw: Callable[[Any], Sequence[Node]],
    caption: Text,
    empty: Node | None = None,
    is_loading: Flag = False,
) -> rx.Component:
    """A table of one page of rows.

    Args:
        rows: A var with the rows, or the rows themselves.
        columns: In the order of the cells.
        draw: Turns one row into its cells.
        caption: What the table lists; read out, not shown.
        empty: Shown instead when there are no rows.
        is_loading: Shows rows of grey shapes while true.
    """
    body = rx.el.tbody(_rows(rows, columns, draw), class_name="block md:table-row-group")
    whole = rx.el.table(
        rx.el.caption(caption, class_name="sr-only"),
        rx.el.thead(
            rx.el.tr(*[_heading(column) for column in columns], class_name="border-b border-line"),
            class_name="max-md:sr-only",
        ),
        _loading_or(body, columns, is_loading),
        class_name="block w-full text-sm md:table",
    )
    # Under a key of their own the grey rows are made into nothing that comes: neither into what stands
    # there when there are none, nor into columns of other widths, which would seem to have moved.
    is_grey = rx.Var.create(is_loading).bool()
    boxed = rx.el.div(
        whole,
        class_name="min-w-0 overflow-x-auto rounded-lg border border-line bg-surface shadow-sm",
        key=rx.cond(is_grey, "grey", "table"),
    )
    if empty is None:
        return boxed
    if isinstance(rows, rx.Var):
        has_rows = rows.to(list).length() > 0
        return rx.cond(has_rows | is_grey, boxed, empty)
    return boxed if rows else rx.fragment(empty)


def pagination(*, summary: Node, previous_href: Text, next_href: Text) -> rx.Component:
    """The foot of a table: what is shown, and the way to the pages beside it.

    Args:
        summary: "26 to 50 of 132".
        previous_href: Empty on the first page.
        next_href: Empty on the last page.
    """
    return rx.el.nav(
        rx.el.p(summary, class_name="text-sm text-ink-soft tabular-nums", aria_live="polite"),
        rx.el.div(
            _step("Previous", "chevron-left", previous_href),
            _step("Next", "chevron-right", next_href),
            class_name="flex gap-2",
        ),
        aria_label="Pages",
        class_name="flex items-center justify-between gap-4 pt-3",
    )


def _rows(rows: Any, columns: Sequence[Column], draw: Callable[[Any], Sequence[Node]]) -> Any:
    def drawn(row: Any) -> rx.Component:
        cells = zip(columns, draw(row), strict=True)
        return rx.el.tr(
            *[_cell(column, cell) for column, cell in cells],
            class_name=(
                "block border-b border-line px-4 py-3 transition-colors duration-150 last:border-0"
                " hover:bg-hover/50 md:table-row md:p-0"
            ),
        )

    if isinstance(rows, rx.Var):
        return rx.foreach(rows, drawn)
    return rx.fragment(*[drawn(row) for row in rows])


def _heading(column: Column) -> rx.Component:
    side = "text-right" if column.align == "right" else "text-left"
    label: Node = column.label or rx.el.span("Acts", class_name="sr-only")
    attributes: dict[str, Any] = {}
    if isinstance(column.sort_href, rx.Var) or column.sort_href:
        attributes["aria_sort"] = column.sorted
        label = _sort_link(column)
    return rx.el.th(
        label,
        scope="col",
        class_name=f"px-4 py-2.5 text-xs font-medium text-ink-soft {side}",
        **attributes,
    )


def _sort_link(column: Column) -> rx.Component:
    mark = rx.match(
        column.sorted,
        ("ascending", icon("arrow-up", size=12)),
        ("descending", icon("arrow-down", size=12)),
        icon("chevrons-up-down", size=12, class_name="opacity-60"),
    )
    return anchor(
        column.label,
        mark,
        href=column.sort_href,
        class_name=(
            "inline-flex items-center gap-1 rounded-sm no-underline text-inherit hover:text-ink"
        ),
    )


def _cell(column: Column, content: Node) -> rx.Component:
    side = "md:text-right tabular-nums" if column.align == "right" else ""
    label = (
        rx.el.span(
            column.label, aria_hidden="true", class_name="shrink-0 text-xs text-ink-soft md:hidden"
        )
        if column.label
        else rx.fragment()
    )
    return rx.el.td(
        label,
        rx.el.div(content, class_name="min-w-0 max-md:ml-auto max-md:text-right"),
        class_name=(
            "flex items-center justify-between gap-4 py-1 md:table-cell md:px-4 md:py-2.5"
            f" md:align-middle {side}"
        ),
    )


def _loading_or(body: rx.Component, columns: Sequence[Column], is_loading: Flag) -> rx.Component:
    if is_loading is False:
        return body
    row = rx.el.tr(
        *[
            rx.el.td(
                skeleton(class_name="h-4 w-3/5"),
                class_name="block py-2 md:table-cell md:px-4 md:py-3.5",
            )
            for _ in columns
        ],
        class_name="block border-b border-line px-4 py-2 last:border-0 md:table-row md:p-0",
    )
    grey = rx.el.tbody(
        *[row for _ in range(5)],
        aria_busy="true",
        class_name="block md:table-row-group",
        key="grey",
    )
    return rx.cond(is_loading, grey, body)


def _step(label: str, mark: str, href: Text) -> rx.Component:
    look = "inline-flex size-9 items-center justify-center rounded-md border no-underline"
    on = anchor(
        icon(mark),
        href=href,
        aria_label=label,
        class_name=f"{look} border-line-strong/55 bg-surface text-ink hover:bg-hover",
    )
    off = rx.el.span(
        icon(mark),
        rx.el.span(label, class_name="sr-only"),
        aria_disabled="true",
        role="link",
        class_name=f"{look} border-line text-ink-faint",
    )
    if isinstance(href, rx.Var):
        return rx.cond(href, on, off)
    return on if href else off
