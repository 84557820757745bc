"""The larger set of packages is installed once a server needs it; until then callers are told."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import mkdtemp

import pytest

from mcp_runtime.tool_runner.sandbox.client import SandboxClient
from sandbox.tools_environment import cache_folder, install, packages_folder
from tests.sandbox.conftest import RunningSupervisor, start_supervisor, stop_supervisor

USES_PANDAS = """
def tool():
    import pandas
    return int(pandas.Series([1, 2]).sum())
"""


@pytest.fixture
def cache() -> Iterator[Path]:
    """A cache of one's own that has the lean set alone."""
    whole = cache_folder()
    install(whole, "lean")
    cache = Path(mkdtemp(prefix="test-", dir=whole))
    cache.chmod(0o755)
    packages_folder(cache, "lean").symlink_to(packages_folder(whole, "lean"))
    yield cache
    shutil.rmtree(cache)


@pytest.fixture
def pip() -> dict[str, str]:
    """Settings of the installer: where it finds packages."""
    return {"PIP_INDEX_URL": "http://127.0.0.1:1/simple", "PIP_RETRIES": "0"}


@pytest.fixture
def supervisor(tmp_path: Path, cache: Path, pip: dict[str, str]) -> Iterator[RunningSupervisor]:
    running = start_supervisor(tmp_path, SANDBOX_CACHE=str(cache), **pip)
    yield running
    stop_supervisor(running)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(300):
        while True:
            if condition():
                return
            await asyncio.sleep(0.05)


async def test_a_server_of_a_larger_plan_is_told_until_its_packages_are_there(
    host, client: SandboxClient, supervisor, cache
):
    server = host("def tool(): return 1", packages="full")
    error = await server.error()
    assert error["kind"] == "Unavailable"
    assert "are being installed" in error["message"]
    await until(lambda: "sandbox.packages_not_installed" in supervisor.log.read_text())
    assert await host("def tool(): return 1").value() == 1
    packages_folder(cache, "full").symlink_to(packages_folder(cache, "lean"))
    assert await server.value() == 1


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("pip", [{}])
async def test_what_was_installed_can_be_imported(host, supervisor, cache):
    server = host(USES_PANDAS, packages="full")
    assert "are being installed" in (await server.error())["message"]
    await until(packages_folder(cache, "full").exists)
    assert await server.value() == 3
