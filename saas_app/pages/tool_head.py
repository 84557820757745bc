"""Over the editor of a tool: its name, whether it is saved, what is in its way."""

import reflex as rx

from saas_app.components.banner import banner
from saas_app.components.button import button, link_button
from saas_app.components.icon import icon
from saas_app.components.link import link
from saas_app.components.props import holds
from saas_app.pages.tools_list import evidence_badge
from saas_app.state.server import ServerState
from saas_app.state.tool import ToolState


def head() -> rx.Component:
    """The name, the way back, and whether everything is saved."""
    return rx.el.div(
        rx.el.div(
            link(
                icon("chevron-left", size=14, class_name="inline -mt-px mr-0.5"),
                "All tools",
                href=f"{ServerState.here}/tools",
                is_quiet=True,
                class_name="text-sm text-ink-soft",
            ),
            rx.el.h2(
                rx.el.code(ToolState.name),
                class_name="text-lg font-semibold text-ink wrap-anywhere",
            ),
            class_name="flex min-w-0 flex-col gap-1",
        ),
        rx.el.div(
            _saved(),
            evidence_badge(ToolState.evidence),
            rx.cond(
                ServerState.can_try,
                link_button("Try it", href="#try", size="sm", icon="play", class_name="xl:hidden"),
                rx.fragment(),
            ),
            class_name="flex flex-wrap items-center gap-3",
        ),
        class_name="mb-5 flex flex-wrap items-end justify-between gap-3",
    )


def _saved() -> rx.Component:
    words = rx.match(
        ToolState.saving,
        ("saved", rx.fragment(icon("check", size=14, class_name="text-proven"), "Saved")),
        (
            "refused",
            rx.fragment(
                icon("circle-alert", size=14, class_name="text-broken"), "One field is not saved"
            ),
        ),
        (
            "failed",
            rx.fragment(icon("cloud-off", size=14, class_name="text-broken"), "Not saved yet"),
        ),
        ("stale", rx.fragment(icon("pause", size=14), "Saving is paused")),
        rx.fragment(rx.cond(ServerState.can_edit, "Saved as you type", "You may look, not edit")),
    )
    return rx.el.span(
        rx.fragment(words),
        role="status",
        class_name="inline-flex items-center gap-1.5 text-sm text-ink-soft",
    )


def stale() -> rx.Component:
    """The choice when somebody else changed the tool meanwhile."""
    return rx.cond(
        ToolState.is_stale,
        rx.el.div(
            banner(
                "What you type here is not saved until you decide.",
                kind="attention",
                title="Somebody changed this tool while you were editing it.",
                action=rx.el.div(
                    button("Load theirs", size="sm", on_click=ToolState.load_latest),
                    button("Keep mine", size="sm", on_click=ToolState.keep_mine),
                    class_name="flex gap-2",
                ),
                is_alert=True,
            ),
            class_name="mb-5",
        ),
        rx.fragment(),
    )


def doubts() -> rx.Component:
    """What keeps the tool from working."""
    return rx.cond(
        holds(ToolState.doubts),
        rx.el.div(
            banner(
                rx.el.ul(
                    rx.foreach(ToolState.doubts, rx.el.li),
                    class_name="flex flex-col gap-0.5",
                ),
                kind="attention",
                title="This tool cannot work yet",
            ),
            class_name="mb-5",
        ),
        rx.fragment(),
    )
