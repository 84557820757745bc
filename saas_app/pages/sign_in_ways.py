"""Ways to sign in beside the password: a passkey, and Google or what stands in for it."""

import reflex as rx

from saas_app.components.badge import badge
from saas_app.components.button import button, link_button
from saas_app.components.empty import skeleton
from saas_app.components.icon import icon
from saas_app.components.passkey import passkey_form
from saas_app.components.props import either
from saas_app.pages.door_parts import next_field, with_next
from saas_app.state.ways import WaysState

START = "/api/auth/google/start"
# Google's own mark, as its guide for buttons asks for.
GOOGLE = (
    ("#4285F4", "M17.64 9.2c0-.64-.06-1.25-.16-1.84H9v3.48h4.84a4.14 4.14 0 0 1-1.8 2.72v2.26h2.92c1.7-1.57 2.68-3.88 2.68-6.62z"),
    ("#34A853", "M9 18c2.43 0 4.47-.8 5.96-2.18l-2.92-2.26c-.8.54-1.84.86-3.04.86-2.34 0-4.33-1.58-5.04-3.71H.96v2.33A9 9 0 0 0 9 18z"),
    ("#FBBC05", "M3.96 10.71a5.4 5.4 0 0 1 0-3.42V4.96H.96a9 9 0 0 0 0 8.08l3-2.33z"),
    ("#EA4335", "M9 3.58c1.32 0 2.5.45 3.44 1.35l2.58-2.59A9 9 0 0 0 .96 4.96l3 2.33C4.67 5.16 6.66 3.58 9 3.58z"),
)  # fmt: skip


def sign_in_ways() -> rx.Component:
    """The buttons under the sign-in form; load them with `WaysState.look_for_ways`."""
    return rx.el.div(
        _divider(),
        passkey_form(
            next_field(),
            button("Use a passkey", icon="key-round", type="submit", class_name="w-full"),
            action="/api/auth/passkeys/sign-in",
            purpose="sign-in",
            autofills=True,
        ),
        _provider_button(),
        class_name="flex flex-col gap-3",
    )


def sign_up_ways() -> rx.Component:
    """The button under the sign-up form; nothing where there is no provider."""
    return either(
        WaysState.has_provider | ~WaysState.is_ways_ready,
        rx.el.div(_divider(), _provider_button(), class_name="flex flex-col gap-3"),
    )


def provider_mark() -> rx.Component:
    """Google's mark, or a plain one for the stand-in."""
    google = rx.el.svg(
        *[rx.el.path(fill=colour, d=path) for colour, path in GOOGLE],
        width="16",
        height="16",
        view_box="0 0 18 18",
        aria_hidden="true",
        class_name="shrink-0",
    )
    return either(WaysState.is_provider_local, icon("flask-conical"), google)


def _provider_button() -> rx.Component:
    button = link_button(
        rx.fragment(provider_mark(), "Continue with ", WaysState.provider_name),
        href=with_next(START),
        is_document=True,
        class_name="w-full",
    )
    stand_in = rx.el.p(
        badge("Development", tone="attention"),
        "stands in for Google",
        class_name="flex flex-wrap items-center justify-center gap-1.5 text-xs text-ink-soft",
    )
    return either(
        WaysState.is_ways_ready,
        either(
            WaysState.has_provider,
            rx.fragment(button, either(WaysState.is_provider_local, stand_in)),
        ),
        skeleton(class_name="h-9 w-full"),
    )


def _divider() -> rx.Component:
    line = rx.el.span(aria_hidden="true", class_name="h-px flex-1 bg-line")
    return rx.el.div(
        line,
        rx.el.span("or", class_name="text-xs text-ink-faint"),
        line,
        class_name="flex items-center gap-3",
    )
