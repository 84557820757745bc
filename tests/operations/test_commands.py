"""The commands in `bin/`, in a fresh copy of the tree: what they make, say and leave behind."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from fastmcp import Client

from tests.operations.copies import copy_to_run, copy_tree
from tests.operations.launching import launched
from tests.printed import read_printed
from tests.product import clean_environment

PROBE = """#!/bin/sh
set -eu
. "$(dirname -- "$0")/environment"
prepare requirements.txt
echo ready
"""
NEEDED = ("sh", "dirname", "cat", "cksum")
VENV_PACKAGE = "python{}.{}-venv".format(*sys.version_info)
# A Python that is Debian's: without the part that makes environments, until that is installed.
DEBIAN_PYTHON = f"""#!/bin/sh
case "$*" in
    *ensurepip*) [ -e "$0.whole" ] || exit 1 ;;
esac
exec {sys.executable} "$@"
"""
APT_GET = """#!/bin/sh
echo "$@" >>"$0.noted"
: >"$(dirname "$0")/python3.whole"
"""


class Machine:
    """A copy of the tree, and a PATH that holds nothing but what a test puts there."""

    def __init__(self, folder: Path) -> None:
        self.tree, self.tools = folder / "tree", folder / "tools"
        self.tools.mkdir()
        copy_tree(self.tree)
        self.require("# nothing")
        (self.tree / "constraints.txt").write_text("")
        self.put("probe", PROBE, folder=self.tree / "bin")
        for name in NEEDED:
            (self.tools / name).symlink_to(shutil.which(name) or name)

    def put(self, name: str, script: str, *, folder: Path | None = None) -> None:
        path = (folder or self.tools) / name
        path.write_text(script)
        path.chmod(0o755)

    def has_user(self, number: int) -> None:
        self.put("id", f"#!/bin/sh\necho {number}\n")

    def require(self, line: str) -> None:
        (self.tree / "requirements.txt").write_text(f"{line}\n")

    def prepare(self) -> "subprocess.CompletedProcess[str]":
        """Run what every command begins with."""
        return subprocess.run(
            [self.tree / "bin/probe"],
            cwd=self.tools,
            env={**clean_environment(), "PATH": str(self.tools)},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_without_python_it_says_what_to_install(machine: Machine):
    done = machine.prepare()
    assert done.returncode == 1
    assert "needs Python 3.11 or newer, and found none" in done.stderr
    assert "apt-get install python3" in done.stderr


def test_an_old_python_is_passed_over(machine: Machine):
    machine.put("python3.11", "#!/bin/sh\nexit 1\n")
    assert "needs Python 3.11 or newer" in machine.prepare().stderr


def test_a_python_that_makes_no_environments_names_the_package(machine: Machine):
    machine.put("python3", DEBIAN_PYTHON)
    machine.put("apt-get", APT_GET)
    machine.has_user(1000)
    done = machine.prepare()
    assert done.returncode == 1
    assert f"Run:  sudo apt-get install {VENV_PACKAGE}" in done.stderr
    assert not (machine.tools / "apt-get.noted").exists()


def test_without_packages_to_install_the_missing_modules_are_named(machine: Machine):
    machine.put("python3", DEBIAN_PYTHON)
    done = machine.prepare()
    assert done.returncode == 1
    assert "lacks the modules venv and ensurepip" in done.stderr


@pytest.mark.slow
def test_root_gets_the_package_and_then_the_environment(machine: Machine):
    machine.put("python3", DEBIAN_PYTHON)
    machine.put("apt-get", APT_GET)
    machine.has_user(0)
    done = machine.prepare()
    assert done.returncode == 0, done.stdout + done.stderr
    assert VENV_PACKAGE in (machine.tools / "apt-get.noted").read_text()
    assert done.stdout.endswith("ready\n")


@pytest.mark.slow
def test_the_environment_is_made_once_and_follows_the_requirements(machine: Machine):
    (machine.tools / "python3").symlink_to(sys.executable)
    first = machine.prepare()
    assert first.returncode == 0, first.stdout + first.stderr
    assert "Making the Python environment in .venv" in first.stdout
    assert "Installing the packages of requirements.txt" in first.stdout
    stamp = machine.tree / ".venv/installed-requirements.txt"
    before = stamp.read_text()

    assert machine.prepare().stdout == "ready\n"

    machine.require("# something else")
    again = machine.prepare().stdout
    assert "Making" not in again
    assert "Installing the packages" in again
    assert stamp.read_text() != before
    assert machine.prepare().stdout == "ready\n"

    (machine.tree / ".venv/bin/python").unlink()  # as when the Python it was made of is gone
    assert "Making the Python environment in .venv" in machine.prepare().stdout


@pytest.mark.slow
def test_packages_that_cannot_be_had_are_asked_for_again(machine: Machine):
    (machine.tools / "python3").symlink_to(sys.executable)
    machine.require("no such requirement at all")
    for _ in range(2):
        done = machine.prepare()
        assert done.returncode == 1
        assert "Installing the packages" in done.stdout
        assert "Invalid requirement" in done.stderr
    assert not (machine.tree / ".venv/installed-requirements.txt").exists()


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh copy of the tree, whose environment `bin/run` has made."""
    tree = tmp_path_factory.mktemp("fresh")
    copy_to_run(tree)
    done = subprocess.run(
        ["bin/run", "migrate"],
        cwd=tree,
        env=clean_environment(DATA_DIR=str(tmp_path_factory.mktemp("data"))),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Making the Python environment in .venv" in done.stdout
    return tree


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_run_starts_in_a_fresh_copy_and_stops_on_ctrl_c(installed: Path, tmp_path: Path):
    with launched(tmp_path, root=installed, command=["bin/run"]) as one:
        programs = one.until_ready().programs()
        assert programs
        assert "Installing" not in one.output
        assert all(str(installed) in command for command in programs.values())
        assert httpx2.get(f"{one.web_url}/").status_code == 200
        one.process.send_signal(signal.SIGINT)
        assert one.wait() == 0
        assert one.lines[-1] == "Stopped\n"
    assert [pid for pid in programs if _is_there(pid)] == []


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_the_demo_prints_an_address_a_key_and_commands_that_work(
    installed: Path, tmp_path: Path
):
    with launched(tmp_path / "data", root=installed, command=["bin/demo"]) as one:
        printed = read_printed(one.until_ready().output, tmp_path)
        assert httpx2.get(printed.page_url).status_code == 200
        assert printed.page_url.startswith(one.web_url)
        assert printed.noted
        for noted in printed.noted.values():
            assert printed.mcp_url in noted
        async with Client(printed.mcp_url, auth=printed.key) as client:
            assert "list_kilns" in {tool.name for tool in await client.list_tools()}
            booking = {"kiln_id": "k2", "program": "bisque", "date": "2026-12-01"}
            booked = await client.call_tool("book_firing", booking)
            assert booked.structured_content is not None
            assert booked.structured_content["status"] == "booked"
        _, *words = printed.noted["claude"]
        address, header = words[-3], words[-1]
        name, _, value = header.partition(": ")
        listing = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
        accepted = {"Accept": "application/json, text/event-stream", name: value}
        assert httpx2.post(address, json=listing, headers=accepted).status_code == 200


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
