"""The local identity page: what stands in for Google's own page in development."""

import reflex as rx

from saas_app.components.banner import banner
from saas_app.components.button import button
from saas_app.components.choice import checkbox
from saas_app.components.field import field
from saas_app.components.form import native_form
from saas_app.components.icon import icon
from saas_app.components.props import Node, either
from saas_app.components.public_shell import auth_card, public_shell
from saas_app.components.text_input import text_input
from saas_app.pages.door_parts import hidden_field, waiting
from saas_app.state.local_identity import NAMES, LocalIdentityState

POST = "/api/dev/identity/authorize"
PEOPLE = (("Ada Lovelace", "ada@example.com"), ("Grace Hopper", "grace@example.com"))


def local_identity_page() -> rx.Component:
    """Choose whom to be, or say no."""
    return public_shell(
        auth_card(
            banner(
                "This page stands in for Google while no keys are set. It believes whatever you"
                " choose, and never serves in production.",
                title="Development only",
                kind="attention",
            ),
            either(
                LocalIdentityState.is_identity_ready,
                either(LocalIdentityState.is_request, _choices(), _no_request()),
                waiting(),
            ),
            title="Who are you?",
        ),
        is_narrow=True,
    )


def _choices() -> rx.Component:
    return rx.el.div(
        rx.el.ul(
            *[rx.el.li(_person(name, email)) for name, email in PEOPLE],
            aria_label="People",
            class_name="flex flex-col gap-2",
        ),
        native_form(
            *_carried(),
            hidden_field("decision", "allow"),
            field(text_input, id="name", label="Name", name="name", max_length=64),
            field(
                text_input, id="email", label="Address", name="email", type="email", required=True
            ),
            checkbox(
                "The address is verified", id="verified", name="verified", default_checked=True
            ),
            button("Continue as this person", variant="primary", type="submit"),
            action=POST,
            class_name="border-t border-line pt-5",
        ),
        native_form(
            *_carried(),
            hidden_field("decision", "deny"),
            button("Say no", variant="ghost", type="submit", class_name="w-full"),
            action=POST,
        ),
        class_name="flex flex-col gap-5",
    )


def _person(name: str, email: str) -> rx.Component:
    return native_form(
        *_carried(),
        hidden_field("decision", "allow"),
        hidden_field("name", name),
        hidden_field("email", email),
        hidden_field("verified", "on"),
        rx.el.button(
            icon("circle-user-round", size=22, class_name="text-ink-faint"),
            rx.el.span(
                rx.el.span(name, class_name="block text-sm font-medium text-ink"),
                rx.el.span(email, class_name="block text-sm text-ink-soft"),
                class_name="min-w-0 text-left",
            ),
            type="submit",
            class_name=(
                "flex w-full items-center gap-3 rounded-lg border border-line px-3 py-2"
                " hover:bg-hover"
            ),
        ),
        action=POST,
    )


def _carried() -> list[Node]:
    """The request, which the route checks again."""
    return [hidden_field(name, LocalIdentityState.request_fields[name]) for name in NAMES]


def _no_request() -> rx.Component:
    return rx.el.p(
        "Begin at the sign-in page: this one answers what is asked there.",
        class_name="text-sm text-ink-soft",
    )
