"""Tells the owner of a banned account why, and until when."""

import reflex as rx

from saas_app.components.banner import banner
from saas_app.components.link import link
from saas_app.components.props import either
from saas_app.pages.door_parts import door_page, waiting
from saas_app.state.banned import BannedState


def banned_page() -> rx.Component:
    """Whoever has not just shown the right password learns nothing."""
    return door_page(
        either(
            BannedState.is_ban_ready,
            either(BannedState.is_ban_known, _ban(), _nothing()),
            waiting(),
        ),
        title="You cannot sign in",
        is_whole=BannedState.is_ban_ready,
        below=link("Back to the front page", href="/"),
    )


def _ban() -> rx.Component:
    return banner(
        either(
            BannedState.ban_reason,
            rx.el.p(BannedState.ban_reason, class_name="whitespace-pre-line"),
            rx.el.p("No reason was given."),
        ),
        either(
            BannedState.ban_ends,
            rx.el.p("It ends on ", BannedState.ban_ends, "."),
            rx.el.p("It has no end."),
        ),
        kind="broken",
        title="Your account is banned",
    )


def _nothing() -> rx.Component:
    return rx.el.p(
        "If you came here from signing in, ",
        link("sign in again", href="/sign-in"),
        " to see why.",
        class_name="text-ink-soft",
    )
