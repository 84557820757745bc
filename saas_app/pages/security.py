"""Security of the account: the password, the second factor, and passkeys."""

import reflex as rx

from saas_app.components.banner import banner
from saas_app.components.button import button
from saas_app.components.props import either
from saas_app.pages.account_frame import account_frame, account_waiting
from saas_app.pages.account_password import password_section
from saas_app.pages.backup_codes import backup_codes_section
from saas_app.pages.passkeys import passkeys_section
from saas_app.pages.totp import totp_section
from saas_app.state.account_password import AccountPasswordState
from saas_app.state.passkeys import PasskeysState
from saas_app.state.security import SecurityState


def security_page() -> rx.Component:
    """Everything by which one proves who one is."""
    return account_frame(
        either(SecurityState.offers_ending, _offer()),
        either(
            AccountPasswordState.is_password_ready
            & SecurityState.is_security_ready
            & PasskeysState.is_passkeys_ready,
            rx.fragment(
                password_section(), totp_section(), backup_codes_section(), passkeys_section()
            ),
            account_waiting(
                "h-[28.5rem] sm:h-[25.875rem]",
                "h-64 sm:h-40",
                "h-68 sm:h-40",
                label="Loading your ways to sign in",
            ),
        ),
        active="Security",
    )


def _offer() -> rx.Component:
    """After a change of factors: whoever is signed in elsewhere did not show the new one."""
    return banner(
        "Browsers that are signed in already stay so. If one of them may not be yours, sign out"
        " there.",
        title="Your ways to sign in have changed",
        kind="attention",
        is_alert=True,
        action=rx.el.div(
            button(
                "Not now", size="sm", variant="ghost", on_click=SecurityState.keep_other_sessions
            ),
            button(
                "Sign out everywhere else", size="sm", on_click=SecurityState.end_other_sessions
            ),
            class_name="flex flex-wrap gap-2",
        ),
    )
