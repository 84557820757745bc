"""The Try panel: a form for one draft tool, its call, and what came of it."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID

import orjson
import reflex as rx

from core.clock import now_utc
from core.errors import DomainError, UpstreamUnavailable
from saas_app import resources
from saas_app.services.test_cases import NewCase, save_case
from saas_app.services.tools.python.settings import allow_host
from saas_app.services.trying import Trial, Tried, start_trial, tool_to_try, try_tool
from saas_app.services.trying_form import (
    FormField,
    arguments_of,
    fields_of,
    problem_key,
    read_arguments,
    values_of,
)
from saas_app.state.addresses import server_in, tool_in
from saas_app.state.base import AppState, text_in
from saas_app.state.markers import member
from saas_app.state.run_view import LiveRun, RunView, run_view
from saas_app.state.sockets import Absence
from saas_app.state.trying_view import Block, Header, blocks_of, headers_of, size, took

PARTS = frozenset({"answer", "request", "response", "output", "connections"})
CHOSEN = frozenset({"choice", "boolean"})  # kinds of fields that are not typed
LOOK_SECONDS = 0.25  # how soon a stop is noticed, and how often what goes on is shown
AWAY_SECONDS = 10.0  # a tab that is away for longer does not come back to its run


class TryingState(AppState):
    """One tool being tried. `outcome` is empty, ok, error (the tool's) or trouble (the way).

    `live` is the run of Python code that goes on, or that was stopped.
    """

    form_fields: list[FormField] = []
    form_values: dict[str, str] = {}
    is_raw: bool = False
    raw_text: str = "{}"
    is_running: bool = False
    is_form_ready: bool = False
    outcome: str = ""
    trouble: str = ""
    result_part: str = "answer"
    blocks: list[Block] = []
    status_code: int = 0
    took: str = ""
    answer_size: str = ""
    is_truncated: bool = False
    has_request: bool = False
    request_method: str = ""
    request_url: str = ""
    request_body: str = ""
    request_headers: list[Header] = []
    response_headers: list[Header] = []
    can_save: bool = False
    saved_as: str = ""
    ran: RunView = RunView()
    live: RunView = RunView()

    _is_python: bool = False
    _tool_id: str = ""
    _run: int = 0
    _arguments: dict[str, Any] = {}
    _tried: Tried | None = None

    @rx.event
    @member
    async def show_tool(self) -> None:
        """Make the form of the tool that the address names; what was typed for it stays."""
        server_id, tool_id = server_in(self.router.url), tool_in(self.router.url)
        async with self._looking() as (session, actor):
            tool = await tool_to_try(session, actor, server_id, tool_id)
        if self._tool_id != str(tool_id):
            self._forget(tool_id)
        self._is_python = tool.is_python
        self.form_fields = fields_of(tool.input_schema)
        starts = {one.path: one.value for one in self.form_fields}
        self.form_values = {path: self.form_values.get(path, text) for path, text in starts.items()}
        self.is_form_ready = True

    @rx.event
    @member
    async def type_value(self, path: str, text: str) -> None:
        """Keep what was typed into one field."""
        if str(path) in self.form_values:
            self.form_values[str(path)] = str(text)
            self._clear_problems(problem_key(str(path)))

    @rx.event
    @member
    async def type_raw(self, text: str) -> None:
        """Keep the arguments that were typed as JSON."""
        self.raw_text = str(text)
        self._clear_problems("arguments")

    @rx.event
    @member
    async def show_raw(self) -> None:
        """Go on with the same arguments as JSON."""
        self._clear_problems()
        arguments = arguments_of(self.form_fields, self.form_values, is_complete=False)
        self.raw_text = orjson.dumps(arguments, option=orjson.OPT_INDENT_2).decode()
        self.is_raw = True

    @rx.event
    @member
    async def show_form(self) -> None:
        """Go on with the same arguments in the form."""
        self._clear_problems()
        arguments = read_arguments(self.raw_text)
        self.form_values = values_of(self.form_fields, arguments)
        self.is_raw = False

    @rx.event
    @member
    async def show_part(self, part: str) -> None:
        """Show one part of the result."""
        self.result_part = str(part) if str(part) in PARTS else "answer"

    @rx.event(background=True)
    @member
    async def run(self, typed: dict[str, Any]) -> None:
        """Call the tool with what is in the form, unless it is being called."""
        async with self:
            if self.is_running:
                return
            number, trial = await self._begin(typed)
        try:
            tried = await self._call(number, trial)
        except DomainError as error:
            async with self:
                self._show_trouble(number, error)
            return
        async with self:
            self._show_answer(number, tried)

    @rx.event
    @member
    async def stop(self) -> None:
        """Give up the call that is under way."""
        self._run += 1
        self.is_running = False

    @rx.event
    @member
    async def allow(self, host: str) -> None:
        """Let the server's Python tools reach a host that the last run was refused."""
        server_id = server_in(self.router.url)
        async with self._acting() as (session, actor):
            await allow_host(session, actor, server_id, host=str(host), now=now_utc())
        self._say(f"{host} may be reached from the next run on; clients get it with a version.")

    @rx.event
    @member
    async def save_case(self, typed: dict[str, Any]) -> None:
        """Keep the last call as a test case with its answer."""
        self._clear_problems("name", "is_exact")
        if self._tried is None:
            return
        name, is_exact = text_in(typed, "name"), bool(typed.get("is_exact"))
        case = NewCase(name, self._arguments, self._tried, is_exact)
        server_id, tool_id = server_in(self.router.url), tool_in(self.router.url)
        async with self._acting() as (session, actor):
            await save_case(session, actor, server_id, tool_id, case=case, now=now_utc())
        self.saved_as, self.can_save = " ".join(name.split()), False

    async def _begin(self, typed: dict[str, Any]) -> tuple[int, Trial]:
        self._clear_problems()
        self._arguments = self._arguments_in(typed)
        server_id, tool_id = server_in(self.router.url), tool_in(self.router.url)
        sealer = resources.get().sealer
        async with self._looking() as (session, actor):
            trial = await start_trial(
                session, actor, server_id, tool_id, sealer=sealer, now=now_utc()
            )
        self._run += 1
        self.is_running, self.can_save, self.saved_as = True, False, ""
        self.live = RunView(is_known=self._is_python)
        return self._run, trial

    def _arguments_in(self, typed: dict[str, Any]) -> dict[str, Any]:
        """Read the form as it was sent: the last keys may not have been reported yet.

        A choice has been, and shows what it was before until the page hears of it.
        """
        if self.is_raw:
            return read_arguments(text_in(typed, "arguments") or self.raw_text)
        keyed = {one.path for one in self.form_fields if one.kind not in CHOSEN}
        known = {path: text for path, text in typed.items() if path in keyed}
        self.form_values = {**self.form_values, **{p: str(text) for p, text in known.items()}}
        return arguments_of(self.form_fields, self.form_values)

    async def _call(self, number: int, trial: Trial) -> Tried:
        """Wait for the call, and end it when its person stops it, turns elsewhere or leaves."""
        arguments, live, absence = dict(self._arguments), LiveRun(), Absence()
        hear = live.hear if self._is_python else None
        call = asyncio.create_task(try_tool(resources.get().settings, trial, arguments, hear=hear))
        try:
            while not call.done():
                await asyncio.wait({call}, timeout=LOOK_SECONDS)
                async with self:
                    token = self.router.session.client_token
                    if self._run != number or await absence.seconds(token) > AWAY_SECONDS:
                        raise UpstreamUnavailable("Stopped.", can_retry=True)
                    if live.has_news:
                        self.live = live.view()
            return call.result()
        finally:
            call.cancel()

    def _show_trouble(self, number: int, error: DomainError) -> None:
        if self._run != number:
            return
        self.is_running, self.outcome, self.trouble = False, "trouble", error.message
        self._tried, self.live = None, RunView()

    def _show_answer(self, number: int, tried: Tried) -> None:
        if self._run != number:
            return
        self.is_running, self.result_part, self.live = False, "answer", RunView()
        self.outcome, self.trouble = ("error" if tried.is_error else "ok"), ""
        self.blocks, self.took = blocks_of(tried), took(tried.duration_ms)
        self._tried, self.can_save = tried, tried.is_comparable
        self.ran = replace(run_view(tried.run), is_known=self._is_python)
        self._show_exchange(tried)

    def _show_exchange(self, tried: Tried) -> None:
        request = (tried.exchange or {}).get("request") or {}
        response = tried.response or {}
        self.has_request = bool(request)
        self.request_method = str(request.get("method", ""))
        self.request_url, self.request_body = str(request.get("url", "")), request.get("body") or ""
        self.request_headers = headers_of(request.get("headers"))
        self.response_headers = headers_of(response.get("headers"))
        self.status_code = tried.status or 0
        self.answer_size = size(response.get("bytes"))
        self.is_truncated = bool(response.get("is_truncated"))

    def _forget(self, tool_id: UUID) -> None:
        """Start over with another tool."""
        self._tool_id, self._tried, self._arguments = str(tool_id), None, {}
        self._run += 1
        self.form_values, self.raw_text, self.is_raw = {}, "{}", False
        self.is_running, self.outcome, self.blocks = False, "", []
        self.ran, self.live = RunView(), RunView()
        self.can_save, self.saved_as = False, ""
