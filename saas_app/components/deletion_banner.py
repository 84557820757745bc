"""What stands on every page while an organization, or one's account, is about to be deleted."""

import reflex as rx

from saas_app.components.banner import banner
from saas_app.components.button import button, link_button
from saas_app.components.organization_header import may
from saas_app.components.props import either
from saas_app.components.time_ago import time_ago
from saas_app.state.account_data import AccountDataState
from saas_app.state.base import AppState
from saas_app.state.organization import OrganizationState


def deletion_banner() -> rx.Component:
    """When it ends, and for owners the way back; nothing for an organization that stays.

    One that goes with the account stays with it too: the account's banner says both.
    """
    may_keep = may("organization:delete")
    ends_alone = AppState.organization_delete_at != AppState.account_delete_at
    return either(
        (AppState.organization_delete_at != "") & ends_alone,
        rx.el.div(
            banner(
                "All of it is deleted ",
                time_ago(AppState.organization_delete_at),
                ". Until then its servers refuse their clients, and nobody can join.",
                kind="attention",
                title=rx.fragment(AppState.organization_name, " is about to be deleted"),
                action=either(
                    may_keep, button("Keep it", size="sm", on_click=OrganizationState.keep)
                ),
            ),
            class_name="mb-6",
        ),
    )


def account_deletion_banner() -> rx.Component:
    """What somebody who comes back in time is told at once: when the account goes, and how not."""
    return either(
        AppState.account_delete_at,
        rx.el.div(
            banner(
                "It is deleted ",
                time_ago(AppState.account_delete_at),
                ", with the organizations that nobody else is in. Their servers refuse their"
                " clients until you keep it.",
                kind="attention",
                title="Your account is about to be deleted",
                action=rx.el.div(
                    link_button("What goes", href="/account/data", size="sm", variant="ghost"),
                    button("Keep my account", size="sm", on_click=AccountDataState.keep_account),
                    class_name="flex flex-wrap gap-2",
                ),
            ),
            class_name="mb-6",
        ),
    )
