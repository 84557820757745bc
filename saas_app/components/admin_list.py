"""What the lists of the admin area share: search, filters, files, and headings that sort."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx

from saas_app.components.button import BASE, SIZES, VARIANTS
from saas_app.components.icon import icon
from saas_app.components.menu import menu, menu_link
from saas_app.components.props import Handler, Text, either
from saas_app.components.table import Column, pagination
from saas_app.components.text_input import search_input, select

FORMS = (
    ("excel", "Excel workbook", "sheet"),
    ("comma", "CSV, commas", "file-text"),
    ("semicolon", "CSV, semicolons", "file-text"),
    ("tab", "CSV, tabs", "file-text"),
)


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter that acts at once; its first option, with an empty value, does not narrow."""

    name: str
    label: str
    options: Sequence[tuple[str, str]]


def list_filters(
    *filters: Filter, of: str, label: Text, view: Any, on_search: Handler, on_narrow: Any
) -> rx.Component:
    """A row with the search box first, then what else narrows the list.

    Args:
        filters: In their order.
        of: What is listed, as in the list's address; ids derive from it.
        label: What is searched by.
        view: A var that holds a `ListView`.
        on_search: Called with the text.
        on_narrow: Called with a filter's name and value.
    """
    return rx.el.div(
        rx.el.div(
            search_input(id=f"search-{of}", label=label, value=view.query, on_change=on_search),
            class_name="min-w-0 flex-1 basis-full sm:basis-56",
        ),
        *[_choice(one, f"{of}-{one.name}", view, on_narrow) for one in filters],
        class_name="mb-4 flex flex-wrap items-center gap-3",
    )


def export_menu(view: Any) -> rx.Component:
    """The list as a file, with the filters in force."""
    return menu(
        *[
            # In a tab of its own, which closes by itself: a page that a browser leaves for a file
            # hangs up on the server.
            menu_link(
                label,
                href=view.files[form].to(str),
                icon=mark,
                is_document=True,
                target="_blank",
                rel="noopener",
            )
            for form, label, mark in FORMS
        ],
        label="Export",
        align="act",
        face=rx.fragment(icon("download"), "Export"),
        trigger_class=f"{BASE} {VARIANTS['secondary']} {SIZES['md']}",
    )


def sorted_column(label: str, view: Any, name: str, *, is_number: bool = False) -> Column:
    """A column whose heading sorts the list."""
    return Column(
        label,
        align="right" if is_number else "left",
        sort_href=view.sorts[name][0].to(str),
        sorted=view.sorts[name][1].to(str),
    )


def list_foot(view: Any) -> rx.Component:
    """How many there are, and the way to other pages where there are some."""
    before, behind = view.previous_href, view.next_href
    return either(
        (before != "") | (behind != ""),
        pagination(summary=view.summary, previous_href=before, next_href=behind),
        rx.el.p(view.summary, class_name="pt-3 text-sm text-ink-soft tabular-nums empty:hidden"),
    )


def _choice(one: Filter, id: str, view: Any, on_narrow: Any) -> rx.Component:
    return rx.el.div(
        select(
            id=id,
            options=one.options,
            aria_label=one.label,
            value=view.filters[one.name],
            on_change=lambda value: on_narrow(one.name, value),
        ),
        class_name="min-w-0 flex-1 basis-32 sm:max-w-48",
    )
