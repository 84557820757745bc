"""The pages of one's own account."""

import reflex as rx

from saas_app.pages.account_connections import connections_page
from saas_app.pages.account_data import data_page
from saas_app.pages.account_notifications import notifications_page
from saas_app.pages.account_profile import profile_page
from saas_app.pages.security import security_page
from saas_app.pages.web_sessions import sessions_page
from saas_app.state.account import AccountState
from saas_app.state.account_connections import AccountConnectionsState
from saas_app.state.account_data import AccountDataState
from saas_app.state.account_email import AccountEmailState
from saas_app.state.account_password import AccountPasswordState
from saas_app.state.notifications import NotificationsState
from saas_app.state.outbox import OutboxHintState
from saas_app.state.passkeys import PasskeysState
from saas_app.state.pictures import AvatarState
from saas_app.state.profile import ProfileState
from saas_app.state.security import SecurityState
from saas_app.state.ways import WaysState
from saas_app.state.web_sessions import WebSessionsState


def add_account_pages(app: rx.App) -> None:
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
