"""A newcomer's first screen."""

import reflex as rx

from saas_app.components.button import button
from saas_app.components.empty import skeleton
from saas_app.components.field import field
from saas_app.components.form import form
from saas_app.components.props import either
from saas_app.components.shell import auth_card, public_shell
from saas_app.components.text_input import text_input
from saas_app.pages.frame import notices, unless_failed
from saas_app.state.onboarding import OnboardingState


def onboarding_page() -> rx.Component:
    """One card: how the newcomer is called, and their organization."""
    return rx.fragment(
        public_shell(
            unless_failed(
                auth_card(
                    either(OnboardingState.is_onboarding_ready, _form(), _waiting()),
                    title="Welcome to Toolkiln",
                    description="Two names, and you can make your first server.",
                ),
            ),
            is_narrow=True,
        ),
        notices(),
    )


def _form() -> rx.Component:
    return form(
        field(
            text_input,
            id="name",
            label="Your name",
            help="Team mates see it.",
            error=OnboardingState.problems["name"],
            name="name",
            default_value=OnboardingState.user_name,
            auto_complete="name",
            max_length=64,
            required=True,
        ),
        field(
            text_input,
            id="organization_name",
            label="Organization",
            help="It owns your servers.",
            error=OnboardingState.problems["organization_name"],
            name="organization_name",
            default_value=OnboardingState.suggested_organization,
            auto_complete="organization",
            max_length=64,
            required=True,
        ),
        rx.el.div(
            button("Continue", variant="primary", type="submit", class_name="w-full"),
            button("Skip for now", variant="ghost", on_click=OnboardingState.skip),
            class_name="flex flex-col gap-2",
        ),
        on_submit=OnboardingState.finish,
    )


def _waiting() -> rx.Component:
    line = skeleton(class_name="h-22.5 w-full")
    return rx.el.div(
        line, line, skeleton(class_name="h-20 w-full"), class_name="flex flex-col gap-5"
    )
