"""Every failure of a call becomes a result that a model can read."""

import pytest

from core.errors import Invalid
from core.http_request import FixedValue, ValueCredential
from core.tool_spec import Variable
from mcp_runtime.errors import NEUTRAL
from mcp_runtime.tool_runner.prepared_tool import PreparedHttpTool, ToolBroken
from tests.mcp_runtime.tool_runner.tools import http_tool, parameter


def text_of(outcome) -> str:
    return outcome.content[0]["text"]


async def test_a_missing_variable_stops_the_call_before_anything_is_sent(running, upstream):
    running.allow(upstream.port)
    credential = ValueCredential(location="header", name="A", value="{{TOKEN}}")
    outcome = await running.run(http_tool(url=upstream.url, credentials=((credential,),)))
    assert (outcome.is_error, outcome.error_code) == (True, "variable_missing")
    assert "TOKEN" in text_of(outcome)
    assert upstream.service.received == []


async def test_arguments_that_do_not_fit_are_all_named(running):
    tool = http_tool(
        properties={"a": {"type": "integer"}, "b": {"type": "object", "required": ["c"]}}
    )
    outcome = await running.run(tool, {"a": "x", "b": {}})
    assert outcome.error_code == "invalid"
    assert 'a: "x" is not of type "integer"' in text_of(outcome)
    assert 'b: "c" is a required property' in text_of(outcome)


async def test_a_bug_is_one_neutral_sentence(running, monkeypatch):
    def crash(*_args, **_kwargs):
        raise RuntimeError("inner detail")

    monkeypatch.setattr("mcp_runtime.tool_runner.http_runner.build_request", crash)
    outcome = await running.run(http_tool())
    assert (text_of(outcome), outcome.error_code) == (NEUTRAL, "internal")


async def test_a_broken_selection_is_told_with_the_status_that_came(running, upstream):
    running.allow(upstream.port)
    tool = http_tool(url=upstream.url, path="/echo", select="a[")
    outcome = await running.run(tool)
    assert (outcome.error_code, outcome.upstream_status) == ("tool_broken", 200)


async def test_the_exchange_shows_request_and_answer_with_secrets_hidden(running, upstream):
    running.allow(upstream.port)
    tool = http_tool(
        url=upstream.url,
        path="/echo",
        parameters=(parameter("query"),),
        fixed=(FixedValue(location="header", name="X-K", value="{{TOKEN}}"),),
    )
    outcome = await running.run(tool, {"p": "1"}, {"TOKEN": "tok-0123"}, shows_exchange=True)

    exchange = outcome.meta["toolkiln/exchange"]
    assert exchange["request"]["url"] == f"{upstream.url}/echo?p=1"
    assert ["X-K", "••••"] in exchange["request"]["headers"]
    assert exchange["response"]["status"] == 200
    assert exchange["duration_ms"] > 0
    assert "tok-0123" not in str(outcome)
    assert upstream.service.last.header("x-k") == "tok-0123"


async def test_only_those_who_ask_see_the_exchange(running, upstream):
    running.allow(upstream.port)
    assert (await running.run(http_tool(url=upstream.url, path="/echo"))).meta == {}


def test_a_tool_is_listed_as_it_was_written():
    tool = PreparedHttpTool(http_tool(output_schema={"type": "array", "$defs": {"x": {}}}))
    assert tool.wire == {
        "name": "tool",
        "inputSchema": {"type": "object", "properties": {}},
        "outputSchema": {
            "type": "object",
            "properties": {"result": {"type": "array"}},
            "required": ["result"],
            "$defs": {"x": {}},
        },
        "annotations": {
            "readOnlyHint": False,
            "destructiveHint": True,
            "idempotentHint": False,
            "openWorldHint": True,
        },
    }


@pytest.mark.parametrize(
    "schema", [{"type": "nonsense"}, {"$ref": "https://x.example/s"}, {"pattern": "("}]
)
def test_a_broken_schema_is_the_tools_fault(schema):
    tool = PreparedHttpTool(http_tool(properties={"a": schema}), (Variable(name="X"),))
    with pytest.raises(ToolBroken, match="input schema"):
        tool.check_arguments({"a": "x"})


def test_a_pattern_that_backtracks_without_end_is_given_up():
    tool = PreparedHttpTool(http_tool(properties={"a": {"pattern": r"^(?=(a+)+$)(\1|a)+b$"}}))
    with pytest.raises(Invalid):
        tool.check_arguments({"a": "a" * 40})


def chain(times: int) -> dict:
    """Return a chain of definitions, each of which applies the one before it so many times."""
    definitions: dict = {"a0": {"type": "string"}}
    for number in range(1, 31):
        before = {"$ref": f"#/$defs/a{number - 1}"}
        definitions[f"a{number}"] = {"allOf": [before] * times}
    return {"$defs": definitions, "properties": {"a": {"$ref": "#/$defs/a30"}}}


@pytest.mark.parametrize("which", ["input", "output"])
async def test_a_schema_whose_references_multiply_is_never_compiled(which):
    schema = {"type": "object", **chain(2)}
    tool = PreparedHttpTool(http_tool().model_copy(update={f"{which}_schema": schema}))
    check = tool.check_arguments if which == "input" else tool.output_problem
    with pytest.raises(ToolBroken, match=f"The {which} schema of this tool is too much to check"):
        check({"a": {}})


# A value of this has as many ways to be wrong as two to the power of its depth.
UNION = {
    "oneOf": [
        {"properties": {"kind": {"const": kind}, "x": {"$ref": "#/$defs/node"}}, "required": ["x"]}
        for kind in ("a", "b")
    ]
}


def test_arguments_that_break_a_schema_in_too_many_ways_are_refused_at_once():
    value: dict = {}
    for _ in range(60):
        value = {"x": value}
    spec = http_tool(properties={"a": {"$ref": "#/$defs/node"}})
    schema = {**spec.input_schema, "$defs": {"node": UNION}}
    tool = PreparedHttpTool(
        spec.model_copy(update={"input_schema": schema, "output_schema": schema})
    )
    with pytest.raises(Invalid, match="nested too deeply, to say where"):
        tool.check_arguments({"a": value})
    assert (
        tool.output_problem({"a": value}) == "it is too long, or nested too deeply, to say where."
    )


def test_arguments_of_an_ordinary_union_are_explained():
    schema = {
        "type": "object",
        "properties": {
            "list": {"type": "array", "items": {"$ref": "#/$defs/node"}, "prefixItems": [{}]},
            "map": {"additionalProperties": {"type": "integer"}, "patternProperties": {"^z": {}}},
        },
        "$defs": {"node": UNION},
    }
    tool = PreparedHttpTool(http_tool().model_copy(update={"input_schema": schema}))
    with pytest.raises(Invalid, match=r"list\[1\]: .* map\.b: "):
        tool.check_arguments({"list": [0, {"kind": "a"}], "map": {"a": 1, "b": "x", "z": "y"}})
