"""Every component in every state; served in development only."""

import reflex as rx

from saas_app.components.avatar import avatar
from saas_app.components.badge import badge, method_chip, status_dot
from saas_app.components.banner import banner
from saas_app.components.button import button, icon_button
from saas_app.components.card import danger_row, danger_zone, page_header, section_card
from saas_app.components.chart import chart, stat
from saas_app.components.code import code_block, code_editor, json_tree
from saas_app.components.command_menu import Command, command_menu
from saas_app.components.diff import diff_lines, diff_view
from saas_app.components.empty import empty_state, error_state, skeleton, skeleton_rows
from saas_app.components.progress import Event, Step, progress_steps, timeline
from saas_app.components.run_parts import live_log
from saas_app.components.secret import secret_row
from saas_app.components.shell import ShellContext, app_shell
from saas_app.components.table import Column, pagination, table
from saas_app.components.tabs import Tab, tabs
from saas_app.components.time_ago import time_ago
from saas_app.components.toast import toast_region
from saas_app.components.tooltip import tooltip
from saas_app.pages.gallery_controls import ANSWER, HERE, controls, nothing, row, stack

TOASTS = [
    {"id": "1", "kind": "done", "text": "Version 4 is live.", "undo": "Undo"},
    {
        "id": "2",
        "kind": "error",
        "text": "The server did not answer within 10 seconds.",
        "undo": "",
    },
]


def gallery_page() -> rx.Component:
    """The gallery in the app's own shell."""
    return app_shell(
        page_header(
            "Component gallery",
            description="Every part of the kit, in the states it can have.",
            action=button("New server", variant="primary", icon="plus"),
        ),
        tabs(
            Tab("Tools", HERE, is_active=True, count=12),
            Tab("Calls", f"{HERE}?tab=calls", count=1204),
            Tab("Settings", f"{HERE}?tab=settings"),
            label="Parts of the server",
        ),
        rx.el.div(
            *controls(),
            _messages(),
            _marks(),
            _tables(),
            _code(),
            _work(),
            _figures(),
            _states(),
            danger_zone(
                danger_row(
                    "Pause server",
                    description="Clients get an error until you resume it.",
                    action=button("Pause server"),
                ),
                danger_row(
                    "Delete server",
                    description="Its versions, keys and call log go with it.",
                    action=button("Delete server", variant="danger", opens="gallery-confirm"),
                ),
            ),
            class_name="flex flex-col gap-6",
        ),
        active="Servers",
        context=ShellContext("Acme Clay", "acme", "Alice Potter", "alice@example.com"),
        overlays=(
            toast_region(rx.Var.create(TOASTS), on_dismiss=nothing, on_undo=nothing),
            command_menu([Command(label="Servers", hint="Page", act="go", href="/")]),
        ),
    )


def _messages() -> rx.Component:
    return section_card(
        stack(
            banner("Version 4 has been live for 3 minutes.", kind="proven", title="Published"),
            banner(
                "GITHUB_TOKEN has no value, so 4 tools cannot be called.",
                kind="attention",
                title="A variable is missing",
                action=button("Set value", size="sm"),
            ),
            banner("The upstream refused the key (401).", kind="broken", title="The test failed"),
            banner("This server is a sample. Change it as you like."),
        ),
        id="messages",
        title="Banners",
    )


def _marks() -> rx.Component:
    return section_card(
        stack(
            row(
                badge("Draft"),
                badge("New", tone="ember"),
                badge("Proven", tone="proven", icon="check"),
                badge("Needs a value", tone="attention"),
                badge("Failed", tone="broken", icon="x"),
                status_dot("Live", tone="ember", is_live=True),
                status_dot("Paused"),
                status_dot("Failing", tone="broken"),
            ),
            row(*[method_chip(name) for name in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")]),
            row(
                avatar("Alice Potter"),
                avatar("Bob", size=36),
                time_ago("2026-11-20T08:30:00Z"),
                tooltip(
                    icon_button("info", label="What is proven?", aria_describedby="proven-tip"),
                    text="A test case with a recorded answer passes.",
                    id="proven-tip",
                ),
            ),
        ),
        id="marks",
        title="Badges and small marks",
    )


def _tables() -> rx.Component:
    columns = [
        Column("Tool", sort_href=f"{HERE}?sort=tool", sorted="ascending"),
        Column("Method", sort_href=f"{HERE}?sort=method"),
        Column("State"),
        Column("Calls", align="right"),
        Column(""),
    ]
    rows = [("list_pots", "GET", "proven", "1,204"), ("make_pot", "POST", "draft", "38")]

    def cells(row: tuple[str, str, str, str]) -> list[rx.Component | str]:
        state = badge("Proven", tone="proven") if row[2] == "proven" else badge("Unchecked")
        act = icon_button("pencil", label=f"Edit {row[0]}", size="sm")
        return [rx.el.code(row[0]), method_chip(row[1]), state, row[3], act]

    return section_card(
        stack(
            rx.el.div(
                table(rows, columns=columns, draw=cells, caption="Tools of the server"),
                pagination(summary="1 to 2 of 40", previous_href="", next_href=f"{HERE}?page=2"),
            ),
            table(
                rows,
                columns=columns[2:],
                draw=lambda row: cells(row)[2:],
                caption="Loading tools",
                is_loading=True,
            ),
            table(
                [],
                columns=columns,
                draw=cells,
                caption="Tools",
                empty=empty_state("No tools yet", description="Paste an API to get some."),
            ),
        ),
        id="tables",
        title="Table",
    )


def _code() -> rx.Component:
    before = "name: list_pots\ntitle: List pots\nmethod: GET\nlimit: 20\n"
    after = "name: list_pots\ntitle: List all pots\nmethod: GET\nlimit: 50\nsort: newest\n"
    return section_card(
        stack(
            code_block(
                "claude mcp add --transport http pots https://tools.example.com/mcp/7f3a/mcp"
            ),
            code_block('{\n  "mcpServers": {}\n}', title="mcp.json", wraps=True),
            code_editor(
                id="editor", label="Arguments", value='{\n  "glaze": "celadon",\n  "limit": 20\n}'
            ),
            json_tree(ANSWER),
            diff_view(diff_lines(before, after), label="What changed in list_pots"),
            rx.el.div(
                secret_row(
                    "GITHUB_TOKEN",
                    is_set=True,
                    on_save=nothing,
                    description="A personal access token with the scope repo.",
                ),
                secret_row("API_KEY", is_set=False, is_required=True, on_save=nothing),
            ),
        ),
        id="code",
        title="Code, JSON, secrets",
    )


def _work() -> rx.Component:
    steps = [
        Step(
            label="Read the document",
            status="done",
            detail="OpenAPI 3.1, 42 operations",
            took="0.2 s",
        ),
        Step(label="Make tools", status="active", detail="27 of 42", took="1.4 s"),
        Step(label="Check requests", status="waiting", detail="", took=""),
        Step(
            label="Fetch examples", status="failed", detail="The address is not public.", took="3 s"
        ),
    ]
    printed = [
        {"number": 0, "stream": "stdout", "text": "Asking for 12 kilns"},
        {"number": 1, "stream": "stderr", "text": "k7 did not answer, going on without it"},
    ]
    events = [
        Event(title="Version 4 published", detail="by Alice", time="3 min ago", tone="ember"),
        Event(title="All 12 test cases pass", detail="", time="5 min ago", tone="proven"),
        Event(title="Draft created", detail="from openapi.yaml", time="1 h ago", tone="neutral"),
    ]
    return section_card(
        rx.el.div(
            progress_steps(steps, label="Import"),
            timeline(events, label="History"),
            live_log(rx.Var.create(printed)),
            class_name="grid gap-8 sm:grid-cols-2",
        ),
        id="work",
        title="Steps, timeline and what a run prints",
    )


def _figures() -> rx.Component:
    days = [f"{day} Nov" for day in range(1, 15)]
    calls = [12, 18, 9, 22, 30, 41, 38, 45, 52, 47, 60, 71, 66, 83]
    return section_card(
        stack(
            rx.el.div(
                stat("Calls today", value="1,204", note="12 % more than yesterday", values=calls),
                stat("Median time", value="84 ms"),
                stat("Errors", value="0.3 %", note="4 of 1,204", values=[1, 0, 2, 0, 1, 0, 4]),
                class_name="grid gap-3 sm:grid-cols-3",
            ),
            chart(calls, labels=days, label="Calls per day", unit="calls"),
            chart(calls, labels=days, label="Median time", unit="ms", kind="line"),
        ),
        id="figures",
        title="Figures",
    )


def _states() -> rx.Component:
    return section_card(
        stack(
            empty_state(
                "Make your first server",
                description=(
                    "Paste an OpenAPI file or cURL commands. You pick which calls become tools."
                ),
                icon="flame",
                action=button("New server", variant="primary"),
            ),
            error_state(
                "The calls could not be loaded",
                description="The database did not answer in time.",
                on_retry=nothing,
                reference="3f9a1c07d2b84e65",
            ),
            skeleton_rows(count=3),
            skeleton(class_name="h-24 w-full"),
        ),
        id="states",
        title="Empty, error, loading",
    )
