"""A picture of the product for the landing page, drawn with the product's own parts."""

import reflex as rx

from saas_app.components.badge import badge, method_chip, status_dot
from saas_app.components.code import code_block, copy_field, json_tree
from saas_app.components.icon import icon
from saas_app.components.logo import logo

COMMANDS = """curl https://api.claystudio.example/v1/pots?glaze=celadon \\
  -H "X-Api-Key: $STUDIO_KEY"

curl https://api.claystudio.example/v1/firings \\
  -H "X-Api-Key: $STUDIO_KEY" \\
  --json '{"kiln": "east", "cone": 6}'

curl -X DELETE https://api.claystudio.example/v1/pots/42 \\
  -H "X-Api-Key: $STUDIO_KEY\""""
TOOLS = (
    ("GET", "list_pots", "glaze"),
    ("POST", "create_firing", "kiln, cone"),
    ("DELETE", "delete_pot", "pot_id"),
)
ANSWER = '{"pots": [{"id": 42, "glaze": "celadon", "height_cm": 18}], "total": 1}'


def product_picture() -> rx.Component:
    """Three commands, the tools they became, and a call of one; nothing in it can be clicked."""
    window = rx.el.div(
        _title_bar(),
        rx.el.div(
            _pasted(),
            _tools(),
            _called(),
            class_name=(
                "grid divide-y divide-line lg:grid-cols-[1.15fr_1fr_1fr] lg:divide-x lg:divide-y-0"
            ),
        ),
        aria_hidden="true",
        custom_attrs={"inert": True},
        class_name="overflow-hidden rounded-xl border border-line bg-surface shadow-lg select-none",
    )
    return rx.el.figure(
        window,
        rx.el.figcaption(
            "An example: three cURL commands of a pottery studio's API, the tools made of them, and"
            " one of the tools called by an AI client.",
            class_name="mt-3 text-center text-sm text-ink-faint",
        ),
    )


def _title_bar() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            logo(size=20),
            rx.el.span("Clay Studio", class_name="text-ink-soft max-sm:hidden"),
            rx.el.span("/", class_name="text-ink-faint max-sm:hidden"),
            rx.el.span("Studio API", class_name="font-medium text-ink"),
            class_name="flex min-w-0 items-center gap-2 text-sm",
        ),
        rx.el.div(
            status_dot("Version 2 is live", tone="ember"), class_name="flex items-center gap-4"
        ),
        class_name=(
            "flex h-12 items-center justify-between gap-4 border-b border-line bg-sunken px-4"
        ),
    )


def _pane(number: str, title: str, *content: rx.Component) -> rx.Component:
    return rx.el.div(
        rx.el.p(
            rx.el.span(
                number,
                class_name=(
                    "inline-flex size-5 items-center justify-center rounded-full bg-ember-wash"
                    " text-2xs font-semibold text-ember-ink"
                ),
            ),
            title,
            class_name="flex items-center gap-2 text-sm font-medium text-ink",
        ),
        *content,
        class_name="flex min-w-0 flex-col gap-3 p-4",
    )


def _pasted() -> rx.Component:
    return _pane(
        "1",
        "You paste",
        code_block(COMMANDS, wraps=True, copies=False),
        rx.el.p(
            icon("circle-check", size=14, class_name="mt-0.5 text-proven"),
            "Three cURL commands, one server, one secret: STUDIO_KEY",
            class_name="flex gap-1.5 text-xs text-ink-soft",
        ),
    )


def _tools() -> rx.Component:
    rows = [
        rx.el.li(
            method_chip(method),
            rx.el.div(
                rx.el.p(name, class_name="truncate font-mono text-[0.8125rem] text-ink"),
                rx.el.p(arguments, class_name="truncate text-xs text-ink-faint"),
                class_name="min-w-0 flex-1",
            ),
            badge("Proven", tone="proven", icon="check"),
            class_name="flex items-center gap-2.5 px-3 py-2.5",
        )
        for method, name, arguments in TOOLS
    ]
    return _pane(
        "2",
        "They become tools",
        rx.el.ul(*rows, class_name="divide-y divide-line rounded-lg border border-line"),
        rx.el.p(
            icon("triangle-alert", size=14, class_name="mt-0.5 text-attention"),
            "delete_pot is marked destructive, so clients ask before they call it.",
            class_name="flex gap-1.5 text-xs text-ink-soft",
        ),
    )


def _called() -> rx.Component:
    return _pane(
        "3",
        "Clients call them",
        copy_field("https://tk.example/mcp/7f3a/mcp", id="picture-address", label="Server address"),
        rx.el.div(
            rx.el.div(
                rx.el.span("list_pots", class_name="font-mono text-[0.8125rem] text-ink"),
                rx.el.span("200", class_name="text-xs font-medium text-proven"),
                class_name="flex items-center justify-between border-b border-line px-3 py-2",
            ),
            rx.el.div(json_tree(ANSWER, open_depth=4), class_name="px-3 py-2"),
            class_name="rounded-lg border border-line",
        ),
    )
