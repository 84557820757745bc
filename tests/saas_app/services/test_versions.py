"""Publishing and rolling back, as owner, member, viewer and stranger."""

import asyncio

import pytest
from sqlmodel import select

from core.access import live_version_of, versions_of
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.generation import current_generation
from core.models import AuditEntry, EnvironmentVariable, Evidence
from core.tool_spec import ServerSpec, Variable
from saas_app.services.versions import (
    BelowEvidenceBar,
    NothingChanged,
    NothingToPublish,
    compare_versions,
    preview_publish,
    publish_version,
    roll_back,
    version_history,
)
from tests.cast import NOW, a_python_tool, a_tool, add_tool, make_server


@pytest.fixture
async def server(session, cast):
    return await make_server(session, cast.alice)


@pytest.fixture
async def tool(session, server):
    return await add_tool(session, server.id, a_tool())


async def change(session, tool, **values):
    tool.spec = {**tool.spec, **values}
    session.add(tool)
    await session.flush()


async def add_variable(session, server, variable, *, sealed=None):
    row = EnvironmentVariable(
        server_id=server.id,
        name=variable.name,
        definition=variable.model_dump(mode="json"),
        sealed_value=sealed,
        created_at=NOW,
        updated_at=NOW,
    )
    session.add(row)
    await session.flush()


def doubling() -> dict:
    """A schema of thirty definitions, each of which applies the one before it twice."""
    definitions: dict = {"a0": {}}
    for number in range(1, 31):
        before = {"$ref": f"#/$defs/a{number - 1}"}
        definitions[f"a{number}"] = {"allOf": [before, before]}
    return {"$defs": definitions, "$ref": "#/$defs/a30"}


async def acts(session, action):
    return (await session.exec(select(AuditEntry).where(AuditEntry.action == action))).all()


async def test_publishing_stores_the_draft_and_makes_it_live(session, cast, server, tool):
    before = await current_generation(session)
    published = await publish_version(session, cast.bob, server.id, note=" First. ", now=NOW)
    live = await live_version_of(session, server)
    assert (published.number, live.number, live.note) == (1, 1, "First.")
    assert ServerSpec.model_validate(live.spec).tools == (a_tool(),)
    assert live.created_by == cast.bob.user_id
    assert server.generation == await current_generation(session) > before
    assert [act.details for act in await acts(session, "version.published")] == [{"number": 1}]


async def test_owner_and_member_publish_a_viewer_and_a_stranger_do_not(session, cast, server, tool):
    with pytest.raises(Forbidden):
        await publish_version(session, cast.vera, server.id, note="", now=NOW)
    with pytest.raises(NotFound):
        await publish_version(session, cast.mallory, server.id, note="", now=NOW)
    assert (await publish_version(session, cast.alice, server.id, note="", now=NOW)).number == 1
    await change(session, tool, title="Changed")
    assert (await publish_version(session, cast.bob, server.id, note="", now=NOW)).number == 2


async def test_disabled_tools_are_left_out(session, cast, server, tool):
    other = await add_tool(session, server.id, a_tool("other"))
    other.is_enabled = False
    await publish_version(session, cast.alice, server.id, note="", now=NOW)
    live = await live_version_of(session, server)
    assert [tool["name"] for tool in live.spec["tools"]] == ["get_city"]


async def test_an_empty_draft_is_refused(session, cast, server, tool):
    tool.is_enabled = False
    with pytest.raises(NothingToPublish):
        await publish_version(session, cast.alice, server.id, note="", now=NOW)


async def test_an_unchanged_draft_is_refused(session, cast, server, tool):
    await publish_version(session, cast.alice, server.id, note="", now=NOW)
    with pytest.raises(NothingChanged, match="since version 1"):
        await publish_version(session, cast.alice, server.id, note="Again", now=NOW)
    assert len(await versions_of(session, server)) == 1


async def test_a_draft_that_was_rolled_back_from_may_be_published_again(
    session, cast, server, tool
):
    await publish_version(session, cast.alice, server.id, note="", now=NOW)
    await change(session, tool, title="Second")
    await publish_version(session, cast.alice, server.id, note="", now=NOW)
    await roll_back(session, cast.alice, server.id, number=1, now=NOW)
    assert (await publish_version(session, cast.alice, server.id, note="", now=NOW)).number == 3


async def test_tools_below_the_bar_refuse_and_are_named(session, cast, server, tool):
    server.evidence_bar = Evidence.PROVEN
    with pytest.raises(BelowEvidenceBar, match="get_city") as refusal:
        await publish_version(session, cast.alice, server.id, note="", now=NOW)
    assert refusal.value.tools == ("get_city",)


async def test_an_override_is_for_owners_and_leaves_a_trace(session, cast, server, tool):
    server.evidence_bar = Evidence.PROVEN
    with pytest.raises(Forbidden, match="evidence bar"):
        await publish_version(session, cast.bob, server.id, note="", now=NOW, override_bar=True)
    await publish_version(session, cast.alice, server.id, note="", now=NOW, override_bar=True)
    act = (await acts(session, "version.published"))[0]
    assert act.details == {"number": 1, "overridden": ["get_city"]}


async def test_a_required_variable_without_value_warns_and_does_not_refuse(
    session, cast, server, tool
):
    await add_variable(session, server, Variable(name="MISSING"))
    await add_variable(session, server, Variable(name="FILLED"), sealed=b"x")
    await add_variable(session, server, Variable(name="OPTIONAL", is_required=False))
    await add_variable(session, server, Variable(name="PLAIN", is_secret=False, default="a"))
    published = await publish_version(session, cast.alice, server.id, note="", now=NOW)
    assert published.warnings == ("MISSING has no value yet: calls that need it will fail.",)


async def test_names_that_differ_only_in_case_are_refused(session, cast, server, tool):
    await add_tool(session, server.id, a_tool("Get_City"))
    with pytest.raises(Invalid, match="differ only in case"):
        await publish_version(session, cast.alice, server.id, note="", now=NOW)


async def test_a_broken_tool_is_named_with_its_fault(session, cast, server, tool):
    await change(session, tool, input_schema={"type": "object", "properties": {}})
    with pytest.raises(Invalid, match=r"get_city cannot be published: .* city_id"):
        await publish_version(session, cast.alice, server.id, note="", now=NOW)


async def test_a_long_note_is_refused_at_its_field(session, cast, server, tool):
    with pytest.raises(Invalid) as refusal:
        await publish_version(session, cast.alice, server.id, note="x" * 501, now=NOW)
    assert refusal.value.field == "note"


async def test_rolling_back_moves_the_pointer_and_keeps_the_draft(session, cast, server, tool):
    await publish_version(session, cast.alice, server.id, note="", now=NOW)
    await change(session, tool, title="Second")
    await publish_version(session, cast.alice, server.id, note="", now=NOW)
    before = server.generation
    await roll_back(session, cast.bob, server.id, number=1, now=NOW)
    assert (await live_version_of(session, server)).number == 1
    assert server.generation > before
    assert tool.spec["title"] == "Second"
    act = (await acts(session, "version.rolled_back"))[0]
    assert act.details == {"number": 1, "before": 2}


async def test_rolling_back_asks_for_permission_and_a_version(session, cast, server, tool):
    await publish_version(session, cast.alice, server.id, note="", now=NOW)
    with pytest.raises(Conflict, match="live already"):
        await roll_back(session, cast.alice, server.id, number=1, now=NOW)
    with pytest.raises(NotFound, match="no version 9"):
        await roll_back(session, cast.alice, server.id, number=9, now=NOW)
    with pytest.raises(Forbidden):
        await roll_back(session, cast.vera, server.id, number=1, now=NOW)
    with pytest.raises(NotFound, match="not yours"):
        await roll_back(session, cast.mallory, server.id, number=1, now=NOW)


async def test_the_preview_says_what_would_happen(session, cast, server, tool):
    first = await preview_publish(session, cast.vera, server.id)
    assert (first.next_number, first.live_number, first.diff.added) == (1, None, ("get_city",))
    assert (first.problem, first.can_override) == ("", False)
    await publish_version(session, cast.alice, server.id, note="", now=NOW)
    same = await preview_publish(session, cast.alice, server.id)
    assert same.diff.is_empty
    assert "same as version 1" in same.problem
    await change(session, tool, title="Second")
    assert (await preview_publish(session, cast.alice, server.id)).next_number == 2
    tool.is_enabled = False
    empty = await preview_publish(session, cast.alice, server.id)
    assert "enable at least one tool" in empty.problem
    with pytest.raises(NotFound):
        await preview_publish(session, cast.mallory, server.id)


async def test_the_preview_tells_code_that_publishing_looks_at(session, cast, server, tool):
    code = await add_tool(session, server.id, a_python_tool("code"))
    for unseen, request, bar, is_unseen in (
        (Evidence.UNCHECKED, Evidence.CHECKED, Evidence.CHECKED, True),
        (Evidence.UNCHECKED, Evidence.UNCHECKED, Evidence.CHECKED, False),
        (Evidence.UNCHECKED, Evidence.PROVEN, Evidence.PROVEN, False),
    ):
        code.evidence, tool.evidence, server.evidence_bar = unseen, request, bar
        preview = await preview_publish(session, cast.bob, server.id)
        assert "code" in preview.below_bar
        assert preview.is_unseen is is_unseen


async def test_any_two_versions_are_compared_in_either_direction(session, cast, server, tool):
    await publish_version(session, cast.alice, server.id, note="", now=NOW)
    await add_tool(session, server.id, a_tool("other"))
    await publish_version(session, cast.alice, server.id, note="", now=NOW)
    forth = await compare_versions(session, cast.vera, server.id, before=1, after=2)
    back = await compare_versions(session, cast.vera, server.id, before=2, after=1)
    assert (forth.added, back.removed) == (("other",), ("other",))
    with pytest.raises(NotFound):
        await compare_versions(session, cast.mallory, server.id, before=1, after=2)


async def test_the_history_names_authors_and_the_live_one(session, cast, server, tool):
    await publish_version(session, cast.bob, server.id, note="One", now=NOW)
    await change(session, tool, title="Second")
    await publish_version(session, cast.alice, server.id, note="Two", now=NOW)
    history = await version_history(session, cast.vera, server.id)
    assert [(v.number, v.note, v.author) for v in history.versions] == [
        (2, "Two", "Alice"),
        (1, "One", "Bob"),
    ]
    assert (history.live_id, history.live_since) == (history.versions[0].id, NOW)
    with pytest.raises(NotFound):
        await version_history(session, cast.mallory, server.id)


async def test_many_publishers_at_once_leave_no_gap_and_no_twin(database, committed_cast):
    cast = committed_cast
    async with database.write() as session:
        server = await make_server(session, cast.alice)
        rows = [await add_tool(session, server.id, a_tool(f"tool_{n}")) for n in range(6)]

    async def edit_and_publish(row):
        async with database.write() as session:
            await session.delete(row)
            await session.flush()
            return (await publish_version(session, cast.alice, server.id, note="", now=NOW)).number

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(edit_and_publish(row)) for row in rows[:5]]
    assert sorted(task.result() for task in tasks) == [1, 2, 3, 4, 5]
    async with database.read() as session:
        assert [v.number for v in await versions_of(session, server)] == [5, 4, 3, 2, 1]
        live = await live_version_of(session, await session.get(type(server), server.id))
        assert (live.number, [tool["name"] for tool in live.spec["tools"]]) == (5, ["tool_5"])


@pytest.mark.parametrize("which", ["input_schema", "output_schema"])
async def test_a_schema_whose_references_multiply_is_not_published(
    session, cast, server, tool, which
):
    await change(session, tool, **{which: {**tool.spec["input_schema"], **doubling()}})
    with pytest.raises(Invalid, match="get_city cannot be published: Its references multiply"):
        await publish_version(session, cast.alice, server.id, note="", now=NOW)
    preview = await preview_publish(session, cast.alice, server.id)
    assert "references multiply" in preview.problem
