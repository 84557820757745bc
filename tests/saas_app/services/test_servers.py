"""Servers are made of what was picked, and a list says where each stands."""

from datetime import timedelta

import pytest

from core.access import draft_tools_of, server_for, variables_of
from core.errors import Forbidden, Invalid, NotFound
from core.http_request import FixedValue
from core.models import Call, CallerKind, CallStatus, Evidence, Version
from core.permissions import Permission
from core.tool_spec import Variable
from saas_app.services.intake.proposal import Proposal
from saas_app.services.intakes import take_source
from saas_app.services.servers import (
    NewServer,
    Standing,
    add_from_intake,
    create_empty_server,
    create_server_from_intake,
    describe_server,
    list_servers,
)
from saas_app.services.variables import MAX_VALUE_BYTES
from tests.cast import NOW, a_tool, make_server

LATER = NOW + timedelta(minutes=1)
SECRET = "sk-found-in-a-command"


def with_key(name: str, host: str = "https://api.example.com"):
    tool = a_tool(name, url=host)
    key = FixedValue(location="header", name="X-Key", value="{{KEY}}")
    return tool.model_copy(update={"request": tool.request.model_copy(update={"fixed": (key,)})})


def a_proposal(host: str = "https://api.example.com", value: str = SECRET) -> Proposal:
    return Proposal(
        kind="curl",
        name="Cities",
        description="All  the\ncities.",
        tools=(with_key("get_city", host), with_key("list", host), a_tool("plain", url=host)),
        variables=(Variable(name="KEY"), Variable(name="UNUSED")),
        values={"KEY": value},
    )


async def take(session, actor, sealer, proposal=None):
    return await take_source(
        session, actor, proposal or a_proposal(), source_url="", sealer=sealer, now=NOW
    )


async def create(session, actor, sealer, intake_id, picks=None, name="Cities"):
    return await create_server_from_intake(
        session, actor, intake_id, NewServer(name, picks), sealer=sealer, now=NOW
    )


async def parts(session, actor, server_id):
    server = await server_for(session, actor, server_id, to=Permission.SERVER_VIEW)
    return await draft_tools_of(session, server), await variables_of(session, server)


async def test_a_server_is_made_of_what_was_picked(session, cast, sealer):
    intake_id = await take(session, cast.bob, sealer)
    server_id = await create(session, cast.bob, sealer, intake_id, {"get_city"})
    tools, variables = await parts(session, cast.alice, server_id)
    assert [(tool.name, tool.evidence) for tool in tools] == [("get_city", Evidence.CHECKED)]
    assert [variable.name for variable in variables] == ["KEY"]
    sealed = variables[0].sealed_value
    assert sealer.open(sealed, bound_to=variables[0].seal_binding).decode() == SECRET


async def test_only_needed_variables_come_along(session, cast, sealer):
    intake_id = await take(session, cast.alice, sealer)
    server_id = await create(session, cast.alice, sealer, intake_id, {"plain"})
    assert (await parts(session, cast.alice, server_id))[1] == []


async def test_a_value_that_is_too_long_is_left_to_be_entered(session, cast, sealer):
    long = a_proposal(value="x" * (MAX_VALUE_BYTES + 1))
    intake_id = await take(session, cast.alice, sealer, long)
    server_id = await create(session, cast.alice, sealer, intake_id, {"get_city"})
    (variable,) = (await parts(session, cast.alice, server_id))[1]
    assert (variable.name, variable.sealed_value) == ("KEY", None)


async def test_all_tools_come_in_their_order(session, cast, sealer):
    server_id = await create(session, cast.alice, sealer, await take(session, cast.alice, sealer))
    tools, _ = await parts(session, cast.alice, server_id)
    assert [tool.name for tool in tools] == ["get_city", "list", "plain"]
    (card,) = await list_servers(session, cast.vera)
    assert (card.description, card.tool_count) == ("All the cities.", 3)


@pytest.mark.parametrize(
    ("name", "picks", "field"),
    [("", None, "name"), ("x" * 65, None, "name"), ("A", set(), "picks"), ("A", {"no"}, "picks")],
)
async def test_a_wrong_wish_is_refused_on_its_field(session, cast, sealer, name, picks, field):
    intake_id = await take(session, cast.alice, sealer)
    with pytest.raises(Invalid) as refusal:
        await create(session, cast.alice, sealer, intake_id, picks, name)
    assert refusal.value.field == field


async def test_more_tools_get_names_of_their_own_and_share_the_key_of_their_host(
    session, cast, sealer
):
    intake_id = await take(session, cast.alice, sealer)
    server_id = await create(session, cast.alice, sealer, intake_id)
    second = await take(session, cast.alice, sealer, a_proposal(value="another"))
    names = await add_from_intake(
        session, cast.bob, (server_id, second), {"get_city"}, sealer=sealer, now=LATER
    )
    assert names == ["get_city_2"]
    _, variables = await parts(session, cast.alice, server_id)
    assert [one.name for one in variables] == ["KEY"]
    sealed = variables[0].sealed_value
    assert sealer.open(sealed, bound_to=variables[0].seal_binding).decode() == SECRET


async def test_the_key_of_one_service_is_never_sent_to_another(session, cast, sealer):
    server_id = await create(session, cast.alice, sealer, await take(session, cast.alice, sealer))
    other = a_proposal("https://api.other.example", "other")
    second = await take(session, cast.alice, sealer, other)
    await add_from_intake(
        session, cast.alice, (server_id, second), {"list"}, sealer=sealer, now=LATER
    )
    tools, variables = await parts(session, cast.alice, server_id)
    assert [one.name for one in variables] == ["KEY", "KEY_2"]
    assert tools[-1].spec["request"]["fixed"][0]["value"] == "{{KEY_2}}"
    assert tools[0].spec["request"]["fixed"][0]["value"] == "{{KEY}}"
    opened = sealer.open(variables[1].sealed_value, bound_to=variables[1].seal_binding)
    assert opened == b"other"


async def test_an_empty_server_is_a_beginning(session, cast):
    await create_empty_server(session, cast.bob, name=" New ", now=NOW)
    (card,) = await list_servers(session, cast.alice)
    assert (card.name, card.standing, card.tool_count) == ("New", Standing.DRAFT, 0)


async def test_a_list_says_where_each_server_stands(session, cast):
    server = await make_server(session, cast.alice)
    version = Version(
        server_id=server.id, number=4, spec={}, content_hash="c", contract_hash="c", created_at=NOW
    )
    session.add(version)
    server.live_version_id = version.id
    call = Call(
        id=version.id, server_id=server.id, tool_name="t", caller_kind=CallerKind.KEY,
        status=CallStatus.OK, duration_ms=1, started_at=LATER,
    )  # fmt: skip
    session.add(call)
    await session.flush()
    (card,) = await list_servers(session, cast.alice)
    assert (card.standing, card.live_number, card.last_call_at) == (Standing.LIVE, 4, LATER)
    await describe_server(session, cast.alice, server.id, changes={"name": "New"}, now=LATER)
    assert (await list_servers(session, cast.alice))[0].standing is Standing.CHANGED
    server.is_paused = True
    assert (await list_servers(session, cast.alice))[0].standing is Standing.PAUSED


async def test_a_wrong_name_is_refused_on_its_field(session, cast):
    server = await make_server(session, cast.alice)
    with pytest.raises(Invalid) as refusal:
        await describe_server(session, cast.alice, server.id, changes={"name": " "}, now=NOW)
    assert refusal.value.field == "name"


async def test_viewers_make_nothing_and_strangers_see_nothing(session, cast, sealer):
    intake_id = await take(session, cast.alice, sealer)
    server_id = await create(session, cast.alice, sealer, intake_id)
    for actor, refusal in ((cast.vera, Forbidden), (cast.mallory, NotFound)):
        with pytest.raises(refusal):
            await create(session, actor, sealer, intake_id)
        with pytest.raises(refusal):
            await describe_server(session, actor, server_id, changes={"name": "X"}, now=NOW)
        with pytest.raises(refusal):
            await add_from_intake(
                session, actor, (server_id, intake_id), None, sealer=sealer, now=NOW
            )
    with pytest.raises(Forbidden):
        await create_empty_server(session, cast.vera, name="A", now=NOW)
    assert await list_servers(session, cast.mallory) == []


async def test_a_source_of_another_organization_fills_no_server(session, cast, sealer):
    intake_id = await take(session, cast.alice, sealer)
    mine = await create_empty_server(session, cast.mallory, name="Mine", now=NOW)
    with pytest.raises(NotFound):
        await add_from_intake(
            session, cast.mallory, (mine, intake_id), None, sealer=sealer, now=NOW
        )
