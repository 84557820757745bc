"""Consent: an MCP client asks to use a server as the signed-in user."""

import reflex as rx

from saas_app.components.banner import banner
from saas_app.components.button import Variant, button
from saas_app.components.empty import skeleton
from saas_app.components.form import native_form
from saas_app.components.icon import icon
from saas_app.components.props import Node, Text
from saas_app.components.public_shell import auth_card, public_shell
from saas_app.pages.frame import unless_failed
from saas_app.state.connect import ConnectState


def connect_page() -> rx.Component:
    """One card: who asks, for what, where the answer goes; allow or refuse."""
    return public_shell(
        unless_failed(
            rx.cond(
                ConnectState.is_ready,
                rx.cond(ConnectState.client_name, _request(), _no_request()),
                _waiting(),
            ),
        ),
        is_narrow=True,
    )


def _request() -> rx.Component:
    return auth_card(
        rx.cond(ConnectState.trouble, _trouble(), rx.fragment()),
        rx.el.dl(
            _fact("server", "Server", ConnectState.server_name, ConnectState.server_organization),
            _fact("user-round", "As", ConnectState.user_name, ConnectState.user_email),
            _fact("reply", "Answer goes to", ConnectState.redirect_host, _where_that_is()),
            class_name="flex flex-col divide-y divide-line rounded-lg border border-line",
        ),
        rx.el.div(
            rx.el.h2("It will be able to", class_name="text-sm font-medium text-ink"),
            rx.el.ul(
                rx.foreach(ConnectState.scopes, _scope), class_name="mt-2 flex flex-col gap-1.5"
            ),
        ),
        _decision(),
        title=ConnectState.client_name + " wants to connect",
        description=(
            "The name is the client's own word. Allow it only if you have just started this."
        ),
        below="You can end this connection at any time on the server's settings page.",
    )


def _decision() -> rx.Component:
    return _answer_form(
        rx.el.div(
            _answer("Refuse", "refuse"),
            _answer("Allow", "allow", variant="primary"),
            class_name="flex gap-3",
        ),
    )


def _answer_form(*buttons: rx.Component) -> rx.Component:
    return native_form(
        rx.el.input(
            type="hidden", name="request", value=ConnectState.request_token, read_only=True
        ),
        *buttons,
        action="/api/oauth/consent",
    )


def _answer(label: str, decision: str, *, variant: Variant = "secondary") -> rx.Component:
    return button(
        label,
        variant=variant,
        type="submit",
        name="decision",
        value=decision,
        class_name="flex-1",
    )


def _no_request() -> rx.Component:
    return auth_card(
        _trouble(),
        rx.cond(
            ConnectState.may_only_refuse,
            _answer_form(_answer("Tell the client no", "refuse")),
            rx.fragment(),
        ),
        title="Nothing to allow",
        description="Your MCP client opens this page when it wants to connect to a server.",
    )


def _waiting() -> rx.Component:
    return auth_card(
        skeleton(class_name="h-40 w-full"),
        skeleton(class_name="h-10 w-full"),
        title="Connect a client",
    )


def _trouble() -> rx.Component:
    return banner(ConnectState.trouble, kind="broken", is_alert=True)


def _where_that_is() -> rx.Var[str]:
    return rx.cond(
        ConnectState.is_loopback, "a program on this computer", "check that you know this address"
    )


def _fact(mark: str, name: str, value: Text, about: Node) -> rx.Component:
    return rx.el.div(
        icon(mark, size=18, class_name="mt-0.5 text-ink-soft"),
        rx.el.div(
            rx.el.dt(name, class_name="text-xs text-ink-soft"),
            rx.el.dd(
                rx.el.span(value, class_name="font-medium text-ink wrap-anywhere"),
                rx.el.span(about, class_name="block text-sm text-ink-soft wrap-anywhere"),
            ),
            class_name="min-w-0",
        ),
        class_name="flex gap-3 px-4 py-3",
    )


def _scope(words: rx.Var[str]) -> rx.Component:
    return rx.el.li(
        icon("check", size=16, class_name="mt-0.5 text-proven"),
        words,
        class_name="flex gap-2 text-sm text-ink",
    )
