"""Every component in every state; served in development only."""

import reflex as rx

from saas_app.components.avatar import avatar
from saas_app.components.badge import badge, method_chip, status_dot
from saas_app.components.banner import banner
from saas_app.components.button import button, icon_button, link_button
from saas_app.components.card import danger_row, danger_zone, page_header, section_card
from saas_app.components.chart import chart, stat
from saas_app.components.choice import Choice, checkbox, radio_cards, segmented, switch
from saas_app.components.code import code_block, code_editor, copy_button, copy_field, json_tree
from saas_app.components.command_menu import Command, command_menu
from saas_app.components.dialog import confirm_dialog, dialog, drawer
from saas_app.components.diff import diff_lines, diff_view
from saas_app.components.empty import empty_state, error_state, skeleton, skeleton_rows
from saas_app.components.field import field
from saas_app.components.file_drop import file_drop
from saas_app.components.form import form_actions, native_form
from saas_app.components.link import link, outside_link
from saas_app.components.menu import menu, menu_item, menu_link, menu_separator
from saas_app.components.progress import Event, Step, progress_steps, timeline
from saas_app.components.secret import secret_row
from saas_app.components.shell import ShellContext, app_shell
from saas_app.components.spinner import spinner
from saas_app.components.table import Column, pagination, table
from saas_app.components.tabs import Tab, tabs
from saas_app.components.text_input import (
    password_input,
    search_input,
    select,
    text_area,
    text_input,
)
from saas_app.components.time_ago import time_ago
from saas_app.components.toast import toast_region
from saas_app.components.tooltip import tooltip

HERE = "/dev/gallery"
ANSWER = '{"id": 7, "glaze": "celadon", "fired": true, "sizes": [12, 18], "kiln": {"cone": 6}}'
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
            _buttons(),
            _fields(),
            _choices(),
            _windows(),
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
            toast_region(rx.Var.create(TOASTS), on_dismiss=_nothing, on_undo=_nothing),
            command_menu([Command(label="Servers", hint="Page", act="go", href="/")]),
        ),
    )


def _nothing(*_args: object) -> rx.event.EventSpec:
    return rx.noop()


def _row(*content: rx.Component) -> rx.Component:
    return rx.el.div(*content, class_name="flex flex-wrap items-center gap-3")


def _stack(*content: rx.Component) -> rx.Component:
    return rx.el.div(*content, class_name="flex min-w-0 flex-col gap-5")


def _buttons() -> rx.Component:
    return section_card(
        _stack(
            _row(
                button("Publish version 4", variant="primary"),
                button("Save draft"),
                button("Cancel", variant="ghost"),
                button("Delete server", variant="danger"),
            ),
            _row(
                button("Small", size="sm"),
                button("Medium"),
                button("Large", size="lg"),
                button("With icon", icon="plus"),
                button("Publishing", variant="primary", is_loading=True),
                button("Disabled", disabled=True),
                button("Disabled", variant="primary", disabled=True),
                link_button("A link", href=HERE, icon="arrow-right"),
                icon_button("settings", label="Settings"),
            ),
            _row(
                link("A link in a text", href=HERE),
                link("A quiet link", href=HERE, is_quiet=True),
                outside_link("Another site", href="https://modelcontextprotocol.io"),
                menu(
                    menu_item("Rename", icon="pencil"),
                    menu_link("Open", href=HERE, icon="arrow-right"),
                    menu_separator(),
                    menu_item("Delete", icon="trash-2", is_danger=True, opens="gallery-confirm"),
                    label="More acts",
                    align="left",
                ),
                spinner(label="Loading"),
                copy_button("copied text", label="Copy", shows_label=True),
            ),
        ),
        id="buttons",
        title="Buttons and links",
    )


def _fields() -> rx.Component:
    return section_card(
        native_form(
            field(
                text_input,
                id="email",
                label="E-mail",
                name="email",
                type="email",
                placeholder="you@example.com",
            ),
            field(
                text_input,
                id="slug",
                label="Name in the address",
                help="Lower-case letters, digits and dashes.",
                error="“My Server” has a space. Use my-server.",
                name="slug",
                default_value="My Server",
            ),
            field(
                password_input,
                id="password",
                label="Password",
                label_end=link("Forgotten?", href=HERE),
                name="password",
                auto_complete="new-password",
            ),
            field(text_area, id="note", label="Note", name="note", required=False, rows=3),
            field(
                select,
                id="region",
                label="Transport",
                options=[("http", "Streamable HTTP"), ("sse", "Server-sent events")],
                name="transport",
            ),
            field(text_input, id="off", label="Address", default_value="/mcp/7f", disabled=True),
            search_input(id="search", label="Search tools", on_change=_nothing),
            copy_field("https://tools.example.com/mcp/7f3a/mcp", id="address", label="Address"),
            file_drop(
                "Drop an OpenAPI file, or choose one",
                accept=".json,.yaml,.yml",
                help="JSON or YAML, up to 900 kB.",
                on_text=_nothing,
                on_refuse=_nothing,
            ),
            form_actions(button("Cancel"), button("Save", variant="primary", type="submit")),
            action=HERE,
            method="get",
        ),
        id="fields",
        title="Fields",
        description="Label, help and error are tied to their control.",
    )


def _choices() -> rx.Component:
    return section_card(
        _stack(
            checkbox("Keep me signed in", id="keep", default_checked=True),
            checkbox("Read only", id="read", help="The tool changes nothing.", name="read"),
            switch("Enabled", id="enabled", help="Clients see this tool.", default_checked=True),
            switch("Paused", id="paused"),
            radio_cards(
                [
                    Choice("private", "Private", "Members of your organization."),
                    Choice("listed", "Listed users", "People you name by e-mail."),
                    Choice("public", "Public", "Anyone, without signing in."),
                ],
                name="access",
                legend="Who may use it",
                value="private",
                columns="sm:grid-cols-3",
            ),
            _row(
                segmented(
                    [("Form", HERE, True), ("JSON", f"{HERE}?view=json", False)], label="View"
                )
            ),
        ),
        id="choices",
        title="Choices",
    )


def _windows() -> rx.Component:
    return section_card(
        _row(
            button("Open dialog", opens="gallery-dialog"),
            button("Open drawer", opens="gallery-drawer"),
            button("Delete server", variant="danger", opens="gallery-confirm"),
            button("Go to", icon="command", opens="commands"),
        ),
        dialog(
            field(text_input, id="dialog-name", label="Name", name="name"),
            id="gallery-dialog",
            title="New key",
            description="It opens this server alone and is shown once.",
            actions=rx.fragment(
                button("Cancel", closes="gallery-dialog"),
                button("Create key", variant="primary", closes="gallery-dialog"),
            ),
        ),
        drawer(
            json_tree(ANSWER),
            id="gallery-drawer",
            title="Call of list_pots",
            actions=button("Close", closes="gallery-drawer"),
        ),
        confirm_dialog(
            rx.el.p(
                "Its 3 versions, 2 keys and the call log go with it. Clients lose access at once."
            ),
            id="gallery-confirm",
            title="Delete the server billing-api?",
            act="Delete server",
            typed_word="billing-api",
        ),
        id="windows",
        title="Dialog, drawer, menu",
    )


def _messages() -> rx.Component:
    return section_card(
        _stack(
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
        _stack(
            _row(
                badge("Draft"),
                badge("New", tone="ember"),
                badge("Proven", tone="proven", icon="check"),
                badge("Needs a value", tone="attention"),
                badge("Failed", tone="broken", icon="x"),
                status_dot("Live", tone="ember", is_live=True),
                status_dot("Paused"),
                status_dot("Failing", tone="broken"),
            ),
            _row(
                *[method_chip(name) for name in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")]
            ),
            _row(
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
        _stack(
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
        _stack(
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
                    on_save=_nothing,
                    description="A personal access token with the scope repo.",
                ),
                secret_row("API_KEY", is_set=False, is_required=True, on_save=_nothing),
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
    events = [
        Event(title="Version 4 published", detail="by Alice", time="3 min ago", tone="ember"),
        Event(title="All 12 test cases pass", detail="", time="5 min ago", tone="proven"),
        Event(title="Draft created", detail="from openapi.yaml", time="1 h ago", tone="neutral"),
    ]
    return section_card(
        rx.el.div(
            progress_steps(steps, label="Import"),
            timeline(events, label="History"),
            class_name="grid gap-8 sm:grid-cols-2",
        ),
        id="work",
        title="Steps and timeline",
    )


def _figures() -> rx.Component:
    days = [f"{day} Nov" for day in range(1, 15)]
    calls = [12, 18, 9, 22, 30, 41, 38, 45, 52, 47, 60, 71, 66, 83]
    return section_card(
        _stack(
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
        _stack(
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
                on_retry=_nothing,
                details="request 01JD2 at 08:30:11 UTC",
            ),
            skeleton_rows(count=3),
            skeleton(class_name="h-24 w-full"),
        ),
        id="states",
        title="Empty, error, loading",
    )
