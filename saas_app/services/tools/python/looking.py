"""Has the code of a draft tool looked at by the runtime, and keeps what that says of the tool."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from core.access import row_for, server_for
from core.crypto import Sealer
from core.errors import Invalid
from core.models import DraftTool, Evidence
from core.permissions import Actor, Permission
from core.settings import Settings
from core.tool_spec import PythonTool
from saas_app.services.draft_address import DraftLeave, ask_runtime, leave_for
from saas_app.services.tools.checks import problems_of
from saas_app.services.tools.rows import Draft, draft_for, locked_tool
from saas_app.services.tools.views import tool_of


@dataclass(frozen=True, slots=True)
class CodeProblem:
    """What is wrong in the code, on which line, and what to do; a hint is no error."""

    line: int
    column: int
    message: str
    fix: str
    is_error: bool

    def __str__(self) -> str:
        """Return it in words, with its line."""
        return f"Line {self.line}: {self.message} {self.fix}".rstrip()


@dataclass(frozen=True, slots=True)
class Look:
    """A tool as it stood when its code was looked at; one without an id is not written yet."""

    tool_id: UUID | None
    tool: PythonTool
    leave: DraftLeave


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found.

    Args:
        problems: errors first.
        schema: what the signature says of the arguments; None when there is no such function.
    """

    problems: tuple[CodeProblem, ...]
    schema: dict[str, Any] | None

    @property
    def is_sound(self) -> bool:
        """Whether nothing keeps the code from working."""
        return not self.errors

    @property
    def errors(self) -> list[CodeProblem]:
        """What keeps the code from working."""
        return [one for one in self.problems if one.is_error]


async def start_look(
    session: AsyncSession,
    actor: Actor,
    server_id: UUID,
    tool_id: UUID,
    *,
    sealer: Sealer,
    now: datetime,
) -> Look:
    """Give the actor leave to have one tool's code looked at, as it is saved.

    Raises:
        Invalid: it is no Python tool.
    """
    draft = await draft_for(session, actor, server_id, to=Permission.SERVER_TRY)
    tool = tool_of(await row_for(session, draft.server, DraftTool, tool_id))
    if not isinstance(tool, PythonTool):
        raise Invalid("Only a Python tool has code to look at.")
    return Look(tool_id, tool, leave_for(actor.user_id, server_id, sealer=sealer, now=now))


async def start_look_at_new(
    session: AsyncSession,
    actor: Actor,
    server_id: UUID,
    tool: PythonTool,
    *,
    sealer: Sealer,
    now: datetime,
) -> Look:
    """Give the actor leave to have code looked at that they are about to write."""
    server = await server_for(session, actor, server_id, to=Permission.SERVER_EDIT)
    return Look(None, tool, leave_for(actor.user_id, server.id, sealer=sealer, now=now))


async def look_at(settings: Settings, look: Look) -> Seen:
    """Have the code looked at; no transaction is open meanwhile.

    Raises:
        UpstreamUnavailable: the runtime cannot, with why.
    """
    question = {
        "source": look.tool.source,
        "function": look.tool.function,
        "input_schema": look.tool.input_schema,
    }
    said = await ask_runtime(settings, look.leave, "check", question)
    return Seen(tuple(CodeProblem(**one) for one in said["problems"]), said.get("schema"))


async def note_look(
    session: AsyncSession,
    actor: Actor,
    look: Look,
    seen: Seen,
    *,
    to: Permission = Permission.SERVER_TRY,
) -> Evidence:
    """Keep what was found as the tool's evidence, unless it has been changed meanwhile."""
    assert look.tool_id is not None  # noqa: S101 - what is not written has no evidence
    draft = await draft_for(session, actor, look.leave.server_id, to=to)
    row = await locked_tool(session, draft, look.tool_id)
    if tool_of(row) == look.tool:
        row.evidence = evidence_seen(row, draft, seen)
    return row.evidence


def evidence_seen(row: DraftTool, draft: Draft, seen: Seen) -> Evidence:
    """Return the level of a tool whose code was looked at as it is."""
    if not seen.is_sound or problems_of(tool_of(row), draft.variables):
        return Evidence.UNCHECKED
    return Evidence.CHECKED if row.evidence is Evidence.UNCHECKED else row.evidence
