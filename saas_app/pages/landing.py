"""The front page: what the product does, shown with its own parts."""

from typing import Any

import reflex as rx

from saas_app.components.badge import badge
from saas_app.components.button import link_button
from saas_app.components.icon import icon
from saas_app.components.progress import Step, progress_steps
from saas_app.components.props import Node
from saas_app.components.public_shell import public_shell
from saas_app.pages.landing_picture import product_picture

TITLE = "Toolkiln: paste an API, get a live MCP server"
DESCRIPTION = (
    "Turn an OpenAPI file or cURL commands into tested tools, hosted as an MCP server behind OAuth,"
    " ready for Claude, ChatGPT, Cursor and every other MCP client."
)
META = [
    {"property": "og:type", "content": "website"},
    {"property": "og:site_name", "content": "Toolkiln"},
    {"property": "og:title", "content": TITLE},
    {"property": "og:description", "content": DESCRIPTION},
    {"name": "twitter:card", "content": "summary_large_image"},
]
CLIENTS = (
    "Claude",
    "Claude Code",
    "ChatGPT",
    "Cursor",
    "VS Code",
    "Windsurf",
    "LM Studio",
    "Codex",
    "Gemini CLI",
    "Goose",
)
PROMISES = (
    (
        "lock-keyhole",
        "OAuth for every server",
        "Each server has its own sign-in and consent page. You decide who may use it: your"
        " organization, people you name, or everyone.",
    ),
    (
        "history",
        "Versions you can take back",
        "Publishing makes a numbered version that never changes. Breaking changes are named before"
        " you publish, and rolling back is one click.",
    ),
    (
        "key-round",
        "Secrets stay secret",
        "API keys of your upstream are sealed, written once and never shown again, not even to"
        " you.",
    ),
    (
        "list-checks",
        "Nothing dropped in silence",
        "What cannot become a tool is listed with the reason, so you know what is missing.",
    ),
    (
        "activity",
        "Every call on record",
        "See which tool was called, by which client, how it ended and how long it took.",
    ),
    (
        "shield-check",
        "Careful with your network",
        "Requests leave through one guard that refuses private and internal addresses.",
    ),
)
SMALL_HEADING = "text-2xl sm:text-3xl font-semibold text-ink"


def landing_page(acts: Node | None = None) -> rx.Component:
    """The front page; `acts` replaces the sign-in links of the header."""
    return public_shell(
        _hero(),
        _how_it_works(),
        _clients(),
        _promises(),
        _closing(),
        acts=acts if acts is not None else visitor_acts(),
    )


def visitor_acts() -> rx.Component:
    """The header's links for someone who is not signed in."""
    return rx.fragment(
        link_button("Sign in", href="/sign-in", variant="ghost"),
        link_button("Sign up", href="/sign-up", variant="primary"),
    )


def _wide(*content: rx.Component, extra: str = "", **attributes: Any) -> rx.Component:
    width = "mx-auto max-w-6xl px-4 sm:px-6"
    return rx.el.section(*content, class_name=f"{width} {extra}", **attributes)


def _hero() -> rx.Component:
    return _wide(
        rx.el.div(
            rx.el.h1(
                rx.el.span("Paste an API. ", class_name="block"),
                rx.el.span("Get a live MCP server.", class_name="block"),
                class_name=(
                    "max-w-3xl text-4xl sm:text-5xl font-semibold tracking-[-0.03em] text-ink"
                ),
            ),
            rx.el.p(
                "Toolkiln turns an OpenAPI file or a few cURL commands into tools you can try, then"
                " hosts them behind OAuth, so that Claude, ChatGPT, Cursor and your own agents can"
                " call them.",
                class_name="mt-5 max-w-2xl text-lg text-ink-soft",
            ),
            rx.el.div(
                link_button(
                    "Make your first server", href="/sign-up", variant="primary", size="lg"
                ),
                link_button("How it works", href="#how-it-works", size="lg", variant="ghost"),
                class_name="mt-8 flex flex-wrap gap-3",
            ),
            class_name="pb-12 pt-12 sm:pt-20",
        ),
        product_picture(),
    )


def _how_it_works() -> rx.Component:
    return _wide(
        rx.el.h2("From an API to a tool in four steps", class_name=SMALL_HEADING),
        rx.el.ol(
            _step(
                "Paste",
                "An OpenAPI 2.0, 3.0 or 3.1 document as a file, a text or an address. Or any number"
                " of cURL commands. The box recognises which it got.",
                _lines("openapi: 3.1.0", "paths:", "  /pots:", "    get:", "      tags: [pots]"),
            ),
            _step(
                "Pick and polish",
                "You see every proposed tool with its arguments. Keep all, some, or those of a tag;"
                " change names and descriptions until a model understands them.",
                _tool_sample(),
            ),
            _step(
                "Try",
                "Call each tool with real values, through the same runner that serves it later."
                " Keep a call as a test case, and run them all again after every change.",
                _tried_sample(),
            ),
            _step(
                "Publish and connect",
                "Your server is live at its own address. Copy the line for your client; it signs in"
                " through OAuth, or with a key that you can revoke.",
                _lines("claude mcp add", "  --transport http", "  studio https://…/mcp"),
            ),
            class_name="mt-10 grid gap-x-6 gap-y-12 sm:grid-cols-2 lg:grid-cols-4",
        ),
        id="how-it-works",
        extra="scroll-mt-8 py-20 sm:py-28",
    )


def _step(title: str, text: str, sample: rx.Component) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            sample,
            class_name=(
                "flex h-40 flex-col justify-center overflow-hidden rounded-lg border border-line"
                " bg-sunken p-5"
            ),
        ),
        rx.el.h3(title, class_name="mt-5 text-base font-semibold text-ink"),
        rx.el.p(text, class_name="mt-1 text-ink-soft"),
        class_name="min-w-0",
    )


def _lines(*lines: str) -> rx.Component:
    return rx.el.pre(
        "\n".join(lines), class_name="text-[0.8125rem] leading-5.5 whitespace-pre text-ink"
    )


def _tool_sample() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.span("list_pots", class_name="font-mono text-[0.8125rem] text-ink"),
            badge("Read only"),
            class_name="flex items-center justify-between gap-2",
        ),
        rx.el.p(
            "Lists the studio's pots, newest first. Filter by glaze.",
            class_name="mt-1.5 text-xs text-ink-soft",
        ),
        class_name="rounded-lg border border-line bg-surface px-3.5 py-3 shadow-sm",
    )


def _tried_sample() -> rx.Component:
    steps = [
        Step(label="Request as documented", status="done", detail="", took=""),
        Step(label="Answered 200", status="done", detail="", took=""),
        Step(label="Kept as a test case", status="done", detail="", took=""),
    ]
    return progress_steps(steps, label="What trying a tool shows")


def _clients() -> rx.Component:
    names = [
        rx.el.li(
            name,
            class_name=(
                "rounded-full border border-line bg-surface px-4 py-1.5 font-medium text-ink"
            ),
        )
        for name in CLIENTS
    ]
    return rx.el.div(
        _wide(
            rx.el.h2("Works where you work", class_name=SMALL_HEADING),
            rx.el.p(
                "Every client of the Model Context Protocol that speaks HTTP can connect. For"
                " these you"
                " get the exact line or link to copy; for your own agent, Python and TypeScript.",
                class_name="mt-3 max-w-2xl text-base text-ink-soft",
            ),
            rx.el.ul(*names, class_name="mt-8 flex flex-wrap gap-2.5"),
            extra="py-16 sm:py-20",
        ),
        class_name="border-y border-line bg-sunken",
    )


def _promises() -> rx.Component:
    cells = [
        rx.el.li(
            icon(mark, size=20, class_name="text-ember-ink"),
            rx.el.h3(title, class_name="mt-3 text-base font-semibold text-ink"),
            rx.el.p(text, class_name="mt-1 text-ink-soft"),
        )
        for mark, title, text in PROMISES
    ]
    return _wide(
        rx.el.h2("Made to be trusted with tools", class_name=SMALL_HEADING),
        rx.el.ul(*cells, class_name="mt-10 grid gap-x-10 gap-y-10 sm:grid-cols-2 lg:grid-cols-3"),
        extra="py-20 sm:py-28",
    )


def _closing() -> rx.Component:
    return _wide(
        rx.el.div(
            rx.el.div(
                rx.el.h2(
                    "Bring an API you already use", class_name="text-2xl font-semibold text-ink"
                ),
                rx.el.p(
                    "One cURL command is enough to start.",
                    class_name="mt-1 text-base text-ink-soft",
                ),
            ),
            link_button("Make your first server", href="/sign-up", variant="primary", size="lg"),
            class_name=(
                "flex flex-wrap items-center justify-between gap-6 rounded-xl border border-line"
                " bg-surface p-6 shadow-md sm:p-10"
            ),
        ),
        extra="pb-20 sm:pb-28",
    )
