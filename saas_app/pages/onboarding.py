"""A newcomer's first screen: how they are called, how they look, and their organization."""

import reflex as rx

from saas_app.components.button import button
from saas_app.components.empty import skeleton
from saas_app.components.field import field
from saas_app.components.form import form
from saas_app.components.props import either
from saas_app.components.public_shell import auth_card, public_shell
from saas_app.components.text_input import text_input
from saas_app.pages.account_profile import avatar_choice
from saas_app.pages.frame import notices, unless_failed
from saas_app.state.onboarding import OnboardingState
from saas_app.state.pictures import AvatarState


def onboarding_page() -> rx.Component:
    """One card; the picture is saved by itself, the names with the form."""
    return rx.fragment(
        public_shell(
            unless_failed(
                auth_card(
                    either(
                        OnboardingState.is_onboarding_ready & AvatarState.is_picture_ready,
                        rx.fragment(_picture(), _form()),
                        _waiting(),
                    ),
                    title="Welcome to Toolkiln",
                    description="Two names, a picture if you like, and you can make a server.",
                ),
            ),
            is_narrow=True,
            is_whole=OnboardingState.is_onboarding_ready,
        ),
        notices(),
    )


def _picture() -> rx.Component:
    """It needs no answer, so it is no field of the form."""
    return rx.el.div(
        rx.el.h2("Your picture", class_name="mb-1.5 text-sm font-medium text-ink"),
        avatar_choice(),
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
    heights = ("h-[141px] sm:h-[120px]", "h-[90px]", "h-[90px]", "h-20")
    lines = [skeleton(class_name=f"{height} w-full") for height in heights]
    return rx.el.div(
        *lines,
        role="status",
        aria_label="Loading the welcome",
        key="skeleton",
        class_name="flex flex-col gap-5",
    )
