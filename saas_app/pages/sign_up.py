"""Sign up, and wait for the letter."""

import reflex as rx

from saas_app.components.banner import banner
from saas_app.components.button import button, link_button
from saas_app.components.field import field
from saas_app.components.form import checked_form, form, native_form
from saas_app.components.link import link
from saas_app.components.outbox_hint import outbox_hint
from saas_app.components.props import either
from saas_app.components.text_input import text_input
from saas_app.pages.door_parts import (
    door_page,
    email_field,
    hidden_field,
    next_field,
    person_check,
    strong_password_field,
    submit,
    waiting,
    with_next,
)
from saas_app.pages.sign_in_ways import sign_up_ways
from saas_app.state.sign_up import InboxState, SignUpState
from saas_app.state.ways import WaysState


def sign_up_page() -> rx.Component:
    """One card: name, address, password."""
    return door_page(
        either(SignUpState.is_closed, _closed(), rx.fragment(_sign_up_form(), sign_up_ways())),
        title="Create your account",
        description="An account and an organization of your own. No card, no key.",
        is_whole=WaysState.is_ways_ready,
        below=rx.fragment("Have an account? ", link("Sign in", href=with_next("/sign-in"))),
    )


def check_inbox_page() -> rx.Component:
    """What comes after every sign-up, whether or not the address had an account."""
    return door_page(
        either(
            InboxState.is_inbox_ready,
            either(InboxState.awaited_email, _awaited(), _nothing_awaited()),
            waiting(),
        ),
        title="Check your inbox",
        is_whole=InboxState.is_inbox_ready,
        below=rx.fragment("Confirmed already? ", link("Sign in", href=with_next("/sign-in"))),
    )


def _sign_up_form() -> rx.Component:
    return checked_form(
        next_field(),
        field(
            text_input,
            id="name",
            label="Name",
            error=SignUpState.problems["name"],
            name="name",
            auto_complete="name",
            max_length=64,
            required=True,
        ),
        email_field(),
        strong_password_field(),
        person_check(),
        submit("Create account"),
        action="/api/auth/sign-up",
        approval=SignUpState.approval,
        on_check=SignUpState.check_sign_up,
    )


def _closed() -> rx.Component:
    return banner(
        SignUpState.closed_why,
        " Whoever has an account can sign in.",
        kind="attention",
        title="Sign-up is closed",
    )


def _awaited() -> rx.Component:
    return rx.el.div(
        rx.el.p(
            "We sent a letter to ",
            rx.el.strong(InboxState.awaited_email, class_name="font-medium text-ink"),
            ". Open the link in it to go on. It is good for 14 days.",
            class_name="text-ink-soft wrap-anywhere",
        ),
        either(
            InboxState.letter.token,
            _confirm_card(),
            either(InboxState.letter.page, _known_address_card(), outbox_hint()),
        ),
        either(InboxState.resent, banner(InboxState.resent, kind="proven", is_alert=True)),
        form(
            person_check(),
            rx.el.div(
                button("Send it again", type="submit"),
                link_button("Use another address", href="/sign-up", variant="ghost"),
                class_name="flex flex-wrap gap-2",
            ),
            on_submit=InboxState.resend,
        ),
        rx.el.p(
            "Nothing there? Look into the spam folder, and whether the address is right.",
            class_name="text-sm text-ink-soft",
        ),
        class_name="flex flex-col gap-5",
    )


def _confirm_card() -> rx.Component:
    return _outbox(
        native_form(
            hidden_field("token", InboxState.letter.token),
            submit("Confirm address and go on"),
            action="/api/auth/verify-email",
        )
    )


def _known_address_card() -> rx.Component:
    return _outbox(
        rx.el.p(
            "The address has an account, which only its mailbox is told.",
            class_name="text-sm text-ink-soft",
        ),
        link_button("Sign in", href="/sign-in"),
    )


def _outbox(*content: rx.Component) -> rx.Component:
    """The letter itself, since nobody sends mail in development; production never shows it."""
    return rx.el.section(
        rx.el.p("Development outbox", class_name="text-xs font-medium text-attention"),
        rx.el.h2(InboxState.letter.title, class_name="font-medium text-ink"),
        rx.el.p(
            "No mail server is set, so the letter is shown here. ",
            link("Open the outbox", href="/dev/outbox"),
            class_name="text-sm text-ink-soft",
        ),
        *content,
        aria_label="Development outbox",
        class_name=(
            "flex flex-col gap-3 rounded-lg border border-dashed border-attention/50"
            " bg-attention-wash p-4"
        ),
    )


def _nothing_awaited() -> rx.Component:
    return rx.el.div(
        rx.el.p(
            "This browser waits for no letter. Sign up, or sign in to have it sent again.",
            class_name="text-ink-soft",
        ),
        rx.el.div(
            link_button("Sign in", href="/sign-in", variant="primary"),
            link_button("Sign up", href="/sign-up"),
            class_name="flex flex-wrap gap-2",
        ),
        class_name="flex flex-col gap-5",
    )
