"""The overview of a server: how clients connect, the last calls, what waits to be published."""

from dataclasses import dataclass, field

import reflex as rx

from core.models import AccessPolicy
from saas_app import resources
from saas_app.services.calls import list_calls
from saas_app.services.connect import ClientSetup, Target, Way, connect_panel
from saas_app.services.server_overview import ServerOverview, server_overview
from saas_app.services.versions import preview_publish
from saas_app.state.addresses import asked, server_base, server_in
from saas_app.state.base import AppState
from saas_app.state.calls import CallRow, call_row
from saas_app.state.diff_rows import summary_of
from saas_app.state.markers import member

LAST_CALLS = 5


@dataclass(frozen=True)
class ClientTab:
    """One client of the panel, and the address that shows it."""

    id: str
    name: str
    href: str
    is_shown: bool


@dataclass(frozen=True)
class SnippetView:
    """Text to copy, and where it goes."""

    label: str
    code: str


@dataclass(frozen=True)
class SetupView:
    """How the chosen client connects."""

    name: str = ""
    link: str = ""
    link_label: str = ""
    more_links: list[list[str]] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    snippets: list[SnippetView] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    is_possible: bool = True


class OverviewState(AppState):
    """What the overview adds to the header."""

    is_overview_ready: bool = False
    way: str = "oauth"
    oauth_href: str = ""
    key_href: str = ""
    client_tabs: list[ClientTab] = []
    setup: SetupView = SetupView()
    last_calls: list[CallRow] = []
    waiting_summary: str = ""
    waiting_breaks: int = 0

    @rx.event
    @member
    async def load_overview(self) -> None:
        """Show the client and the way that the address asks for."""
        server_id, settings = server_in(self.router.url), resources.get().settings
        async with self._looking() as (session, actor):
            found = await server_overview(session, actor, server_id, settings=settings)
            preview = await preview_publish(session, actor, server_id)
            page = await list_calls(session, actor, server_id)
        self.last_calls = [call_row(call) for call in page.calls[:LAST_CALLS]]
        has_news = found.live_number is not None and not preview.diff.is_empty
        self.waiting_summary = summary_of(preview.diff) if has_news else ""
        self.waiting_breaks = preview.diff.breaking_count if has_news else 0
        self._show_panel(found)
        self.is_overview_ready = True

    def _show_panel(self, found: ServerOverview) -> None:
        is_open = found.access_policy is AccessPolicy.PUBLIC
        without_key = Way.OPEN if is_open else Way.OAUTH
        way = Way.KEY if asked(self.router.url, "way") == Way.KEY else without_key
        setups = connect_panel(Target(found.name, found.address, way))
        wanted = asked(self.router.url, "client")
        possible = next((one for one in setups if one.is_possible), setups[0])
        shown = next((one for one in setups if one.id == wanted), possible)
        self.way, self.setup = str(way), _view(shown)
        self.oauth_href = self._address(shown.id, without_key)
        self.key_href = self._address(shown.id, Way.KEY)
        self.client_tabs = [
            ClientTab(one.id, one.name, self._address(one.id, way), one.id == shown.id)
            for one in setups
        ]

    def _address(self, client: str, way: Way) -> str:
        ending = "&way=key" if way is Way.KEY else ""
        return f"{server_base(self.router.url)}?client={client}{ending}"


def _view(setup: ClientSetup) -> SetupView:
    return SetupView(
        name=setup.name,
        link=setup.link,
        link_label=setup.link_label,
        more_links=[[label, href] for label, href in setup.more_links],
        steps=list(setup.steps),
        snippets=[SnippetView(one.label, one.code) for one in setup.snippets],
        notes=list(setup.notes),
        is_possible=setup.is_possible,
    )
