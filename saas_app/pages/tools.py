"""The tools of a server's draft."""

from typing import Any

import reflex as rx

from saas_app.components.address import organization_slug
from saas_app.components.button import button, link_button
from saas_app.components.dialog import dialog
from saas_app.components.empty import empty_state, skeleton_rows
from saas_app.components.field import field
from saas_app.components.form import form
from saas_app.components.icon import icon
from saas_app.components.menu import menu, menu_item, menu_link
from saas_app.components.props import holds
from saas_app.components.table import pagination
from saas_app.components.text_input import select, text_input
from saas_app.components.tool_filters import tool_filters
from saas_app.pages.server_screen import server_screen
from saas_app.pages.tools_list import selection, tool_row
from saas_app.state.server import ServerState
from saas_app.state.tools import ToolsState

SHOWN = (
    ("", "All tools"),
    ("on", "Switched on"),
    ("off", "Switched off"),
    ("unchecked", "Unchecked"),
    ("checked", "Checked"),
    ("proven", "Proven"),
)
METHODS = tuple((method, method) for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"))


def tools_page() -> rx.Component:
    """The list with its filters, and the acts on what is selected."""
    return server_screen(
        rx.cond(
            ToolsState.is_ready,
            rx.cond(ToolsState.total == 0, _first_use(), _list()),
            skeleton_rows(count=8, label="Loading the tools"),
        ),
        _adding(),
        _adding_python(),
        active="Tools",
    )


def _list() -> rx.Component:
    return rx.el.div(
        _bar(),
        rx.cond(
            holds(ToolsState.rows),
            rx.fragment(
                selection(),
                rx.el.ul(
                    rx.foreach(ToolsState.rows, tool_row),
                    aria_label="Tools",
                    class_name="min-w-0 rounded-lg border border-line bg-surface shadow-sm",
                ),
                rx.cond(
                    (ToolsState.previous_href != "") | (ToolsState.next_href != ""),
                    pagination(
                        summary=ToolsState.summary,
                        previous_href=ToolsState.previous_href,
                        next_href=ToolsState.next_href,
                    ),
                    rx.fragment(),
                ),
            ),
            empty_state(
                "No tool matches",
                description="Search for a part of a name, a path, a method or a description.",
                icon="search-x",
                action=link_button("Show all tools", href=f"{ServerState.here}/tools"),
            ),
        ),
        class_name="flex flex-col gap-3",
    )


def _bar() -> rx.Component:
    return rx.el.div(
        tool_filters(
            query=ToolsState.query,
            on_search=ToolsState.search,
            has_tags=ToolsState.has_tags,
            tags=ToolsState.tags,
            tag=ToolsState.tag,
            on_tag=ToolsState.choose_tag,
        ),
        rx.el.div(
            rx.el.label("Which tools", html_for="shown", class_name="sr-only"),
            select(
                id="shown",
                options=SHOWN,
                value=ToolsState.shown,
                on_change=ToolsState.choose_shown,
            ),
            class_name="min-w-36",
        ),
        rx.cond(ServerState.can_edit, _add_menu(), rx.fragment()),
        class_name="flex flex-wrap items-center gap-2",
    )


def _add_menu() -> rx.Component:
    return menu(
        menu_item("HTTP request", icon="square-pen", on_click=ToolsState.open_adding),
        menu_item("Python", icon="code", on_click=ToolsState.open_adding_python),
        menu_link("From a document or cURL", href=_more_href(), icon="file-up"),
        label="Add tools",
        face=rx.fragment(icon("plus"), "Add tools"),
        trigger_class=(
            "inline-flex h-9 items-center gap-2 rounded-md border border-line-strong/55 bg-surface"
            " px-3.5 text-sm font-medium text-ink shadow-sm hover:bg-hover"
        ),
    )


def _first_use() -> rx.Component:
    return empty_state(
        "No tools yet",
        description=(
            "A tool is one request that a model can make, or a Python function that it can call."
            " Add one by hand, or find many in an OpenAPI document or in cURL commands."
        ),
        icon="wrench",
        action=rx.cond(
            ServerState.can_edit,
            rx.fragment(
                button("Add one request", icon="square-pen", on_click=ToolsState.open_adding),
                button("Write Python", icon="code", on_click=ToolsState.open_adding_python),
                link_button("Find tools", href=_more_href(), variant="primary", icon="file-up"),
            ),
            rx.fragment(),
        ),
    )


def _adding() -> rx.Component:
    return dialog(
        form(
            rx.el.div(
                field(
                    select,
                    id="new-method",
                    label="Method",
                    error=ToolsState.problems["method"],
                    options=METHODS,
                    name="method",
                    default_value="GET",
                ),
                field(
                    text_input,
                    id="new-url",
                    label="Address",
                    error=ToolsState.problems["url"],
                    name="url",
                    placeholder="https://api.example.com/cities/{city_id}",
                    required=True,
                    auto_complete="off",
                    spell_check=False,
                ),
                class_name="grid grid-cols-1 gap-4 sm:grid-cols-[8rem_minmax(0,1fr)]",
            ),
            id="new-tool-form",
            on_submit=ToolsState.add,
        ),
        id="new-tool",
        title="Add one request",
        description="Names in braces, such as {city_id}, become arguments of the tool.",
        is_open=ToolsState.is_adding,
        on_close=ToolsState.close_adding,
        actions=rx.fragment(
            button("Cancel", on_click=ToolsState.close_adding),
            button("Add tool", variant="primary", type="submit", form="new-tool-form"),
        ),
    )


def _adding_python() -> rx.Component:
    return dialog(
        form(
            field(
                text_input,
                id="new-python-name",
                label="Name",
                help="What models call it by; the function gets the same.",
                error=ToolsState.problems["name"],
                name="name",
                placeholder="forecast",
                required=True,
                auto_complete="off",
                spell_check=False,
                max_length=64,
            ),
            id="new-python-form",
            on_submit=ToolsState.add_python,
        ),
        id="new-python",
        title="Add a Python tool",
        description="An async function that runs in the sandbox, with the packages of your plan.",
        is_open=ToolsState.is_adding_python,
        on_close=ToolsState.close_adding_python,
        actions=rx.fragment(
            button("Cancel", on_click=ToolsState.close_adding_python),
            button("Add tool", variant="primary", type="submit", form="new-python-form"),
        ),
    )


def _more_href() -> Any:
    here: Any = ServerState.here
    server_id = here.split("/")[-1].to(str)
    return f"/o/{organization_slug()}/new?server={server_id}"
