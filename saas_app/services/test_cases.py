"""Test cases: a call with its recorded answer, run again to see whether the tool still holds."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession

from core.access import (
    actor_of_server,
    case_for,
    cases_of,
    draft_tools_of,
    row_for,
    server_for,
)
from core.crypto import Sealer
from core.database import Database
from core.errors import Conflict, Invalid, LimitReached, NotFound
from core.logs import log
from core.models import DraftTool, Evidence, Server, TestCase
from core.permissions import Actor, Permission
from core.settings import Settings
from saas_app.services.answer_shape import MAX_MISMATCHES, json_in, mismatches, shape_of
from saas_app.services.trying import Trial, Tried, start_trial, try_tool

MAX_NAME = 80
MAX_CASES_PER_TOOL = 50
MAX_EXACT_BYTES = 64_000
MAX_MESSAGE = 1000

Progress = Callable[[int, int, str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class CaseView:
    """A test case as a list shows it; `passed` is None before the first run."""

    id: UUID
    tool_id: UUID
    tool_name: str
    name: str
    is_exact: bool
    is_enabled: bool
    passed: bool | None
    message: str
    last_run_at: datetime | None


@dataclass(frozen=True, slots=True)
class RunSummary:
    """How a run of all cases went; `skipped` are cases of tools that are switched off."""

    passed: int
    failed: int
    skipped: int


@dataclass(frozen=True, slots=True)
class NewCase:
    """A call to keep as a test case, and how strictly a later answer is held to it."""

    name: str
    arguments: dict[str, Any]
    tried: Tried
    is_exact: bool = False


@dataclass(frozen=True, slots=True)
class DeletedCase:
    """What is needed to bring a deleted case back."""

    tool_id: UUID
    values: dict[str, Any]


async def save_case(
    session: AsyncSession,
    actor: Actor,
    server_id: UUID,
    tool_id: UUID,
    *,
    case: NewCase,
    now: datetime,
) -> UUID:
    """Keep a call that was just made, with the answer it got, which passes by itself.

    Raises:
        Invalid: the name cannot be used, or the answer is too large to be compared exactly.
        Conflict: the tool has a case of that name.
        LimitReached: the tool has too many cases.
    """
    server, tool = await _tool_to_test(session, actor, server_id, tool_id)
    name = _checked_name(case.name)
    _check_room(await _cases_of_tool(session, server, tool.id), name)
    row = TestCase(
        tool_id=tool.id,
        name=name,
        arguments=case.arguments,
        recorded=record_answer(case.tried, is_exact=case.is_exact),
        last_run_at=case.tried.started_at,
        last_passed=True,
        last_message="Recorded.",
        created_at=now,
    )
    session.add(row)
    await session.flush()  # the evidence counts this case
    await _weigh_evidence(session, server, tool)
    log.info("case.saved", server_id=str(server.id))
    return row.id


async def list_cases(session: AsyncSession, actor: Actor, server_id: UUID) -> Sequence[CaseView]:
    """Return the test cases of all tools, in the order of the tools."""
    server = await server_for(session, actor, server_id, to=Permission.SERVER_VIEW)
    tools = {tool.id: tool for tool in await draft_tools_of(session, server)}
    places = {tool_id: place for place, tool_id in enumerate(tools)}
    cases = [case for case in await cases_of(session, server) if case.tool_id in tools]
    cases.sort(key=lambda case: places[case.tool_id])
    return [_view(case, tools[case.tool_id]) for case in cases]


async def rename_case(
    session: AsyncSession, actor: Actor, server_id: UUID, case_id: UUID, *, name: str
) -> None:
    """Give a case another name.

    Raises:
        Invalid: the name cannot be used.
        Conflict: the tool has another case of that name.
    """
    server = await server_for(session, actor, server_id, to=Permission.SERVER_EDIT)
    case = await case_for(session, server, case_id)
    name = _checked_name(name)
    others = await _cases_of_tool(session, server, case.tool_id)
    if any(other.name == name and other.id != case.id for other in others):
        raise Conflict(f"This tool has a test case “{name}” already.", field="name")
    case.name = name
    session.add(case)


async def delete_case(
    session: AsyncSession, actor: Actor, server_id: UUID, case_id: UUID
) -> DeletedCase:
    """Delete a case and return what `restore_case` needs to undo that."""
    server = await server_for(session, actor, server_id, to=Permission.SERVER_EDIT)
    case = await case_for(session, server, case_id)
    tool = await row_for(session, server, DraftTool, case.tool_id)
    values = case.model_dump()
    await session.delete(case)
    await session.flush()  # the evidence no longer counts this case
    await _weigh_evidence(session, server, tool)
    return DeletedCase(tool.id, values)


async def restore_case(
    session: AsyncSession, actor: Actor, server_id: UUID, *, deleted: DeletedCase
) -> None:
    """Bring a deleted case back, unless its tool or its name has gone to something else."""
    server, tool = await _tool_to_test(session, actor, server_id, deleted.tool_id)
    _check_room(await _cases_of_tool(session, server, tool.id), deleted.values["name"])
    session.add(TestCase(**deleted.values))
    await session.flush()  # the evidence counts this case again
    await _weigh_evidence(session, server, tool)


async def run_case(  # noqa: PLR0913 - a call between two transactions: it opens both itself
    database: Database,
    settings: Settings,
    sealer: Sealer,
    *,
    actor: Actor,
    server_id: UUID,
    case_id: UUID,
    now: datetime,
) -> bool:
    """Make a case's call again, store how it went and return whether it passed.

    Raises:
        NotFound: no such server or case.
        UpstreamUnavailable: the runtime does not answer; nothing is stored then.
    """
    async with database.read() as session:
        server = await server_for(session, actor, server_id, to=Permission.SERVER_TRY)
        case = await case_for(session, server, case_id)
        trial = await start_trial(session, actor, server.id, case.tool_id, sealer=sealer, now=now)
    tried = await try_tool(settings, trial, case.arguments)
    problems = compare_answer(case.recorded, tried)
    async with database.write() as session:
        await _store_run(session, actor, trial, case_id, problems=problems, now=now)
    return not problems


async def run_all_cases(  # noqa: PLR0913 - called by a job, which has no session to pass on
    database: Database,
    settings: Settings,
    sealer: Sealer,
    *,
    server_id: UUID,
    user_id: UUID,
    now: Callable[[], datetime],
    progress: Progress,
) -> RunSummary:
    """Run all cases of a server one after another, on behalf of a user.

    Each call has a pass of its own minute, so `now` is a clock. `progress` is told, before each
    case, how many are done, of how many, and its name.

    Raises:
        NotFound: the user is no longer in the server's organization.
        Forbidden: the user may no longer try tools.
        UpstreamUnavailable: the runtime does not answer; results so far are stored.
    """
    async with database.read() as session:
        actor = await actor_of_server(session, user_id, server_id)
        cases = await list_cases(session, actor, server_id)
    runnable = [case for case in cases if case.is_enabled]
    outcomes: list[bool] = []
    for done, case in enumerate(runnable):
        await progress(done, len(runnable), f"{case.tool_name}: {case.name}")
        try:
            passed = await run_case(
                database, settings, sealer,
                actor=actor, server_id=server_id, case_id=case.id, now=now(),
            )  # fmt: skip
        except NotFound:
            continue  # deleted while the others ran
        outcomes.append(passed)
    await progress(len(runnable), len(runnable), "")
    log.info("cases.run", server_id=str(server_id), count=len(outcomes), passed=sum(outcomes))
    return RunSummary(sum(outcomes), outcomes.count(False), len(cases) - len(outcomes))


def record_answer(tried: Tried, *, is_exact: bool) -> dict[str, Any]:
    """Return what a later answer is held to: status, media type and shape, or the exact value.

    Raises:
        Invalid: nothing answered, or the answer is too large to be kept whole.
    """
    if not tried.is_comparable:
        raise Invalid("The tool did not answer, so there is nothing to record.")
    value = json_in(tried.content, tried.structured)
    recorded: dict[str, Any] = {
        "status": tried.status,
        "media_type": tried.media_type,
        "is_error": tried.is_error,
        "shape": shape_of(value),
        "is_exact": is_exact,
    }
    if is_exact:
        if len(orjson.dumps(value)) > MAX_EXACT_BYTES:
            raise Invalid(
                f"An exact answer has at most {MAX_EXACT_BYTES // 1000} KB. "
                "Compare its shape instead.",
                field="is_exact",
            )
        recorded["value"] = value
    return recorded


def compare_answer(recorded: dict[str, Any], tried: Tried) -> list[str]:
    """Return, in words, how an answer differs from the recorded one; nothing when it passes."""
    if not tried.is_comparable:
        return [_text_of(tried) or "The service did not answer"]
    problems = [] if tried.run is not None else _other_answer(recorded, tried)
    value = json_in(tried.content, tried.structured)
    if not recorded["is_exact"]:
        problems += islice(mismatches(recorded["shape"], value), MAX_MISMATCHES)
    elif value != recorded["value"]:
        differing = list(islice(mismatches(recorded["shape"], value), MAX_MISMATCHES))
        problems += differing or ["The answer has other values than the recorded one"]
    return problems


def _other_answer(recorded: dict[str, Any], tried: Tried) -> list[str]:
    """Return how the service answered otherwise; code makes of its answer what it will."""
    problems = []
    if tried.status != recorded["status"]:
        problems.append(f"The status is {tried.status}, was {recorded['status']}")
    elif tried.is_error != recorded["is_error"]:
        problems.append("The tool reports an error" if tried.is_error else "The error is gone")
    if tried.media_type != recorded["media_type"]:
        before, after = recorded["media_type"] or "none", tried.media_type or "none"
        problems.append(f"The media type is {after}, was {before}")
    return problems


def _text_of(tried: Tried) -> str:
    texts = (str(block.get("text", "")) for block in tried.content)
    return " ".join(filter(None, texts)).rstrip(".")


async def _store_run(
    session: AsyncSession,
    actor: Actor,
    trial: Trial,
    case_id: UUID,
    *,
    problems: list[str],
    now: datetime,
) -> None:
    server, tool = await _tool_to_test(session, actor, trial.server_id, trial.tool_id)
    case = await case_for(session, server, case_id)
    case.last_run_at, case.last_passed = now, not problems
    case.last_message = (". ".join(problems) + "." if problems else "Passed.")[:MAX_MESSAGE]
    session.add(case)
    await session.flush()  # the evidence counts this run
    await _weigh_evidence(session, server, tool)


async def _tool_to_test(
    session: AsyncSession, actor: Actor, server_id: UUID, tool_id: UUID
) -> tuple[Server, DraftTool]:
    server = await server_for(session, actor, server_id, to=Permission.SERVER_TRY)
    return server, await row_for(session, server, DraftTool, tool_id)


async def _cases_of_tool(session: AsyncSession, server: Server, tool_id: UUID) -> list[TestCase]:
    return [case for case in await cases_of(session, server) if case.tool_id == tool_id]


async def _weigh_evidence(session: AsyncSession, server: Server, tool: DraftTool) -> None:
    """Set the tool to proven while it has cases and all pass, and take that back otherwise.

    Only runs since the tool's last edit count: older ones speak of another tool.
    """
    cases = await _cases_of_tool(session, server, tool.id)
    is_proven = bool(cases) and all(_holds(case, tool) for case in cases)
    if is_proven == (tool.evidence is Evidence.PROVEN):
        return
    # A real service has answered the request at least once, so it does not fall to unchecked.
    tool.evidence = Evidence.PROVEN if is_proven else Evidence.CHECKED
    session.add(tool)


def _holds(case: TestCase, tool: DraftTool) -> bool:
    is_recent = case.last_run_at is not None and case.last_run_at >= tool.updated_at
    return bool(case.last_passed) and is_recent


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise Invalid("Name the test case after what it shows.", field="name")
    if len(name) > MAX_NAME:
        raise Invalid(f"A name has at most {MAX_NAME} characters.", field="name")
    return name


def _check_room(cases: Sequence[TestCase], name: str) -> None:
    if any(case.name == name for case in cases):
        raise Conflict(f"This tool has a test case “{name}” already.", field="name")
    if len(cases) >= MAX_CASES_PER_TOOL:
        raise LimitReached(f"A tool has at most {MAX_CASES_PER_TOOL} test cases.", field="name")


def _view(case: TestCase, tool: DraftTool) -> CaseView:
    return CaseView(
        id=case.id,
        tool_id=tool.id,
        tool_name=tool.name,
        name=case.name,
        is_exact=bool(case.recorded.get("is_exact")),
        is_enabled=tool.is_enabled,
        passed=case.last_passed,
        message=case.last_message,
        last_run_at=case.last_run_at,
    )
