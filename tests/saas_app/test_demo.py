"""The demo: made once, with a new key at every start, and commands that a shell takes as meant."""

from dataclasses import replace

import pytest
from sqlmodel import select

from core.environment import Environment
from core.errors import Forbidden
from core.models import Server, ServerKey
from saas_app.demo import Demo, describe, seed
from tests.conftest import settings_with
from tests.printed import read_printed

ADDRESS = "http://localhost:8800/mcp/5f0c7d9e-0000-4000-8000-000000000000/mcp"


def test_each_client_gets_the_address_and_the_key(tmp_path):
    page = "http://localhost:3000/o/demo-studio/servers/5f0c7d9e"
    printed = read_printed(describe(Demo(ADDRESS, page, "tkk_secret")), tmp_path)
    assert (printed.mcp_url, printed.page_url, printed.key) == (ADDRESS, page, "tkk_secret")
    header = "Authorization: Bearer tkk_secret"
    start = ["tkk_secret", "mcp", "add"]
    http = [*start, "--transport", "http", "pottery-studio", ADDRESS, "--header", header]
    assert printed.noted == {
        "claude": http,
        "codex": [
            *start, "pottery-studio", "--url", ADDRESS, "--bearer-token-env-var", "TOOLKILN_KEY",
        ],
        "gemini": http,
    }  # fmt: skip


async def test_a_second_start_keeps_the_server_and_replaces_the_key(parts, database):
    first, second = await seed(parts), await seed(parts)
    assert (first.mcp_url, first.page_url) == (second.mcp_url, second.page_url)
    assert first.key != second.key
    async with database.read() as session:
        (server,) = (await session.exec(select(Server))).all()
        assert server.live_version_id is not None
        keys = (await session.exec(select(ServerKey).order_by("created_at"))).all()
    assert [key.revoked_at is None for key in keys] == [False, True]


async def test_production_has_no_demo(parts, tmp_path):
    settings = settings_with(
        tmp_path, environment=Environment.PRODUCTION, public_url="https://kiln.example"
    )
    with pytest.raises(Forbidden):
        await seed(replace(parts, settings=settings))
