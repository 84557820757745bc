"""The tools that were found in a source: looked through, picked, and made into a server."""

from typing import Any

import reflex as rx

from saas_app.components.address import organization_slug
from saas_app.components.badge import badge, method_chip
from saas_app.components.button import button, link_button
from saas_app.components.card import page_header
from saas_app.components.empty import empty_state, error_state, skeleton, skeleton_rows
from saas_app.components.icon import icon
from saas_app.components.link import link
from saas_app.components.props import holds
from saas_app.components.table import pagination
from saas_app.components.tool_filters import tool_filters
from saas_app.pages.proposal_side import decision, notes, skipped, variables
from saas_app.state.proposal import ProposalState


def proposal() -> rx.Component:
    """The proposal: tools at the left, what becomes of them at the right."""
    return rx.cond(
        ProposalState.trouble,
        _gone(),
        rx.cond(ProposalState.is_ready, _found(), _waiting()),
    )


def _found() -> rx.Component:
    return rx.fragment(
        page_header(
            rx.cond(ProposalState.into_server, "Add tools", ProposalState.name),
            description=rx.fragment(
                badge(ProposalState.kind),
                rx.el.span(f" {ProposalState.total} tools found", class_name="ml-2"),
                rx.cond(
                    ProposalState.source_url,
                    rx.el.span(
                        " at ",
                        rx.el.span(ProposalState.source_url, class_name="font-mono text-xs"),
                        class_name="wrap-anywhere",
                    ),
                    rx.fragment(),
                ),
            ),
            above=link(
                icon("chevron-left", size=14, class_name="inline -mt-px mr-0.5"),
                "Paste something else",
                href=f"/o/{organization_slug()}/new",
                is_quiet=True,
                class_name="w-fit text-sm text-ink-soft",
            ),
        ),
        rx.el.div(
            rx.el.div(_bar(), _rows(), class_name="flex min-w-0 flex-col gap-3"),
            rx.el.aside(
                decision(),
                variables(),
                notes(),
                skipped(),
                aria_label="What becomes of it",
                class_name="flex min-w-0 flex-col gap-4 lg:sticky lg:top-6 lg:self-start",
            ),
            class_name="grid grid-cols-1 gap-6 lg:grid-cols-[minmax(0,1fr)_19rem]",
        ),
    )


def _bar() -> rx.Component:
    return rx.el.div(
        tool_filters(
            query=ProposalState.query,
            on_search=ProposalState.search,
            has_tags=ProposalState.has_tags,
            tags=ProposalState.tags,
            tag=ProposalState.tag,
            on_tag=ProposalState.choose_tag,
        ),
        rx.el.div(
            button("Pick all", size="sm", on_click=ProposalState.pick_found),
            button("None", size="sm", variant="ghost", on_click=ProposalState.drop_found),
            class_name="flex gap-1",
        ),
        class_name="flex flex-wrap items-center gap-2",
    )


def _rows() -> rx.Component:
    return rx.cond(
        holds(ProposalState.rows),
        rx.fragment(
            rx.el.ul(
                rx.foreach(ProposalState.rows, _row),
                aria_label="Proposed tools",
                class_name="min-w-0 rounded-lg border border-line bg-surface shadow-sm",
            ),
            rx.cond(
                (ProposalState.previous_href != "") | (ProposalState.next_href != ""),
                pagination(
                    summary=ProposalState.summary,
                    previous_href=ProposalState.previous_href,
                    next_href=ProposalState.next_href,
                ),
                rx.fragment(),
            ),
        ),
        empty_state(
            "No tool matches",
            description="Search for a part of a name, a path, a method or a description.",
            icon="search-x",
        ),
    )


def _row(row: Any) -> rx.Component:
    return rx.el.li(
        rx.cond(ProposalState.has_tags & (row["heading"] != ""), _heading(row), rx.fragment()),
        rx.el.div(
            rx.el.input(
                type="checkbox",
                id="pick-" + row["name"].to(str),
                checked=row["is_picked"],
                on_change=lambda _checked: ProposalState.toggle(row["name"]),
                aria_label="Pick " + row["name"].to(str),
                class_name="mt-1 size-4 shrink-0 accent-ember focus-visible:outline-offset-2",
            ),
            rx.el.details(
                rx.el.summary(
                    rx.el.div(
                        rx.el.code(
                            row["name"], class_name="text-sm font-medium text-ink wrap-anywhere"
                        ),
                        _effect(row["effect"]),
                        class_name="flex flex-wrap items-center gap-x-2 gap-y-1",
                    ),
                    rx.el.div(
                        method_chip(row["method"]),
                        rx.el.code(row["path"], class_name="text-xs text-ink-soft wrap-anywhere"),
                        class_name="mt-0.5 flex items-baseline",
                    ),
                    rx.el.p(
                        rx.cond(row["description"], row["description"], row["title"]),
                        class_name=(
                            "mt-1 line-clamp-2 text-sm text-ink-soft empty:hidden"
                            " group-open:line-clamp-none wrap-anywhere"
                        ),
                    ),
                    on_click=ProposalState.look_into(row["name"]),
                    class_name="cursor-pointer list-none rounded-sm",
                ),
                rx.cond(
                    ProposalState.opened == row["name"],
                    _details(),
                    skeleton(class_name="mt-2 h-5 w-48"),
                ),
                custom_attrs={"name": "proposed"},  # opening one closes the one before
                class_name="group min-w-0 flex-1",
            ),
            class_name="flex gap-3 px-4 py-3",
        ),
        class_name="border-b border-line last:border-0",
    )


def _heading(row: Any) -> rx.Component:
    return rx.el.div(
        rx.el.h2(row["heading"], class_name="min-w-0 truncate text-xs font-semibold text-ink-soft"),
        button(
            "Pick these",
            size="sm",
            variant="ghost",
            class_name="h-7",
            aria_label="Pick all of " + row["heading"].to(str) + ", or none",
            on_click=ProposalState.pick_tag(row["heading"]),
        ),
        class_name=(
            "flex items-center justify-between gap-3 border-b border-line bg-sunken px-4 py-1"
        ),
    )


def _effect(effect: Any) -> rx.Component:
    return rx.fragment(
        rx.match(
            effect,
            ("Reads", badge("Reads")),
            ("Destructive", badge("Destructive", tone="broken")),
            badge("Writes", tone="attention"),
        )
    )


def _details() -> rx.Component:
    return rx.el.div(
        rx.el.p(ProposalState.promises, class_name="text-xs text-ink-soft"),
        rx.cond(
            holds(ProposalState.arguments),
            rx.el.ul(
                rx.foreach(ProposalState.arguments, _argument),
                aria_label="Arguments",
                class_name="flex flex-col divide-y divide-line rounded-md bg-sunken px-3",
            ),
            rx.el.p("It takes no arguments.", class_name="text-xs text-ink-faint"),
        ),
        class_name="mt-2 flex flex-col gap-2",
    )


def _argument(one: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.code(one["name"], class_name="font-medium text-ink wrap-anywhere"),
            rx.el.span(one["kind"], class_name="text-ink-soft"),
            rx.cond(
                one["is_required"],
                rx.el.span("required", class_name="text-ink-faint"),
                rx.fragment(),
            ),
            class_name="flex flex-wrap items-baseline gap-x-2",
        ),
        rx.el.p(one["description"], class_name="text-ink-soft empty:hidden wrap-anywhere"),
        class_name="py-1.5 text-xs",
    )


def _gone() -> rx.Component:
    return error_state(
        "This source cannot be shown",
        description=rx.el.div(
            rx.el.p(ProposalState.trouble),
            link_button(
                "Paste it again",
                href=f"/o/{organization_slug()}/new",
                class_name="mt-3",
            ),
        ),
    )


def _waiting() -> rx.Component:
    return rx.fragment(
        skeleton(class_name="mb-3 h-8 w-64"),
        skeleton(class_name="mb-6 h-5 w-40"),
        skeleton_rows(count=8, label="Loading the proposed tools"),
    )
