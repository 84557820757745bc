"""Test cases of a server: listed, run one by one or all, renamed, deleted."""

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import reflex as rx

from core.clock import now_utc
from core.errors import NotFound
from core.ids import as_uuid
from saas_app import resources
from saas_app.services.case_runs import RunView, look_at_run, start_run, stop_run
from saas_app.services.test_cases import (
    CaseView,
    DeletedCase,
    delete_case,
    list_cases,
    rename_case,
    restore_case,
    run_case,
)
from saas_app.state.addresses import server_base, server_in
from saas_app.state.base import AppState, text_in
from saas_app.state.markers import member
from saas_app.state.server import as_text, refresh_server

LOOK_SECONDS = 0.5
MOST_UNDOABLE = 20


@dataclass(frozen=True)
class CaseRow:
    """A test case in the list; `passed` is yes, no or nothing."""

    id: str
    name: str
    tool: str
    tool_href: str
    passed: str
    message: str
    is_exact: bool
    is_enabled: bool
    last_run_at: str


class TestCasesState(AppState):
    """The cases, and the run that is under way."""

    __test__ = False  # not a test class of pytest's

    cases: list[CaseRow] = []
    is_cases_ready: bool = False
    running_id: str = ""
    is_running_all: bool = False
    run_done: int = 0
    run_total: int = 0
    run_name: str = ""
    run_message: str = ""
    renaming_id: str = ""
    renaming_name: str = ""

    _job_id: str = ""
    _deleted: dict[str, DeletedCase] = {}

    @rx.event
    @member
    async def load_cases(self) -> None:
        """Show the cases."""
        self.renaming_id, self.run_message = "", ""
        await self._load()

    @rx.event(background=True)
    @member
    async def run_one(self, case_id: str) -> None:
        """Make one case's call again."""
        async with self:
            server_id, wanted = server_in(self.router.url), as_uuid(case_id)
            async with self._looking() as (_, actor):
                self.running_id = str(wanted)
        parts = resources.get()
        try:
            await run_case(
                parts.database,
                parts.settings,
                parts.sealer,
                actor=actor,
                server_id=server_id,
                case_id=wanted,
                now=now_utc(),
            )
        finally:
            async with self:
                self.running_id = ""
                await self._load()

    @rx.event(background=True)
    @member
    async def run_all(self) -> None:
        """Run all cases as a job, and follow it."""
        async with self:
            server_id = server_in(self.router.url)
            async with self._acting() as (session, actor):
                job_id = await start_run(session, actor, server_id, now=now_utc())
            self._job_id, self.is_running_all, self.run_message = str(job_id), True, ""
            self.run_done, self.run_total, self.run_name = 0, 0, ""
        try:
            await self._follow(server_id, job_id)
        finally:
            async with self:
                self.is_running_all = False
                await self._load()
                await refresh_server(self)

    @rx.event
    @member
    async def stop_all(self) -> None:
        """End the run before its next case."""
        async with self._acting() as (session, actor):
            server_id = server_in(self.router.url)
            await stop_run(session, actor, server_id, as_uuid(self._job_id), now=now_utc())

    @rx.event
    @member
    async def ask_rename(self, case_id: str, name: str) -> None:
        """Open the form for a case's name."""
        self._clear_problems("name")
        self.renaming_id, self.renaming_name = str(case_id), str(name)

    @rx.event
    @member
    async def cancel_rename(self) -> None:
        """Leave the name as it is."""
        self.renaming_id = ""

    @rx.event
    @member
    async def rename(self, typed: dict[str, Any]) -> None:
        """Give the case that was asked about another name."""
        self._clear_problems("name")
        case_id, name = as_uuid(self.renaming_id), text_in(typed, "name")
        async with self._acting() as (session, actor):
            await rename_case(session, actor, server_in(self.router.url), case_id, name=name)
        self.renaming_id = ""
        await self._load()

    @rx.event
    @member
    async def delete(self, case_id: str) -> None:
        """Delete a case; the notice offers to bring it back."""
        wanted = as_uuid(case_id)
        async with self._acting() as (session, actor):
            deleted = await delete_case(session, actor, server_in(self.router.url), wanted)
        kept = list({**self._deleted, str(wanted): deleted}.items())[-MOST_UNDOABLE:]
        self._deleted = dict(kept)
        await self._load()
        undo: Any = TestCasesState.restore(str(wanted))  # pyright: ignore[reportCallIssue]
        self._say("The test case is deleted.", undo=undo)

    @rx.event
    @member
    async def restore(self, case_id: str) -> None:
        """Bring a deleted case back."""
        deleted = self._deleted.pop(str(case_id), None)
        if deleted is None:
            raise NotFound("That can no longer be brought back.")
        async with self._acting() as (session, actor):
            await restore_case(session, actor, server_in(self.router.url), deleted=deleted)
        await self._load()

    async def _follow(self, server_id: UUID, job_id: UUID) -> None:
        is_over = False
        while not is_over:
            await asyncio.sleep(LOOK_SECONDS)
            async with self:
                async with self._looking() as (session, actor):
                    run = await look_at_run(session, actor, server_id, job_id)
                self._show_run(run)
            is_over = run.is_over

    def _show_run(self, run: RunView) -> None:
        self.run_done, self.run_total, self.run_name = run.done, run.total, run.name
        self.run_message = run.message

    async def _load(self) -> None:
        async with self._looking() as (session, actor):
            cases = await list_cases(session, actor, server_in(self.router.url))
        base = server_base(self.router.url)
        self.cases = [_row(case, base) for case in cases]
        self.is_cases_ready = True


def _row(case: CaseView, base: str) -> CaseRow:
    return CaseRow(
        id=str(case.id),
        name=case.name,
        tool=case.tool_name,
        tool_href=f"{base}/tools/{case.tool_id}",
        passed={True: "yes", False: "no", None: ""}[case.passed],
        message=case.message,
        is_exact=case.is_exact,
        is_enabled=case.is_enabled,
        last_run_at=as_text(case.last_run_at),
    )
