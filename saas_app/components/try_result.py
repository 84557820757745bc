"""What came of trying a tool: the answer, the request that was made, and keeping both."""

from typing import Any

import reflex as rx

from saas_app.components.badge import badge, method_chip
from saas_app.components.banner import banner
from saas_app.components.button import button
from saas_app.components.choice import checkbox
from saas_app.components.code import code_block, copy_button, json_tree
from saas_app.components.field import field, field_error
from saas_app.components.icon import icon
from saas_app.components.props import either, holds, one_of
from saas_app.components.run_parts import (
    live_run,
    refused_mark,
    run_connections,
    run_figures,
    run_output,
)
from saas_app.components.tabs import tab_row
from saas_app.components.text_input import text_input
from saas_app.state.trying import TryingState

TAB = (
    "inline-flex h-9 items-center gap-2 whitespace-nowrap border-b-2 border-transparent px-2.5"
    " text-sm font-medium"
    " text-ink-soft transition-colors duration-150 hover:text-ink focus-visible:-outline-offset-2"
    " aria-selected:border-ember aria-selected:text-ink"
)
PARTS = (("answer", "Answer"), ("request", "Request"), ("response", "Response headers"))
RUN_PARTS = (("answer", "Answer"), ("output", "Output"), ("connections", "Connections"))


def try_result(*, on_saved: Any) -> rx.Component:
    """The last call of `try_panel`: its answer, request and headers, and keeping it as a test case.

    Args:
        on_saved: Called after it was kept.
    """
    came = rx.el.div(
        rx.match(
            TryingState.outcome,
            ("trouble", _trouble()),
            ("ok", _answered(on_saved)),
            ("error", _answered(on_saved)),
            rx.fragment(),
        ),
        aria_live="polite",
        aria_busy=rx.cond(TryingState.is_running, "true", "false"),
        class_name="mt-5 empty:hidden",
    )
    # A log is announced line by line, so it stands apart from what is announced as a whole.
    return either(TryingState.live.is_known, live_run(), came)


def _trouble() -> rx.Component:
    return banner(TryingState.trouble, kind="broken", title="No answer", is_alert=True)


def _answered(on_saved: Any) -> rx.Component:
    return rx.el.div(
        rx.el.div(
            _verdict(),
            refused_mark(),
            _figures(),
            class_name="flex flex-wrap items-center gap-x-4 gap-y-2",
        ),
        _tab_row(),
        rx.el.div(
            rx.match(
                TryingState.result_part,
                ("output", run_output()),
                ("connections", run_connections()),
                ("request", _request()),
                ("response", _headers(TryingState.response_headers, empty="Nothing came back.")),
                _blocks(),
            ),
            role="tabpanel",
            id="try-panel",
            aria_label="What came of the call",
        ),
        _save(on_saved),
        class_name="flex flex-col gap-4 border-t border-line pt-5",
    )


def _verdict() -> rx.Component:
    return either(
        TryingState.outcome == "ok",
        badge("Answered", tone="proven", icon="check"),
        badge("Tool error", tone="broken", icon="x"),
    )


def _figures() -> rx.Component:
    return rx.el.dl(
        _figure(
            "Status",
            rx.Var.create(TryingState.status_code).to_string(),
            TryingState.status_code > 0,
        ),
        _figure("Time", TryingState.took, TryingState.took != ""),
        _figure("Size", TryingState.answer_size, TryingState.answer_size != ""),
        run_figures(_figure),
        rx.cond(
            TryingState.is_truncated, badge("Cut at the limit", tone="attention"), rx.fragment()
        ),
        class_name="flex flex-wrap items-center gap-x-4 gap-y-1 text-sm",
    )


def _figure(name: str, value: Any, is_known: Any) -> rx.Component:
    return either(
        is_known,
        rx.el.div(
            rx.el.dt(name, class_name="text-ink-faint"),
            rx.el.dd(value, class_name="font-medium text-ink tabular-nums"),
            class_name="flex gap-1.5",
        ),
        rx.fragment(),
    )


def _tab_row() -> rx.Component:
    return either(TryingState.ran.is_known, _tabs(RUN_PARTS), _tabs(PARTS))


def _tabs(parts: tuple[tuple[str, str], ...]) -> rx.Component:
    return tab_row(
        *[
            rx.el.button(
                label,
                type="button",
                role="tab",
                tab_index=rx.cond(TryingState.result_part == part, 0, -1),
                aria_controls="try-panel",
                aria_selected=rx.cond(TryingState.result_part == part, "true", "false"),
                on_click=TryingState.show_part(part),
                class_name=TAB,
            )
            for part, label in parts
        ],
        label="Parts of the result",
    )


def _blocks() -> rx.Component:
    return rx.el.div(
        rx.cond(
            holds(TryingState.blocks),
            rx.foreach(TryingState.blocks, _block),
            rx.el.p("The answer is empty.", class_name="text-sm text-ink-soft"),
        ),
        class_name="flex flex-col gap-3",
    )


def _block(block: Any) -> rx.Component:
    return one_of(
        block["kind"],
        (
            "json",
            rx.el.div(
                rx.el.div(copy_button(block["text"]), class_name="absolute top-1.5 right-1.5"),
                rx.el.div(json_tree(block["text"]), class_name="max-h-96 overflow-auto p-3 pr-10"),
                class_name="relative rounded-lg border border-line bg-sunken",
            ),
        ),
        (
            "image",
            rx.el.img(
                src=block["text"],
                alt="The picture that the tool returned",
                class_name="max-h-96 w-fit max-w-full rounded-lg border border-line",
            ),
        ),
        rx.el.div(code_block(block["text"], wraps=True), class_name="max-h-96 overflow-auto"),
    )


def _request() -> rx.Component:
    sent = rx.el.div(
        rx.el.div(
            method_chip(TryingState.request_method),
            rx.el.code(TryingState.request_url, class_name="min-w-0 flex-1 text-sm wrap-anywhere"),
            copy_button(TryingState.request_url, label="Copy address"),
            class_name="flex items-start gap-2",
        ),
        _headers(TryingState.request_headers, empty="No headers of its own."),
        rx.cond(
            TryingState.request_body,
            code_block(TryingState.request_body, title="Body", wraps=True),
            rx.fragment(),
        ),
        rx.el.p(
            icon("lock", size=14, class_name="inline -mt-0.5 mr-1"),
            "Secrets are hidden here; the service received them.",
            class_name="text-xs text-ink-faint",
        ),
        class_name="flex flex-col gap-3",
    )
    unsent = rx.el.p("No request was sent.", class_name="text-sm text-ink-soft")
    return either(TryingState.has_request, sent, unsent)


def _headers(headers: Any, *, empty: str) -> rx.Component:
    return either(
        holds(headers),
        rx.el.dl(
            rx.foreach(headers, _header),
            class_name="divide-y divide-line rounded-lg border border-line text-sm",
        ),
        rx.el.p(empty, class_name="text-sm text-ink-soft"),
    )


def _header(header: Any) -> rx.Component:
    return rx.el.div(
        rx.el.dt(
            header["name"], class_name="text-ink-soft sm:w-48 sm:shrink-0 xl:w-32 wrap-anywhere"
        ),
        rx.el.dd(
            header["value"],
            class_name="min-w-0 grow basis-44 font-mono text-[0.8125rem] wrap-anywhere",
        ),
        class_name="flex flex-wrap gap-x-4 px-3 py-1.5",
    )


def _save(on_saved: Any) -> rx.Component:
    saved = rx.el.p(
        icon("circle-check", size=16, class_name="inline -mt-0.5 mr-1.5 text-proven"),
        "Saved as the test case “",
        TryingState.saved_as,
        "”.",
        class_name="text-sm text-ink",
    )
    return either(
        TryingState.saved_as,
        saved,
        rx.cond(TryingState.can_save, _save_form(on_saved), rx.fragment()),
    )


def _save_form(on_saved: Any) -> rx.Component:
    return rx.el.details(
        rx.el.summary(
            icon("flask-conical", size=16),
            "Save as test case",
            class_name=(
                "flex w-fit items-center gap-2 rounded-md px-2 py-1 text-sm font-medium"
                " text-ink hover:bg-hover"
            ),
        ),
        rx.el.form(
            field(
                text_input,
                id="case-name",
                label="Name",
                name="name",
                placeholder="Finds a city by its id",
                error=TryingState.problems["name"],
                max_length=80,
            ),
            checkbox(
                "The values must be equal",
                id="case-exact",
                name="is_exact",
                help="Otherwise status, media type, keys and types are compared.",
            ),
            field_error(TryingState.problems["is_exact"], id="case-exact-error"),
            rx.el.div(button("Save test case", type="submit"), class_name="flex justify-end"),
            on_submit=[TryingState.save_case, on_saved],
            class_name="mt-3 flex flex-col gap-4 rounded-lg border border-line p-4",
        ),
    )
