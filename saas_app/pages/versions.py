"""Versions: what publishing would change, what was published, and the way back."""

from typing import Any

import reflex as rx

from saas_app.components.badge import badge
from saas_app.components.banner import banner
from saas_app.components.button import button, link_button
from saas_app.components.card import section_card
from saas_app.components.choice import checkbox
from saas_app.components.dialog import dialog
from saas_app.components.empty import empty_state, skeleton_rows
from saas_app.components.field import field
from saas_app.components.props import either, holds
from saas_app.components.text_input import select, text_input
from saas_app.components.time_ago import time_ago
from saas_app.components.version_diff import breaking_mark, version_diff
from saas_app.pages.server_screen import server_screen
from saas_app.state.server import ServerState
from saas_app.state.versions import VersionsState


def versions_page() -> rx.Component:
    """Publish, look back, go back."""
    return server_screen(
        rx.cond(
            VersionsState.is_versions_ready,
            rx.el.div(_coming(), _history(), _comparison(), class_name="flex flex-col gap-6"),
            skeleton_rows(label="Loading versions"),
        ),
        _roll_back_dialog(),
        active="Versions",
        action=rx.fragment(),
    )


def _coming() -> rx.Component:
    return section_card(
        rx.cond(VersionsState.problem, _nothing_to_publish(), _publish_form()),
        id="publish",
        title=rx.cond(
            VersionsState.published_number > 0, "Changes since the live version", "First version"
        ),
        description="Clients see a version as it is; editing the draft never disturbs them.",
    )


def _nothing_to_publish() -> rx.Component:
    return rx.el.div(
        rx.el.p(VersionsState.problem, class_name="text-sm text-ink-soft"),
        either(
            ServerState.enabled_count == 0,
            link_button("Go to the tools", href=f"{ServerState.here}/tools"),
        ),
        class_name="flex flex-wrap items-center justify-between gap-3",
    )


def _publish_form() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.p(VersionsState.coming_summary, class_name="text-sm text-ink"),
            breaking_mark(VersionsState.coming_breaks),
            class_name="flex flex-wrap items-center gap-3",
        ),
        rx.el.div(
            version_diff(VersionsState.coming, label="What publishing changes"),
            class_name="max-h-[28rem] overflow-y-auto",
        ),
        _warnings(),
        either(ServerState.can_publish, _form(), _may_not()),
        class_name="flex flex-col gap-4",
    )


def _warnings() -> rx.Component:
    return either(
        holds(VersionsState.warnings),
        banner(
            rx.el.ul(
                rx.foreach(VersionsState.warnings, rx.el.li),
                class_name="flex list-disc flex-col gap-0.5 pl-4",
            ),
            kind="attention",
            title="It can be published, and some calls will fail",
            action=link_button("Set variables", href=f"{ServerState.here}/variables", size="sm"),
        ),
    )


def _may_not() -> rx.Component:
    return rx.el.p(
        "Your role may look at versions. Ask a member, an admin or an owner to publish.",
        class_name="text-sm text-ink-soft",
    )


def _form() -> rx.Component:
    return rx.el.form(
        either(holds(VersionsState.below_bar), _below_bar()),
        field(
            text_input,
            id="version-note",
            label="Note",
            name="note",
            required=False,
            max_length=500,
            placeholder="What is new, for those who look back",
            error=_problem("note"),
        ),
        rx.el.div(
            button(
                f"Publish version {VersionsState.coming_number}",
                variant="primary",
                icon="rocket",
                type="submit",
                disabled=holds(VersionsState.below_bar) & ~_override_is_offered() & ~_is_unseen(),
            ),
            class_name="flex justify-end",
        ),
        on_submit=VersionsState.publish,
        class_name="flex flex-col gap-4",
    )


def _override_is_offered() -> Any:
    return rx.Var.create(VersionsState.can_override).bool()


def _is_unseen() -> Any:
    return rx.Var.create(VersionsState.is_unseen).bool()


def _below_bar() -> rx.Component:
    return banner(
        rx.el.p(
            "Less is known of these than this server asks for: ",
            rx.el.code(rx.Var.create(VersionsState.below_bar).join(", "), class_name="text-ink"),
            either(
                _is_unseen(),
                ". Publishing looks at their code first, and goes on if nothing is wrong with it.",
                ". Try them and save test cases, or lower the bar in the settings.",
            ),
        ),
        rx.el.div(
            either(
                _override_is_offered(),
                checkbox(
                    "Publish them all the same",
                    id="override",
                    name="override",
                    help="This is recorded with your name.",
                ),
                rx.el.p("An owner or an admin may publish them all the same."),
            ),
            class_name="mt-2",
        ),
        kind="attention",
        title="Below the evidence bar",
    )


def _history() -> rx.Component:
    return section_card(
        either(
            holds(VersionsState.history),
            rx.el.ol(
                rx.foreach(VersionsState.history, _version),
                class_name="-my-5 divide-y divide-line",
            ),
            empty_state(
                "Nothing published yet",
                description="Each time you publish, a numbered version is kept here for ever.",
                icon="history",
            ),
        ),
        id="history",
        title="History",
    )


def _version(version: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.p(
                rx.el.span("Version ", version.number, class_name="font-medium text-ink"),
                either(version.is_live, badge("Live", tone="ember", icon="radio")),
                class_name="flex flex-wrap items-center gap-2",
            ),
            rx.el.p(version.note, class_name="text-sm text-ink wrap-anywhere empty:hidden"),
            rx.el.p(
                either(version.author, rx.fragment(version.author, ", ")),
                time_ago(version.at),
                class_name="text-sm text-ink-soft",
            ),
            class_name="flex min-w-0 flex-1 basis-56 flex-col gap-0.5",
        ),
        rx.el.div(
            either(
                version.compare,
                link_button("What changed", href=version.compare, size="sm", variant="ghost"),
            ),
            either(
                ~version.is_live & ServerState.can_publish,
                button(
                    "Roll back to this",
                    size="sm",
                    icon="undo-2",
                    on_click=VersionsState.ask_roll_back(version.number.to_string()),
                ),
            ),
            class_name="flex flex-wrap items-center gap-2",
        ),
        class_name="flex flex-wrap items-center justify-between gap-3 py-4",
    )


def _comparison() -> rx.Component:
    return either(
        VersionsState.numbers.length() > 1,  # pyright: ignore[reportAttributeAccessIssue]
        section_card(
            rx.el.form(
                _pick("before", "From", VersionsState.compare_before),
                _pick("after", "To", VersionsState.compare_after),
                button("Compare", type="submit"),
                on_submit=VersionsState.compare,
                class_name="flex flex-wrap items-end gap-3",
            ),
            either(
                VersionsState.compare_summary,
                rx.el.div(
                    rx.el.p(VersionsState.compare_summary, class_name="text-sm text-ink"),
                    version_diff(VersionsState.compared, label="What differs"),
                    class_name="mt-5 flex flex-col gap-3",
                ),
            ),
            id="compare",
            title="Compare versions",
        ),
    )


def _pick(name: str, label: str, value: Any) -> rx.Component:
    return rx.el.div(
        field(
            select,
            id=f"compare-{name}",
            label=label,
            name=name,
            options=VersionsState.numbers,
            default_value=value,
            key=value,
        ),
        class_name="w-40",
    )


def _roll_back_dialog() -> rx.Component:
    return dialog(
        rx.el.div(
            rx.el.div(
                rx.el.p(VersionsState.back_summary, class_name="text-sm text-ink"),
                breaking_mark(VersionsState.back_breaks),
                class_name="flex flex-wrap items-center gap-3",
            ),
            version_diff(VersionsState.back_changes, label="What going back changes"),
            rx.el.p(
                "The draft stays as it is. Values of variables are not part of a version.",
                class_name="text-sm text-ink-soft",
            ),
            class_name="flex flex-col gap-3",
        ),
        id="roll-back",
        title=f"Roll back to version {VersionsState.back_to}?",
        description="Clients see it within a second. Calls under way end undisturbed.",
        is_open=VersionsState.back_to > 0,
        on_close=VersionsState.cancel_roll_back,
        actions=rx.fragment(
            button("Cancel", on_click=VersionsState.cancel_roll_back),
            button(
                f"Make version {VersionsState.back_to} live",
                variant="primary",
                on_click=VersionsState.roll_back,
            ),
        ),
    )


def _problem(name: str) -> Any:
    return VersionsState.problems[name]
