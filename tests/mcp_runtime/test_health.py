"""The runtime says that it is alive, and whether it should be given work."""

import pytest

from core import schema
from mcp_runtime.app import Runtime

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


async def test_a_running_runtime_is_alive_and_ready(hosting, web):
    alive = await web.get(f"{hosting.url}/health")
    ready = await web.get(f"{hosting.url}/ready")
    assert (alive.status_code, alive.json()) == (200, {"status": "alive"})
    assert (ready.status_code, ready.json()["status"]) == (200, "ready")
    assert ready.json()["checks"] == {"database": True, "schema": True, "serving": True}
    assert ready.headers["cache-control"] == "no-store"


async def test_health_is_asked_under_any_host_name(hosting, web):
    for path in ("/health", "/ready"):
        answer = await web.get(hosting.url + path, headers={"host": "10.0.0.7"})
        assert answer.status_code == 200


async def test_a_draining_runtime_is_alive_but_takes_no_work(hosting, web):
    hosting.runtime.drain()
    assert (await web.get(f"{hosting.url}/health")).status_code == 200
    ready = await web.get(f"{hosting.url}/ready")
    assert (ready.status_code, ready.json()["checks"]["serving"]) == (503, False)


async def test_a_silent_database_makes_it_unready(hosting, web, monkeypatch):
    monkeypatch.setattr("mcp_runtime.catalog.monotonic", lambda: float("inf"))
    ready = await web.get(f"{hosting.url}/ready")
    assert (ready.status_code, ready.json()["checks"]["database"]) == (503, False)


async def test_a_schema_of_another_revision_makes_it_unready(settings):
    schema.downgrade(settings, revision="-1")
    runtime = Runtime(settings)
    try:
        assert await runtime._health._has_fitting_schema() is False
        schema.migrate(settings)
        assert await runtime._health._has_fitting_schema() is True
    finally:
        await runtime.resources.database.close()
