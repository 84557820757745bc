"""What stands on every page of an organization that is about to be deleted."""

import reflex as rx

from saas_app.components.banner import banner
from saas_app.components.button import button
from saas_app.components.props import either
from saas_app.components.time_ago import time_ago
from saas_app.state.base import AppState
from saas_app.state.organization import OrganizationState


def deletion_banner() -> rx.Component:
    """When it ends, and for owners the way back; nothing for an organization that stays."""
    may_keep = rx.Var.create(AppState.permissions).to(list[str]).contains("organization:delete")
    return either(
        AppState.organization_delete_at,
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
