"""Each command of the table becomes the one request that it stands for."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from core.tool_spec import ServerSpec
from mcp_runtime.tool_runner.http_request import build_request
from mcp_runtime.tool_runner.prepared_tool import PreparedTool
from saas_app.services.intake.curl import read_curl
from saas_app.services.intake.proposal import Proposal
from tests.saas_app.services.intake.curl.cases import CASES, Case
from tests.saas_app.services.intake.curl.spec_reader import default_arguments, request_of
from tests.saas_app.services.intake.curl.wire import Request, comparable, recorder

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


def request_by_tool(case: Case) -> Request:
    """The request of the proposed tool, as an independent reading of its spec has it."""
    proposal, arguments, values = a_call(case)
    return request_of(proposal.tools[0], arguments, values)


def request_by_runner(case: Case) -> Request:
    """The request of the proposed tool, as the runtime makes it."""
    proposal, arguments, values = a_call(case)
    tool = proposal.tools[0]
    PreparedTool(tool, proposal.variables).check_arguments(arguments)
    made = build_request(tool, arguments, values, definitions=proposal.variables)
    return comparable(made.method, made.url, list(made.headers), made.content or b"")


@pytest.mark.parametrize("make", [request_by_tool, request_by_runner])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_command_becomes_the_request_it_stands_for(case, make):
    wanted, made = case.request, make(case)
    assert (made.method, made.address) == (wanted.method, wanted.address)
    assert made.query == wanted.query
    assert made.cookies == wanted.cookies
    assert made.body == wanted.body
    assert {name: made.headers.get(name) for name in wanted.headers} == wanted.headers


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
def test_a_tool_sends_what_curl_sends(case, folder):
    assert shutil.which("curl"), "install curl: it is the judge of this test"
    with recorder() as (port, arrived):
        run_in_bash(case, folder, port)
    assert len(arrived) == 1
    by_curl, by_tool = arrived[0], request_by_runner(case)
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
