"""One tool as it is edited: every field is saved a moment after the last key."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

import orjson
import reflex as rx

from core.clock import now_utc
from core.errors import DomainError, NotFound, UpstreamUnavailable
from core.permissions import Permission
from saas_app import resources
from saas_app.services import tools
from saas_app.services.servers import Standing
from saas_app.services.tools import ChangedMeanwhile, ToolChanges, ToolEdit, ToolView
from saas_app.services.tools.python.drafting import convert_tool, write_signature
from saas_app.services.tools.python.looking import Look, Seen, look_at, note_look, start_look
from saas_app.state.addresses import asked, server_in, tool_in
from saas_app.state.base import AppState
from saas_app.state.markers import member
from saas_app.state.server import ServerState, refresh_server
from saas_app.state.tool_arguments import ArgumentFields, fresh_rows, matched_rows, typed_rows
from saas_app.state.trying import TryingState

SWITCHES = frozenset({"is_enabled", "read_only", "destructive", "idempotent", "open_world"})
TEXTS = frozenset(
    {"name", "title", "description", "method", "url", "headers", "select", "max_bytes"}
    | {"timeout_seconds", "schema_text", "source", "function"}
)
# Others follow from these, so their parts are shown anew after a change.
FAR_REACHING = frozenset({"url", "method", "input_schema", "add_argument", "remove_argument"})
CODE = frozenset({"source", "function"})
UNSAVED = frozenset({"failed", "refused", "stale"})
# The id of the part of the page that holds a tool's request, or its code.
REQUEST_OR_CODE = "request-or-code"


class ToolState(AppState):
    """The tool's fields as they are typed, and whether they are saved."""

    tool_id: str = ""
    kind: str = "http"
    name: str = ""
    title: str = ""
    description: str = ""
    method: str = "GET"
    url: str = ""
    headers: str = ""
    select: str = ""
    max_bytes: str = ""
    timeout_seconds: str = ""
    is_enabled: bool = True
    read_only: bool = False
    destructive: bool = True
    idempotent: bool = False
    open_world: bool = True
    schema_text: str = ""
    arguments: list[ArgumentFields] = []
    signs_in_with: tuple[str, ...] = ()
    evidence: str = ""
    doubts: list[str] = []
    source: str = ""
    function: str = ""
    code_problems: list[dict[str, Any]] = []
    code_trouble: str = ""
    is_code_sound: bool = False
    shows_json: bool = False
    is_ready: bool = False
    trouble: str = ""
    saving: str = ""
    is_stale: bool = False

    _stamp: str = ""
    _unsaved: dict[str, Any] = {}
    _before: dict[str, Any] = {}
    _signature: str = ""

    @rx.event
    @member
    async def load(self) -> list[Any]:
        """Show the tool that the address names, and let those who may try it."""
        self.shows_json = asked(self.router.url, "arguments") == "json"
        tool_id = str(self.router.url.path).rstrip("/").rsplit("/", 1)[-1]
        is_same = self.is_ready and tool_id == self.tool_id and not self.is_stale
        self.tool_id, self.is_ready = tool_id, is_same
        # Where nothing was saved elsewhere, what is being typed stays, refused fields included.
        await self._load(but=self._stamp if is_same else "")
        return self._tried_anew()

    @rx.event
    @member
    async def weigh(self) -> None:
        """Show how much is known of the tool by now; what is being typed stays."""
        async with self._looking() as (session, actor):
            card = (await tools.read_tool(session, actor, *self._place())).card
        self.evidence, self.doubts = card.evidence.value, card.problems

    @rx.event
    @member
    async def load_latest(self) -> None:
        """Show what somebody else saved, and drop what was not saved here."""
        await self._load()

    @rx.event
    @member
    async def keep_mine(self) -> None:
        """Save what was typed here over what somebody else saved."""
        async with self._looking() as (session, actor):
            latest = await tools.read_tool(session, actor, *self._place())
        unsaved, self._unsaved = self._unsaved, {}
        self._stamp, self.is_stale = latest.stamp, False
        if await self._save(unsaved):
            await self._load()

    @rx.event
    @member
    async def save(self, field: str, value: Any) -> list[Any]:
        """Save one field as it was typed."""
        own = "schema_text" if field == "input_schema" else str(field)
        if own in SWITCHES:
            setattr(self, own, value is True)
        elif own in TEXTS:
            setattr(self, own, str(value))
        self.is_code_sound = self.is_code_sound and own not in CODE
        taken = await self._save({str(field): value if own in SWITCHES else str(value)})
        return self._tried_anew() if taken and field in FAR_REACHING | CODE else []

    @rx.event
    @member
    async def save_argument(self, name: str, key: str, value: Any) -> list[Any]:
        """Save one thing of one argument."""
        self.arguments = typed_rows(self.arguments, str(name), str(key), value)
        return self._tried_anew() if await self._save({f"arguments.{name}.{key}": value}) else []

    @rx.event
    @member
    async def add_argument(self) -> list[Any]:
        """Add an argument to be named."""
        return self._tried_anew() if await self._save({"add_argument": "argument"}) else []

    @rx.event
    @member
    async def remove_argument(self, name: str) -> list[Any]:
        """Take an argument away; the notice brings it back."""
        if await self._save({"remove_argument": str(name)}):
            self._say(f"Removed the argument {name}.", undo=ToolState.put_back(self.tool_id))
            return self._tried_anew()
        if problem := self.problems.get("remove_argument"):
            self._say(problem, kind="error")
        return []

    @rx.event
    @member
    async def put_back(self, tool_id: str) -> list[Any]:
        """Undo the last removal, on the tool that it was made on."""
        server_id, here = self._place()
        if str(here) != str(tool_id) or not self._before:
            return []
        async with self._acting() as (session, actor):
            view = await tools.put_back_tool(
                session, actor, server_id, here, before=self._before, now=now_utc()
            )
        self._show(view)
        self.saving = "saved"
        return self._tried_anew()

    @rx.event
    @member
    async def run(self, typed: dict[str, Any]) -> list[Any]:
        """Run the tool as the page shows it, with what is in the form.

        A handler that waits its turn: what was typed last is saved by the ones before it.
        """
        if self.saving in UNSAVED:
            self._say("Not run: the last change on this page is not saved.", kind="error")
            return []
        return [TryingState.run(typed)]

    @rx.event(background=True, supersedes=True)
    @member
    async def look(self) -> None:
        """Have the code looked at as it is saved, and show what is wrong with it."""
        async with self:
            place = self._place()
            async with self._looking() as (session, actor):
                look = await start_look(
                    session, actor, *place, sealer=resources.get().sealer, now=now_utc()
                )
        try:
            seen = await look_at(resources.get().settings, look)
        except UpstreamUnavailable as error:
            async with self:
                self.code_trouble, self.is_code_sound = error.message, False
            return
        async with self:
            await self._take_look(look, seen)

    @rx.event
    @member
    async def convert(self) -> list[Any]:
        """Turn the request into Python; the notice takes it back."""
        async with self._acting() as (session, actor):
            edit = await convert_tool(
                session, actor, *self._place(), seen=self._stamp, now=now_utc()
            )
        self._show_edit(edit)
        self._say(f"{self.name} is Python now.", undo=ToolState.put_back(self.tool_id))
        return [rx.set_focus(REQUEST_OR_CODE), *self._tried_anew()]

    @rx.event
    @member
    async def write_signature(self) -> list[Any]:
        """Give the function the parameters that the arguments ask for."""
        self._clear_problems("source")
        async with self._acting() as (session, actor):
            edit = await write_signature(
                session, actor, *self._place(), seen=self._stamp, now=now_utc()
            )
        self._show_edit(edit)
        self._say("The function takes the arguments now.", undo=ToolState.put_back(self.tool_id))
        return self._tried_anew()

    @rx.event
    @member
    async def read_signature(self) -> list[Any]:
        """Give the tool the arguments that its function takes."""
        if not self._signature or not await self._save({"input_schema": self._signature}):
            return []
        await self._load()
        return self._tried_anew()

    async def _take_look(self, look: Look, seen: Seen) -> None:
        if str(look.tool_id) != self.tool_id:
            return
        async with self._acting() as (session, actor):
            evidence = await note_look(session, actor, look, seen)
        self.evidence = evidence.value
        self._signature = "" if seen.schema is None else orjson.dumps(seen.schema).decode()
        self.code_problems = [asdict(one) for one in seen.problems]
        self.code_trouble, self.is_code_sound = "", seen.is_sound

    def _show_edit(self, edit: ToolEdit) -> None:
        self._show(edit.tool)
        self._before, self.saving = edit.before, "saved"

    def _tried_anew(self) -> list[Any]:
        """Let the form beside the editor follow the arguments, and the code be looked at."""
        if Permission.SERVER_TRY not in self.permissions:
            return []
        return [TryingState.show_tool, *([ToolState.look] if self.kind == "python" else [])]

    async def _save(self, values: dict[str, Any]) -> bool:
        """Save fields; whether all of them were taken."""
        self._clear_problems(*values)
        self._unsaved = {**self._unsaved, **values}
        server_id, tool_id = self._place()
        changes = ToolChanges(self._unsaved, self._stamp)
        try:
            async with self._acting() as (session, actor):
                edit = await tools.edit_tool(
                    session, actor, server_id, tool_id, changes, now=now_utc()
                )
        except ChangedMeanwhile:
            self.is_stale, self.saving = True, "stale"
            return False
        except DomainError:
            self.saving = "failed"
            raise
        self._take(edit, values)
        await self._follow_in_header(values)
        return not edit.refused

    async def _follow_in_header(self, values: dict[str, Any]) -> None:
        """Let the header offer to publish; once it does, only what it counts changes it again."""
        header = await self.get_state(ServerState)
        if header.standing == Standing.LIVE or "is_enabled" in values:
            await refresh_server(self)

    def _take(self, edit: ToolEdit, values: dict[str, Any]) -> None:
        view = edit.tool
        self._stamp, self._before, self._unsaved = view.stamp, edit.before, {}
        self.problems = {**self.problems, **edit.refused}
        self.saving = "refused" if edit.refused else "saved"
        self.evidence, self.doubts = view.card.evidence.value, view.card.problems
        if edit.refused:
            return
        if FAR_REACHING & set(values):
            self._show_parts(view, but=set(values))
        elif any(field.startswith("arguments.") for field in values):
            self.schema_text = view.schema_text
            changed = next(iter(values)).rpartition(".")[2]
            self.arguments = matched_rows(self.arguments, view.arguments, changed=changed)

    async def _load(self, *, but: str = "") -> None:
        """Show the tool anew, unless it still has the given stamp."""
        try:
            async with self._looking() as (session, actor):
                view = await tools.read_tool(session, actor, *self._place())
        except NotFound as refusal:
            self.trouble, self.is_ready = refusal.message, True
            return
        if view.stamp == but:
            return
        self._clear_problems()
        self._show(view)
        self.is_stale, self.saving, self.trouble, self.is_ready = False, "", "", True
        self._unsaved, self._before = {}, {}

    def _show(self, view: ToolView) -> None:
        card, hints = view.card, view.annotations
        self.kind, self.source, self.function = card.kind, view.source, view.function
        self.code_problems, self.code_trouble, self.is_code_sound = [], "", False
        self.name, self.title, self.description = card.name, card.title, card.description
        self.headers, self.select = view.headers, view.select
        self.max_bytes, self.timeout_seconds = str(view.max_bytes), f"{view.timeout_seconds:g}"
        self.is_enabled, self.signs_in_with = card.is_enabled, view.signs_in_with
        self.read_only, self.destructive = hints.read_only, hints.destructive
        self.idempotent, self.open_world = hints.idempotent, hints.open_world
        self.evidence, self.doubts = card.evidence.value, card.problems
        self._stamp = view.stamp
        self._show_parts(view, but=set())

    def _show_parts(self, view: ToolView, *, but: set[str]) -> None:
        """Show what follows from each other; what was just typed stays as it was typed."""
        self.method = view.card.method
        if "url" not in but:
            self.url = view.url
        if "input_schema" not in but:
            self.schema_text = view.schema_text
        self.arguments = fresh_rows(view.arguments)

    def _place(self) -> tuple[UUID, UUID]:
        return server_in(self.router.url), tool_in(self.router.url)
