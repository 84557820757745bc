"""The pages of an organization and of its servers."""

from collections.abc import Callable
from typing import Any

import reflex as rx

from saas_app.pages.audit import audit_page
from saas_app.pages.calls import calls_page
from saas_app.pages.members import members_page
from saas_app.pages.new_server import new_server_page
from saas_app.pages.organization_keys import organization_keys_page
from saas_app.pages.organization_settings import organization_settings_page
from saas_app.pages.server_keys import keys_page
from saas_app.pages.server_overview import server_overview_page
from saas_app.pages.server_settings import settings_page
from saas_app.pages.servers import servers_page
from saas_app.pages.test_cases import test_cases_page
from saas_app.pages.tool import tool_page
from saas_app.pages.tools import tools_page
from saas_app.pages.variables import variables_page
from saas_app.pages.versions import versions_page
from saas_app.state.audit import AuditState
from saas_app.state.base import AppState
from saas_app.state.calls import CallsState
from saas_app.state.connections import ConnectionsState
from saas_app.state.invitations import InvitationsState
from saas_app.state.keys import KeysState
from saas_app.state.members import MembersState
from saas_app.state.new_server import NewServerState
from saas_app.state.organization import OrganizationState
from saas_app.state.organization_keys import OrganizationKeysState
from saas_app.state.outbox import OutboxHintState
from saas_app.state.overview import OverviewState
from saas_app.state.pictures import LogoState
from saas_app.state.proposal import ProposalState
from saas_app.state.python_settings import PythonSettingsState
from saas_app.state.server import ServerState
from saas_app.state.servers import ServersState
from saas_app.state.test_cases import TestCasesState
from saas_app.state.tool import ToolState
from saas_app.state.tools import ToolsState
from saas_app.state.variables import VariablesState
from saas_app.state.versions import VersionsState
from saas_app.state.workers import WorkersState


def add_organization_pages(app: rx.App, *, has_sample_api: bool) -> None:
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
    for path, page, title, *loads in (
        ("", server_overview_page, "Server", OverviewState.load_overview, WorkersState.look),
        ("/tools", tools_page, "Tools", ToolsState.load),
        ("/tools/[tool_id]", tool_page, "Tool", ToolState.load),
        ("/variables", variables_page, "Variables", VariablesState.load),
        ("/tests", test_cases_page, "Tests", TestCasesState.load_cases),
        ("/versions", versions_page, "Versions", VersionsState.load_versions),
        ("/keys", keys_page, "Keys", KeysState.load_keys),
        ("/calls", calls_page, "Calls", CallsState.load_calls),
        (
            "/settings",
            settings_page,
            "Settings",
            ConnectionsState.load_settings,
            PythonSettingsState.load_python,
        ),
    ):
        add(app, f"{server}{path}", page, title=title, on_load=[ServerState.enter_server, *loads])


def _add_organization_page(
    app: rx.App, path: str, page: Callable[[], rx.Component], *, title: str, on_load: list[Any]
) -> None:
    app.add_page(
        page,
        route=f"/o/[organization]/{path}",
        title=f"{title} · Toolkiln",
        on_load=[AppState.enter, *on_load],
    )
