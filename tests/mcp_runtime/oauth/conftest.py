"""The world that the tests of OAuth share."""

from collections.abc import AsyncIterator

import pytest

from core.crypto import Sealer
from core.database import Database
from core.settings import Settings
from tests.cast import Cast
from tests.mcp_runtime.oauth.world import Client, World, make_world


@pytest.fixture
async def world(
    settings: Settings, database: Database, sealer: Sealer, committed_cast: Cast
) -> AsyncIterator[World]:
    """A replica with two servers of alice's, on a fresh database."""
    world = await make_world(settings, database, sealer, committed_cast)
    yield world
    await world.http.aclose()


@pytest.fixture
async def client(world: World) -> Client:
    """A public client of alice's server."""
    return await world.register()
