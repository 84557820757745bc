"""Programs write tools of both kinds, and are told on which field one does not fit."""

import pytest

from tests.cast import a_python_tool, a_tool
from tests.saas_app.api.v1.world import problem_in

PYTHON = a_python_tool("get_city").model_dump(mode="json")
REQUEST = a_tool("get_city").model_dump(mode="json")


@pytest.fixture(params=["sqlite"])
def database_kind(request):
    return request.param


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
