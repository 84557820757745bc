"""Members of an organization: who is in, who is asked to come, and what roles may do."""

from typing import Any

import reflex as rx

from saas_app.components.address import organization_slug
from saas_app.components.avatar import avatar
from saas_app.components.badge import badge
from saas_app.components.button import button, link_button
from saas_app.components.choice import segmented
from saas_app.components.dialog import question_dialog
from saas_app.components.empty import empty_state
from saas_app.components.organization_header import for_those_who_may, may, organization_header
from saas_app.components.props import either, one_of
from saas_app.components.role_matrix import role_matrix
from saas_app.components.table import Column, pagination, table
from saas_app.components.text_input import search_input, select
from saas_app.components.time_ago import time_ago
from saas_app.pages.frame import app_frame
from saas_app.pages.members_invitations import invitation_dialogs, invitation_table
from saas_app.state.invitations import InvitationsState
from saas_app.state.members import ROLE_NAMES, ROLE_ROWS, MembersState

COLUMNS = (Column("Name"), Column("Role"), Column("Since"), Column(""))


def members_page() -> rx.Component:
    """Three views of one thing, each with its address."""
    return app_frame(
        organization_header(
            active="Members",
            description="Who is in the organization, and what they may do.",
            action=for_those_who_may("member:manage", _acts),
        ),
        rx.el.div(_views(), class_name="mb-4 flex"),
        one_of(
            MembersState.members_tab,
            ("invitations", either(may("member:manage"), invitation_table(), _may_not())),
            ("roles", _roles()),
            _members(),
        ),
        _remove_dialog(),
        invitation_dialogs(),
        active="Settings",
    )


def _acts() -> rx.Component:
    return rx.fragment(
        button("Make link", icon="link", on_click=InvitationsState.ask_link),
        button(
            "Invite people",
            variant="primary",
            icon="user-plus",
            on_click=InvitationsState.ask_invite,
        ),
    )


def _views() -> rx.Component:
    here = f"/o/{organization_slug()}/members"
    shown = MembersState.members_tab
    waiting = InvitationsState.invitation_total
    return segmented(
        [
            ("Members", here, shown == "members"),
            (
                rx.cond(waiting > 0, f"Invitations ({waiting})", "Invitations"),
                f"{here}?tab=invitations",
                shown == "invitations",
            ),
            ("Roles", f"{here}?tab=roles", shown == "roles"),
        ],
        label="View",
    )


def _members() -> rx.Component:
    return rx.fragment(
        rx.el.div(
            search_input(
                id="search-members",
                label="Search members",
                value=MembersState.member_query,
                on_change=MembersState.search_members,
            ),
            class_name="mb-4 max-w-sm",
        ),
        table(
            MembersState.member_rows,
            columns=COLUMNS,
            draw=_row,
            caption="Members by name",
            is_loading=~rx.Var.create(MembersState.is_members_ready).bool(),
            empty=_none(),
        ),
        either(
            (MembersState.previous_members != "") | (MembersState.next_members != ""),
            pagination(
                summary=MembersState.members_summary,
                previous_href=MembersState.previous_members,
                next_href=MembersState.next_members,
            ),
        ),
    )


def _row(one: Any) -> list[rx.Component]:
    return [
        rx.el.div(
            avatar(one.name, size=32, picture=one.picture),
            rx.el.div(
                rx.el.p(
                    rx.el.span(one.name, class_name="font-medium text-ink wrap-anywhere"),
                    either(one.is_me, badge("You")),
                    class_name="flex flex-wrap items-center gap-x-2",
                ),
                rx.el.p(one.email, class_name="text-ink-soft wrap-anywhere"),
                class_name="min-w-0 text-left",
            ),
            class_name="flex min-w-0 items-center gap-3",
        ),
        either(one.can_change, _role_select(one), rx.el.span(one.role_name)),
        time_ago(one.since),
        either(
            one.can_change,
            button(
                "Remove",
                size="sm",
                variant="ghost",
                aria_label=f"Remove {one.name}",
                on_click=MembersState.ask_remove(one.id, one.name),
            ),
        ),
    ]


def _role_select(one: Any) -> rx.Component:
    return rx.el.div(
        select(
            id=f"role-{one.id}",
            aria_label=f"Role of {one.name}",
            options=MembersState.role_options,  # pyright: ignore[reportArgumentType]
            value=one.role,
            on_change=lambda role: MembersState.change_role(one.id, role),
        ),
        class_name="w-32",
    )


def _none() -> rx.Component:
    return empty_state(
        "Nobody matches",
        description=rx.fragment("No name or address has ", MembersState.member_query, " in it."),
        icon="search-x",
        action=link_button("Show all members", href=f"/o/{organization_slug()}/members"),
    )


def _may_not() -> rx.Component:
    return empty_state(
        "Invitations are for owners and admins",
        description="Ask one of them to invite somebody, or for another role.",
        icon="mail",
    )


def _roles() -> rx.Component:
    return role_matrix(list(ROLE_NAMES.values()), ROLE_ROWS, caption="What each role may do")


def _remove_dialog() -> rx.Component:
    return question_dialog(
        id="remove-member",
        title=f"Remove {MembersState.leaving_name}?",
        description=(
            "They lose access at once, and clients they let in are disconnected. Keys they made"
            " stay: revoke those that should not."
        ),
        act="Remove member",
        is_open=MembersState.leaving_id != "",
        on_confirm=MembersState.remove,
        on_cancel=MembersState.cancel_remove,
    )
