"""What this copy runs on, for admins: to read, and without secrets."""

from typing import Any

import reflex as rx

from saas_app.components.badge import badge
from saas_app.components.card import page_header
from saas_app.components.empty import skeleton_rows
from saas_app.components.props import either
from saas_app.components.table import Column, table
from saas_app.pages.admin_frame import admin_frame
from saas_app.state.admin_configuration import AdminConfigurationState

PARTS = (Column("Part"), Column("Served by"), Column("Set by"))
SETTINGS = (Column("Setting"), Column("Value"))
CODE = "font-mono text-xs wrap-anywhere"


def admin_configuration_page() -> rx.Component:
    """The parts, then all settings by group."""
    return admin_frame(
        page_header(
            "Configuration",
            description=(
                "It is set in the environment and read at the start. Secrets are never shown:"
                " only whether they are set."
            ),
        ),
        rx.el.section(
            _heading("Parts", "parts"),
            table(
                AdminConfigurationState.part_rows,
                columns=PARTS,
                draw=_part,
                caption="Parts and what serves them",
                is_loading=~rx.Var.create(AdminConfigurationState.is_configuration_ready).bool(),
            ),
            aria_labelledby="parts",
        ),
        either(
            AdminConfigurationState.is_configuration_ready,
            rx.el.div(
                rx.foreach(AdminConfigurationState.setting_groups, _group),
                key="settings",  # else the grey rows are made into them, which would seem to have moved
                class_name="mt-8 gap-6 lg:columns-2",
            ),
            rx.el.div(skeleton_rows(label="Loading settings"), key="grey", class_name="mt-8"),
        ),
        active="Configuration",
    )


def _heading(title: Any, id: Any) -> rx.Component:
    return rx.el.h2(title, id=id, class_name="mb-2 text-base font-semibold text-ink")


def _part(one: Any) -> list[rx.Component]:
    return [
        rx.el.span(one.part, class_name="font-medium text-ink whitespace-nowrap"),
        rx.el.div(
            rx.el.span(one.driver, class_name="wrap-anywhere"),
            either(
                one.problem,
                rx.el.p(one.problem, class_name="text-sm text-broken wrap-anywhere"),
            ),
        ),
        rx.el.span(one.changed_by, class_name=f"{CODE} text-ink-soft"),
    ]


def _group(group: Any) -> rx.Component:
    return rx.el.section(
        rx.el.h2(group.title, class_name="mb-2 text-base font-semibold text-ink"),
        rx.el.dl(
            rx.foreach(group.settings, _setting),
            class_name=(
                "divide-y divide-line rounded-lg border border-line bg-surface text-sm shadow-sm"
            ),
        ),
        aria_label=group.title,
        class_name="mb-6 min-w-0 break-inside-avoid",
    )


def _setting(one: Any) -> rx.Component:
    value = either(
        one.value == "Not set",
        rx.el.span("Not set", class_name="text-ink-faint"),
        rx.el.span(one.value, class_name=f"{CODE} text-ink"),
    )
    return rx.el.div(
        rx.el.dt(one.name, class_name="shrink-0 font-mono text-xs text-ink-soft"),
        rx.el.dd(
            either(one.is_secret, badge(one.value, icon="lock-keyhole"), value),
            class_name="min-w-0 text-right",
        ),
        class_name="flex items-baseline justify-between gap-4 px-4 py-2",
    )
