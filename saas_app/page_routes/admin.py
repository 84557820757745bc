"""The pages of the admin area."""

import reflex as rx

from saas_app.pages.admin_audit import admin_audit_page
from saas_app.pages.admin_configuration import admin_configuration_page
from saas_app.pages.admin_features import admin_features_page
from saas_app.pages.admin_frame import admin_title
from saas_app.pages.admin_organization import admin_organization_page
from saas_app.pages.admin_organizations import admin_organizations_page
from saas_app.pages.admin_user import admin_user_page
from saas_app.pages.admin_users import admin_users_page
from saas_app.state.admin import AdminState
from saas_app.state.admin_audit import AdminAuditState
from saas_app.state.admin_configuration import AdminConfigurationState
from saas_app.state.admin_features import AdminFeaturesState
from saas_app.state.admin_organization import AdminOrganizationState
from saas_app.state.admin_organizations import AdminOrganizationsState
from saas_app.state.admin_user import AdminUserState
from saas_app.state.admin_user_acts import AdminUserActsState
from saas_app.state.admin_users import AdminUsersState


def add_admin_pages(app: rx.App) -> None:
    """Add the pages of the admin area: path, page, title, what loads it."""
    for path, page, title, loads in (
        ("users", admin_users_page, "Users", [AdminUsersState.load_users]),
        (
            "users/[user_id]",
            admin_user_page,
            "User",
            [AdminUserActsState.arrive_at_person, AdminUserState.load_person],
        ),
        (
            "organizations",
            admin_organizations_page,
            "Organizations",
            [AdminOrganizationsState.load_organizations],
        ),
        (
            "organizations/[organization_id]",
            admin_organization_page,
            "Organization",
            [AdminOrganizationState.load_whole],
        ),
        ("audit", admin_audit_page, "Admin log", [AdminAuditState.load_acts]),
        ("features", admin_features_page, "Features", [AdminFeaturesState.load_switches]),
        (
            "configuration",
            admin_configuration_page,
            "Configuration",
            [AdminConfigurationState.load_configuration],
        ),
    ):
        app.add_page(
            page,
            route=f"/admin/{path}",
            title=admin_title(title),
            on_load=[AdminState.enter_admin, *loads],
        )
