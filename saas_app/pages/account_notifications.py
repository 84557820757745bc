"""Which mail one gets: what can be switched off, and what is always sent."""

from typing import Any

import reflex as rx

from saas_app.components.card import section_card
from saas_app.components.choice import switch
from saas_app.components.icon import icon
from saas_app.components.props import either
from saas_app.pages.account_frame import account_frame, account_waiting
from saas_app.state.base import AppState
from saas_app.state.notifications import NotificationsState

ALWAYS = (
    ("log-in", "Sign-ins", "From a browser that you have not signed in with before."),
    ("shield", "Ways to sign in", "A new password, address, passkey, app or connected account."),
    ("key-round", "Keys", "An organization key that was made with your account."),
    ("trash-2", "Deletions", "Of your account, or of an organization that you own."),
)


def notifications_page() -> rx.Component:
    """Switches first, then what has none."""
    return account_frame(
        either(
            NotificationsState.is_notifications_ready,
            rx.fragment(_choices(), _always()),
            account_waiting("h-52 sm:h-42", "h-118 sm:h-92", label="Loading your choices"),
        ),
        active="Notifications",
    )


def _choices() -> rx.Component:
    return section_card(
        rx.el.div(
            rx.foreach(NotificationsState.mail_switches, _choice),
            class_name="flex flex-col gap-4",
        ),
        id="choices",
        title="Mail you can switch off",
        description=rx.fragment(
            "Saved when you move a switch. It goes to ",
            rx.el.span(AppState.user_email, class_name="text-ink wrap-anywhere"),
            ".",
        ),
    )


def _choice(one: Any) -> rx.Component:
    change: Any = NotificationsState.set_mail
    return switch(
        one.title,
        id=f"mail-{one.name}",
        help=one.about,
        checked=one.is_wanted,
        on_change=lambda is_on: change(one.name, is_on),
    )


def _always() -> rx.Component:
    lines = [
        rx.el.li(
            icon(mark, size=18, class_name="mt-0.5 text-ink-faint"),
            rx.el.div(
                rx.el.p(title, class_name="font-medium text-ink"),
                rx.el.p(about, class_name="text-ink-soft"),
                class_name="min-w-0 text-sm",
            ),
            class_name="flex items-start gap-3 py-3",
        )
        for mark, title, about in ALWAYS
    ]
    return section_card(
        rx.el.ul(*lines, class_name="-my-3 divide-y divide-line"),
        id="always",
        title="Always sent",
        description="It keeps your account yours, so nobody who gets in can silence it.",
    )
