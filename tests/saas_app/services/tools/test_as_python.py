"""Code that requests are converted to: how it reads, and what is not converted."""

import pytest

from core.http_request import (
    BaseUrl,
    Body,
    BodyProperty,
    FixedValue,
    HttpRequest,
    Parameter,
    ValueCredential,
)
from core.tool_spec import HttpTool, ResponsePolicy
from saas_app.services.tools.python.conversion.as_python import python_of
from saas_app.services.tools.python.conversion.bodies import CannotConvert

TOKEN = ValueCredential(location="header", name="Authorization", value="Bearer {{TOKEN}}")
FORECAST = """
async def forecast(city: str, days: int | None = None, kinds: list[str] | None = None):
    query = fields_of({"days": days, "kinds": kinds, "units": env["UNITS"]})
    headers = [("Authorization", f"Bearer {env['TOKEN']}")]
    answer = await http.get(
        f"https://api.example.com/v1/cities/{path_part(city)}?{'&'.join(query)}",
        headers=given(headers),
        timeout=30,
    )
    if not answer.is_success:
        raise ToolError(failure_of(answer))
    found = jmespath.search("daily[0]", answer.json())
    return shortened(found, 100_000)
"""
TEXT = {"type": "string"}


def a_request(*, properties=None, required=(), **request) -> HttpTool:
    request.setdefault("method", "POST")
    return HttpTool(
        name="forecast",
        input_schema={
            "type": "object", "properties": properties or {}, "required": list(required),
        },
        request=HttpRequest(**{"base": BaseUrl(url="https://api.example.com/v1"), **request}),
    )  # fmt: skip


def with_body(**body) -> HttpTool:
    return a_request(properties={"a": TEXT, "b": TEXT}, body=Body(**body))


def parameter(argument, location, **more) -> Parameter:
    return Parameter(argument=argument, location=location, **{"name": argument, **more})


def test_it_reads_as_if_somebody_had_written_it_for_this_request():
    lists = {"type": "array", "items": TEXT}
    tool = a_request(
        method="GET", path="/cities/{city}",
        properties={"city": TEXT, "days": {"type": "integer"}, "kinds": lists}, required=("city",),
        parameters=(
            parameter("city", "path"), parameter("days", "query", style="form"),
            parameter("kinds", "query", style="form", explode=True),
        ),
        fixed=(FixedValue(location="query", name="units", value="{{UNITS}}"),),
        credentials=((TOKEN,),),
    )  # fmt: skip
    tool = tool.model_copy(update={"response": ResponsePolicy(select="daily[0]")})
    source = python_of(tool).source
    assert FORECAST in source
    assert [line for line in source.splitlines() if line.startswith(("import", "from"))] == [
        "import jmespath",
        "import json",
        "import re",
        "from urllib.parse import quote, unquote",
    ]


def test_only_what_is_needed_is_written():
    source = python_of(a_request(body=Body(media_type="application/json", fixed={"a": 1}))).source
    assert "def fields_of" not in source
    assert "json=body," in source
    assert "headers" not in source.partition("\n\n\n")[2].partition("\n\n\n")[0]


def test_an_argument_keeps_its_name_whatever_the_code_calls_its_own():
    names = ("query", "headers", "body", "url", "answer", "quote", "fields_of", "a-b", "a_b", "str")
    tool = a_request(
        properties=dict.fromkeys(names, TEXT),
        parameters=[parameter(name, "query", style="form") for name in names],
    )
    source = python_of(tool).source
    compiled: dict[str, object] = {}
    exec(compile(source, "converted", "exec"), compiled)  # noqa: S102 - our own code
    assert "query: str | None = None" in source
    assert 'a_b_ = others.get("a-b")' in source
    assert 'answer_ = others.get("answer")' in source


@pytest.mark.parametrize(
    ("tool", "words"),
    [
        (with_body(media_type="multipart/mixed", argument="a"), "multipart/mixed"),
        (a_request(fixed=(FixedValue(location="header", name="Host", value="x"),)), "Host"),
        (a_request(base=BaseUrl(url="https://a.test?k=1", variable="BASE")), "has a query"),
        (
            with_body(
                media_type="text/plain",
                fixed="x",
                properties=(BodyProperty(argument="a", path=("a",)),),
            ),
            "fixed text",
        ),
        (
            with_body(
                media_type="application/json",
                properties=(
                    BodyProperty(argument="a", path=("x",)),
                    BodyProperty(argument="b", path=("x", "y")),
                ),
            ),
            "sent whole",
        ),
        (
            a_request(
                properties={"a": TEXT, "b": TEXT},
                parameters=(parameter("b", "header", name="Content-Type"),),
                body=Body(media_type="text/plain", argument="a"),
            ),
            "may be left out",
        ),
    ],
)
def test_what_is_not_converted_says_why(tool, words):
    with pytest.raises(CannotConvert, match=words):
        python_of(tool)
