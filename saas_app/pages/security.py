"""Security of the account: the password, the second factor, and passkeys."""

import reflex as rx

from saas_app.components.banner import banner
from saas_app.components.button import button
from saas_app.components.empty import skeleton
from saas_app.components.props import either
from saas_app.pages.account_frame import account_frame
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
            # All at once: parts that come one by one push each other down.
            AccountPasswordState.is_password_ready
            & SecurityState.is_security_ready
            & PasskeysState.is_passkeys_ready,
            rx.fragment(
                password_section(), totp_section(), backup_codes_section(), passkeys_section()
            ),
            _waiting(),
        ),
        active="Security",
    )


def _waiting() -> rx.Component:
    heights = ("h-80", "h-36", "h-36")
    boxes = [skeleton(class_name=f"w-full {height}") for height in heights]
    return rx.el.div(
        *boxes,
        role="status",
        aria_label="Loading your ways to sign in",
        key="skeleton",
        class_name="flex flex-col gap-6",
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
