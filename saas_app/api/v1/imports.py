"""Imports: a source that a program has becomes a server, as pasting it does in the browser."""

from dataclasses import dataclass
from datetime import timedelta

from pydantic import Field

from saas_app import resources
from saas_app.api.v1.contract import KILOBYTE, Given, Operation, Preparation, Request, Shown
from saas_app.api.v1.servers import ServerShown, show_server
from saas_app.services.intake.proposal import Proposal
from saas_app.services.intakes import read_pasted, take_source
from saas_app.services.limits import Limit
from saas_app.services.servers import NewServer, create_server_from_intake
from saas_app.services.tools.named import tools_behind
from saas_app.services.tools.rows import MAX_TOOLS

LARGEST_SOURCE_BYTES = 10 * 1024 * KILOBYTE
IMPORTS = Limit("rest_imports", 30, timedelta(minutes=10))


class SourceGiven(Given):
    """A source to read."""

    source: str = Field(description="An OpenAPI document, or cURL commands, as text.")
    name: str = Field(default="", description="The server's name; empty: the source's.")
    tools: list[str] | None = Field(
        default=None, max_length=MAX_TOOLS, description="Which of its tools to take; null: all."
    )


class LeftOut(Shown):
    """A part of the source that did not become a tool."""

    what: str
    reason: str


class Imported(Shown):
    """What came of a source."""

    server: ServerShown
    tools: list[str] = Field(description="The names of the draft's tools.")
    left_out: list[LeftOut]
    notes: list[str]


@dataclass(frozen=True, slots=True)
class ReadSource:
    """A source that was read, before anything is written."""

    proposal: Proposal


async def prepare_import(asked: Preparation) -> ReadSource:
    """Read the source; a large one takes seconds, so no transaction is open meanwhile."""
    return ReadSource(await read_pasted(asked.body.source))


async def import_source(asked: Request) -> Imported:
    """Make a server of the source's tools."""
    session, actor, now = asked.session, asked.actor, asked.now
    sealer, proposal = resources.get().sealer, asked.prepared.proposal
    intake_id = await take_source(session, actor, proposal, source_url="", sealer=sealer, now=now)
    picks = None if asked.body.tools is None else set(asked.body.tools)
    wanted = NewServer(asked.body.name or proposal.name or "Imported", picks)
    server_id = await create_server_from_intake(
        session, actor, intake_id, wanted, sealer=sealer, now=now
    )
    cards = await tools_behind(session, actor, server_id, name="", limit=MAX_TOOLS)
    return Imported(
        server=await show_server(asked, server_id),
        tools=[card.name for card in cards],
        left_out=[LeftOut(what=one.what, reason=one.reason) for one in proposal.skipped],
        notes=list(proposal.notes),
    )


OPERATIONS = (
    Operation(
        "import_source", "POST", "/imports", "servers:write", "Make a server from a source",
        import_source, Imported, status=201, body=SourceGiven, prepare=prepare_import,
        largest_bytes=LARGEST_SOURCE_BYTES, limit=IMPORTS, tag="Servers",
        description="Values of secrets that the source holds are sealed into the variables that"
        " its tools use.",
    ),
)  # fmt: skip
