"""What admins did, for admins."""

import reflex as rx

from saas_app.components.card import page_header
from saas_app.components.empty import empty_state
from saas_app.components.props import either
from saas_app.components.table import pagination
from saas_app.components.text_input import select
from saas_app.pages.admin_frame import admin_frame
from saas_app.pages.admin_user import acts_table
from saas_app.state.admin_audit import AdminAuditState


def admin_audit_page() -> rx.Component:
    """Whose acts, and the acts."""
    return admin_frame(
        page_header(
            "Admin log",
            description="What admins did as admins: to people, organizations and switches.",
        ),
        rx.el.div(
            select(
                id="acts-by",
                options=AdminAuditState.acts_admins,  # pyright: ignore[reportArgumentType]
                aria_label="Admin",
                value=AdminAuditState.acts_by,
                on_change=AdminAuditState.choose_admin,
            ),
            class_name="mb-4 max-w-60",
        ),
        acts_table(
            AdminAuditState.admin_acts,
            caption="Acts of admins, newest first",
            is_loading=~rx.Var.create(AdminAuditState.is_acts_ready).bool(),
            empty=_none(),
        ),
        either(
            (AdminAuditState.newer_admin_acts != "") | (AdminAuditState.older_admin_acts != ""),
            pagination(
                summary=f"Page {AdminAuditState.acts_page}",
                previous_href=AdminAuditState.newer_admin_acts,
                next_href=AdminAuditState.older_admin_acts,
            ),
        ),
        active="Admin log",
    )


def _none() -> rx.Component:
    return empty_state(
        "Nothing yet",
        description="Bans, resets, switches, exports and acting in somebody's name stand here.",
        icon="scroll-text",
    )
