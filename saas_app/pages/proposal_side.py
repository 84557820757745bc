"""Beside the proposed tools: what becomes of them, what they need, what was left out."""

from typing import Any

import reflex as rx

from saas_app.components.badge import badge
from saas_app.components.banner import banner
from saas_app.components.button import button
from saas_app.components.card import card
from saas_app.components.field import field, field_error
from saas_app.components.form import form
from saas_app.components.icon import icon
from saas_app.components.props import holds
from saas_app.components.text_input import text_input
from saas_app.state.proposal import PICKED_AT_ONCE, ProposalState


def decision() -> rx.Component:
    """How many are picked, the name of the server, and the act."""
    words = rx.cond(ProposalState.picked_count == 1, " tool", " tools")
    return card(
        rx.el.p(
            rx.el.span(ProposalState.picked_count, class_name="text-2xl font-semibold text-ink"),
            f" of {ProposalState.total} picked",
            aria_live="polite",
            class_name="text-sm text-ink-soft tabular-nums",
        ),
        rx.cond(
            ProposalState.picked_count > PICKED_AT_ONCE,
            banner(
                f"Models choose worse among more than {PICKED_AT_ONCE} tools. Pick what you need.",
                kind="attention",
            ),
            rx.fragment(),
        ),
        form(
            rx.cond(
                ProposalState.into_server,
                rx.fragment(),
                field(
                    text_input,
                    id="server-name",
                    label="Name of the server",
                    error=ProposalState.problems["name"],
                    name="name",
                    default_value=ProposalState.name,
                    max_length=64,
                    required=True,
                    key=ProposalState.intake,
                ),
            ),
            field_error(ProposalState.problems["picks"], id="picks-error"),
            button(
                rx.cond(
                    ProposalState.into_server,
                    rx.fragment("Add ", ProposalState.picked_count, words),
                    rx.fragment("Create server with ", ProposalState.picked_count, words),
                ),
                variant="primary",
                type="submit",
                disabled=ProposalState.picked_count == 0,
                class_name="w-full",
            ),
            on_submit=ProposalState.create,
        ),
        class_name="flex flex-col gap-4 p-5",
    )


def variables() -> rx.Component:
    """The variables that the tools need, and whether the source held their values."""
    return rx.cond(
        holds(ProposalState.variables),
        card(
            rx.el.h2("Variables it needs", class_name="text-sm font-semibold text-ink"),
            rx.el.ul(
                rx.foreach(ProposalState.variables, _variable),
                class_name="mt-3 flex flex-col gap-3",
            ),
        ),
        rx.fragment(),
    )


def _variable(one: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.code(one["name"], class_name="text-sm text-ink wrap-anywhere"),
            rx.cond(
                one["is_found"],
                badge("Value found", tone="proven", icon="check"),
                rx.cond(one["is_secret"], badge("Secret", icon="lock"), rx.fragment()),
            ),
            class_name="flex flex-wrap items-center gap-2",
        ),
        rx.el.p(one["description"], class_name="mt-0.5 text-xs text-ink-soft empty:hidden"),
    )


def notes() -> rx.Component:
    """What the importer wants the person to know."""
    return rx.fragment(rx.foreach(ProposalState.notes, lambda note: banner(note, kind="info")))


def skipped() -> rx.Component:
    """What became no tool, or lost something, with the reason."""
    return rx.cond(
        holds(ProposalState.skipped),
        rx.el.details(
            rx.el.summary(
                icon("triangle-alert", size=15, class_name="text-attention"),
                rx.fragment("Left out or changed: ", ProposalState.skipped_count),
                class_name="flex cursor-pointer items-center gap-2 text-sm font-medium text-ink",
            ),
            rx.el.ul(
                rx.foreach(
                    ProposalState.skipped,
                    lambda one: rx.el.li(
                        rx.el.p(one[0], class_name="font-mono text-xs text-ink wrap-anywhere"),
                        rx.el.p(one[1], class_name="text-sm text-ink-soft wrap-anywhere"),
                    ),
                ),
                class_name="mt-3 flex max-h-96 flex-col gap-3 overflow-y-auto",
            ),
            class_name="rounded-lg border border-line bg-surface p-5 shadow-sm",
        ),
        rx.fragment(),
    )
