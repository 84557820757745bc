"""V3.4: what every answer of the runtime tells browsers, on every route and when it refuses."""

import httpx2
import pytest
from starlette.routing import Route

from core.environment import Environment
from mcp_runtime.headers import HeaderGuard
from tests.conftest import RANDOM_KEY, settings_with


@pytest.fixture(params=["sqlite"])
def database_kind(request):
    """No header depends on the database."""
    return request.param


def require_dressed(headers: httpx2.Headers) -> None:
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["cache-control"]
    for name in ("x-content-type-options", "content-security-policy", "cache-control"):
        assert len(headers.get_list(name)) == 1


async def test_v3_4_3_every_route_of_the_runtime_is_dressed(hosting):
    server_id = await hosting.publish()
    paths = {route.path for route in hosting.runtime.app.routes if isinstance(route, Route)}
    assert len(paths) > 10
    async with httpx2.AsyncClient(base_url=hosting.url) as client:
        for path in sorted(paths):
            for method in ("GET", "POST", "OPTIONS", "DELETE"):
                answer = await client.request(method, path.format(server_id=server_id))
                require_dressed(answer.headers)


async def test_v3_4_3_what_is_refused_at_the_door_and_what_is_not_there_are_dressed_too(hosting):
    async with httpx2.AsyncClient(base_url=hosting.url) as client:
        foreign = await client.get("/health/x", headers={"host": "evil.example"})
        nothing = await client.get("/nothing")
    assert (foreign.status_code, nothing.status_code) == (421, 404)
    require_dressed(foreign.headers)
    require_dressed(nothing.headers)


@pytest.mark.parametrize("is_secure", [True, False])
async def test_v3_4_1_tls_is_demanded_only_where_it_is_used(tmp_path, is_secure):
    address = "https://kiln.example" if is_secure else "http://localhost:8800"
    settings = settings_with(
        tmp_path, environment=Environment.PRODUCTION if is_secure else Environment.DEVELOPMENT,
        public_url=address, mcp_url=address, master_key=RANDOM_KEY,
    )  # fmt: skip

    async def app(_scope, _receive, send):
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body"})

    transport = httpx2.ASGITransport(app=HeaderGuard(app, settings=settings))
    async with httpx2.AsyncClient(transport=transport, base_url=address) as client:
        headers = (await client.get("/mcp/x/mcp")).headers
    require_dressed(headers)
    sent = headers.get("strict-transport-security", "")
    assert sent == ("max-age=31536000; includeSubDomains" if is_secure else "")
