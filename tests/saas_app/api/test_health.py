"""The web program says that it is alive, and whether it should be given work."""

import contextlib
from dataclasses import replace

import httpx2
import pytest
from sqlalchemy import event, text
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from core.settings import Settings
from saas_app import resources
from saas_app.api.health import FRESH_SECONDS, Health
from tests.upstreams.serving import free_socket, serving


class Clock:
    """A clock that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def database_kind():
    return "sqlite"


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def runtime(settings: Settings, monkeypatch):
    """A runtime that says it is alive, and notes how often it was asked."""
    asked: list[str] = []

    async def health(request: Request) -> JSONResponse:
        asked.append(request.url.path)
        return JSONResponse({"status": "alive"})

    sock, port = free_socket()
    built = resources.build(
        Settings(_env_file=None, **{**settings.model_dump(), "runtime_port": port})
    )
    monkeypatch.setattr(resources, "get", lambda: built)
    async with serving(Starlette(routes=[Route("/health", health)]), sock) as server:
        server.asked = asked
        yield server
    await built.close()


@pytest.fixture
async def asking(runtime, clock):
    transport = httpx2.ASGITransport(app=Starlette(routes=Health(clock=clock).routes()))
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


async def revise(revision: str) -> None:
    async with resources.get().database.write() as session:
        statement = text("UPDATE alembic_version SET version_num = :revision")
        await session.exec(statement, params={"revision": revision})


async def test_it_is_ready_when_all_that_it_needs_is_there(asking):
    answer = await asking.get("/api/ready")
    assert (answer.status_code, answer.json()["status"]) == (200, "ready")
    assert answer.json()["checks"] == {"database": True, "schema": True, "runtime": True}


async def test_a_database_behind_its_code_makes_it_unready(asking):
    await revise("0000")
    answer = await asking.get("/api/ready")
    assert (answer.status_code, answer.json()["checks"]["schema"]) == (503, False)


async def test_a_newer_release_that_migrates_does_not_make_it_unready(asking, clock):
    await asking.get("/api/ready")
    await revise("9999")
    clock.now += FRESH_SECONDS
    assert (await asking.get("/api/ready")).status_code == 200


async def test_many_who_ask_at_once_cost_one_look(asking, runtime, clock):
    queries: list[str] = []
    engine = resources.get().database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *given: queries.append(given[2]))
    for _ in range(20):
        assert (await asking.get("/api/ready")).status_code == 200
    assert runtime.asked == ["/health"]
    looked = len(queries)
    clock.now += FRESH_SECONDS
    await asking.get("/api/ready")
    assert runtime.asked == ["/health"] * 2
    assert len(queries) == 2 * looked


async def test_a_runtime_that_is_away_makes_it_unready_but_not_dead(asking, monkeypatch):
    built = resources.get()
    with contextlib.ExitStack() as stack:
        sock, port = free_socket()
        stack.callback(sock.close)
    away = Settings(_env_file=None, **{**built.settings.model_dump(), "runtime_port": port})
    gone = replace(built, settings=away)
    monkeypatch.setattr(resources, "get", lambda: gone)
    answer = await asking.get("/api/ready")
    assert (answer.status_code, answer.json()["checks"]["runtime"]) == (503, False)
    assert (await asking.get("/api/health")).json() == {"status": "ok"}
