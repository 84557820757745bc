"""docs/api.md: every command is run against a server on a real port, and its tables are true."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest

from core.permissions import ALLOWED, Role
from saas_app.api.routes import make_api
from saas_app.api.v1.imports import IMPORTS
from saas_app.api.v1.rates import FAILURES, PER_KEY
from saas_app.services.key_scopes import SCOPES
from tests.upstreams.serving import free_socket, serving

GUIDE = (Path(__file__).parents[4] / "docs/api.md").read_text()
COMMANDS = re.findall(r"```bash\n(.*?)```", GUIDE, re.DOTALL)


@pytest.fixture(params=["sqlite"])
def database_kind(request):
    """It is about the guide."""
    return request.param


@pytest.fixture
async def address(world) -> AsyncIterator[str]:
    sock, port = free_socket()
    async with serving(make_api(), sock):
        yield f"http://127.0.0.1:{port}/api/v1"


async def run(commands: str, environment: dict[str, str]) -> list[dict[str, object]]:
    """Run commands as a reader would, and return the answers."""
    process = await asyncio.create_subprocess_exec(
        "bash", "-euc", commands.replace("\n\n", "\necho\n"),
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    return [orjson.loads(line) for line in said.splitlines() if line]


async def test_every_command_of_the_guide_works_in_its_order(world, address):
    token, _ = await world.key()
    environment = {"TOOLKILN": address, "TOOLKILN_KEY": token}
    answers = []
    for commands in COMMANDS:
        for answer in await run(commands, environment):
            answers.append(answer)
            if "server" in answer:
                environment["SERVER"] = answer["server"]["id"]
    assert len(answers) == sum(commands.count("curl -sS") for commands in COMMANDS)
    imported, published = answers[1], answers[3]
    assert imported["server"]["name"] == "Countries"
    assert published["number"] == 1


def test_its_table_of_scopes_is_the_one_in_use():
    rows = re.findall(r"^\| `(\w+:\w+)` \| (.*) \| (\w+) \|$", GUIDE, re.MULTILINE)
    roles = [Role.VIEWER, Role.MEMBER, Role.ADMIN, Role.OWNER]
    assert rows == [
        (one.name, one.help, next(role for role in roles if one.permissions <= ALLOWED[role]))
        for one in SCOPES.values()
    ]


def test_its_numbers_are_those_in_use():
    assert f"A key may send {PER_KEY.count} requests a minute" in GUIDE
    assert f"an organization {IMPORTS.count} imports in ten minutes" in GUIDE
    assert f"that sends {FAILURES.count} requests" in GUIDE
