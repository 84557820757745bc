"""Publishing: the draft becomes an immutable version, and a pointer moves to it or back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy.exc import IntegrityError
from sqlmodel.ext.asyncio.session import AsyncSession

from core.access import (
    VersionHead,
    draft_tools_of,
    live_version_of,
    newest_number_of,
    server_for,
    variables_of,
    version_heads_of,
    version_of,
)
from core.audit import record_act
from core.errors import Conflict, Forbidden, Invalid
from core.generation import announce_change
from core.logs import log
from core.models import DraftTool, EnvironmentVariable, Evidence, Server, Version
from core.permissions import Actor, Permission
from core.schema_weight import weight_problem
from core.tool_spec import PythonSettings, PythonTool, ServerSpec, Tool, Variable, read_tool
from saas_app.services.diff import SpecDiff, diff_specs

MAX_NOTE = 500


class NothingToPublish(Invalid):
    """The draft has no enabled tool."""

    code = "nothing_to_publish"


class NothingChanged(Conflict):
    """The draft is what clients see already."""

    code = "nothing_changed"


class BelowEvidenceBar(Conflict):
    """Some tools have less evidence than the server asks for.

    Args:
        tools: their names.
    """

    code = "below_evidence_bar"

    def __init__(self, message: str, *, tools: tuple[str, ...]) -> None:
        super().__init__(message)
        self.tools = tools


@dataclass(frozen=True, slots=True)
class Preview:
    """What publishing now would do.

    Args:
        problem: why it would be refused, or empty.
        below_bar: enabled tools with too little evidence; they refuse it too, unless overridden.
        warnings: what does not stop it and will fail calls.
        is_unseen: whether all that is below the bar is code, which publishing looks at first.
    """

    next_number: int
    live_number: int | None
    tool_count: int
    diff: SpecDiff
    problem: str
    below_bar: tuple[str, ...]
    warnings: tuple[str, ...]
    can_override: bool
    is_unseen: bool


@dataclass(frozen=True, slots=True)
class Published:
    """The outcome of publishing."""

    number: int
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Draft:
    """A draft as it would be published."""

    spec: ServerSpec
    below_bar: tuple[str, ...]
    is_unseen: bool
    warnings: tuple[str, ...]


async def publish_version(
    session: AsyncSession,
    actor: Actor,
    server_id: UUID,
    *,
    note: str,
    now: datetime,
    override_bar: bool = False,
) -> Published:
    """Make the draft the next version and show it to clients.

    Raises:
        NothingToPublish: no tool is enabled.
        Invalid: the draft, or the note, cannot be published as it is.
        NothingChanged: the live version is the same.
        BelowEvidenceBar: tools below the server's bar, and no override.
        Forbidden: the actor may not publish, or not override.
    """
    server = await _locked_server(session, actor, server_id)
    draft = await _draft_of(session, server)
    _check_note(note)
    await _check_changed(session, server, draft.spec)
    _check_bar(actor, server, draft, override_bar=override_bar)
    version = Version(
        server_id=server.id,
        number=await newest_number_of(session, server) + 1,
        note=note.strip(),
        spec=draft.spec.model_dump(mode="json"),
        content_hash=draft.spec.content_hash(),
        contract_hash=draft.spec.contract_hash(),
        created_by=actor.user_id,
        created_at=now,
    )
    await _store(session, version)
    await _point_to(session, server, version, now=now)
    details = {"overridden": list(draft.below_bar)} if draft.below_bar else {}
    record_act(
        session, actor, "version.published", subject=server.id, now=now,
        number=version.number, **details,
    )  # fmt: skip
    log.info("version.published", server_id=str(server.id), number=version.number)
    return Published(version.number, draft.warnings)


async def roll_back(
    session: AsyncSession, actor: Actor, server_id: UUID, *, number: int, now: datetime
) -> None:
    """Show clients a version that was published before; the draft stays as it is.

    Raises:
        NotFound: there is no such version.
        Conflict: it is live already.
    """
    server = await _locked_server(session, actor, server_id)
    version = await version_of(session, server, number)
    if server.live_version_id == version.id:
        raise Conflict(f"Version {number} is live already.")
    before = await live_version_of(session, server)
    await _point_to(session, server, version, now=now)
    record_act(
        session, actor, "version.rolled_back", subject=server.id, now=now,
        number=number, before=before.number if before is not None else None,
    )  # fmt: skip
    log.info("version.rolled_back", server_id=str(server.id), number=number)


async def preview_publish(session: AsyncSession, actor: Actor, server_id: UUID) -> Preview:
    """Say what publishing would change, and what stands in its way."""
    server = await server_for(session, actor, server_id, to=Permission.SERVER_VIEW)
    live = await live_version_of(session, server)
    before = ServerSpec.model_validate(live.spec) if live is not None else None
    problem, draft = "", None
    try:
        draft = await _draft_of(session, server)
    except Invalid as refusal:
        problem = refusal.message
    diff = diff_specs(before, draft.spec) if draft is not None else SpecDiff()
    if draft is not None and before is not None and diff.is_empty:
        problem = f"The draft is the same as version {live.number if live else ''}, which is live."
    return Preview(
        next_number=await newest_number_of(session, server) + 1,
        live_number=live.number if live is not None else None,
        tool_count=len(draft.spec.tools) if draft is not None else 0,
        diff=diff,
        problem=problem,
        below_bar=draft.below_bar if draft is not None else (),
        warnings=draft.warnings if draft is not None else (),
        can_override=actor.can(Permission.EVIDENCE_MANAGE),
        is_unseen=draft is not None and draft.is_unseen,
    )


async def compare_versions(
    session: AsyncSession, actor: Actor, server_id: UUID, *, before: int, after: int
) -> SpecDiff:
    """Say what changes for clients from one version to another, in either direction."""
    server = await server_for(session, actor, server_id, to=Permission.SERVER_VIEW)
    old = await version_of(session, server, before)
    new = await version_of(session, server, after)
    return diff_specs(ServerSpec.model_validate(old.spec), ServerSpec.model_validate(new.spec))


@dataclass(frozen=True, slots=True)
class History:
    """All versions, newest first, and which of them clients see."""

    versions: Sequence[VersionHead]
    live_id: UUID | None
    live_since: datetime | None


async def version_history(session: AsyncSession, actor: Actor, server_id: UUID) -> History:
    """Return the versions of a server."""
    server = await server_for(session, actor, server_id, to=Permission.SERVER_VIEW)
    heads = await version_heads_of(session, server)
    return History(heads, server.live_version_id, server.live_since)


async def _locked_server(session: AsyncSession, actor: Actor, server_id: UUID) -> Server:
    """Fetch the server and hold its row, so that two publishers take turns."""
    server = await server_for(session, actor, server_id, to=Permission.SERVER_PUBLISH)
    await session.refresh(server, with_for_update=True)
    return server


async def _draft_of(session: AsyncSession, server: Server) -> _Draft:
    tools = [row for row in await draft_tools_of(session, server) if row.is_enabled]
    variables = await variables_of(session, server)
    if not tools:
        raise NothingToPublish("There is nothing to publish yet: enable at least one tool.")
    _check_names(tools)
    spec = _spec_of(server, tools, variables)
    bar = _rank(server.evidence_bar)
    below = [tool for tool, row in zip(spec.tools, tools, strict=True) if _rank(row.evidence) < bar]
    return _Draft(
        spec,
        below_bar=tuple(tool.name for tool in below),
        is_unseen=server.evidence_bar is Evidence.CHECKED
        and all(isinstance(tool, PythonTool) for tool in below),
        warnings=tuple(_warnings(spec, variables)),
    )


def _check_names(tools: Sequence[DraftTool]) -> None:
    seen: dict[str, str] = {}
    for row in tools:
        other = seen.setdefault(row.name.lower(), row.name)
        if other != row.name:
            raise Invalid(
                f"{other} and {row.name} differ only in case, which some clients ignore. "
                "Rename one of them."
            )


def _spec_of(
    server: Server, tools: Sequence[DraftTool], variables: Sequence[EnvironmentVariable]
) -> ServerSpec:
    try:
        return ServerSpec(
            name=server.name,
            instructions=server.instructions,
            tools=tuple(_tool_of(row) for row in tools),
            variables=tuple(Variable.model_validate(row.definition) for row in variables),
            python=PythonSettings.model_validate(server.python_settings),
        )
    except ValidationError as error:
        raise Invalid(_first_problem(error)) from error


def _tool_of(row: DraftTool) -> Tool:
    try:
        tool = read_tool(row.spec)
    except ValidationError as error:
        raise Invalid(f"{row.name} cannot be published: {_first_problem(error)}") from error
    for schema in (tool.input_schema, tool.output_schema):
        if problem := weight_problem(schema or {}):
            raise Invalid(f"{row.name} cannot be published: {problem}")
    return tool


def _first_problem(error: ValidationError) -> str:
    return str(error.errors()[0]["msg"]).removeprefix("Value error, ")


def _warnings(spec: ServerSpec, variables: Sequence[EnvironmentVariable]) -> list[str]:
    declared = {variable.name: variable for variable in spec.variables}
    filled = {row.name for row in variables if row.sealed_value is not None}
    filled |= {name for name, variable in declared.items() if variable.default is not None}
    missing = [name for name, v in declared.items() if v.is_required and name not in filled]
    warnings = [f"{name} has no value yet: calls that need it will fail." for name in missing]
    for tool in spec.tools:
        unknown = sorted(tool.variables() - declared.keys())
        if unknown:
            warnings.append(f"{tool.name} uses {', '.join(unknown)}, which this server lacks.")
    return warnings


def _rank(evidence: Evidence) -> int:
    return list(Evidence).index(evidence)


def _check_note(note: str) -> None:
    if len(note.strip()) > MAX_NOTE:
        raise Invalid(f"A note has at most {MAX_NOTE} characters.", field="note")


async def _check_changed(session: AsyncSession, server: Server, spec: ServerSpec) -> None:
    live = await live_version_of(session, server)
    if live is not None and live.content_hash == spec.content_hash():
        raise NothingChanged(
            f"Nothing has changed since version {live.number}, which is live already."
        )


def _check_bar(actor: Actor, server: Server, draft: _Draft, *, override_bar: bool) -> None:
    if not draft.below_bar:
        return
    if not override_bar:
        raise BelowEvidenceBar(
            f"This server publishes tools that are at least {server.evidence_bar}. "
            f"Below that: {', '.join(draft.below_bar)}.",
            tools=draft.below_bar,
        )
    if not actor.can(Permission.EVIDENCE_MANAGE):
        raise Forbidden("Only an owner or an admin may publish tools below the evidence bar.")


async def _store(session: AsyncSession, version: Version) -> None:
    try:
        session.add(version)
        await session.flush()  # the pointer needs to know that the number was free
    except IntegrityError as error:
        raise Conflict(
            "Somebody else published at the same moment. Look at what changed, then try again."
        ) from error


async def _point_to(
    session: AsyncSession, server: Server, version: Version, *, now: datetime
) -> None:
    server.live_version_id, server.live_since = version.id, now
    await announce_change(session, server)
