"""The audit log: who did what, as whom, and from where."""

from typing import Any

import reflex as rx

from saas_app.components.address import organization_slug
from saas_app.components.button import button, download_button, link_button
from saas_app.components.empty import empty_state
from saas_app.components.field import field
from saas_app.components.organization_header import keeping_its_place, organization_header
from saas_app.components.props import either
from saas_app.components.table import Column, pagination, table
from saas_app.components.text_input import select, text_input
from saas_app.components.time_ago import time_ago
from saas_app.pages.frame import app_frame
from saas_app.state.audit import AuditState

COLUMNS = (Column("When"), Column("Who"), Column("What"), Column("Change"), Column("From"))
SOFT = "text-ink-soft wrap-anywhere"


def audit_page() -> rx.Component:
    """Filters, the acts, and all of them as a file."""
    return app_frame(
        organization_header(
            active="Audit log",
            description="Every act that matters to security or money, for owners and admins.",
            action=keeping_its_place(AuditState.csv_href, _export_button),
        ),
        rx.cond(AuditState.audit_trouble, _may_not(), _log()),
        active="Settings",
    )


def _export_button() -> rx.Component:
    return download_button("Export CSV", href=AuditState.csv_href)


def _log() -> rx.Component:
    return rx.fragment(
        _filters(),
        table(
            AuditState.acts,
            columns=COLUMNS,
            draw=_row,
            caption="Acts, newest first",
            is_loading=~rx.Var.create(AuditState.is_audit_ready).bool(),
            empty=_none(),
        ),
        either(
            (AuditState.newer_acts != "") | (AuditState.older_acts != ""),
            pagination(
                summary=f"Page {AuditState.audit_page}",
                previous_href=AuditState.newer_acts,
                next_href=AuditState.older_acts,
            ),
        ),
    )


def _filters() -> rx.Component:
    return rx.el.form(
        _choice("person", "Person", AuditState.people, AuditState.only_person),
        _choice("action", "Act", AuditState.actions, AuditState.only_action),
        _day("since", "From day", AuditState.only_since),
        _day("until", "To day", AuditState.only_until),
        rx.el.div(
            button("Filter", type="submit", icon="list-filter"),
            either(
                AuditState.is_filtered,
                link_button("Clear", href=_here(), variant="ghost"),
            ),
            class_name="col-span-2 flex gap-2 sm:col-span-1",
        ),
        on_submit=AuditState.filter_acts,
        class_name=("mb-4 grid grid-cols-2 items-end gap-3 sm:flex sm:flex-wrap [&>div]:min-w-0"),
    )


def _choice(name: str, label: str, options: Any, value: Any) -> rx.Component:
    return rx.el.div(
        field(
            select,
            id=f"audit-{name}",
            label=label,
            name=name,
            options=options,
            default_value=value,
            key=f"{value}{options.length()}",
        ),
        class_name="sm:w-44",
    )


def _day(name: str, label: str, value: Any) -> rx.Component:
    return rx.el.div(
        field(
            text_input,
            id=f"audit-{name}",
            label=label,
            name=name,
            type="date",
            default_value=value,
            key=value,
        ),
        class_name="sm:w-40",
    )


def _row(act: Any) -> list[rx.Component]:
    return [
        time_ago(act.at),
        rx.el.div(
            rx.el.span(act.who, class_name="font-medium text-ink wrap-anywhere"),
            either(
                act.acting_as,
                rx.el.span(" as ", act.acting_as, class_name=f"block {SOFT}"),
            ),
        ),
        rx.el.div(
            rx.el.span(act.words, class_name="text-ink wrap-anywhere"),
            either(act.subject, rx.el.span(act.subject, class_name=f"block {SOFT}")),
        ),
        rx.el.div(_change(act), class_name="max-w-72 max-md:ml-auto"),
        either(
            act.ip_address,
            rx.el.span(
                act.ip_address,
                title=act.user_agent,
                class_name="font-mono text-xs text-ink-soft wrap-anywhere",
            ),
            rx.el.span("–", class_name="text-ink-faint"),
        ),
    ]


def _change(act: Any) -> rx.Component:
    return rx.fragment(
        either(
            (act.before != "") | (act.after != ""),
            rx.el.p(
                either(
                    act.before,
                    rx.el.del_(act.before, class_name="text-ink-faint"),
                ),
                either((act.before != "") & (act.after != ""), " → "),
                either(act.after, rx.el.ins(act.after, class_name="text-ink no-underline")),
                class_name="wrap-anywhere",
            ),
        ),
        either(act.details, rx.el.p(act.details, class_name=f"text-xs {SOFT}")),
    )


def _none() -> rx.Component:
    return either(
        AuditState.is_filtered,
        empty_state(
            "No such acts",
            description="Nothing fits these filters.",
            icon="list-filter",
            action=link_button("Show all acts", href=_here()),
        ),
        empty_state(
            "Nothing yet",
            description="Invitations, roles, keys, publishing and the like are noted here.",
            icon="scroll-text",
        ),
    )


def _may_not() -> rx.Component:
    return empty_state(
        "The audit log is for owners and admins",
        description=AuditState.audit_trouble,
        icon="lock",
        action=link_button("Back to the settings", href=f"/o/{organization_slug()}/settings"),
    )


def _here() -> str:
    return f"/o/{organization_slug()}/audit"
