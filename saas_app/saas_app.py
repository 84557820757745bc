"""The composition root of the web app: an explicit list of its pages and routes."""

import re
from collections.abc import Callable
from typing import Any

import reflex as rx

from core.logs import log, set_up_logs
from core.observability import set_up_observability
from core.settings import load_settings
from saas_app.api.routes import make_api
from saas_app.components.head import head
from saas_app.components.wraps import app_wraps
from saas_app.pages import landing, not_found
from saas_app.pages.account_connections import connections_page
from saas_app.pages.account_data import data_page
from saas_app.pages.account_email import confirm_email_page
from saas_app.pages.account_notifications import notifications_page
from saas_app.pages.account_profile import profile_page
from saas_app.pages.admin_audit import admin_audit_page
from saas_app.pages.admin_configuration import admin_configuration_page
from saas_app.pages.admin_features import admin_features_page
from saas_app.pages.admin_frame import admin_title
from saas_app.pages.admin_organization import admin_organization_page
from saas_app.pages.admin_organizations import admin_organizations_page
from saas_app.pages.admin_user import admin_user_page
from saas_app.pages.admin_users import admin_users_page
from saas_app.pages.audit import audit_page
from saas_app.pages.banned import banned_page
from saas_app.pages.calls import calls_page
from saas_app.pages.confirm import confirm_page
from saas_app.pages.connect import connect_page
from saas_app.pages.contact import contact_page
from saas_app.pages.forgot_password import forgot_password_page, reset_password_page
from saas_app.pages.gallery import gallery_page
from saas_app.pages.home import home_page
from saas_app.pages.invitation import invitation_page
from saas_app.pages.local_identity import local_identity_page
from saas_app.pages.mail_preview import mail_preview_page
from saas_app.pages.members import members_page
from saas_app.pages.new_organization import new_organization_page
from saas_app.pages.new_server import new_server_page
from saas_app.pages.onboarding import onboarding_page
from saas_app.pages.organization_keys import organization_keys_page
from saas_app.pages.organization_settings import organization_settings_page
from saas_app.pages.outbox import outbox_page
from saas_app.pages.security import security_page
from saas_app.pages.server_keys import keys_page
from saas_app.pages.server_overview import server_overview_page
from saas_app.pages.server_settings import settings_page
from saas_app.pages.servers import servers_page
from saas_app.pages.sign_in import sign_in_page
from saas_app.pages.sign_up import check_inbox_page, sign_up_page
from saas_app.pages.test_cases import test_cases_page
from saas_app.pages.tool import tool_page
from saas_app.pages.tools import tools_page
from saas_app.pages.variables import variables_page
from saas_app.pages.verify import verify_page
from saas_app.pages.verify_email import verify_email_page
from saas_app.pages.versions import versions_page
from saas_app.pages.web_sessions import sessions_page
from saas_app.state.account import AccountState
from saas_app.state.account_connections import AccountConnectionsState
from saas_app.state.account_data import AccountDataState
from saas_app.state.account_email import AccountEmailState, ConfirmEmailState
from saas_app.state.account_password import AccountPasswordState
from saas_app.state.admin import AdminState
from saas_app.state.admin_audit import AdminAuditState
from saas_app.state.admin_configuration import AdminConfigurationState
from saas_app.state.admin_features import AdminFeaturesState
from saas_app.state.admin_organization import AdminOrganizationState
from saas_app.state.admin_organizations import AdminOrganizationsState
from saas_app.state.admin_user import AdminUserState
from saas_app.state.admin_user_acts import AdminUserActsState
from saas_app.state.admin_users import AdminUsersState
from saas_app.state.audit import AuditState
from saas_app.state.banned import BannedState
from saas_app.state.base import AppState
from saas_app.state.calls import CallsState
from saas_app.state.confirm import ConfirmState
from saas_app.state.connect import ConnectState
from saas_app.state.connections import ConnectionsState
from saas_app.state.contact import ContactState
from saas_app.state.forgot_password import ForgotPasswordState, ResetPasswordState
from saas_app.state.guard import SessionGuard
from saas_app.state.home import HomeState
from saas_app.state.invitation import InvitationState
from saas_app.state.invitations import InvitationsState
from saas_app.state.keys import KeysState
from saas_app.state.landing import LandingState
from saas_app.state.local_identity import LocalIdentityState
from saas_app.state.mail_preview import MailPreviewState
from saas_app.state.members import MembersState
from saas_app.state.new_organization import NewOrganizationState
from saas_app.state.new_server import NewServerState
from saas_app.state.notifications import NotificationsState
from saas_app.state.onboarding import OnboardingState
from saas_app.state.organization import OrganizationState
from saas_app.state.organization_keys import OrganizationKeysState
from saas_app.state.outbox import OutboxHintState, OutboxState
from saas_app.state.overview import OverviewState
from saas_app.state.passkeys import PasskeysState
from saas_app.state.pictures import AvatarState, LogoState
from saas_app.state.profile import ProfileState
from saas_app.state.proposal import ProposalState
from saas_app.state.security import SecurityState
from saas_app.state.server import ServerState
from saas_app.state.servers import ServersState
from saas_app.state.sign_in import SignInState
from saas_app.state.sign_up import InboxState, SignUpState
from saas_app.state.sockets import SocketWatch
from saas_app.state.test_cases import TestCasesState
from saas_app.state.tool import ToolState
from saas_app.state.tools import ToolsState
from saas_app.state.variables import VariablesState
from saas_app.state.verify import VerifyState
from saas_app.state.verify_email import VerifyEmailState
from saas_app.state.versions import VersionsState
from saas_app.state.ways import WaysState
from saas_app.state.web_sessions import WebSessionsState


def _log_failure(exception: Exception) -> None:
    """Keep the trace of what no marker caught: a failure between handlers."""
    log.opt(exception=exception).error("event.failed")


def _log_page_failure(exception: Exception) -> None:
    """Note that a page failed in a browser; only the kind, since anybody can send the words."""
    kind = re.match(r"[A-Za-z]{3,30}Error\b", str(exception))
    log.error("page.failed", kind=kind.group() if kind else "unknown")


def make_app() -> rx.App:
    """Put the web app together."""
    settings = load_settings()
    set_up_logs(settings, program="web")
    set_up_observability(settings, program="web")
    app = rx.App(
        stylesheets=["theme.css"],
        head_components=head(),
        html_lang="en",
        toaster=None,
        app_wraps=app_wraps(),
        api_transformer=make_api(),
        backend_exception_handler=_log_failure,
        frontend_exception_handler=_log_page_failure,
    )
    watch = SocketWatch()
    app.add_middleware(SessionGuard(watch))
    app.register_lifespan_task(watch.run, app=app)
    _add_public_pages(app, settings.web_url)
    _add_door_pages(app)
    _add_account_pages(app)
    _add_admin_pages(app)
    _add_organization_pages(app, has_sample_api=not settings.is_production)
    if not settings.is_production:
        _add_development_pages(app)
    return app


def _add_public_pages(app: rx.App, address: str) -> None:
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


def _add_door_pages(app: rx.App) -> None:
    """Add the pages of signing in: path, page, title, what loads it."""
    for path, page, title, load in (
        ("/sign-in", sign_in_page, "Sign in", [SignInState.arrive, WaysState.look_for_ways]),
        (
            "/sign-up",
            sign_up_page,
            "Sign up",
            [SignUpState.arrive_to_sign_up, WaysState.look_for_ways],
        ),
        ("/verify", verify_page, "Confirm that it is you", VerifyState.arrive_to_verify),
        ("/confirm", confirm_page, "Confirm that it is you", ConfirmState.arrive_to_confirm),
        (
            "/check-inbox",
            check_inbox_page,
            "Check your inbox",
            [OutboxHintState.look, InboxState.wait_for_letter],
        ),
        (
            "/verify-email",
            verify_email_page,
            "Confirm your address",
            VerifyEmailState.look_at_link,
        ),
        (
            "/forgot-password",
            forgot_password_page,
            "Forgot password",
            ForgotPasswordState.arrive_forgetful,
        ),
        (
            "/reset-password",
            reset_password_page,
            "New password",
            ResetPasswordState.look_at_reset,
        ),
        (
            "/change-email",
            confirm_email_page,
            "Change of address",
            ConfirmEmailState.look_at_change,
        ),
        ("/banned", banned_page, "Banned", BannedState.look_at_ban),
    ):
        app.add_page(page, route=path, title=f"{title} · Toolkiln", on_load=load)


def _add_development_pages(app: rx.App) -> None:
    app.add_page(gallery_page, route="/dev/gallery", title="Gallery · Toolkiln")
    app.add_page(
        local_identity_page,
        route="/dev/identity",
        title="Local identity · Toolkiln",
        on_load=LocalIdentityState.arrive_to_choose,
    )
    app.add_page(
        outbox_page, route="/dev/outbox", title="Outbox · Toolkiln", on_load=OutboxState.load_outbox
    )
    app.add_page(
        mail_preview_page,
        route="/dev/mail",
        title="Mail templates · Toolkiln",
        on_load=MailPreviewState.load_preview,
    )


def _add_account_pages(app: rx.App) -> None:
    """Add the pages of one's own account: path, page, title, what loads it."""
    for path, page, title, loads in (
        (
            "profile",
            profile_page,
            "Profile",
            [
                ProfileState.load_profile,
                AvatarState.load_avatar,
                OutboxHintState.look,
                AccountEmailState.load_email,
            ],
        ),
        (
            "security",
            security_page,
            "Security",
            [
                AccountPasswordState.load_password,
                SecurityState.load_security,
                PasskeysState.load_passkeys,
            ],
        ),
        ("sessions", sessions_page, "Sessions", [WebSessionsState.load_sessions]),
        (
            "connections",
            connections_page,
            "Connections",
            [WaysState.look_for_ways, AccountConnectionsState.load_connections],
        ),
        (
            "notifications",
            notifications_page,
            "Notifications",
            [NotificationsState.load_notifications],
        ),
        ("data", data_page, "Data", [AccountDataState.load_data]),
    ):
        app.add_page(
            page,
            route=f"/account/{path}",
            title=f"{title} · Toolkiln",
            on_load=[AccountState.enter_account, *loads],
        )


def _add_admin_pages(app: rx.App) -> None:
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


def _add_organization_pages(app: rx.App, *, has_sample_api: bool) -> None:
    """Add the pages under `/o/<organization>/`: path, page, title, what loads it."""
    server = "servers/[server_id]"
    add = _add_organization_page
    add(app, "servers", servers_page, title="Servers", on_load=[ServersState.load])
    add(
        app,
        "new",
        lambda: new_server_page(has_sample_api=has_sample_api),
        title="New server",
        on_load=[NewServerState.arrive, ProposalState.load],
    )
    add(
        app,
        "api-keys",
        organization_keys_page,
        title="API keys",
        on_load=[OrganizationKeysState.load_organization_keys],
    )
    add(
        app,
        "settings",
        organization_settings_page,
        title="Settings",
        on_load=[LogoState.load_logo, OrganizationState.load_organization],
    )
    add(
        app,
        "members",
        members_page,
        title="Members",
        on_load=[
            OutboxHintState.look,
            MembersState.load_members,
            InvitationsState.load_invitations,
        ],
    )
    add(app, "audit", audit_page, title="Audit log", on_load=[AuditState.load_audit])
    for path, page, title, load in (
        ("", server_overview_page, "Server", OverviewState.load_overview),
        ("/tools", tools_page, "Tools", ToolsState.load),
        ("/tools/[tool_id]", tool_page, "Tool", ToolState.load),
        ("/variables", variables_page, "Variables", VariablesState.load),
        ("/tests", test_cases_page, "Tests", TestCasesState.load_cases),
        ("/versions", versions_page, "Versions", VersionsState.load_versions),
        ("/keys", keys_page, "Keys", KeysState.load_keys),
        ("/calls", calls_page, "Calls", CallsState.load_calls),
        ("/settings", settings_page, "Settings", ConnectionsState.load_settings),
    ):
        add(app, f"{server}{path}", page, title=title, on_load=[ServerState.enter_server, load])


def _add_organization_page(
    app: rx.App, path: str, page: Callable[[], rx.Component], *, title: str, on_load: list[Any]
) -> None:
    app.add_page(
        page,
        route=f"/o/[organization]/{path}",
        title=f"{title} · Toolkiln",
        on_load=[AppState.enter, *on_load],
    )


app = make_app()
