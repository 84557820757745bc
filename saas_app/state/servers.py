"""The list of an organization's servers."""

from typing import TypedDict

import reflex as rx

from core.permissions import Permission
from saas_app.services import servers
from saas_app.services.servers import ServerCard
from saas_app.state.addresses import asked, with_query
from saas_app.state.base import AppState
from saas_app.state.markers import member


class ServerRow(TypedDict):
    """A server as the page draws it."""

    href: str
    name: str
    description: str
    standing: str
    tools: str
    version: str
    last_call: str


class ServersState(AppState):
    """The servers that are shown, and what they were searched for."""

    rows: list[ServerRow] = []
    total: int = 0
    query: str = ""
    is_ready: bool = False
    can_make: bool = False

    @rx.event
    @member
    async def load(self) -> None:
        """Show the servers that the address asks for."""
        self.query = asked(self.router.url, "q")
        self.can_make = Permission.SERVER_EDIT in self.permissions
        async with self._looking() as (session, actor):
            cards = await servers.list_servers(session, actor)
        self.total, self.is_ready = len(cards), True
        base = f"/o/{self._slug_in_address()}/servers"
        self.rows = [_row(card, base) for card in cards if _is_meant(card, self.query)]

    @rx.event
    @member
    def search(self, text: str) -> rx.event.EventSpec:
        """Put the search into the address; the list follows it."""
        path = f"/o/{self._slug_in_address()}/servers"
        return rx.redirect(with_query(path, q=str(text)), replace=True)


def _is_meant(card: ServerCard, query: str) -> bool:
    text = f"{card.name} {card.description}".lower()
    return all(word in text for word in query.lower().split())


def _row(card: ServerCard, base: str) -> ServerRow:
    return ServerRow(
        href=f"{base}/{card.id}",
        name=card.name,
        description=card.description,
        standing=card.standing.value,
        tools="1 tool" if card.tool_count == 1 else f"{card.tool_count:,} tools",
        version=f"Version {card.live_number}" if card.live_number else "",
        last_call=card.last_call_at.isoformat() if card.last_call_at else "",
    )


async def forget_servers(state: AppState) -> None:
    """Let the list be loaded before it is shown again: a server has come or gone."""
    (await state.get_state(ServersState)).is_ready = False
