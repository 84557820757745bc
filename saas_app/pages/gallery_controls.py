"""What can be pressed and filled in, in every state; and what all of the gallery is made with."""

import reflex as rx

from saas_app.components.button import button, icon_button, link_button
from saas_app.components.card import section_card
from saas_app.components.choice import Choice, checkbox, radio_cards, segmented, switch
from saas_app.components.code import copy_button, copy_field, json_tree
from saas_app.components.dialog import confirm_dialog, dialog, drawer
from saas_app.components.field import field
from saas_app.components.file_drop import file_drop
from saas_app.components.form import form_actions, native_form
from saas_app.components.link import link, outside_link
from saas_app.components.menu import menu, menu_item, menu_link, menu_separator
from saas_app.components.spinner import spinner
from saas_app.components.text_input import (
    password_input,
    search_input,
    select,
    text_area,
    text_input,
)

HERE = "/dev/gallery"
ANSWER = '{"id": 7, "glaze": "celadon", "fired": true, "sizes": [12, 18], "kiln": {"cone": 6}}'


def controls() -> tuple[rx.Component, ...]:
    """Buttons, fields, choices and windows."""
    return _buttons(), _fields(), _choices(), _windows()


def nothing(*_args: object) -> rx.event.EventSpec:
    """Answer what a component of the gallery reports."""
    return rx.noop()


def row(*content: rx.Component) -> rx.Component:
    """Components beside each other."""
    return rx.el.div(*content, class_name="flex flex-wrap items-center gap-3")


def stack(*content: rx.Component) -> rx.Component:
    """Components below each other."""
    return rx.el.div(*content, class_name="flex min-w-0 flex-col gap-5")


def _buttons() -> rx.Component:
    return section_card(
        stack(
            row(
                button("Publish version 4", variant="primary"),
                button("Save draft"),
                button("Cancel", variant="ghost"),
                button("Delete server", variant="danger"),
            ),
            row(
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
            row(
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
            search_input(id="search", label="Search tools", on_change=nothing),
            copy_field("https://tools.example.com/mcp/7f3a/mcp", id="address", label="Address"),
            file_drop(
                "Drop an OpenAPI file, or choose one",
                accept=".json,.yaml,.yml",
                help="JSON or YAML, up to 900 kB.",
                on_text=nothing,
                on_refuse=nothing,
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
        stack(
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
            row(
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
        row(
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
