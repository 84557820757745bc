"""Word of the outbox on pages that have just sent mail; shown in development only."""

import reflex as rx

from saas_app.components.banner import banner
from saas_app.components.button import link_button
from saas_app.components.props import classes, either
from saas_app.state.outbox import OutboxHintState


def outbox_hint(*, class_name: str = "") -> rx.Component:
    """Say where mail is kept, when it is; nothing where mail is really sent."""
    return rx.el.div(
        either(
            OutboxHintState.is_mail_kept,
            banner(
                "This copy sends no mail.",
                title="Mail is kept in the outbox",
                action=link_button("Open the outbox", href="/dev/outbox", size="sm", icon="inbox"),
            ),
        ),
        on_mount=OutboxHintState.look,
        class_name=classes("empty:hidden", class_name),
    )
