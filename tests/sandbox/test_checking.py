"""What an author is told of code before it runs; a worker looks at it, nobody else."""

import pytest


async def looked_at(client, source, schema=None):
    asked = {"source": source, "function": "tool", "schema": schema}
    return await client.check(asked, tenant="tenant")


SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}, "days": {}}}


@pytest.mark.parametrize(
    ("source", "line", "message", "fix"),
    [
        ("def tool(:\n  pass", 1, "Invalid syntax.", ""),
        ("x = 1\ndef tool(city, dayz=1): pass", 2, "an argument days", "Rename dayz to days."),
        ("def tool(city, days=1, more=1, so): pass", 1, "default argument", ""),
        ("def tool(city, days=1, *, so): pass", 1, "takes so, which the tool", "so=None"),
        ("def tool(city, days): pass", 1, "days may be left out", "days=None"),
        ("def tool(city, *days): pass", 1, "come by name", ""),
        ("def other(): pass", 1, "no function called tool", "Name one of them tool: other."),
        ("import numpi\ndef tool(city=1, days=1): pass", 1, "no package called numpi", ""),
        ("import requets\ndef tool(city=1, days=1): pass", 1, "called requets", "requests"),
        ("import subprocess\ndef tool(city=1, days=1): pass", 1, "No process can be started", ""),
        (
            "import os\ndef tool(city=1, days=1):\n    return os.environ['X']",
            3,
            "are in `env`",
            'env["NAME"]',
        ),
        (
            "import time\nasync def tool(city=1, days=1):\n    time.sleep(1)",
            3,
            "holds up all other calls",
            "await asyncio.sleep(seconds)",
        ),
        (
            "async def tool(city=1, days=1):\n    r = http.get('x')\n    return r",
            2,
            "until it is awaited",
            "await http.get(…)",
        ),
        ("def tool(city=1, days=1):\n    return input()", 2, "Nobody is there to type", ""),
    ],
)
async def test_what_cannot_work_is_said_with_its_line_and_a_way_out(
    client, source, line, message, fix
):
    problems = (await looked_at(client, source, SCHEMA))["problems"]
    said = [one for one in problems if message.lower() in one["message"].lower()]
    assert said, problems
    assert said[0]["line"] == line
    assert fix in said[0]["fix"]


async def test_a_package_of_a_larger_plan_says_so(client):
    (problem,) = (await looked_at(client, "from pandas import Series\ndef tool(): pass"))[
        "problems"
    ]
    assert problem["message"] == "pandas is there for servers on the Pro plan only."
    assert problem["is_error"]


async def test_a_package_that_is_like_none_is_not_guessed_at(client):
    (problem,) = (await looked_at(client, "import pandass\ndef tool(): pass"))["problems"]
    assert (problem["message"], problem["fix"]) == ("There is no package called pandass here.", "")


@pytest.mark.parametrize(
    "source",
    [
        "async def tool(city='', days=3):\n    return (await http.get('https://x')).json()",
        "from asyncio import gather\n"
        "async def tool(**all):\n    await gather(http.get('a'), store.get('b'))",
        "from asyncio import gather\n"
        "async def tool(**all):\n    await gather(*[http.get(u) for u in all])",
        "import time, requests\n"
        "def tool(city=1, days=1):\n    time.sleep(1)\n    requests.get('x')",
        "from toolkiln import ToolError, env\ndef tool(city=1, days=1):\n    raise ToolError('x')",
        "import asyncpg, psycopg, pymysql, bs4, lxml, yaml, PIL, jmespath, dateutil, httpx2\n"
        "import aiohttp\ndef tool(city=1, days=1): pass",
    ],
)
async def test_code_that_works_is_left_in_peace(client, source):
    assert (await looked_at(client, source, SCHEMA))["problems"] == []


async def test_a_signature_says_the_schema(client):
    found = await looked_at(
        client,
        '''
from typing import Annotated, Literal
async def tool(
    city: str,
    days: int = 3,
    unit: Literal["C", "F"] = "C",
    tags: list[str] | None = None,
    extra: Annotated[float, "How much."] = 1.5,
    *,
    flags: dict[str, bool] | None = None,
) -> dict:
    """Tell the weather.

    Args:
        city: Its name.
        days: How many days.
    """
''',
    )
    assert found["problems"] == []
    assert found["description"] == "Tell the weather."
    assert found["is_async"] is True
    assert found["schema"] == {
        "type": "object",
        "properties": {
            "city": {"type": "string", "description": "Its name."},
            "days": {"type": "integer", "description": "How many days.", "default": 3},
            "unit": {"enum": ["C", "F"], "default": "C"},
            "tags": {"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "null"}]},
            "extra": {"type": "number", "description": "How much.", "default": 1.5},
            "flags": {
                "anyOf": [
                    {"type": "object", "additionalProperties": {"type": "boolean"}},
                    {"type": "null"},
                ]
            },
        },
        "required": ["city"],
    }


async def test_code_is_looked_at_and_not_run(client):
    found = await looked_at(client, "while True: pass\ndef tool(): pass")
    assert found["problems"] == []


@pytest.mark.parametrize(
    "hostile", ["(" * 5_000, "a" + ".a" * 50_000, "\x00", "def tool(): '\ud800'"]
)
async def test_code_that_hurts_whoever_reads_it_is_a_problem_of_its_own(client, hostile):
    try:
        found = await looked_at(client, hostile)
    except TypeError:  # text that is no text is not sent at all
        assert "\ud800" in hostile
        return
    assert found.get("problems") or found["error"]["kind"] == "Unavailable"
