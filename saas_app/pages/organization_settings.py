"""Settings of an organization: general, plan and limits, danger zone."""

from typing import Any

import reflex as rx

from saas_app.components.avatar import avatar
from saas_app.components.badge import badge
from saas_app.components.button import button, link_button
from saas_app.components.card import danger_row, danger_zone, section_card
from saas_app.components.dialog import confirm_dialog, question_dialog
from saas_app.components.empty import skeleton_rows
from saas_app.components.field import field
from saas_app.components.form import form, form_actions
from saas_app.components.organization_header import may, organization_header
from saas_app.components.picture import picture_choice
from saas_app.components.props import either, holds
from saas_app.components.text_input import select, text_input
from saas_app.pages.frame import app_frame
from saas_app.state.base import AppState
from saas_app.state.organization import OrganizationState
from saas_app.state.pictures import LogoState


def organization_settings_page() -> rx.Component:
    """Everything that can be set of an organization as a whole."""
    return app_frame(
        organization_header(
            active="General", description="What the organization is called, and what it may use."
        ),
        rx.cond(
            OrganizationState.is_organization_ready,
            rx.el.div(
                _general(),
                _address(),
                logo_section(),
                _plan(),
                _danger(),
                class_name="flex flex-col gap-6",
            ),
            skeleton_rows(label="Loading settings"),
        ),
        _transfer_dialog(),
        _leave_dialog(),
        _delete_dialog(),
        active="Settings",
    )


def logo_section() -> rx.Component:
    """The logo, beside name and address; load it with `LogoState.load_logo`."""
    shown: Any = LogoState.shown
    face = avatar(OrganizationState.set_name, size=64, picture=shown, is_organization=True)
    choice = picture_choice(
        face,
        id="logo",
        of=LogoState,
        on_remove=LogoState.remove_logo,
        on_begin=LogoState.begin_logo,
        on_done=LogoState.finish_logo,
        on_refuse=LogoState.refuse_logo,
    )
    seen = rx.el.div(face, _ask("change it"), class_name="flex items-center gap-4")
    return section_card(
        either(may("organization:edit"), choice, seen),
        id="logo",
        title="Logo",
        description="Members see it beside the name.",
    )


def _general() -> rx.Component:
    return section_card(
        form(
            field(
                text_input,
                id="organization-name",
                label="Name",
                name="name",
                default_value=OrganizationState.set_name,
                key=OrganizationState.set_name,
                max_length=64,
                error=_problem("name"),
                read_only=_is_locked(),
            ),
            either(
                may("organization:edit"),
                form_actions(button("Save name", variant="primary", type="submit")),
                _ask("change it"),
            ),
            on_submit=OrganizationState.rename,
        ),
        id="general",
        title="General",
        action=either(OrganizationState.is_personal, badge("Personal")),
    )


def _address() -> rx.Component:
    return section_card(
        form(
            field(
                text_input,
                id="organization-slug",
                label="Name in the address",
                help=rx.fragment(
                    "Your pages are at ",
                    rx.el.code("/o/", OrganizationState.set_slug, class_name="text-ink"),
                    ". If you change it, links to the old address lead nowhere, and somebody else"
                    " may take it. Addresses of your MCP servers stay as they are.",
                ),
                name="slug",
                default_value=OrganizationState.set_slug,
                key=OrganizationState.set_slug,
                max_length=40,
                spell_check=False,
                error=_problem("slug"),
                read_only=_is_locked(),
            ),
            either(
                may("organization:edit"),
                form_actions(button("Change address", type="submit")),
            ),
            on_submit=OrganizationState.change_slug,
            no_validate=True,
        ),
        id="address",
        title="Address",
    )


def _plan() -> rx.Component:
    return section_card(
        rx.el.dl(
            _figure(
                "Members",
                rx.cond(
                    OrganizationState.member_limit > 0,
                    f"{OrganizationState.member_count} of {OrganizationState.member_limit}",
                    f"{OrganizationState.member_count}, no limit",
                ),
                note=either(
                    OrganizationState.invited_count > 0,
                    rx.fragment(
                        "Open invitations",
                        rx.cond(OrganizationState.member_limit > 0, ", each with a place kept", ""),
                        ": ",
                        OrganizationState.invited_count,
                    ),
                ),
            ),
            _figure("Servers", f"{OrganizationState.server_count}, no limit"),
            class_name="grid gap-4 sm:grid-cols-2",
        ),
        id="plan",
        title="Plan and limits",
        action=badge(OrganizationState.plan, tone="ember"),
    )


def _figure(label: str, value: Any, *, note: Any = "") -> rx.Component:
    return rx.el.div(
        rx.el.dt(label, class_name="text-sm text-ink-soft"),
        rx.el.dd(
            rx.el.span(value, class_name="text-lg font-semibold text-ink tabular-nums"),
            rx.el.span(note, class_name="block text-sm text-ink-soft empty:hidden"),
        ),
    )


def _danger() -> rx.Component:
    return danger_zone(
        either(may("owner:manage"), _transfer_row()),
        danger_row(
            "Leave organization",
            description=(
                "You lose what membership gives you at once. Servers and keys you made stay with"
                " the organization."
            ),
            action=button("Leave organization", on_click=OrganizationState.ask_leave),
        ),
        either(
            may("organization:delete") & (OrganizationState.delete_at == ""),
            danger_row(
                "Delete organization",
                description=(
                    "Its servers refuse their clients at once. After 14 days everything is gone;"
                    " until then an owner can keep it."
                ),
                action=button(
                    "Delete organization", variant="danger", on_click=OrganizationState.ask_delete
                ),
            ),
        ),
    )


def _transfer_row() -> rx.Component:
    return danger_row(
        "Transfer ownership",
        description=either(
            holds(OrganizationState.heirs),
            "Somebody else becomes an owner in your place. You stay as an admin.",
            "Somebody else becomes an owner in your place. There is nobody else yet.",
        ),
        action=either(
            holds(OrganizationState.heirs),
            _transfer_form(),
            link_button("Invite somebody", href=f"/o/{OrganizationState.set_slug}/members"),
        ),
    )


def _transfer_form() -> rx.Component:
    return rx.el.form(
        rx.el.div(
            field(
                select,
                id="new-owner",
                label="New owner",
                name="new_owner",
                options=OrganizationState.heirs,
                error=_problem("new_owner"),
            ),
            class_name="min-w-0 flex-1 sm:w-64",
        ),
        rx.el.div(button("Transfer…", type="submit"), class_name="pt-6.5"),
        on_submit=OrganizationState.ask_transfer,
        class_name="flex w-full items-start gap-3 sm:w-auto",
    )


def _transfer_dialog() -> rx.Component:
    return question_dialog(
        id="transfer-ownership",
        title=f"Transfer {AppState.organization_name} to {OrganizationState.heir_name}?",
        description=(
            "They can do everything from then on, and take away what you may do. Only they can"
            " give it back."
        ),
        act="Transfer ownership",
        is_open=OrganizationState.heir_id != "",
        on_confirm=OrganizationState.transfer,
        on_cancel=OrganizationState.cancel,
    )


def _leave_dialog() -> rx.Component:
    return question_dialog(
        id="leave-organization",
        title=f"Leave {AppState.organization_name}?",
        description="To come back you need an invitation.",
        act="Leave organization",
        is_open=OrganizationState.is_leaving,
        on_confirm=OrganizationState.leave,
        on_cancel=OrganizationState.cancel,
    )


def _delete_dialog() -> rx.Component:
    return confirm_dialog(
        rx.el.p(
            "Members, servers, versions, keys and calls go with it, after 14 days. All owners are"
            " told by mail."
        ),
        id="delete-organization",
        title=f"Delete the organization {OrganizationState.set_name}?",
        act="Delete organization",
        typed_word=OrganizationState.set_name,
        on_confirm=OrganizationState.delete,
        is_open=OrganizationState.is_ending,
        on_close=OrganizationState.cancel,
    )


def _ask(act: str) -> rx.Component:
    return rx.el.p(f"An owner or an admin can {act}.", class_name="text-sm text-ink-soft")


def _is_locked() -> Any:
    return ~may("organization:edit")


def _problem(name: str) -> Any:
    return OrganizationState.problems[name]
