"""Each command of the table becomes the one request that it stands for, as it arrives."""

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from core.tool_spec import ServerSpec
from saas_app.services.intake.curl import read_curl
from saas_app.services.intake.proposal import Proposal
from tests.saas_app.services.intake.curl.arriving import arriving
from tests.saas_app.services.intake.curl.cases import CASES, Case
from tests.saas_app.services.intake.curl.spec_reader import default_arguments, request_of
from tests.saas_app.services.intake.curl.wire import Recorder, Request, recording

RUN_BY_CURL = [case for case in CASES if case.with_curl]
# What curl adds by itself, and a tool's runner in its own way.
OF_THE_CLIENT = {"host", "content-length", "transfer-encoding", "proxy-connection", "expect"}


def proposed(case: Case) -> Proposal:
    proposal = read_curl(case.text.replace("https://", "http://"))
    assert not proposal.skipped
    assert len(proposal.tools) == 1
    return proposal


def a_call(case: Case) -> tuple[Proposal, dict[str, Any], dict[str, str]]:
    """The proposal, arguments (defaults, and what the case gives besides) and values."""
    proposal = proposed(case)
    known = {v.name: v.default for v in proposal.variables if v.default is not None}
    arguments = default_arguments(proposal.tools[0]) | case.arguments
    return proposal, arguments, known | proposal.values | case.values


@pytest.fixture(scope="module")
def ssl_context() -> ssl.SSLContext:
    """One for all runners: loading the roots takes longer than most commands."""
    return httpx2.create_ssl_context(trust_env=False)


@pytest.fixture(scope="module")
def _recorder() -> Iterator[Recorder]:
    with recording() as recorder:
        yield recorder


@pytest.fixture
def recorder(_recorder: Recorder) -> Recorder:
    """The one service of all tests, with nothing arrived yet."""
    _recorder.taken()
    return _recorder


def check_demanded(made: Request, wanted: Request) -> None:
    """Everything that a case tells by hand; headers are among others."""
    assert (made.method, made.address) == (wanted.method, wanted.address)
    assert made.query == wanted.query
    assert made.cookies == wanted.cookies
    assert made.body == wanted.body
    assert {name: made.headers.get(name) for name in wanted.headers} == wanted.headers


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_spec_says_what_its_command_stands_for(case):
    proposal, arguments, values = a_call(case)
    check_demanded(request_of(proposal.tools[0], arguments, values), case.request)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_what_arrives_is_what_the_command_stands_for(case, recorder, ssl_context):
    check_demanded(await arriving(*a_call(case), recorder, ssl_context), case.request)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_proposal_is_a_valid_server_and_declares_what_it_uses(case):
    proposal = proposed(case)
    spec = ServerSpec(name="x", tools=proposal.tools, variables=proposal.variables)
    declared = {variable.name for variable in spec.variables}
    assert set().union(*(tool.request.variables() for tool in spec.tools)) <= declared
    text = spec.model_dump_json()
    assert not any(value in text for value in proposal.values.values() if len(value) > 3)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A working folder with the files that the table's commands read."""
    (tmp_path / "a.txt").write_text("first\nsecond\n")
    (tmp_path / "data.json").write_text('{"from": "file"}')
    (tmp_path / "token.txt").write_text("from-a-file\n")
    (tmp_path / "cookies.txt").write_text("")
    return tmp_path


@pytest.mark.parametrize("case", RUN_BY_CURL, ids=lambda case: case.name)
async def test_a_tool_sends_what_curl_sends(case, folder, recorder, ssl_context):
    assert shutil.which("curl"), "install curl: it is the judge of this test"
    await asyncio.to_thread(run_in_bash, case, folder, recorder.port)
    (by_curl,) = recorder.taken()
    by_tool = await arriving(*a_call(case), recorder, ssl_context)
    assert (by_tool.method, by_tool.address) == (by_curl.method, by_curl.address)
    assert by_tool.query == by_curl.query
    assert by_tool.cookies == by_curl.cookies
    assert by_tool.body == by_curl.body
    assert of_interest(by_tool, case) == of_interest(by_curl, case)


def run_in_bash(case: Case, folder: Path, port: int) -> None:
    """Run the text as it stands; plain http goes to the recorder as its proxy."""
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin",
        "LC_ALL": "C.UTF-8",
        "HOME": str(folder),
        "http_proxy": f"http://127.0.0.1:{port}",
        **case.values,
    }
    subprocess.run(
        ["bash", "-c", case.text.replace("https://", "http://")],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=20,
        check=False,
    )


def of_interest(request: Request, case: Case) -> dict[str, str]:
    """The headers that both sides should have alike."""
    headers = {
        name: value
        for name, value in request.headers.items()
        if name not in OF_THE_CLIENT | case.differs
    }
    if headers.get("accept") == "*/*":
        del headers["accept"]
    if headers.get("user-agent", "").startswith(("curl/", "Mozilla/")):
        del headers["user-agent"]
    if request.body and request.body[0] == "parts":
        headers.pop("content-type", None)  # its boundary is made up anew each time
    return headers


def test_the_table_is_large_enough():
    assert len({case.text for case in CASES}) >= 80
    assert len(RUN_BY_CURL) >= 80
