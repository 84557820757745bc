"""The web app asks about a draft's code and workers: with a pass to that draft, of the runtime."""

import pytest

from tests.mcp_runtime.test_python_tools import called, python_tool
from tests.sandbox.conftest import start_refusing_supervisor, stop_supervisor

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])
CODE = {"source": "import nothing\n\ndef add(a):\n    return a\n", "function": "add"}


async def asked(hosting, web, server_id, what, body=None, *, token=None):
    pass_ = token or hosting.draft_token(server_id)
    url = f"{hosting.url}/mcp/{server_id}/draft/{what}"
    return await web.post(url, json=body or {}, headers={"authorization": f"Bearer {pass_}"})


async def test_code_is_looked_at_without_running_it(hosting, supervisor, web):
    server_id = await hosting.draft()
    answer = await asked(hosting, web, server_id, "check", CODE)
    assert answer.status_code == 200
    said = answer.json()
    assert [one["message"] for one in said["problems"]] == [
        "There is no package called nothing here."
    ]
    assert said["schema"]["required"] == ["a"]


async def test_a_schema_that_the_signature_does_not_fit_is_told(hosting, supervisor, web):
    server_id = await hosting.draft()
    schema = {"type": "object", "properties": {"city_id": {}}, "required": ["city_id"]}
    source = "def add(city):\n    return city\n"
    asking = {"source": source, "function": "add", "input_schema": schema}
    said = (await asked(hosting, web, server_id, "check", asking)).json()
    assert said["problems"][0]["fix"] == "Rename city to city_id."


async def test_the_workers_of_both_lanes_are_told(hosting, supervisor, web):
    server_id = await hosting.publish(python_tool())
    await called(web, hosting.address(server_id), a=1)
    said = (await asked(hosting, web, server_id, "workers")).json()
    assert (said["calls"], said["cold_starts"]) == (1, 1)
    assert [one["lane"] for one in said["workers"]] == [f"{server_id}:live"]


@pytest.mark.parametrize("what", ["check", "workers"])
async def test_where_no_python_tool_runs_the_answer_is_why(hosting, web, settings, what):
    refusing = start_refusing_supervisor(settings.data_dir)
    try:
        server_id = await hosting.draft()
        answer = await asked(hosting, web, server_id, what, CODE)
    finally:
        stop_supervisor(refusing)
    assert answer.status_code == 503
    assert "Python tools cannot be isolated on this host." in answer.text


@pytest.mark.parametrize("what", ["check", "workers"])
async def test_only_a_pass_to_this_draft_opens_them(hosting, web, what):
    server_id, other = await hosting.draft(), await hosting.draft()
    assert (await asked(hosting, web, server_id, what, token="x")).status_code == 401
    elsewhere = await asked(hosting, web, server_id, what, token=hosting.draft_token(other))
    assert elsewhere.status_code == 404
    assert (await web.get(f"{hosting.url}/mcp/{server_id}/draft/{what}")).status_code == 405


async def test_what_is_no_code_is_refused(hosting, web):
    server_id = await hosting.draft()
    for body in ({"source": 1}, {**CODE, "more": 1}, {**CODE, "source": "x" * 100_001}):
        answer = await asked(hosting, web, server_id, "check", body)
        assert (answer.status_code, answer.json()["error"]["data"]["code"]) == (422, "invalid")


@pytest.mark.parametrize("what", ["check", "workers"])
async def test_without_a_sandbox_both_say_so(hosting, web, what):
    answer = await asked(hosting, web, await hosting.draft(), what, CODE)
    assert answer.status_code == 503
    assert answer.json()["error"]["data"]["code"] == "sandbox_unavailable"
