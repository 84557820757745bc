"""The web app asks a running runtime about code and workers, and keeps what it hears."""

import asyncio

import pytest
from sqlmodel import select

from core.clock import now_utc
from core.errors import Forbidden, Invalid, UpstreamUnavailable
from core.models import DraftTool, Evidence
from core.tool_spec import PythonSettings
from saas_app.services.tools.python.looking import look_at, note_look, start_look
from saas_app.services.trying import start_trial, try_tool
from saas_app.services.workers import leave_to_look, workers_of
from tests.cast import a_python_tool, a_tool
from tests.mcp_runtime.conftest import a_secret
from tests.mcp_runtime.test_python_tools import called

MOST_LOOKS = 500
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


async def row_of(session, server_id) -> DraftTool:
    return (await session.exec(select(DraftTool).where(DraftTool.server_id == server_id))).one()


async def look_for(hosting, server_id, actor):
    async with hosting.database.read() as session:
        tool_id = (await row_of(session, server_id)).id
        return await start_look(
            session, actor, server_id, tool_id, sealer=hosting.sealer, now=now_utc()
        )


async def workers_at(hosting, server_id):
    async with hosting.database.read() as session:
        leave = await leave_to_look(
            session, hosting.cast.bob, server_id, sealer=hosting.sealer, now=now_utc()
        )
    return await workers_of(hosting.settings, leave)


async def until_running(hosting, server_id, count) -> None:
    for _ in range(MOST_LOOKS):
        found = (await workers_at(hosting, server_id)).workers
        if sum(one.running for one in found) == count:
            return
    raise AssertionError(f"There are not {count} calls at work: {found}")


async def noted(hosting, look, seen) -> Evidence:
    async with hosting.database.write() as session:
        return await note_look(session, hosting.cast.bob, look, seen)


async def change(hosting, server_id, **spec) -> None:
    async with hosting.database.write() as session:
        row = await row_of(session, server_id)
        row.spec = {**row.spec, **spec}


async def test_code_in_which_nothing_is_wrong_is_checked_until_it_changes(hosting, supervisor):
    server_id = await hosting.draft(a_python_tool())
    look = await look_for(hosting, server_id, hosting.cast.bob)
    seen = await look_at(hosting.settings, look)
    assert (seen.problems, seen.is_sound) == ((), True)
    assert await noted(hosting, look, seen) is Evidence.CHECKED

    await change(hosting, server_id, source="def forecast(city) return 1")
    broken = await look_for(hosting, server_id, hosting.cast.bob)
    found = await look_at(hosting.settings, broken)
    assert [(one.line, one.is_error) for one in found.problems] == [(1, True)]
    assert await noted(hosting, broken, found) is Evidence.UNCHECKED
    assert await noted(hosting, look, seen) is Evidence.UNCHECKED  # what it saw is gone


async def test_code_that_names_a_missing_variable_stays_unchecked(hosting, supervisor):
    source = "def forecast(city):\n    return env['NOT_THERE']\n"
    server_id = await hosting.draft(a_python_tool(source=source))
    look = await look_for(hosting, server_id, hosting.cast.bob)
    assert await noted(hosting, look, await look_at(hosting.settings, look)) is Evidence.UNCHECKED


async def test_only_those_who_may_try_a_tool_have_its_code_looked_at(hosting):
    server_id = await hosting.draft(a_python_tool())
    with pytest.raises(Forbidden):
        await look_for(hosting, server_id, hosting.cast.vera)
    request = await hosting.draft(a_tool())
    with pytest.raises(Invalid):
        await look_for(hosting, request, hosting.cast.bob)


async def test_without_a_sandbox_it_is_told_in_words(hosting):
    server_id = await hosting.draft(a_python_tool())
    look = await look_for(hosting, server_id, hosting.cast.bob)
    with pytest.raises(UpstreamUnavailable, match="the sandbox is not there"):
        await look_at(hosting.settings, look)


async def test_workers_are_told_with_what_they_reached(hosting, supervisor, web):
    source = "async def forecast(city):\n    return (await http.get('https://a.test/')).text\n"
    tool = a_python_tool(source=source)
    server_id = await hosting.publish(tool, python=PythonSettings())
    await called(web, hosting.address(server_id), name="forecast", city="x")
    workers = await workers_at(hosting, server_id)
    assert (workers.tier, workers.calls, workers.cold_starts) == ("namespaces", 1, 1)
    assert [one.is_draft for one in workers.workers] == [False]
    assert [(one.host, one.connections, one.refused) for one in workers.hosts] == [("a.test", 0, 1)]


async def trial_of(hosting, server_id):
    async with hosting.database.read() as session:
        tool_id = (await row_of(session, server_id)).id
        return await start_trial(
            session, hosting.cast.bob, server_id, tool_id, sealer=hosting.sealer, now=now_utc()
        )


async def test_a_try_that_is_stopped_ends_in_the_sandbox_too(hosting, supervisor):
    source = "async def forecast(city):\n    import asyncio\n    await asyncio.sleep(60)\n"
    server_id = await hosting.draft(a_python_tool(source=source))
    trial = await trial_of(hosting, server_id)
    trying = asyncio.create_task(try_tool(hosting.settings, trial, {"city": "x"}))
    await until_running(hosting, server_id, 1)
    trying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await trying
    await until_running(hosting, server_id, 0)


async def test_what_a_try_does_is_heard_while_it_goes_on(hosting, supervisor):
    source = """
import asyncio, sys
async def forecast(city):
    print("looking for", city)
    print("slow", file=sys.stderr)
    try:
        await http.get("https://a.test/")
    except Exception:
        pass
    await asyncio.sleep(60)
"""
    server_id = await hosting.draft(a_python_tool(source=source))
    heard: asyncio.Queue[tuple] = asyncio.Queue()
    trial = await trial_of(hosting, server_id)
    trying = asyncio.create_task(
        try_tool(hosting.settings, trial, {"city": "Oslo"}, hear=lambda *one: heard.put_nowait(one))
    )
    said: dict[str, list] = {"stdout": [], "stderr": [], "connection": []}
    async with asyncio.timeout(30):
        while not all(said.values()):
            source, piece = await heard.get()
            said[source].append(piece)
    assert not trying.done()
    assert "".join(said["stdout"]) == "looking for Oslo\n"
    assert "".join(said["stderr"]) == "slow\n"
    assert said["connection"][0]["host"] == "a.test"
    assert "is not among the hosts" in said["connection"][0]["refused"]
    trying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await trying
    await until_running(hosting, server_id, 0)


async def test_no_secret_of_the_server_is_heard_or_answered(hosting, supervisor):
    source = """
import asyncio, sys
async def forecast(city):
    key = env["API_KEY"]
    sys.stdout.write(f"key {key[:5]}")
    await asyncio.sleep(0.3)
    sys.stdout.write(key[5:] + " end")
    await asyncio.sleep(0.3)
    if city == "fail":
        raise ValueError(key)
    return {"key": key, "keys": [f"Bearer {key}"]}
"""
    secret = a_secret()
    server_id = await hosting.draft(a_python_tool(source=source), values={"API_KEY": secret})
    heard: list[tuple] = []
    for city, is_error in (("Oslo", False), ("fail", True)):
        trial = await trial_of(hosting, server_id)
        tried = await try_tool(
            hosting.settings, trial, {"city": city}, hear=lambda *one: heard.append(one)
        )
        assert tried.is_error is is_error
        assert secret not in repr(tried)
        assert tried.run is not None
        assert "".join(text for _, text in tried.run["output"]) == "key •••• end"
    assert tried.content[0]["text"].startswith("ValueError: ••••")
    assert "".join(text for _, text in heard) == "key •••• end" * 2


async def test_a_flood_ends_and_costs_the_call_nothing(hosting, supervisor):
    source = """
def forecast(city):
    for number in range(3_000):
        print("x" * 100)
    return number
"""
    server_id = await hosting.draft(a_python_tool(source=source))
    heard: list[str] = []
    tried = await try_tool(
        hosting.settings,
        await trial_of(hosting, server_id),
        {"city": "x"},
        hear=lambda _stream, text: heard.append(text),
    )
    assert tried.structured == {"result": 2_999}
    assert tried.run is not None
    assert tried.run["is_output_cut"]
    assert len("".join(heard)) <= 32 * 1024
