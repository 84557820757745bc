"""Write to whoever runs this copy of the product."""

import reflex as rx

from saas_app.components.banner import banner
from saas_app.components.button import button
from saas_app.components.empty import skeleton
from saas_app.components.field import field
from saas_app.components.form import form
from saas_app.components.outbox_hint import outbox_hint
from saas_app.components.props import either
from saas_app.components.text_input import text_area, text_input
from saas_app.pages.door_parts import door_page, person_check, submit
from saas_app.state.contact import ContactState


def contact_page() -> rx.Component:
    """One card: who writes, where the answer goes, and the message."""
    return door_page(
        either(
            ContactState.is_contact_ready,
            either(
                ContactState.sends_no_messages,
                _no_mail(),
                either(ContactState.answer_to, _sent(), _form()),
            ),
            _waiting(),
        ),
        title="Contact",
        is_whole=ContactState.is_contact_ready,
        description="Your message goes to whoever runs this Toolkiln.",
    )


def _form() -> rx.Component:
    return form(
        field(
            text_input,
            id="name",
            label="Your name",
            error=ContactState.problems["name"],
            name="name",
            default_value=ContactState.user_name,
            auto_complete="name",
            max_length=64,
            required=True,
        ),
        field(
            text_input,
            id="email",
            label="Your e-mail",
            help="The answer goes there.",
            error=ContactState.problems["email"],
            name="email",
            type="email",
            default_value=ContactState.user_email,
            auto_complete="email",
            required=True,
        ),
        field(
            text_area,
            id="message",
            label="Message",
            error=ContactState.problems["message"],
            name="message",
            rows=7,
            max_length=4_000,
            required=True,
        ),
        person_check(),
        submit("Send message"),
        on_submit=ContactState.send_contact,
        no_validate=True,
    )


def _sent() -> rx.Component:
    return rx.el.div(
        banner(
            "The answer goes to ",
            ContactState.answer_to,
            ".",
            kind="proven",
            title="Your message is on its way",
            is_alert=True,
        ),
        outbox_hint(),
        rx.el.div(button("Write another", on_click=ContactState.write_another)),
        class_name="flex flex-col gap-4",
    )


def _no_mail() -> rx.Component:
    return banner(
        "Ask whoever told you about it.",
        kind="attention",
        title="This Toolkiln sends no mail, so it takes no messages",
    )


def _waiting() -> rx.Component:
    heights = ("h-[63px]", "h-[90px]", "h-[220px] md:h-[192px]", "h-9")
    return rx.el.div(
        *[skeleton(class_name=f"{height} w-full") for height in heights],
        role="status",
        aria_label="Loading the form",
        key="skeleton",
        class_name="flex flex-col gap-5",
    )
