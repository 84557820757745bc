"""What the lists of the admin area share: search, filters, files, and headings that sort."""

from collections.abc import Sequence
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


def list_filters(
    *choices: rx.Component, id: str, label: Text, value: Any, on_search: Handler
) -> rx.Component:
    """A row with the search box first, then what else narrows the list."""
    return rx.el.div(
        rx.el.div(
            search_input(id=id, label=label, value=value, on_change=on_search),
            class_name="min-w-0 flex-1 basis-full sm:basis-56",
        ),
        *choices,
        class_name="mb-4 flex flex-wrap items-center gap-3",
    )


def list_choice(
    options: Sequence[tuple[str, str]], *, id: str, label: str, value: Any, on_change: Handler
) -> rx.Component:
    """A filter that acts at once; its first choice, with an empty value, does not narrow."""
    return rx.el.div(
        select(id=id, options=options, aria_label=label, value=value, on_change=on_change),
        class_name="min-w-0 flex-1 basis-32 sm:max-w-48",
    )


def export_menu(files: Any) -> rx.Component:
    """The list as a file, with the filters in force."""
    return menu(
        *[
            # In a tab of its own, which closes by itself: a page that a browser leaves for a file
            # hangs up on the server.
            menu_link(
                label,
                href=files[form].to(str),
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


def sorted_column(label: str, sorts: Any, name: str, *, is_number: bool = False) -> Column:
    """A column whose heading sorts the list."""
    return Column(
        label,
        align="right" if is_number else "left",
        sort_href=sorts[name][0].to(str),
        sorted=sorts[name][1].to(str),
    )


def list_foot(*, summary: Any, previous_href: Any, next_href: Any) -> rx.Component:
    """How many there are, and the way to other pages where there are some."""
    return either(
        (previous_href != "") | (next_href != ""),
        pagination(summary=summary, previous_href=previous_href, next_href=next_href),
        rx.el.p(summary, class_name="pt-3 text-sm text-ink-soft tabular-nums empty:hidden"),
    )
