"""A few minutes of everything at once leave the runtime as it was: tasks, sockets, memory.

Clients of both eras call, list, listen and go away in the middle, while versions are published and
rolled back, keys are made and revoked, and the server is paused and resumed.
"""

import asyncio
import gc
import random
import tracemalloc
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from uuid import UUID

import httpx2
import pytest
from fastmcp import Client

from core.clock import now_utc
from core.generation import announce_change
from core.http_request import BaseUrl, HttpRequest
from core.models import AccessPolicy, Server, ServerKey
from core.tool_spec import HttpTool
from tests.cast import a_tool
from tests.mcp_runtime.conftest import JSON, Hosting, Upstream

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

WARM_UP_SECONDS = 15.0
SECONDS = 60.0
LANES = 6
FEWEST_CALLS = 200
MOST_GROWTH_BYTES = 3_000_000
MOST_SOCKETS_MORE = 4  # the pool of connections to the service breathes
SECONDS_TO_SETTLE = 45.0  # a call that nobody waits for ends at its tool's own limit
REQUEST = "RequestResponseCycle.run_asgi"
# What a client may meet while its key is revoked and its server paused.
EXPECTED = {200, 401, 503}


@dataclass
class World:
    """The server that is used and changed, its valid keys, and what its clients met."""

    hosting: Hosting
    upstream: Upstream
    server_id: UUID
    draft_id: UUID
    versions: list[UUID] = field(default_factory=list)
    keys: dict[str, UUID] = field(default_factory=dict)
    met: Counter[int] = field(default_factory=Counter)
    changes: Counter[str] = field(default_factory=Counter)

    @property
    def address(self) -> str:
        return self.hosting.address(self.server_id)

    def a_key(self) -> str:
        return random.choice(list(self.keys))


Use = Callable[[World, httpx2.AsyncClient], Awaitable[None]]


@dataclass(frozen=True)
class Held:
    """What the process holds on to when nobody asks anything of it."""

    tasks: Counter[str]
    files: int
    traced_bytes: int


@pytest.fixture
def traced():
    tracemalloc.start()
    yield
    tracemalloc.stop()


async def test_nothing_is_left_of_a_long_mix_of_everything(
    hosting: Hosting, upstream: Upstream, traced: None
):
    world = await make_world(hosting, upstream)
    await everything_at_once(world, WARM_UP_SECONDS)
    before = await settled(lambda held: REQUEST not in held.tasks)
    assert REQUEST not in before.tasks
    world.met.clear()
    await everything_at_once(world, SECONDS)

    assert set(world.met) <= EXPECTED, world.met
    assert world.met[200] > FEWEST_CALLS, world.met
    assert set(world.changes) == {change.__name__ for change in CHANGES}
    after = await settled(
        lambda held: (
            held.tasks == before.tasks
            and held.files <= before.files + MOST_SOCKETS_MORE
            and held.traced_bytes <= before.traced_bytes + MOST_GROWTH_BYTES
        )
    )
    assert after.tasks == before.tasks
    assert after.files <= before.files + MOST_SOCKETS_MORE
    assert after.traced_bytes <= before.traced_bytes + MOST_GROWTH_BYTES


async def make_world(hosting: Hosting, upstream: Upstream) -> World:
    server_id = await hosting.publish(a_tool(url=upstream.url), policy=AccessPolicy.PRIVATE)
    draft_id = await hosting.draft(a_tool(url=upstream.url))
    world = World(hosting, upstream, server_id, draft_id)
    await _remember_version(world)
    for _ in range(3):
        await make_a_key(world)
    return world


async def everything_at_once(world: World, seconds: float) -> None:
    ends_at = monotonic() + seconds
    # All share one loop, which is busy for seconds when a client is made for the first time.
    patient = httpx2.AsyncClient(headers=JSON, timeout=SECONDS_TO_SETTLE)
    async with patient as web, asyncio.TaskGroup() as group:
        for use in (*[call_and_list] * LANES, go_away_in_the_middle, try_it):
            group.create_task(_again_and_again(use, world, web, ends_at))
        for use in (speak_old, speak_new, change_something):
            group.create_task(_again_and_again(use, world, web, ends_at))
    await set_paused(world, is_paused=False)


async def _again_and_again(use: Use, world: World, web: httpx2.AsyncClient, ends_at: float) -> None:
    while monotonic() < ends_at:
        await use(world, web)


async def call_and_list(world: World, web: httpx2.AsyncClient) -> None:
    """Ask a few things with one key, one of them of a tool that is not there."""
    headers = {"authorization": f"Bearer {world.a_key()}"}
    for method, params in (
        ("tools/list", {}),
        ("tools/call", {"name": "get_city", "arguments": {"city_id": "x"}}),
        ("tools/call", {"name": "get_city", "arguments": {"city_id": 7}}),
        ("tools/call", {"name": "not_there", "arguments": {}}),
    ):
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        answer = await web.post(world.address, json=message, headers=headers)
        world.met[answer.status_code] += 1


async def go_away_in_the_middle(world: World, web: httpx2.AsyncClient) -> None:
    """Ask for what takes for ever, and hang up."""
    headers = {"authorization": f"Bearer {world.a_key()}"}
    params = {"name": "held", "arguments": {}}
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    with suppress(httpx2.TimeoutException):
        await web.post(world.address, json=call, headers=headers, timeout=0.2)


async def speak_old(world: World, _web: httpx2.AsyncClient) -> None:
    await _session(world, "legacy")


async def speak_new(world: World, _web: httpx2.AsyncClient) -> None:
    await _session(world, "auto")


async def _session(world: World, mode: str) -> None:
    """Come, look, call and go; a client that is refused tries again later."""
    with suppress(Exception):
        async with Client(world.address, auth=world.a_key(), mode=mode) as client:
            await client.list_tools()
            await client.call_tool("get_city", {"city_id": "y"}, raise_on_error=False)
    await asyncio.sleep(0.05)


async def try_it(world: World, web: httpx2.AsyncClient) -> None:
    """Call the draft, as the web app does."""
    token = world.hosting.draft_token(world.draft_id)
    address = world.hosting.address(world.draft_id, draft=True)
    params = {"name": "get_city", "arguments": {"city_id": "z"}}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    headers = {"authorization": f"Bearer {token}"}
    world.met[(await web.post(address, json=message, headers=headers)).status_code] += 1
    await asyncio.sleep(0.1)


async def change_something(world: World, _web: httpx2.AsyncClient) -> None:
    change = random.choice(CHANGES)
    await change(world)
    world.changes[change.__name__] += 1
    await asyncio.sleep(0.1)


async def publish(world: World) -> None:
    url = world.upstream.url
    held = HttpTool(
        name="held",
        input_schema={"type": "object"},
        request=HttpRequest(method="GET", base=BaseUrl(url=url), path="/held"),
    )
    more = [a_tool(f"city_{number}", url=url) for number in range(random.randrange(5))]
    await world.hosting.publish(
        a_tool(url=url),
        held,
        *more,
        server_id=world.server_id,
        policy=AccessPolicy.PRIVATE,
        instructions=f"Number {random.random()}",
    )
    await _remember_version(world)


async def roll_back(world: World) -> None:
    await world.hosting.change(world.server_id, live_version_id=random.choice(world.versions))


async def pause_for_a_moment(world: World) -> None:
    await set_paused(world, is_paused=True)
    await asyncio.sleep(0.5)
    await set_paused(world, is_paused=False)


async def replace_a_key(world: World) -> None:
    """Revoke the oldest key; whoever still holds it is refused."""
    await make_a_key(world)
    key_id = world.keys.pop(next(iter(world.keys)))
    async with world.hosting.database.write() as session:
        (await session.get_one(ServerKey, key_id)).revoked_at = now_utc()
        await announce_change(session, await session.get_one(Server, world.server_id))


CHANGES = (publish, roll_back, pause_for_a_moment, replace_a_key)


async def make_a_key(world: World) -> None:
    token, key_id = await world.hosting.key_for(world.server_id)
    world.keys[token] = key_id


async def set_paused(world: World, *, is_paused: bool) -> None:
    await world.hosting.change(world.server_id, is_paused=is_paused)


async def settled(is_so: Callable[[Held], bool]) -> Held:
    """Wait for what was asked last to end, and return what is held then."""
    deadline = monotonic() + SECONDS_TO_SETTLE
    await asyncio.sleep(6)  # connections that are kept end by themselves after five seconds
    while True:
        held = _held()
        if is_so(held) or monotonic() > deadline:
            return held
        await asyncio.sleep(0.5)


def _held() -> Held:
    gc.collect()
    names = Counter(_kind_of(task) for task in asyncio.all_tasks())
    return Held(names, len(list(Path("/dev/fd").iterdir())), tracemalloc.get_traced_memory()[0])


def _kind_of(task: asyncio.Task[object]) -> str:
    coroutine = task.get_coro()
    return getattr(coroutine, "__qualname__", repr(coroutine))


async def _remember_version(world: World) -> None:
    async with world.hosting.database.read() as session:
        server = await session.get_one(Server, world.server_id)
    assert server.live_version_id is not None
    world.versions = [*world.versions[-5:], server.live_version_id]
