"""Programs write tools of both kinds, and are told on which field one does not fit."""

from dataclasses import replace

import pytest
from sqlmodel import select

from core.ids import as_uuid
from core.models import DraftTool, Evidence
from saas_app import resources
from saas_app.services.tools.named import put_tool
from tests.cast import NOW, a_python_tool, a_tool
from tests.conftest import settings_with
from tests.saas_app.api.v1.world import problem_in
from tests.saas_app.draft_runtime import running_runtime

PYTHON = a_python_tool("get_city").model_dump(mode="json")
REQUEST = a_tool("get_city").model_dump(mode="json")


@pytest.fixture(params=["sqlite"])
def database_kind(request):
    return request.param


FAULT = {"line": 3, "column": 0, "message": "kiln is not defined.", "fix": "Import it."}


@pytest.fixture
def runtime(parts, monkeypatch):
    with running_runtime() as runtime:
        settings = settings_with(parts.settings.data_dir, runtime_internal_url=runtime.url)
        built = replace(parts, settings=settings)
        monkeypatch.setattr(resources, "get", lambda: built)
        yield runtime


async def test_code_is_looked_at_as_it_is_written(world, runtime):
    token, _ = await world.key()
    runtime.problems = [FAULT | {"is_error": False}]
    written = (await world.ask("write_tool", token, body=PYTHON)).json()
    assert written["evidence"] == "checked"
    runtime.problems = [FAULT | {"is_error": True}]
    broken = PYTHON | {"source": "async def get_city(city): return kiln"}
    problem = problem_in(await world.ask("write_tool", token, body=broken))
    error = {"field": "source", "message": "Line 3: kiln is not defined. Import it."}
    assert problem["errors"] == [error]
    assert (await world.ask("read_tool", token)).json()["spec"]["source"] == PYTHON["source"]


async def test_code_that_nobody_looked_at_is_looked_at_before_it_is_published(world, runtime):
    token, _ = await world.key()
    runtime.problems = [FAULT | {"is_error": True}]
    async with world.parts.database.write() as session:
        await put_tool(
            session,
            world.cast.alice,
            as_uuid(world.fills["server_id"]),
            a_python_tool("get_city"),
            now=NOW,
        )
    problem = problem_in(await world.ask("publish_version", token))
    assert problem["detail"] == (
        "get_city cannot be published. Line 3: kiln is not defined. Import it."
    )
    runtime.problems = []
    assert (await world.ask("publish_version", token)).status_code == 201
    assert (await world.ask("read_tool", token)).json()["evidence"] == "checked"


@pytest.mark.parametrize("tool", [REQUEST, PYTHON], ids=["request", "python"])
async def test_a_tool_that_is_none_is_not_published(world, runtime, tool):
    token, _ = await world.key()
    spec = tool | {"input_schema": {"type": "string"}}
    async with world.parts.database.write() as session:
        row = (await session.exec(select(DraftTool).where(DraftTool.name == "get_city"))).first()
        row.spec, row.evidence = spec, Evidence.UNCHECKED
    problem = problem_in(await world.ask("publish_version", token))
    assert problem["code"] == "invalid"
    assert problem["detail"].startswith("get_city cannot be published: The input schema")


async def test_a_python_tool_takes_the_place_of_a_request(world):
    token, _ = await world.key()
    written = (await world.ask("write_tool", token, body=PYTHON)).json()
    assert (written["kind"], written["method"], written["address"]) == ("python", "", "get_city")
    assert written["spec"]["source"] == PYTHON["source"]
    assert written["evidence"] == "unchecked"
    listed = (await world.ask("list_tools", token)).json()
    assert {one["kind"] for one in listed["items"]} == {"http", "python"}


async def test_what_does_not_say_its_kind_is_a_request(world):
    token, _ = await world.key()
    unsaid = {name: value for name, value in REQUEST.items() if name != "kind"}
    assert (await world.ask("write_tool", token, body=unsaid)).json()["kind"] == "http"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({**PYTHON, "function": "a b"}, "function"),
        ({**PYTHON, "request": {}}, "request"),
        ({**REQUEST, "source": "x"}, "source"),
        ({**PYTHON, "source": "x" * 100_001}, "source"),
        ({**PYTHON, "kind": "shell"}, ""),
        ({**PYTHON, "kind": ["python"]}, ""),
    ],
)
async def test_a_tool_that_does_not_fit_is_refused_on_its_field(world, body, field):
    token, _ = await world.key()
    problem = problem_in(await world.ask("write_tool", token, body=body))
    assert problem["code"] == "invalid"
    assert problem["errors"][0]["field"] == field
