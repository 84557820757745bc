"""What changes is seen within a second, and no call under way notices.

The counter is looked at every quarter of a second, and the first look after a change shows it: that
is what is tested, since the seconds of a busy machine say little.
"""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from time import monotonic
from uuid import uuid4

import pytest

from core.clock import now_utc
from core.generation import announce_change, current_generation
from core.http_request import BaseUrl, HttpRequest
from core.models import AccessPolicy, Organization, Server, ServerKey, Version
from core.tool_spec import HttpTool, ServerSpec
from mcp_runtime.catalog import POLL_SECONDS, STALE_SECONDS, Catalog, CatalogStale
from tests.cast import NOW, a_tool, make_cast, make_server

SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"])


def rpc(method: str, params: dict | None = None) -> dict:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params or {}}


def call(name: str, **arguments) -> dict:
    return rpc("tools/call", {"name": name, "arguments": arguments})


def held_tool(url: str) -> HttpTool:
    request = HttpRequest(method="GET", base=BaseUrl(url=url), path="/held")
    return HttpTool(name="held", input_schema={"type": "object"}, request=request)


@contextmanager
def looks_ended(catalog: Catalog) -> Iterator[list[None]]:
    """Give a list that grows by one at every look that began in here and has ended."""
    ended: list[None] = []
    poll = catalog.poll

    async def counted() -> None:
        await poll()
        ended.append(None)

    catalog.poll = counted
    yield ended
    catalog.poll = poll


async def seen_at_next_look(web, hosting, server_id, message, is_so, **options) -> None:
    """Ask again and again: a question after the next look at the counter is answered so."""
    address = hosting.address(server_id)
    with looks_ended(hosting.runtime.resources.catalog) as ended:
        async with asyncio.timeout(30):
            while True:
                has_looked = bool(ended)
                if is_so(await web.post(address, json=message, **options)):
                    return
                assert not has_looked
                await asyncio.sleep(0.02)


def lists(*names):
    return lambda answer: [t["name"] for t in answer.json()["result"]["tools"]] == list(names)


def has_status(status: int):
    return lambda answer: answer.status_code == status


async def point_at(hosting, server_id, *tools, number) -> None:
    """Publish a version the way the web app does, without telling the runtime."""
    spec = ServerSpec(name="Weather", tools=tools)
    async with hosting.database.write() as session:
        server = await session.get_one(Server, server_id)
        version = Version(
            server_id=server_id,
            number=number,
            spec=spec.model_dump(mode="json"),
            content_hash=spec.content_hash(),
            contract_hash=spec.contract_hash(),
            created_at=NOW,
        )
        session.add(version)
        await session.flush()
        server.live_version_id = version.id
        await announce_change(session, server)


def test_the_counter_is_looked_at_twice_a_second_and_more():
    assert 2 * POLL_SECONDS < 1


async def test_a_publish_and_a_rollback_are_live_within_a_second(hosting, upstream, web):
    first = a_tool(url=upstream.url)
    server_id = await hosting.publish(first)
    await seen_at_next_look(web, hosting, server_id, rpc("tools/list"), lists("get_city"))
    async with hosting.database.read() as session:
        before = (await session.get_one(Server, server_id)).live_version_id

    await point_at(hosting, server_id, first, a_tool("other", url=upstream.url), number=90)
    await seen_at_next_look(web, hosting, server_id, rpc("tools/list"), lists("get_city", "other"))
    await hosting.change(server_id, live_version_id=before)
    await seen_at_next_look(web, hosting, server_id, rpc("tools/list"), lists("get_city"))


async def test_an_organization_that_waits_for_its_end_serves_nothing_until_it_is_kept(
    hosting, upstream, web
):
    server_id = await hosting.publish(a_tool(url=upstream.url))

    async def set_end_at(moment) -> None:
        async with hosting.database.write() as session:
            server = await session.get_one(Server, server_id)
            organization = await session.get_one(Organization, server.organization_id)
            organization.delete_at = moment
            await announce_change(session, server)

    await set_end_at(NOW)
    await seen_at_next_look(web, hosting, server_id, rpc("tools/list"), has_status(503))
    await set_end_at(None)
    await seen_at_next_look(web, hosting, server_id, rpc("tools/list"), has_status(200))


async def test_a_pause_and_its_end_are_live_within_a_second(hosting, upstream, web):
    server_id = await hosting.publish(a_tool(url=upstream.url))
    await hosting.change(server_id, is_paused=True)
    await seen_at_next_look(web, hosting, server_id, rpc("tools/list"), has_status(503))
    await hosting.change(server_id, is_paused=False)
    await seen_at_next_look(web, hosting, server_id, rpc("tools/list"), has_status(200))


async def test_a_revoked_key_is_refused_within_a_second(hosting, upstream, web):
    server_id = await hosting.publish(a_tool(url=upstream.url), policy=AccessPolicy.PRIVATE)
    token, key_id = await hosting.key_for(server_id)
    headers = {"authorization": f"Bearer {token}"}
    message, address = call("get_city", city_id="x"), hosting.address(server_id)
    assert (await web.post(address, json=message, headers=headers)).status_code == 200

    async with hosting.database.write() as session:
        key = await session.get_one(ServerKey, key_id)
        key.revoked_at = now_utc()
        session.add(key)
        await announce_change(session, await session.get_one(Server, server_id))

    await seen_at_next_look(web, hosting, server_id, message, has_status(401), headers=headers)


@SQLITE
@pytest.mark.parametrize("change", ["publish", "pause", "delete", "revoke"])
async def test_a_call_under_way_ends_as_it_began(hosting, upstream, web, change):
    server_id = await hosting.publish(held_tool(upstream.url), policy=AccessPolicy.PRIVATE)
    token, key_id = await hosting.key_for(server_id)
    headers = {"authorization": f"Bearer {token}"}
    under_way = asyncio.create_task(
        web.post(hosting.address(server_id), json=call("held"), headers=headers)
    )
    await asyncio.wait_for(upstream.service.arrived.wait(), 10)

    if change == "publish":
        await point_at(hosting, server_id, a_tool(url=upstream.url), number=90)
    elif change == "revoke":
        async with hosting.database.write() as session:
            key = await session.get_one(ServerKey, key_id)
            key.revoked_at = now_utc()
            session.add(key)
            await announce_change(session, await session.get_one(Server, server_id))
    else:
        values = {"pause": {"is_paused": True}, "delete": {"deleted_at": now_utc()}}
        await hosting.change(server_id, **values[change])
    await hosting.runtime.resources.catalog.poll()
    after = await web.post(hosting.address(server_id), json=call("held"), headers=headers)
    upstream.service.gate.set()

    assert after.json().get("result") is None
    assert (await under_way).json()["result"]["structuredContent"] == {"held": True}


@SQLITE
async def test_a_changed_variable_counts_at_the_next_call(hosting, upstream, web):
    server_id = await hosting.publish(a_tool(url=upstream.url), values={"TOKEN": "one"})
    before = await hosting.runtime.resources.catalog.get(server_id)
    async with hosting.database.write() as session:
        hosting._add_variable(session, server_id, "OTHER", "two")
        await announce_change(session, await session.get_one(Server, server_id))
    await hosting.runtime.resources.catalog.poll()
    after = await hosting.runtime.resources.catalog.get(server_id)
    assert before.variables == {"TOKEN": "one"}
    assert after.variables == {"TOKEN": "one", "OTHER": "two"}


@pytest.fixture
async def catalog(database, sealer):
    catalog = Catalog(database, sealer, max_servers=2)
    await catalog.poll()
    return catalog


async def servers_of(database, count: int) -> list[Server]:
    async with database.write() as session:
        cast = await make_cast(session)
        return [await make_server(session, cast.alice) for _ in range(count)]


async def test_many_who_ask_for_a_server_load_it_once(catalog, database):
    (server,) = await servers_of(database, 1)
    found = await asyncio.gather(*(catalog.get(server.id) for _ in range(20)))
    assert len({id(live) for live in found}) == 1


@SQLITE
async def test_the_least_recently_used_server_is_dropped(catalog, database):
    first, second, third = await servers_of(database, 3)
    kept = await catalog.get(first.id)
    dropped = await catalog.get(second.id)
    assert await catalog.get(first.id) is kept
    await catalog.get(third.id)
    assert await catalog.get(first.id) is kept
    assert await catalog.get(second.id) is not dropped


@SQLITE
async def test_guesses_push_no_server_out(catalog, database):
    first, second = await servers_of(database, 2)
    kept = [await catalog.get(first.id), await catalog.get(second.id)]
    for _ in range(20):
        assert await catalog.get(uuid4()) is None
    assert [await catalog.get(first.id), await catalog.get(second.id)] == kept
    assert await catalog.get(first.id) is kept[0]


@SQLITE
async def test_a_server_that_was_asked_for_too_early_is_found_once_it_is_there(catalog, database):
    (server,) = await servers_of(database, 1)
    async with database.write() as session:
        row = await session.get_one(Server, server.id)
        row.deleted_at = now_utc()
        await announce_change(session, row)
    assert await catalog.get(server.id) is None
    async with database.write() as session:
        row = await session.get_one(Server, server.id)
        row.deleted_at = None
        await announce_change(session, row)
    await catalog.poll()
    assert await catalog.get(server.id) is not None


async def test_callers_who_keep_all_connections_busy_do_not_delay_the_poll(hosting):
    database, catalog = hosting.runtime.resources.database, hosting.runtime.resources.catalog
    async with AsyncExitStack() as busy:
        for _ in range(database.engine.pool.size() + database.engine.pool._max_overflow):
            session = await busy.enter_async_context(database.read())
            await current_generation(session)
        await asyncio.wait_for(catalog.poll(), 5)


@SQLITE
async def test_only_servers_that_changed_are_forgotten(catalog, database):
    first, second = await servers_of(database, 2)
    await catalog.poll()
    told = []
    catalog.on_change(lambda *changed: told.append(changed))
    one, two = await catalog.get(first.id), await catalog.get(second.id)
    async with database.write() as session:
        await announce_change(session, await session.get_one(Server, second.id))
        generation = await current_generation(session)
    await catalog.poll()
    assert told == [(second.id, generation)]
    assert await catalog.get(first.id) is one
    assert await catalog.get(second.id) is not two


@SQLITE
async def test_a_load_that_its_change_overtook_is_not_kept(catalog, database):
    (server,) = await servers_of(database, 1)
    await catalog.poll()
    load, is_loading, may_end = catalog._load, asyncio.Event(), asyncio.Event()

    async def slow(server_id):
        live = await load(server_id)
        is_loading.set()
        await may_end.wait()
        return live

    catalog._load = slow
    asked = asyncio.create_task(catalog.get(server.id))
    await is_loading.wait()
    async with database.write() as session:
        row = await session.get_one(Server, server.id)
        row.is_paused = True
        await announce_change(session, row)
    await catalog.poll()
    may_end.set()
    assert (await asked).is_paused is False
    assert (await catalog.get(server.id)).is_paused is True


@SQLITE
async def test_a_database_that_is_silent_for_long_serves_nobody(catalog, database, monkeypatch):
    (server,) = await servers_of(database, 1)
    assert await catalog.get(server.id) is not None
    monkeypatch.setattr("mcp_runtime.catalog.monotonic", lambda: monotonic() + STALE_SECONDS + 1)
    with pytest.raises(CatalogStale) as caught:
        await catalog.get(server.id)
    assert caught.value.status == 503
    await catalog.poll()
    assert await catalog.get(server.id) is not None
