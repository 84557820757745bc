"""Tests: recorded calls, run again."""

from typing import Any

import reflex as rx

from saas_app.components.badge import badge
from saas_app.components.banner import banner
from saas_app.components.button import button, link_button
from saas_app.components.dialog import dialog
from saas_app.components.empty import empty_state
from saas_app.components.field import field
from saas_app.components.link import link
from saas_app.components.menu import menu, menu_item
from saas_app.components.props import either, holds, one_of
from saas_app.components.spinner import spinner
from saas_app.components.table import Column, table
from saas_app.components.text_input import text_input
from saas_app.components.time_ago import time_ago
from saas_app.pages.server_screen import server_screen
from saas_app.state.server import ServerState
from saas_app.state.test_cases import TestCasesState

COLUMNS = (Column("Test case"), Column("Tool"), Column("Result"), Column("Last run"), Column(""))


def test_cases_page() -> rx.Component:
    """All test cases with their last results."""
    return server_screen(
        _progress(),
        table(
            TestCasesState.cases,
            columns=COLUMNS,
            draw=_row,
            caption="Test cases",
            is_loading=~rx.Var.create(TestCasesState.is_cases_ready).bool(),
            empty=_none(),
        ),
        _rename_dialog(),
        active="Tests",
        action=either(ServerState.can_try & holds(TestCasesState.cases), _run_all()),
    )


def _run_all() -> rx.Component:
    return rx.el.div(
        either(
            TestCasesState.is_running_all,
            button("Stop", icon="square", on_click=TestCasesState.stop_all),
        ),
        button(
            "Run all",
            variant="primary",
            icon="play",
            is_loading=TestCasesState.is_running_all,
            on_click=TestCasesState.run_all,
        ),
        class_name="flex gap-2",
    )


def _progress() -> rx.Component:
    under_way = banner(
        either(
            TestCasesState.run_total > 0,
            rx.fragment(
                TestCasesState.run_done, " of ", TestCasesState.run_total, " done. ",
                TestCasesState.run_name,
            ),
            "Waiting for a worker.",
        ),
        title="Running the test cases",
    )  # fmt: skip
    over = banner(TestCasesState.run_message, title="The run has ended")
    return rx.el.div(
        either(TestCasesState.is_running_all, under_way, either(TestCasesState.run_message, over)),
        aria_live="polite",
        class_name="mb-4 empty:hidden",
    )


def _none() -> rx.Component:
    return empty_state(
        "No test cases yet",
        description="Try a tool and save the call. It is kept with its answer and run again here.",
        icon="flask-conical",
        action=link_button("Go to the tools", href=f"{ServerState.here}/tools"),
    )


def _row(case: Any) -> list[rx.Component]:
    return [
        rx.el.div(
            rx.el.span(
                case.name, class_name="inline-block font-medium text-ink wrap-anywhere md:min-w-28"
            ),
            either(case.is_exact, badge("Exact")),
            class_name="flex flex-wrap items-center gap-2 max-md:justify-end",
        ),
        link(rx.el.code(case.tool), href=case.tool_href, is_quiet=True),
        _result(case),
        either(case.last_run_at, time_ago(case.last_run_at)),
        either(ServerState.can_try, _acts(case)),
    ]


def _result(case: Any) -> rx.Component:
    seen = rx.el.div(
        one_of(
            case.passed,
            ("yes", badge("Passed", tone="proven", icon="check")),
            ("no", badge("Failed", tone="broken", icon="x")),
            badge("Not run"),
        ),
        either(
            case.passed == "no",
            rx.el.span(case.message, class_name="text-sm text-ink-soft wrap-anywhere"),
        ),
        class_name="flex flex-col gap-1 max-md:items-end md:items-start",
    )
    return either(
        TestCasesState.running_id == case.id,
        rx.el.span(spinner(label="Running"), " Running", class_name="text-sm text-ink-soft"),
        either(case.is_enabled, seen, badge("Tool is off")),
    )


def _acts(case: Any) -> rx.Component:
    return rx.el.div(
        button(
            "Run",
            size="sm",
            variant="ghost",
            icon="play",
            disabled=TestCasesState.running_id != "",
            on_click=TestCasesState.run_one(case.id),
        ),
        menu(
            menu_item(
                "Rename", icon="pencil", on_click=TestCasesState.ask_rename(case.id, case.name)
            ),
            menu_item(
                "Delete", icon="trash-2", is_danger=True, on_click=TestCasesState.delete(case.id)
            ),
            label="More acts",
        ),
        class_name="flex items-center justify-end gap-1",
    )


def _rename_dialog() -> rx.Component:
    return dialog(
        rx.el.form(
            field(
                text_input,
                id="case-name",
                label="Name",
                name="name",
                default_value=TestCasesState.renaming_name,
                key=TestCasesState.renaming_id,
                max_length=80,
                error=TestCasesState.problems["name"],
            ),
            id="rename-case-form",
            on_submit=TestCasesState.rename,
        ),
        id="rename-case",
        title="Rename the test case",
        is_open=TestCasesState.renaming_id != "",
        on_close=TestCasesState.cancel_rename,
        actions=rx.fragment(
            button("Cancel", on_click=TestCasesState.cancel_rename),
            button("Rename", variant="primary", type="submit", form="rename-case-form"),
        ),
    )
