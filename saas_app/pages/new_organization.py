"""A new organization."""

from typing import Any

import reflex as rx

from saas_app.components.button import button, link_button
from saas_app.components.field import field
from saas_app.components.form import form, form_actions
from saas_app.components.icon import icon
from saas_app.components.props import either
from saas_app.components.public_shell import auth_card, public_shell
from saas_app.components.text_input import text_input
from saas_app.pages.frame import notices
from saas_app.state.new_organization import NewOrganizationState


def new_organization_page() -> rx.Component:
    """One card: a name, an address, made."""
    return public_shell(
        auth_card(
            form(
                field(
                    text_input,
                    id="organization-name",
                    label="Name",
                    help="Your company, team or project.",
                    name="name",
                    on_change=NewOrganizationState.name_it,
                    max_length=64,
                    auto_complete="organization",
                    error=_problem("name"),
                    required=True,
                ),
                field(
                    text_input,
                    id="organization-slug",
                    label="Address",
                    help="Stands in the address of every page. Lower-case letters, digits, dashes.",
                    name="slug",
                    value=NewOrganizationState.slug,
                    on_change=NewOrganizationState.type_slug,
                    max_length=40,
                    auto_complete="off",
                    spell_check=False,
                    error=_problem("slug"),
                    required=True,
                ),
                _free(),
                form_actions(
                    link_button("Cancel", href="/home"),
                    button("Create organization", variant="primary", type="submit"),
                ),
                on_submit=NewOrganizationState.create,
                no_validate=True,
            ),
            title="New organization",
            description="It owns servers, has members of its own, and starts on the free plan.",
        ),
        notices(),
        is_narrow=True,
    )


def _free() -> rx.Component:
    """Always there, so that it is announced and nothing jumps."""
    return rx.el.p(
        either(
            NewOrganizationState.free_slug,
            rx.fragment(
                icon("check", size=14, class_name="text-proven"),
                rx.el.span(
                    "/o/",
                    NewOrganizationState.free_slug,
                    " is free",
                    class_name="min-w-0 wrap-anywhere",
                ),
            ),
        ),
        aria_live="polite",
        class_name="-mt-3 flex min-h-5 items-center gap-1.5 text-sm text-ink-soft",
    )


def _problem(name: str) -> Any:
    return NewOrganizationState.problems[name]
