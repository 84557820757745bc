"""The rows of the list of tools, and the acts on what is selected."""

from typing import Any

import reflex as rx

from saas_app.components.badge import badge, method_chip
from saas_app.components.button import button
from saas_app.components.icon import icon
from saas_app.components.link import anchor
from saas_app.components.menu import menu, menu_item, menu_link, menu_separator
from saas_app.state.server import ServerState
from saas_app.state.tools import ToolsState


def selection() -> rx.Component:
    """How many are selected, and what can be done with them."""
    acts = rx.el.div(
        button("Switch on", size="sm", on_click=ToolsState.enable_selected),
        button("Switch off", size="sm", on_click=ToolsState.disable_selected),
        button("Delete", size="sm", icon="trash-2", on_click=ToolsState.delete_selected),
        class_name="flex flex-wrap gap-1.5",
    )
    return rx.cond(
        ServerState.can_edit,
        rx.el.div(
            rx.el.label(
                rx.el.input(
                    type="checkbox",
                    checked=(ToolsState.selected_count > 0)
                    & (ToolsState.selected_count >= ToolsState.found),
                    on_change=lambda _checked: ToolsState.select_found(),
                    class_name="size-4 accent-ember focus-visible:outline-offset-2",
                ),
                rx.cond(
                    ToolsState.selected_count > 0,
                    rx.fragment(ToolsState.selected_count, " selected"),
                    rx.fragment("Select all ", ToolsState.found),
                ),
                class_name="flex items-center gap-3 text-sm text-ink-soft tabular-nums",
            ),
            rx.cond(ToolsState.selected_count > 0, acts, rx.fragment()),
            class_name="flex min-h-8 flex-wrap items-center justify-between gap-2 px-4",
        ),
        rx.fragment(),
    )


def tool_row(row: Any) -> rx.Component:
    """One tool: what it is, how much is known of it, its switch and its acts."""
    name = row["name"].to(str)
    return rx.el.li(
        rx.cond(
            ServerState.can_edit,
            rx.el.input(
                type="checkbox",
                checked=row["is_selected"],
                on_change=lambda _checked: ToolsState.select(row["id"]),
                aria_label="Select " + name,
                class_name="size-4 shrink-0 accent-ember focus-visible:outline-offset-2",
            ),
            rx.fragment(),
        ),
        anchor(
            rx.el.div(
                rx.el.code(name, class_name="text-sm font-medium text-ink wrap-anywhere"),
                rx.el.span(row["title"], class_name="text-sm text-ink-soft empty:hidden"),
                class_name="flex flex-wrap items-baseline gap-x-3",
            ),
            rx.el.div(
                rx.cond(
                    row["kind"] == "python",
                    rx.el.span("Python", class_name="mr-2 text-xs font-semibold text-ink-soft"),
                    method_chip(row["method"]),
                ),
                rx.el.code(row["path"], class_name="min-w-0 text-xs text-ink-soft wrap-anywhere"),
                rx.el.span(
                    row["arguments"], class_name="ml-4 text-xs text-ink-faint max-sm:hidden"
                ),
                class_name="mt-0.5 flex items-baseline",
            ),
            rx.cond(
                row["problem"],
                rx.el.p(
                    icon("triangle-alert", size=13, class_name="mt-0.5"),
                    row["problem"],
                    class_name="mt-1 flex gap-1.5 text-xs text-attention wrap-anywhere",
                ),
                rx.fragment(),
            ),
            href=row["href"],
            class_name=rx.cond(
                row["is_enabled"],
                "min-w-0 flex-1 rounded-sm no-underline",
                "min-w-0 flex-1 rounded-sm no-underline opacity-65",
            ),
        ),
        rx.el.div(
            evidence_badge(row["evidence"]),
            rx.cond(ServerState.can_edit, _row_acts(row, name), rx.fragment()),
            class_name="flex shrink-0 items-center gap-2 max-sm:flex-col-reverse max-sm:items-end",
        ),
        class_name=(
            "flex items-center gap-3 border-b border-line px-4 py-3 transition-colors duration-150"
            " last:border-0 hover:bg-hover/50"
        ),
    )


def _row_acts(row: Any, name: Any) -> rx.Component:
    enable: Any = ToolsState.enable
    return rx.el.div(
        rx.el.input(
            type="checkbox",
            role="switch",
            checked=row["is_enabled"],
            on_change=enable(row["id"]),
            aria_label=name + " is switched on",
            class_name=(
                "relative h-5 w-9 shrink-0 appearance-none rounded-full bg-line-strong"
                " transition-colors duration-150 checked:bg-ember before:absolute before:top-0.5"
                " before:left-0.5 before:size-4 before:rounded-full before:bg-surface"
                " before:shadow-sm before:transition-transform before:duration-150"
                " checked:before:translate-x-4 forced-colors:appearance-auto"
            ),
        ),
        menu(
            menu_link("Edit and try", href=row["href"], icon="pencil"),
            menu_item("Duplicate", icon="copy", on_click=ToolsState.duplicate(row["id"])),
            menu_item("Move up", icon="arrow-up", on_click=ToolsState.move(row["id"], -1)),
            menu_item("Move down", icon="arrow-down", on_click=ToolsState.move(row["id"], 1)),
            menu_separator(),
            menu_item(
                "Delete", icon="trash-2", is_danger=True, on_click=ToolsState.delete(row["id"])
            ),
            label="Acts",
        ),
        class_name="flex items-center gap-1",
    )


def evidence_badge(level: Any) -> rx.Component:
    """How much is known of a tool, in one word."""
    return rx.fragment(
        rx.match(
            level,
            ("proven", badge("Proven", tone="proven", icon="shield-check")),
            ("checked", badge("Checked", icon="check")),
            badge("Unchecked", tone="attention", icon="circle-dashed"),
        )
    )
