"""New server, second half: shows what was proposed, and makes a server of what is picked."""

from typing import Any, TypedDict
from uuid import UUID

import reflex as rx
from reflex.event import EventSpec

from core.clock import now_utc
from core.errors import Forbidden, NotFound
from core.ids import as_uuid
from core.tool_spec import Annotations
from saas_app import resources
from saas_app.services import intakes, servers
from saas_app.services.intake.openapi.wording import shortened
from saas_app.services.intakes import PAGE, IntakeView, ProposalFilter, ProposedTool
from saas_app.services.servers import NewServer
from saas_app.state.addresses import asked, number_asked, with_query
from saas_app.state.base import AppState, text_in
from saas_app.state.markers import member
from saas_app.state.new_server import forget_source
from saas_app.state.servers import forget_servers

# Clients choose worse among more tools than this, so more are not picked by themselves.
PICKED_AT_ONCE = 40
KINDS = {"openapi": "OpenAPI document", "curl": "cURL commands"}

LONGEST_DESCRIPTION = 300

ALL_TAGS = ("", "All tags")


class ProposedRow(TypedDict):
    """A proposed tool as the page draws it; `heading` is set where a new tag begins."""

    heading: str
    name: str
    title: str
    description: str
    method: str
    path: str
    effect: str
    is_picked: bool


class ProposedArgument(TypedDict):
    """An argument of the one proposed tool that is open."""

    name: str
    kind: str
    description: str
    is_required: bool


class FoundVariable(TypedDict):
    """A variable that the source needs."""

    name: str
    description: str
    is_secret: bool
    is_found: bool


class ProposalState(AppState):
    """One page of the proposed tools, what is picked of all, and what else was found."""

    intake: str = ""
    into_server: str = ""
    is_ready: bool = False
    trouble: str = ""
    name: str = ""
    kind: str = ""
    source_url: str = ""
    total: int = 0
    tags: list[tuple[str, str]] = []
    has_tags: bool = False
    variables: list[FoundVariable] = []
    skipped: list[list[str]] = []
    skipped_count: int = 0
    notes: list[str] = []
    rows: list[ProposedRow] = []
    # Of one tool at a time: rows are sent again with each pick, and these would be most of them.
    opened: str = ""
    arguments: list[ProposedArgument] = []
    promises: str = ""
    found: int = 0
    picked_count: int = 0
    query: str = ""
    tag: str = ""
    summary: str = ""
    previous_href: str = ""
    next_href: str = ""

    _picked: set[str] = set()
    _page: int = 1

    @rx.event
    @member
    async def load(self) -> None:
        """Show the proposal that the address names, if it names one."""
        url = self.router.url
        before, self.intake = self.intake, asked(url, "intake")
        self.into_server = asked(url, "server")
        self.query, self.tag = asked(url, "q"), asked(url, "tag")
        self._page = number_asked(url, "page")
        self.is_ready = self.is_ready and before == self.intake
        if not self.intake:
            return
        try:
            await self._show_source(is_new=before != self.intake)
            await self._show_page()
        except (Forbidden, NotFound) as refusal:
            self.trouble = refusal.message
        self.is_ready = True

    @rx.event
    @member
    def search(self, text: str) -> EventSpec:
        """Put the search into the address; the list follows it."""
        return rx.redirect(self._at(q=str(text), tag=self.tag), replace=True)

    @rx.event
    @member
    def choose_tag(self, tag: str) -> EventSpec:
        """Put the tag into the address; the list follows it."""
        return rx.redirect(self._at(q=self.query, tag=str(tag)), replace=True)

    @rx.event
    @member
    async def look_into(self, name: str) -> None:
        """Show what one tool takes and promises."""
        async with self._looking() as (session, actor):
            details = await intakes.proposed_details(
                session, actor, as_uuid(self.intake), str(name), now=now_utc()
            )
        self.opened, self.promises = str(name), _in_words(details.annotations)
        self.arguments = [
            ProposedArgument(
                name=one.name,
                kind=one.kind,
                description=shortened(one.description, LONGEST_DESCRIPTION),
                is_required=one.is_required,
            )
            for one in details.arguments
        ]

    @rx.event
    @member
    async def toggle(self, name: str) -> None:
        """Pick one tool, or not."""
        self._picked = self._picked ^ {str(name)}
        self._mark()

    @rx.event
    @member
    async def pick_found(self) -> None:
        """Pick all tools that the search and the tag leave."""
        self._picked = self._picked | await self._names(self.query, self.tag)
        self._mark()

    @rx.event
    @member
    async def drop_found(self) -> None:
        """Pick none of the tools that the search and the tag leave."""
        self._picked = self._picked - await self._names(self.query, self.tag)
        self._mark()

    @rx.event
    @member
    async def pick_tag(self, tag: str) -> None:
        """Pick all tools of a tag, or none when all of them are picked."""
        named = await self._names("", str(tag))
        has_all = named <= self._picked
        self._picked = self._picked - named if has_all else self._picked | named
        self._mark()

    @rx.event
    @member
    async def create(self, fields: dict[str, Any]) -> EventSpec:
        """Make a server of the picked tools, or put them into the one that asked for more."""
        self._clear_problems()
        self.name = text_in(fields, "name") or self.name
        server_id = await (self._add() if self.into_server else self._create())
        self._picked, self.picked_count = set(), 0
        await forget_servers(self)
        await forget_source(self)
        return rx.redirect(f"/o/{self._slug_in_address()}/servers/{server_id}/tools")

    async def _create(self) -> UUID:
        wanted = NewServer(self.name, self._picked)
        async with self._acting() as (session, actor):
            return await servers.create_server_from_intake(
                session, actor, as_uuid(self.intake), wanted,
                sealer=resources.get().sealer, now=now_utc(),
            )  # fmt: skip

    async def _add(self) -> UUID:
        places = as_uuid(self.into_server), as_uuid(self.intake)
        async with self._acting() as (session, actor):
            names = await servers.add_from_intake(
                session, actor, places, self._picked, sealer=resources.get().sealer, now=now_utc()
            )
        self._say("One tool added." if len(names) == 1 else f"{len(names)} tools added.")
        return places[0]

    async def _show_source(self, *, is_new: bool) -> None:
        async with self._looking() as (session, actor):
            seen = await intakes.read_intake(session, actor, as_uuid(self.intake), now=now_utc())
        self._show(seen)
        if is_new:
            self.opened = ""
            self.name, self._picked = seen.name[:64], set()
            if seen.tool_count <= PICKED_AT_ONCE:
                self._picked = await self._names("", "")

    def _show(self, seen: IntakeView) -> None:
        self.kind, self.source_url, self.total = KINDS[seen.kind], seen.source_url, seen.tool_count
        self.tags = [ALL_TAGS, *((tag, f"{tag} ({count})") for tag, count in seen.tags)]
        self.has_tags = len(seen.tags) > 1
        self.skipped = [list(one) for one in seen.skipped]
        self.skipped_count = len(self.skipped)
        self.notes, self.trouble = list(seen.notes), ""
        self.variables = [
            FoundVariable(
                name=one.name,
                description=one.description,
                is_secret=one.is_secret,
                is_found=one.name in seen.found_values,
            )
            for one in seen.variables
        ]

    async def _show_page(self) -> None:
        wanted, offset = ProposalFilter(self.query, self.tag), (self._page - 1) * PAGE
        async with self._looking() as (session, actor):
            page = await intakes.list_proposed(
                session, actor, as_uuid(self.intake), wanted, now=now_utc(), offset=offset
            )
        self.found, last = page.found, offset + len(page.tools)
        self.summary = f"{offset + 1:,} to {last:,} of {page.found:,}" if page.tools else ""
        self.previous_href = self._page_href(self._page - 1) if self._page > 1 else ""
        self.next_href = self._page_href(self._page + 1) if last < page.found else ""
        self.rows = _rows(page.tools)
        self._mark()

    def _mark(self) -> None:
        """Show which tools are picked."""
        self.rows = [
            ProposedRow(**{**row, "is_picked": row["name"] in self._picked}) for row in self.rows
        ]
        self.picked_count = len(self._picked)
        self._clear_problems("picks")

    async def _names(self, query: str, tag: str) -> set[str]:
        async with self._looking() as (session, actor):
            return set(
                await intakes.proposed_names(
                    session, actor, as_uuid(self.intake), ProposalFilter(query, tag), now=now_utc()
                )
            )

    def _page_href(self, page: int) -> str:
        return self._at(q=self.query, tag=self.tag, page=page)

    def _at(self, **asked: object) -> str:
        path = f"/o/{self._slug_in_address()}/new"
        return with_query(path, intake=self.intake, server=self.into_server, **asked)


def _in_words(annotations: Annotations) -> str:
    """What a tool promises its clients, as the page of a tool calls it."""
    said = [
        "Reads only" if annotations.read_only else "Changes something",
        "May destroy" if annotations.destructive and not annotations.read_only else "",
        "Safe to repeat" if annotations.idempotent else "Not safe to repeat",
        "Reaches outside" if annotations.open_world else "Stays inside",
    ]
    return " · ".join(filter(None, said))


def _rows(tools: list[ProposedTool]) -> list[ProposedRow]:
    rows, before = [], ""
    for tool in tools:
        heading = tool.tags[0] if tool.tags[0] != before else ""
        before = tool.tags[0]
        rows.append(_row(tool, heading))
    return rows


def _row(tool: ProposedTool, heading: str) -> ProposedRow:
    effect = "Reads" if tool.is_read_only else "Destructive" if tool.is_destructive else "Writes"
    return ProposedRow(
        heading=heading,
        name=tool.name,
        title=tool.title,
        description=tool.description,
        method=tool.method,
        path=tool.path,
        effect=effect,
        is_picked=False,
    )
