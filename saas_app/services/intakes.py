"""What people paste: read into a proposal, kept for a day, and shown a page at a time."""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession

from core.access import intake_for
from core.crypto import CannotOpen, Sealer
from core.errors import Invalid, LimitReached, NotFound
from core.models import Intake
from core.permissions import Actor, Permission
from core.tool_spec import Annotations, HttpTool, Variable
from saas_app.services.intake.fetch import MAX_BYTES
from saas_app.services.intake.proposal import Proposal
from saas_app.services.intake.recognise import read_source
from saas_app.services.limits import Limit
from saas_app.services.tools.arguments import ArgumentRow, rows_of

LIFETIME = timedelta(hours=24)
READINGS = Limit("source readings", 60, timedelta(minutes=10))  # of one person
PAGE = 50
MAX_DIGESTS = 32
UNTAGGED = "Other"


@dataclass(frozen=True, slots=True)
class ProposedTool:
    """A proposed tool in a list."""

    name: str
    title: str
    description: str
    method: str
    path: str
    tags: tuple[str, ...]
    is_read_only: bool
    is_destructive: bool


@dataclass(frozen=True, slots=True)
class ProposedDetails:
    """What is shown of one proposed tool that a list does not show."""

    arguments: tuple[ArgumentRow, ...]
    annotations: Annotations


@dataclass(frozen=True, slots=True)
class ProposalFilter:
    """Which proposed tools to list: words anywhere in one, and one of its tags."""

    query: str = ""
    tag: str = ""

    def keeps(self, tool: ProposedTool) -> bool:
        """Whether a tool is listed."""
        if self.tag and self.tag not in tool.tags:
            return False
        parts = (tool.name, tool.title, tool.description, tool.path, tool.method)
        text = " ".join(parts).lower()
        return all(word in text for word in self.query.lower().split())


@dataclass(frozen=True, slots=True)
class IntakeView:
    """What a source held, without its tools and without any value."""

    id: UUID
    kind: str
    name: str
    description: str
    source_url: str
    tool_count: int
    tags: tuple[tuple[str, int], ...]
    variables: tuple[Variable, ...]
    found_values: frozenset[str]
    skipped: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Digest:
    """What the screens show of a source; its tools, those of one tag together."""

    view: IntakeView
    tools: tuple[ProposedTool, ...]


# A source never changes, and parsing a large one takes a tenth of a second: too long for each key
# of a search. Whose it is was asked of the database before anything is taken from here.
_digests: OrderedDict[UUID, _Digest] = OrderedDict()


@dataclass(frozen=True, slots=True)
class ProposalPage:
    """A part of the proposed tools, and how many there are of that filter."""

    tools: list[ProposedTool]
    found: int


async def read_pasted(text: str, *, source_url: str | None = None) -> Proposal:
    """Read a source of any known kind, off the event loop: a large one takes seconds.

    Raises:
        Invalid: it is empty, of no known kind, or holds nothing that becomes a tool.
        LimitReached: it is larger than 20 MB.
    """
    if not text.strip():
        raise Invalid(
            "Paste a document or a command, drop a file, or give an address.", field="source"
        )
    if len(text) > MAX_BYTES:
        raise LimitReached("A source has at most 20 MB.", field="source")
    proposal = await asyncio.to_thread(read_source, text, source_url=source_url)
    if not proposal.tools:
        reasons = " ".join(f"{one.what}: {one.reason}" for one in proposal.skipped[:3])
        raise Invalid(f"Nothing in it became a tool. {reasons}".strip(), field="source")
    return proposal


async def take_source(
    session: AsyncSession,
    actor: Actor,
    proposal: Proposal,
    *,
    source_url: str,
    sealer: Sealer,
    now: datetime,
) -> UUID:
    """Keep a proposal for a day, its values sealed beside it, and return its id."""
    actor.require(Permission.SERVER_EDIT)
    intake = Intake(
        organization_id=actor.organization_id,
        created_by=actor.user_id,
        source_url=source_url[:2048],
        proposal=proposal.model_copy(update={"values": {}}).model_dump(mode="json"),
        created_at=now,
        expires_at=now + LIFETIME,
    )
    if proposal.values:
        plain = orjson.dumps(proposal.values)
        intake.sealed_values = sealer.seal(plain, bound_to=intake.seal_binding)
    # Which values were found, by name alone, is shown before they are used.
    intake.proposal["found_values"] = sorted(proposal.values)
    session.add(intake)
    await session.flush()  # the caller sends the browser to its address
    return intake.id


async def read_intake(
    session: AsyncSession, actor: Actor, intake_id: UUID, *, now: datetime
) -> IntakeView:
    """Return what a source held."""
    return (await _digest_of(session, actor, intake_id, now=now)).view


async def list_proposed(
    session: AsyncSession,
    actor: Actor,
    intake_id: UUID,
    wanted: ProposalFilter,
    *,
    now: datetime,
    offset: int = 0,
) -> ProposalPage:
    """Return one page of the proposed tools."""
    digest = await _digest_of(session, actor, intake_id, now=now)
    found = [tool for tool in digest.tools if wanted.keeps(tool)]
    return ProposalPage(found[offset : offset + PAGE], len(found))


async def proposed_names(
    session: AsyncSession,
    actor: Actor,
    intake_id: UUID,
    wanted: ProposalFilter,
    *,
    now: datetime,
) -> list[str]:
    """Return the names of all proposed tools that a filter keeps."""
    digest = await _digest_of(session, actor, intake_id, now=now)
    return [tool.name for tool in digest.tools if wanted.keeps(tool)]


async def proposed_details(
    session: AsyncSession, actor: Actor, intake_id: UUID, name: str, *, now: datetime
) -> ProposedDetails:
    """Return what one proposed tool takes and promises.

    Raises:
        Invalid: no tool of the source has that name.
    """
    intake = await fresh_intake(session, actor, intake_id, now=now)
    (tool,) = picked_tools(intake, {name})
    return ProposedDetails(tuple(rows_of(tool)), tool.annotations)


async def fresh_intake(
    session: AsyncSession,
    actor: Actor,
    intake_id: UUID,
    *,
    now: datetime,
    is_whole: bool = True,
) -> Intake:
    """Return a kept source that has not expired.

    Raises:
        NotFound: it is older than a day, or like `intake_for`.
    """
    intake = await intake_for(session, actor, intake_id, is_whole=is_whole)
    if intake.expires_at <= now:
        raise NotFound("That source is gone: sources are kept for a day. Paste it again.")
    return intake


def picked_tools(intake: Intake, picks: set[str] | None) -> list[HttpTool]:
    """Return the tools of those names, or all.

    Raises:
        Invalid: none is picked, or one is not there.
    """
    tools = intake.proposal["tools"]
    if picks is not None:
        unknown = picks - {tool["name"] for tool in tools}
        if unknown:
            raise Invalid("The list of tools has changed. Reload to see the latest.", field="picks")
        tools = [tool for tool in tools if tool["name"] in picks]
    if not tools:
        raise Invalid("Pick at least one tool.", field="picks")
    return [HttpTool.model_validate(tool) for tool in tools]


def values_in(intake: Intake, sealer: Sealer) -> dict[str, str]:
    """Return the values that the source carried; none when they cannot be opened any more."""
    if intake.sealed_values is None:
        return {}
    try:
        return orjson.loads(sealer.open(intake.sealed_values, bound_to=intake.seal_binding))
    except CannotOpen:
        return {}


async def _digest_of(
    session: AsyncSession, actor: Actor, intake_id: UUID, *, now: datetime
) -> _Digest:
    intake = await fresh_intake(session, actor, intake_id, now=now, is_whole=False)
    digest = _digests.get(intake.id)
    if digest is None:
        await session.refresh(intake, attribute_names=["proposal"])
        digest = _digests[intake.id] = _digest(intake)
        if len(_digests) > MAX_DIGESTS:
            _digests.popitem(last=False)
    return digest


def _digest(intake: Intake) -> _Digest:
    proposal = intake.proposal
    tools = sorted((_shown(tool) for tool in proposal["tools"]), key=_place)
    counts = Counter(tag for tool in tools for tag in tool.tags)
    view = IntakeView(
        id=intake.id,
        kind=proposal["kind"],
        name=proposal["name"],
        description=proposal["description"],
        source_url=intake.source_url,
        tool_count=len(tools),
        tags=tuple(sorted(counts.items(), key=lambda one: _tag_place(one[0]))),
        variables=tuple(Variable.model_validate(one) for one in proposal["variables"]),
        found_values=frozenset(proposal["found_values"]),
        skipped=tuple((one["what"], one["reason"]) for one in proposal["skipped"]),
        notes=tuple(proposal["notes"]),
    )
    return _Digest(view, tuple(tools))


def _place(tool: ProposedTool) -> tuple[bool, str]:
    return _tag_place(tool.tags[0])


def _tag_place(tag: str) -> tuple[bool, str]:
    return tag == UNTAGGED, tag.lower()


def _shown(tool: Mapping[str, Any]) -> ProposedTool:
    annotations = tool["annotations"]
    return ProposedTool(
        name=tool["name"],
        title=tool["title"],
        description=tool["description"],
        method=tool["request"]["method"],
        path=tool["request"]["path"] or "/",
        tags=tuple(tool["tags"]) or (UNTAGGED,),
        is_read_only=annotations["read_only"],
        is_destructive=annotations["destructive"] and not annotations["read_only"],
    )
