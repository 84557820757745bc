"""New server: one box for whatever a person has, then the tools that were found in it."""

import reflex as rx

from saas_app.components.address import organization_slug
from saas_app.components.badge import badge
from saas_app.components.button import button
from saas_app.components.card import card, page_header
from saas_app.components.dialog import dialog
from saas_app.components.empty import empty_state
from saas_app.components.field import field, field_error
from saas_app.components.file_drop import file_drop
from saas_app.components.form import form
from saas_app.components.icon import icon
from saas_app.components.progress import progress_steps
from saas_app.components.text_input import text_area, text_input
from saas_app.pages.frame import app_frame
from saas_app.pages.proposal import proposal
from saas_app.state.new_server import BOX_CHARACTERS, NewServerState
from saas_app.state.proposal import ProposalState

LARGEST_FILE_BYTES = 20_000_000
PLACEHOLDER = (
    'curl https://api.example.com/cities/42 \\\n  -H "Authorization: Bearer …"\n\n'
    "or an OpenAPI document, or the address of one"
)


def new_server_page(*, has_sample_api: bool) -> rx.Component:
    """The box, or the proposal that the address names.

    Args:
        has_sample_api: Whether the sample API runs beside the product.
    """
    return app_frame(
        rx.cond(
            NewServerState.may_not,
            _refusal(),
            rx.cond(ProposalState.intake, proposal(), _intake(has_sample_api=has_sample_api)),
        ),
        _naming(),
        active="New server",
    )


def _refusal() -> rx.Component:
    return empty_state(
        "Your role can look, not make servers",
        description="Ask an owner or an admin of this organization for the role of a member.",
        icon="lock",
        is_page=True,
    )


def _intake(*, has_sample_api: bool) -> rx.Component:
    return rx.fragment(
        page_header(
            rx.cond(NewServerState.into_server, "Add tools", "New server"),
            description="Paste what you have. You choose which of it becomes a tool.",
        ),
        rx.cond(NewServerState.is_reading, _reading(), rx.fragment()),
        # Hidden, not taken away: what was typed must be there again when reading fails.
        rx.el.div(
            _box(has_sample_api=has_sample_api),
            class_name=rx.cond(NewServerState.is_reading, "hidden", ""),
        ),
    )


def _box(*, has_sample_api: bool) -> rx.Component:
    return rx.el.div(
        card(
            _source(),
            rx.el.div(
                rx.el.div(
                    rx.cond(
                        NewServerState.recognised,
                        badge(NewServerState.recognised, tone="proven", icon="check"),
                        rx.el.span(
                            "OpenAPI 2 and 3, JSON or YAML, and cURL commands are recognised.",
                            class_name="text-sm text-ink-faint",
                        ),
                    ),
                    aria_live="polite",
                    class_name="min-w-0 flex-1",
                ),
                button(
                    "Find tools",
                    variant="primary",
                    icon="sparkles",
                    on_click=NewServerState.find,
                ),
                class_name="flex flex-wrap items-center justify-between gap-3",
            ),
            class_name="flex flex-col gap-3 p-4 sm:p-5",
        ),
        _drop(),
        _examples(has_sample_api=has_sample_api),
        class_name="flex max-w-3xl flex-col gap-4",
    )


def _drop() -> rx.Component:
    return file_drop(
        "Drop a file here, or choose one",
        help="OpenAPI as JSON or YAML, or a shell script with cURL commands; up to 20 MB",
        accept=".json,.yaml,.yml,.txt,.sh,.http,application/json,text/*",
        upload_to=f"/api/o/{organization_slug()}/sources",
        on_upload=NewServerState.take_upload,
        on_refuse=NewServerState.refuse_upload,
        max_bytes=LARGEST_FILE_BYTES,
        busy="Reading it. A document with a thousand operations takes a few seconds.",
    )


def _source() -> rx.Component:
    return rx.el.div(
        rx.el.label(
            "OpenAPI document, cURL commands, or an address",
            html_for="source",
            class_name="text-sm font-medium text-ink",
        ),
        text_area(
            id="source",
            rows=12,
            is_code=True,
            value=NewServerState.box_text,
            on_change=NewServerState.take_text,
            max_length=BOX_CHARACTERS,
            placeholder=PLACEHOLDER,
            auto_focus=True,
            aria_describedby="source-error",
            aria_invalid=rx.cond(NewServerState.problems["source"], "true", "false"),
        ),
        field_error(NewServerState.problems["source"], id="source-error"),
        class_name="flex flex-col gap-1.5",
    )


def _examples(*, has_sample_api: bool) -> rx.Component:
    return rx.el.div(
        rx.el.p("Nothing at hand? Begin with an example:", class_name="text-sm text-ink-soft"),
        rx.el.div(
            _example("Kiln studio (sample API on this machine)", "studio", "flame")
            if has_sample_api
            else rx.fragment(),
            _example("Weather (OpenAPI)", "weather", "cloud-sun"),
            _example("Countries (cURL)", "commands", "terminal"),
            class_name="flex flex-wrap gap-2",
        ),
        rx.cond(
            NewServerState.into_server,
            rx.fragment(),
            rx.el.p(
                "Or begin with an ",
                rx.el.button(
                    "empty server",
                    type="button",
                    on_click=NewServerState.open_naming,
                    class_name=(
                        "rounded-sm text-ember-ink underline decoration-ember-ink/40"
                        " underline-offset-3 hover:decoration-ember-ink"
                    ),
                ),
                " and write its tools by hand.",
                class_name="mt-1 text-sm text-ink-soft",
            ),
        ),
        class_name="flex flex-col gap-2",
    )


def _example(label: str, name: str, mark: str) -> rx.Component:
    return button(label, size="sm", icon=mark, on_click=NewServerState.take_example(name))


def _reading() -> rx.Component:
    return card(
        rx.el.h2("Looking for tools", class_name="text-base font-semibold text-ink"),
        progress_steps(NewServerState.steps, label="Reading the source"),
        rx.el.div(
            button("Stop", size="sm", icon="x", on_click=NewServerState.stop),
            rx.el.p(
                icon("info", size=14, class_name="mt-0.5"),
                "A document with a thousand operations takes a few seconds.",
                class_name="flex gap-1.5 text-sm text-ink-faint",
            ),
            class_name="flex flex-wrap items-center gap-4",
        ),
        class_name="flex max-w-3xl flex-col gap-5 p-5",
    )


def _naming() -> rx.Component:
    return dialog(
        form(
            field(
                text_input,
                id="empty-name",
                label="Name",
                error=NewServerState.problems["name"],
                name="name",
                max_length=64,
                required=True,
            ),
            id="empty-form",
            on_submit=NewServerState.create_empty,
        ),
        id="empty-server",
        title="Empty server",
        description="You add its tools by hand, or from a source later.",
        is_open=NewServerState.is_naming,
        on_close=NewServerState.close_naming,
        actions=rx.fragment(
            button("Cancel", on_click=NewServerState.close_naming),
            button("Create server", variant="primary", type="submit", form="empty-form"),
        ),
    )
