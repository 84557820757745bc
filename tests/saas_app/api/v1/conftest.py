"""The API in process, on a fresh database with an organization worth asking about."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from saas_app.api.routes import make_api
from tests.saas_app.api.v1.world import World, make_world


@pytest.fixture
async def world(parts, committed_cast) -> AsyncIterator[World]:
    transport = httpx2.ASGITransport(app=make_api())
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost:3000") as client:
        yield await make_world(parts, committed_cast, client)
