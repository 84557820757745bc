"""The tools of a server's draft as a list: searched, switched, put in order, added, deleted."""

from typing import Any, TypedDict
from uuid import UUID

import reflex as rx
from reflex.event import EventSpec

from core.clock import now_utc
from core.errors import DomainError
from core.ids import as_uuid
from saas_app.services import tools
from saas_app.services.tools import DeletedTool, ToolCard, ToolFilter
from saas_app.services.tools.listing import PAGE
from saas_app.services.tools.python.drafting import add_python_tool
from saas_app.state.addresses import asked, number_asked, server_base, server_in, with_query
from saas_app.state.base import AppState, text_in
from saas_app.state.markers import member
from saas_app.state.server import refresh_server

ALL_TAGS = ("", "All tags")


class ToolRow(TypedDict):
    """A tool as the page draws it."""

    id: str
    kind: str
    href: str
    name: str
    title: str
    method: str
    path: str
    arguments: str
    is_enabled: bool
    evidence: str
    problem: str
    is_selected: bool


class ToolsState(AppState):
    """One page of the list, and what of it is selected."""

    rows: list[ToolRow] = []
    total: int = 0
    found: int = 0
    tags: list[tuple[str, str]] = []
    has_tags: bool = False
    query: str = ""
    tag: str = ""
    shown: str = ""
    summary: str = ""
    previous_href: str = ""
    next_href: str = ""
    selected_count: int = 0
    is_ready: bool = False
    is_adding: bool = False
    is_adding_python: bool = False

    _selected: set[str] = set()
    _deleted: dict[str, list[DeletedTool]] = {}
    _path: str = ""
    _page: int = 1

    @rx.event
    @member
    async def load(self) -> None:
        """Show the tools that the address asks for."""
        url, path = self.router.url, self._list_path()
        self.query, self.tag = asked(url, "q"), asked(url, "tag")
        self.shown, self._page = asked(url, "show"), number_asked(url, "page")
        if path != self._path:
            self._path, self.is_ready, self._selected = path, False, set()
        self.is_adding = self.is_adding or asked(url, "add") == "1"
        try:
            await self._show()
        except DomainError:
            self.rows, self.is_ready = [], True  # the server's frame says why

    @rx.event
    @member
    def search(self, text: str) -> EventSpec:
        """Put the search into the address; the list follows it."""
        return rx.redirect(self._at(q=str(text), tag=self.tag, show=self.shown), replace=True)

    @rx.event
    @member
    def choose_tag(self, tag: str) -> EventSpec:
        """Put the tag into the address."""
        return rx.redirect(self._at(q=self.query, tag=str(tag), show=self.shown), replace=True)

    @rx.event
    @member
    def choose_shown(self, shown: str) -> EventSpec:
        """Put which tools are shown into the address."""
        return rx.redirect(self._at(q=self.query, tag=self.tag, show=str(shown)), replace=True)

    @rx.event
    @member
    async def select(self, tool_id: str) -> None:
        """Select one tool, or not."""
        self._selected = self._selected ^ {str(tool_id)}
        self._mark()

    @rx.event
    @member
    async def select_found(self) -> None:
        """Select all tools that the filters leave, or none when all of them are."""
        async with self._looking() as (session, actor):
            ids = await tools.find_tool_ids(session, actor, self._server_id(), self._filter())
        found = {str(one) for one in ids}
        self._selected = set() if found <= self._selected else found
        self._mark()

    @rx.event
    @member
    async def enable(self, tool_id: str, is_enabled: Any) -> None:
        """Switch one tool on or off."""
        await self._switch([as_uuid(tool_id)], is_enabled=is_enabled is True)

    @rx.event
    @member
    async def enable_selected(self) -> None:
        """Switch the selected tools on."""
        await self._switch(self._selected_ids(), is_enabled=True)

    @rx.event
    @member
    async def disable_selected(self) -> None:
        """Switch the selected tools off."""
        await self._switch(self._selected_ids(), is_enabled=False)

    @rx.event
    @member
    async def delete(self, tool_id: str) -> None:
        """Delete one tool; the notice brings it back."""
        await self._delete([as_uuid(tool_id)])

    @rx.event
    @member
    async def delete_selected(self) -> None:
        """Delete the selected tools; the notice brings them back."""
        await self._delete(self._selected_ids())

    @rx.event
    @member
    async def restore(self, key: str) -> None:
        """Bring back what was deleted last."""
        server_id, _, _number = str(key).partition("/")
        deleted = self._deleted.pop(str(key), [])
        async with self._acting() as (session, actor):
            await tools.restore_tools(session, actor, as_uuid(server_id), deleted, now=now_utc())
        await self._show()

    @rx.event
    @member
    async def duplicate(self, tool_id: str) -> EventSpec:
        """Copy a tool and open the copy."""
        async with self._acting() as (session, actor):
            copy = await tools.duplicate_tool(
                session, actor, self._server_id(), as_uuid(tool_id), now=now_utc()
            )
        return rx.redirect(f"{self._list_path()}/{copy.card.id}")

    @rx.event
    @member
    async def move(self, tool_id: str, step: Any) -> None:
        """Move a tool one place up or down."""
        async with self._acting() as (session, actor):
            server_id = self._server_id()
            ids = await tools.find_tool_ids(session, actor, server_id, ToolFilter())
            order = _moved(ids, as_uuid(tool_id), -1 if step == -1 else 1)
            await tools.reorder_tools(session, actor, server_id, order, now=now_utc())
        await self._show()

    @rx.event
    @member
    def open_adding(self) -> None:
        """Ask for the request of a new tool."""
        self._clear_problems()
        self.is_adding = True

    @rx.event
    @member
    def close_adding(self) -> None:
        """Add no tool."""
        self.is_adding = False

    @rx.event
    @member
    async def add(self, fields: dict[str, Any]) -> EventSpec:
        """Add a tool for one request and open it."""
        self._clear_problems("url", "method")
        method, url = text_in(fields, "method"), text_in(fields, "url")
        async with self._acting() as (session, actor):
            view = await tools.add_tool(
                session, actor, self._server_id(), method=method, url=url, now=now_utc()
            )
        self.is_adding = False
        return rx.redirect(f"{self._list_path()}/{view.card.id}")

    @rx.event
    @member
    def open_adding_python(self) -> None:
        """Ask for the name of a new Python tool."""
        self._clear_problems()
        self.is_adding_python = True

    @rx.event
    @member
    def close_adding_python(self) -> None:
        """Add no Python tool."""
        self.is_adding_python = False

    @rx.event
    @member
    async def add_python(self, fields: dict[str, Any]) -> EventSpec:
        """Add a Python tool and open it."""
        self._clear_problems("name")
        async with self._acting() as (session, actor):
            view = await add_python_tool(
                session, actor, self._server_id(), name=text_in(fields, "name"), now=now_utc()
            )
        self.is_adding_python = False
        return rx.redirect(f"{self._list_path()}/{view.card.id}")

    async def _switch(self, ids: list[UUID], *, is_enabled: bool) -> None:
        async with self._acting() as (session, actor):
            await tools.enable_tools(
                session, actor, self._server_id(), ids, is_enabled=is_enabled, now=now_utc()
            )
        await self._show()

    async def _delete(self, ids: list[UUID]) -> None:
        server_id = self._server_id()
        async with self._acting() as (session, actor):
            deleted = await tools.delete_tools(session, actor, server_id, ids, now=now_utc())
        key = f"{server_id}/{now_utc().timestamp()}"
        self._deleted = {key: deleted}
        self._selected = self._selected - {str(one) for one in ids}
        names = deleted[0].spec["name"] if len(deleted) == 1 else f"{len(deleted)} tools"
        self._say(f"Deleted {names}.", undo=ToolsState.restore(key))
        await self._show()

    async def _show(self) -> None:
        offset = (self._page - 1) * PAGE
        async with self._looking() as (session, actor):
            page = await tools.list_tools(
                session, actor, self._server_id(), self._filter(), offset=offset
            )
        self.total, self.found, last = page.total, page.found, offset + len(page.cards)
        self.tags = [ALL_TAGS, *((tag, f"{tag} ({count})") for tag, count in page.tags)]
        self.has_tags = len(page.tags) > 1
        self.summary = f"{offset + 1:,} to {last:,} of {page.found:,}" if page.cards else ""
        self.previous_href = self._page_href(self._page - 1) if self._page > 1 else ""
        self.next_href = self._page_href(self._page + 1) if last < page.found else ""
        self.rows = [_row(card, self._list_path()) for card in page.cards]
        self._mark()
        self.is_ready = True
        await refresh_server(self)

    def _mark(self) -> None:
        self.rows = [
            ToolRow(**{**row, "is_selected": row["id"] in self._selected}) for row in self.rows
        ]
        self.selected_count = len(self._selected)

    def _filter(self) -> ToolFilter:
        return ToolFilter(self.query, self.tag, self.shown)

    def _selected_ids(self) -> list[UUID]:
        return [as_uuid(one) for one in sorted(self._selected)]

    def _server_id(self) -> UUID:
        return server_in(self.router.url)

    def _list_path(self) -> str:
        return server_base(self.router.url) + "/tools"

    def _page_href(self, page: int) -> str:
        return self._at(q=self.query, tag=self.tag, show=self.shown, page=page)

    def _at(self, **asked: object) -> str:
        return with_query(self._list_path(), **asked)


def _moved(ids: list[UUID], moved: UUID, step: int) -> list[UUID]:
    """Return the order with one tool a place earlier or later."""
    order = list(ids)
    if moved in order:
        place = order.index(moved)
        other = max(0, min(len(order) - 1, place + step))
        order[place], order[other] = order[other], order[place]
    return order


def _row(card: ToolCard, base: str) -> ToolRow:
    count = card.argument_count
    return ToolRow(
        id=str(card.id),
        kind=card.kind,
        href=f"{base}/{card.id}",
        name=card.name,
        title=card.title,
        method=card.method,
        path=card.address,
        arguments="1 argument" if count == 1 else f"{count or 'no'} arguments",
        is_enabled=card.is_enabled,
        evidence=card.evidence.value,
        problem=card.problems[0] if card.problems else "",
        is_selected=False,
    )
