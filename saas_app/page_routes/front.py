"""The pages that anybody may open, and those of newcomers."""

import reflex as rx

from saas_app.pages import landing, not_found
from saas_app.pages.connect import connect_page
from saas_app.pages.contact import contact_page
from saas_app.pages.home import home_page
from saas_app.pages.invitation import invitation_page
from saas_app.pages.new_organization import new_organization_page
from saas_app.pages.onboarding import onboarding_page
from saas_app.state.connect import ConnectState
from saas_app.state.contact import ContactState
from saas_app.state.home import HomeState
from saas_app.state.invitation import InvitationState
from saas_app.state.landing import LandingState
from saas_app.state.new_organization import NewOrganizationState
from saas_app.state.onboarding import OnboardingState
from saas_app.state.outbox import OutboxHintState
from saas_app.state.pictures import AvatarState


def add_public_pages(app: rx.App, address: str) -> None:
    app.add_page(
        landing.landing_page,
        route="/",
        title=landing.TITLE,
        description=landing.DESCRIPTION,
        meta=landing.META,
        image=f"{address}/og.png",  # readers of previews want it whole
        on_load=LandingState.arrive_at_front,
    )
    app.add_page(not_found.not_found_page, route="404", title=not_found.TITLE)
    app.add_page(
        connect_page,
        route="/connect",
        title="Connect a client · Toolkiln",
        on_load=ConnectState.arrive,
    )
    app.add_page(
        contact_page,
        route="/contact",
        title="Contact · Toolkiln",
        on_load=[OutboxHintState.look, ContactState.arrive_to_write],
    )
    app.add_page(
        invitation_page,
        route="/invitation",
        title="Invitation · Toolkiln",
        on_load=InvitationState.arrive,
    )
    app.add_page(
        new_organization_page,
        route="/organizations/new",
        title="New organization · Toolkiln",
        on_load=NewOrganizationState.arrive,
    )
    app.add_page(
        onboarding_page,
        route="/onboarding",
        title="Welcome · Toolkiln",
        on_load=[AvatarState.load_avatar, OnboardingState.load_onboarding],
    )
    app.add_page(home_page, route="/home", title="Toolkiln", on_load=HomeState.lead_on)
