"""A pasted source is read, kept for a day without a readable value, and shown in parts."""

from datetime import timedelta

import orjson
import pytest

from core.access import intake_for
from core.errors import Forbidden, Invalid, LimitReached, NotFound
from core.tool_spec import Variable
from saas_app.services import intakes
from saas_app.services.intake.proposal import Proposal, Skipped
from saas_app.services.intakes import (
    ProposalFilter,
    list_proposed,
    proposed_details,
    proposed_names,
    read_intake,
    read_pasted,
    take_source,
)
from tests.cast import NOW, a_tool

SECRET = "sk-found-in-a-command"
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Cities", "version": "1"},
    "servers": [{"url": "https://api.example.com"}],
    "paths": {
        "/cities/{id}": {
            "get": {
                "operationId": "getCity",
                "tags": ["cities"],
                "parameters": [
                    {
                        "name": "id",
                        "in": "path",
                        "required": True,
                        "schema": {"type": "string"},
                        "description": "The city's number.",
                    }
                ],
                "responses": {"200": {"description": "A city."}},
            }
        }
    },
}


def a_proposal(count: int = 3) -> Proposal:
    tools = [
        a_tool(f"tool_{number}").model_copy(update={"tags": ("even",) if number % 2 == 0 else ()})
        for number in range(count)
    ]
    return Proposal(
        kind="curl",
        name="Cities",
        tools=tuple(tools),
        variables=(Variable(name="KEY"),),
        values={"KEY": SECRET},
        skipped=(Skipped(what="command 3", reason="It writes a file."),),
        notes=("One note.",),
    )


async def take(session, actor, sealer, proposal=None):
    return await take_source(
        session, actor, proposal or a_proposal(), source_url="", sealer=sealer, now=NOW
    )


async def test_a_document_is_read():
    proposal = await read_pasted(orjson.dumps(DOCUMENT).decode())
    assert (proposal.kind, len(proposal.tools)) == ("openapi", 1)


async def test_commands_are_read():
    proposal = await read_pasted("curl https://api.example.com/cities")
    assert (proposal.kind, len(proposal.tools)) == ("curl", 1)


@pytest.mark.parametrize("text", ["", "  \n", "Hello there", '{"a": 1}'])
async def test_what_is_no_source_is_refused_on_the_box(text):
    with pytest.raises(Invalid) as refusal:
        await read_pasted(text)
    assert refusal.value.field == "source"


async def test_a_document_without_operations_says_so():
    with pytest.raises(Invalid, match="no operation") as refusal:
        await read_pasted(orjson.dumps(DOCUMENT | {"paths": {}}).decode())
    assert refusal.value.field == "source"


async def test_a_source_has_a_size(monkeypatch):
    monkeypatch.setattr(intakes, "MAX_BYTES", 10)
    with pytest.raises(LimitReached):
        await read_pasted("curl https://api.example.com")


async def test_found_values_are_sealed_and_only_named(session, cast, sealer):
    intake_id = await take(session, cast.bob, sealer)
    intake = await intake_for(session, cast.bob, intake_id)
    assert SECRET not in str(intake.proposal)
    assert SECRET.encode() not in (intake.sealed_values or b"")
    view = await read_intake(session, cast.alice, intake_id, now=NOW)
    assert view.found_values == {"KEY"}
    assert SECRET not in str(view)
    assert intakes.values_in(intake, sealer) == {"KEY": SECRET}


async def test_a_source_shows_what_was_found_and_left_out(session, cast, sealer):
    intake_id = await take(session, cast.alice, sealer)
    view = await read_intake(session, cast.alice, intake_id, now=NOW)
    assert view.tool_count == 3
    assert view.tags == (("even", 2), ("Other", 1))
    assert view.skipped == (("command 3", "It writes a file."),)
    assert view.notes == ("One note.",)


async def test_tools_are_listed_by_tag_and_a_page_at_a_time(session, cast, sealer):
    intake_id = await take(session, cast.alice, sealer, a_proposal(120))
    first = await list_proposed(session, cast.alice, intake_id, ProposalFilter(), now=NOW)
    assert (first.found, len(first.tools)) == (120, 50)
    assert {tool.tags for tool in first.tools} == {("even",)}
    last = await list_proposed(
        session, cast.alice, intake_id, ProposalFilter(), now=NOW, offset=100
    )
    assert {tool.tags for tool in last.tools} == {("Other",)}


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (ProposalFilter(), 3),
        (ProposalFilter(tag="Other"), 1),
        (ProposalFilter(query="get cities"), 3),
        (ProposalFilter(query="tool_2"), 1),
        (ProposalFilter(query="tool_2", tag="Other"), 0),
    ],
)
async def test_filters_narrow_what_is_proposed(session, cast, sealer, wanted, found):
    intake_id = await take(session, cast.alice, sealer)
    assert len(await proposed_names(session, cast.alice, intake_id, wanted, now=NOW)) == found


async def test_of_one_tool_its_arguments_and_promises_are_told(session, cast, sealer):
    proposal = await read_pasted(orjson.dumps(DOCUMENT).decode())
    intake_id = await take(session, cast.alice, sealer, proposal)
    details = await proposed_details(session, cast.alice, intake_id, "getCity", now=NOW)
    (argument,) = details.arguments
    assert (argument.name, argument.kind, argument.is_required) == ("id", "string", True)
    assert argument.description == "The city's number."
    assert details.annotations.read_only
    with pytest.raises(Invalid):
        await proposed_details(session, cast.alice, intake_id, "other", now=NOW)
    with pytest.raises(NotFound):
        await proposed_details(session, cast.mallory, intake_id, "getCity", now=NOW)


async def test_a_source_is_gone_after_a_day(session, cast, sealer):
    intake_id = await take(session, cast.alice, sealer)
    with pytest.raises(NotFound, match="a day"):
        await read_intake(session, cast.alice, intake_id, now=NOW + timedelta(hours=24))


async def test_viewers_and_strangers_have_no_sources(session, cast, sealer):
    with pytest.raises(Forbidden):
        await take(session, cast.vera, sealer)
    intake_id = await take(session, cast.alice, sealer)
    await read_intake(session, cast.alice, intake_id, now=NOW)  # kept at hand from here on
    with pytest.raises(Forbidden):
        await read_intake(session, cast.vera, intake_id, now=NOW)
    with pytest.raises(NotFound):
        await list_proposed(session, cast.mallory, intake_id, ProposalFilter(), now=NOW)
