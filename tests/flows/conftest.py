"""The whole product in one process: the web app's tabs and API, the runtime, and the sample API."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from core.settings import Settings
from mcp_runtime.app import Runtime
from saas_app.api.routes import make_api
from saas_app.resources import Resources
from sample_api.app import make_app as make_sample_api
from tests.saas_app.conftest import parts, reflex_app, tab, tabs  # noqa: F401 - the fixtures
from tests.upstreams.serving import free_socket, serving


@pytest.fixture
async def settings(settings: Settings) -> AsyncIterator[Settings]:
    """Settings under which a runtime and the sample API listen."""
    (runtime, runtime_port), (sample, sample_port) = free_socket(), free_socket()
    ports = {"runtime_port": runtime_port, "sample_api_port": sample_port}
    values = settings.model_dump() | ports
    listening = Settings(_env_file=None, **values)  # pyright: ignore[reportCallIssue]
    async with (
        serving(make_sample_api(f"http://localhost:{sample_port}"), sample),
        serving(Runtime(listening).app, runtime, lifespan="on"),
    ):
        yield listening


@pytest.fixture
async def browser(parts: Resources) -> AsyncIterator[httpx2.AsyncClient]:  # noqa: F811
    """What a browser does besides its tabs: forms and redirects, with one jar of cookies."""
    web = parts.settings.web_url
    async with httpx2.AsyncClient(
        base_url=web,
        headers={"origin": web},
        mounts={web: httpx2.ASGITransport(app=make_api())},
    ) as browser:
        yield browser
