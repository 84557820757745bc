"""One organization, for admins: people, servers, calls, plan, and its end."""

from typing import Any

import reflex as rx

from saas_app.components.address import id_in_address
from saas_app.components.badge import badge
from saas_app.components.banner import banner
from saas_app.components.button import button, link_button
from saas_app.components.card import card, danger_row, danger_zone, page_header
from saas_app.components.chart import chart, stat
from saas_app.components.dialog import confirm_dialog
from saas_app.components.empty import empty_state, skeleton_rows
from saas_app.components.link import link
from saas_app.components.props import either, one_of
from saas_app.components.table import Column, table
from saas_app.components.time_ago import time_ago
from saas_app.pages.admin_frame import admin_frame
from saas_app.pages.admin_user import back_to_list
from saas_app.state.admin_organization import AdminOrganizationState

PEOPLE = (Column("Name"), Column("Role"), Column("Since"))
SERVERS = (Column("Server"), Column("Standing"), Column("Who may connect"), Column("Made"))
WHOLE = AdminOrganizationState.whole


def admin_organization_page() -> rx.Component:
    """The organization, and the question before its end."""
    return admin_frame(
        either(
            AdminOrganizationState.whole_asked == id_in_address("organization_id"),
            either(AdminOrganizationState.whole_trouble, _none(), _whole()),
            _arriving(),
        ),
        _end_dialog(),
        active="Organizations",
    )


def _whole() -> rx.Component:
    return rx.fragment(
        page_header(
            rx.el.span(
                WHOLE.name,
                either(WHOLE.is_personal, badge("Personal")),
                class_name="flex flex-wrap items-center gap-x-3",
            ),
            description=rx.fragment(
                rx.el.span("/o/", WHOLE.slug, class_name="font-mono text-sm"),
                " · made ",
                time_ago(WHOLE.created),
            ),
            above=back_to_list("Organizations", "/admin/organizations"),
        ),
        rx.el.div(
            either(WHOLE.delete_at, _going()),
            rx.el.div(
                stat("Plan", value=WHOLE.plan),
                stat("Members", value=WHOLE.member_words, note=_invited()),
                stat("Servers", value=rx.el.span(WHOLE.servers)),
                stat("Calls", value=WHOLE.calls, note=f"last 30 days, {WHOLE.errors} failed"),
                class_name="grid grid-cols-2 gap-3 lg:grid-cols-4",
            ),
            card(
                chart(
                    AdminOrganizationState.call_counts,
                    labels=AdminOrganizationState.call_days,
                    label="Calls per day",
                    unit="calls",
                )
            ),
            _part(
                "people",
                "Members",
                table(
                    AdminOrganizationState.whole_people,
                    columns=PEOPLE,
                    draw=_person,
                    caption="Members, owners first",
                    empty=rx.el.p("Nobody is in it.", class_name="text-sm text-ink-soft"),
                ),
            ),
            _part(
                "servers",
                "Servers",
                table(
                    AdminOrganizationState.whole_servers,
                    columns=SERVERS,
                    draw=_server,
                    caption="Servers, newest first",
                    empty=rx.el.p("It has none.", class_name="text-sm text-ink-soft"),
                ),
            ),
            either(WHOLE.delete_at, rx.fragment(), _danger()),
            class_name="flex flex-col gap-6",
        ),
    )


def _invited() -> rx.Component:
    return either(WHOLE.invitations > 0, rx.fragment(WHOLE.invitations, " invited"))


def _part(id: str, title: str, content: rx.Component) -> rx.Component:
    return rx.el.section(
        rx.el.h2(title, id=id, class_name="mb-2 text-base font-semibold text-ink"),
        content,
        aria_labelledby=id,
    )


def _going() -> rx.Component:
    return banner(
        "All of it is deleted ",
        time_ago(WHOLE.delete_at),
        ". Until then its servers refuse their clients.",
        kind="attention",
        title="It is about to be deleted",
        action=button("Keep it", size="sm", on_click=AdminOrganizationState.keep_organization),
    )


def _person(one: Any) -> list[rx.Component]:
    return [
        rx.el.div(
            link(one.name, href=one.href, is_quiet=True, class_name="font-medium wrap-anywhere"),
            rx.el.p(one.email, class_name="text-ink-soft wrap-anywhere"),
        ),
        rx.el.span(one.role),
        time_ago(one.since),
    ]


def _server(one: Any) -> list[rx.Component]:
    return [
        rx.el.span(one.name, class_name="font-medium text-ink wrap-anywhere"),
        one_of(
            one.standing,
            ("Live", badge("Live", tone="ember")),
            ("Paused", badge("Paused", tone="attention")),
            badge(one.standing),
        ),
        rx.el.span(one.policy),
        time_ago(one.created),
    ]


def _danger() -> rx.Component:
    return danger_zone(
        danger_row(
            "Delete organization",
            description=(
                "Its servers refuse their clients at once. After 14 days everything is gone; until"
                " then its owners, or you, can keep it."
            ),
            action=button(
                "Delete organization…", variant="danger", on_click=AdminOrganizationState.ask_end
            ),
        )
    )


def _end_dialog() -> rx.Component:
    return confirm_dialog(
        rx.el.p(
            "Members, servers, versions, keys and calls go with it, after 14 days. All owners are"
            " told by mail."
        ),
        id="end-organization",
        title=f"Delete the organization {WHOLE.name}?",
        act="Delete organization",
        typed_word=WHOLE.name,
        on_confirm=AdminOrganizationState.end_organization,
        is_open=AdminOrganizationState.is_asking_end,
        on_close=AdminOrganizationState.cancel_ask,
    )


def _none() -> rx.Component:
    return empty_state(
        "No such organization",
        description=AdminOrganizationState.whole_trouble,
        icon="building-2",
        action=link_button("All organizations", href="/admin/organizations"),
        is_page=True,
    )


def _arriving() -> rx.Component:
    return rx.fragment(
        page_header("Organization", above=back_to_list("Organizations", "/admin/organizations")),
        skeleton_rows(label="Loading the organization"),
    )
