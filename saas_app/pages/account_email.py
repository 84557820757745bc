"""The address, as a part of the profile page; and the page that confirms another."""

import reflex as rx

from saas_app.components.badge import badge
from saas_app.components.banner import banner
from saas_app.components.button import button, link_button
from saas_app.components.card import section_card
from saas_app.components.field import field
from saas_app.components.form import form, form_actions
from saas_app.components.outbox_hint import outbox_hint
from saas_app.components.props import Flag, Text, either
from saas_app.components.text_input import text_input
from saas_app.pages.door_parts import door_page, trouble, waiting
from saas_app.state.account_email import AccountEmailState, ConfirmEmailState


def email_section() -> rx.Component:
    """See and change the address; load it with `AccountEmailState.load_email`."""
    return section_card(
        rx.el.div(
            trouble(),
            either(
                AccountEmailState.is_email_ready,
                rx.fragment(
                    rx.el.p(
                        AccountEmailState.current_email,
                        class_name="font-medium text-ink wrap-anywhere",
                    ),
                    either(AccountEmailState.wanted_email, _pending(), _ask()),
                ),
                waiting(),
            ),
            class_name="flex max-w-md flex-col gap-5",
        ),
        id="email",
        title="E-mail",
        description="You sign in with it, and we write to it.",
    )


def confirm_email_page() -> rx.Component:
    """Behind the links of the letters to both addresses."""
    return door_page(
        either(
            ConfirmEmailState.is_change_ready,
            either(
                ConfirmEmailState.change_said,
                _said(),
                either(ConfirmEmailState.is_change_over, _over(), _confirm()),
            ),
            waiting(),
        ),
        title="Change of address",
        is_whole=ConfirmEmailState.is_change_ready,
    )


def _ask() -> rx.Component:
    return form(
        field(
            text_input,
            id="new_email",
            label="New address",
            help="Both mailboxes get a letter; it changes when both have said yes.",
            error=AccountEmailState.problems["new_email"],
            name="new_email",
            type="email",
            auto_complete="email",
            required=True,
        ),
        form_actions(button("Change address", type="submit")),
        on_submit=AccountEmailState.ask_email_change,
        no_validate=True,
    )


def _pending() -> rx.Component:
    return rx.el.div(_waiting_for(), outbox_hint(), class_name="flex flex-col gap-3")


def _waiting_for() -> rx.Component:
    return banner(
        rx.el.p("Open the link in both letters within a day."),
        rx.el.ul(
            _mailbox(AccountEmailState.current_email, AccountEmailState.is_old_confirmed),
            _mailbox(AccountEmailState.wanted_email, AccountEmailState.is_new_confirmed),
            class_name="mt-2 flex flex-col gap-2",
        ),
        title=rx.fragment("Changing to ", AccountEmailState.wanted_email),
        action=button(
            "Cancel the change", size="sm", on_click=AccountEmailState.cancel_email_change
        ),
    )


def _mailbox(email: Text, is_confirmed: Flag) -> rx.Component:
    return rx.el.li(
        rx.el.span(email, class_name="min-w-0 wrap-anywhere"),
        rx.cond(
            is_confirmed,
            badge("Confirmed", tone="proven", icon="check"),
            badge("Waiting", tone="attention"),
        ),
        class_name="flex flex-wrap items-center justify-between gap-2",
    )


def _confirm() -> rx.Component:
    return rx.el.div(
        rx.el.p(
            "An account of ours moves from ",
            rx.el.strong(ConfirmEmailState.change_from, class_name="font-medium text-ink"),
            " to ",
            rx.el.strong(ConfirmEmailState.change_to, class_name="font-medium text-ink"),
            ", if both mailboxes confirm it. If you did not ask for this, leave it, and change your"
            " password.",
            class_name="text-ink-soft wrap-anywhere",
        ),
        button(
            "Confirm for this mailbox",
            variant="primary",
            class_name="w-full",
            on_click=ConfirmEmailState.confirm_change,
        ),
        class_name="flex flex-col gap-5",
    )


def _said() -> rx.Component:
    return rx.el.div(
        banner(ConfirmEmailState.change_said, kind="proven", is_alert=True),
        link_button("Go to your servers", href="/home"),
        class_name="flex flex-col gap-5",
    )


def _over() -> rx.Component:
    return banner(
        "It was used, canceled, or is older than a day. Ask for the change again in your profile.",
        kind="attention",
        title="This link leads nowhere any more",
    )
