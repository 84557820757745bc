"""What counts as a change between two versions, and what of it breaks clients."""

import pytest

from core.tool_spec import Annotations, PythonSettings, ServerSpec, Variable
from saas_app.services.diff import diff_specs
from tests.cast import a_python_tool, a_tool


def spec(*tools, **values):
    return ServerSpec(name="Weather", tools=tools, **values)


def tool_with(properties=None, required=("city_id",), **values):
    tool = a_tool()
    schema = {
        **tool.input_schema,
        "properties": {**tool.input_schema["properties"], **(properties or {})},
        "required": list(required),
    }
    return tool.model_copy(update={"input_schema": schema, **values})


def changes(before, after):
    diff = diff_specs(spec(before), spec(after))
    return [(change.what, change.is_breaking) for tool in diff.changed for change in tool.changes]


def test_the_same_spec_has_no_difference():
    diff = diff_specs(spec(a_tool()), spec(a_tool()))
    assert diff.is_empty
    assert diff.breaking_count == 0


def test_everything_is_new_before_the_first_version():
    variable = Variable(name="TOKEN")
    diff = diff_specs(None, spec(a_tool(), a_tool("list_cities"), variables=(variable,)))
    assert diff.added == ("get_city", "list_cities")
    assert [change.what for change in diff.variables] == ["Variable TOKEN added"]
    assert diff.breaking_count == 0


def test_a_removed_tool_breaks_and_an_added_one_does_not():
    diff = diff_specs(spec(a_tool(), a_tool("old")), spec(a_tool(), a_tool("new")))
    assert (diff.added, diff.removed, diff.breaking_count) == (("new",), ("old",), 1)


def test_words_and_behaviour_change_without_breaking():
    after = a_tool().model_copy(
        update={
            "title": "City",
            "description": "Another.",
            "annotations": Annotations(read_only=True),
            "timeout_seconds": 5.0,
        }
    )
    assert changes(a_tool(), after) == [
        ("The title", False),
        ("The description", False),
        ("The hint “read only”", False),
        ("The time limit", False),
    ]


def test_a_request_that_goes_elsewhere_is_shown():
    assert changes(a_tool(), a_tool(url="https://other.example.com")) == [
        ("The request it sends", False)
    ]


@pytest.mark.parametrize(
    ("before", "after", "what", "is_breaking"),
    [
        (tool_with(), tool_with({"unit": {"type": "string"}}), "Argument unit added", False),
        (
            tool_with(),
            tool_with({"unit": {"type": "string"}}, required=("city_id", "unit")),
            "Argument unit added",
            True,
        ),
        (tool_with({"unit": {"type": "string"}}), tool_with(), "Argument unit removed", True),
        (tool_with(required=()), tool_with(), "Argument city_id", True),
        (tool_with(), tool_with(required=()), "Argument city_id", False),
        (
            tool_with({"n": {"type": "number"}}),
            tool_with({"n": {"type": "integer"}}),
            "The type of n",
            True,
        ),
        (
            tool_with({"n": {"type": "integer"}}),
            tool_with({"n": {"type": "number"}}),
            "The type of n",
            False,
        ),
        (
            tool_with({"n": {"type": "integer"}}),
            tool_with({"n": {"type": ["integer", "null"]}}),
            "The type of n",
            False,
        ),
        (tool_with({"n": {}}), tool_with({"n": {"type": "string"}}), "The type of n", True),
        (
            tool_with({"u": {"enum": ["c", "f"]}}),
            tool_with({"u": {"enum": ["c"]}}),
            "The choices of u",
            True,
        ),
        (
            tool_with({"u": {"enum": ["c"]}}),
            tool_with({"u": {"enum": ["c", "f"]}}),
            "The choices of u",
            False,
        ),
        (
            tool_with({"u": {"type": "string"}}),
            tool_with({"u": {"type": "string", "enum": ["c"]}}),
            "The choices of u",
            True,
        ),
        (
            tool_with({"u": {"type": "string"}}),
            tool_with({"u": {"type": "string", "maxLength": 3}}),
            "The rules of u (maxLength)",
            True,
        ),
        (
            tool_with({"u": {"type": "string", "maxLength": 3}}),
            tool_with({"u": {"type": "string", "default": "c"}}),
            "The rules of u (default, maxLength)",
            False,
        ),
        (
            tool_with({"u": {"type": "string"}}),
            tool_with({"u": {"type": "string", "description": "Unit."}}),
            "The description of u",
            False,
        ),
    ],
)
def test_a_change_of_an_argument_is_named_and_judged(before, after, what, is_breaking):
    assert changes(before, after) == [(what, is_breaking)]


def test_rules_between_arguments_that_are_not_understood_count_as_breaking():
    after = tool_with()
    after.input_schema["minProperties"] = 1
    assert changes(tool_with(), after) == [("The rules of the arguments", True)]


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ({"type": "object"}, None, "no longer know its shape"),
        (
            {"type": "object", "properties": {"id": {"type": "string"}}},
            {"type": "object", "properties": {}},
            "No longer in the output: id.",
        ),
        (
            {"type": "object", "properties": {"id": {"type": "string"}}},
            {"type": "object", "properties": {"id": {"type": "integer"}}},
            "Another type in the output: id.",
        ),
        (
            {"type": "object", "properties": {}},
            {"type": "object", "properties": {"id": {"type": "string"}}},
            "",
        ),
        (None, {"type": "object"}, ""),
    ],
)
def test_a_change_of_the_output_is_judged(before, after, reason):
    diff = diff_specs(spec(tool_with(output_schema=before)), spec(tool_with(output_schema=after)))
    change = diff.changed[0].changes[0]
    assert reason in change.reason
    assert change.is_breaking == bool(reason)


def test_variables_are_compared_by_what_they_ask():
    diff = diff_specs(
        spec(a_tool(), variables=(Variable(name="A"), Variable(name="B", is_required=False))),
        spec(a_tool(), variables=(Variable(name="B"), Variable(name="C", is_secret=False))),
    )
    assert sorted(change.what for change in diff.variables) == [
        "Variable A removed",
        "Variable B",
        "Variable C added",
    ]


def test_instructions_name_and_order_belong_to_the_server():
    before = spec(a_tool("a"), a_tool("b"), instructions="Old.")
    after = ServerSpec(name="Climate", instructions="New.", tools=(a_tool("b"), a_tool("a")))
    assert [change.what for change in diff_specs(before, after).server] == [
        "The server's name",
        "The instructions",
        "The order of the tools",
    ]


def test_code_and_what_it_may_reach_are_compared():
    before = spec(a_python_tool())
    new = a_python_tool(source="async def forecast(city): ...\n")
    after = spec(new).model_copy(update={"python": PythonSettings(hosts=("a.test",))})
    diff = diff_specs(before, after)
    assert [change.what for change in diff.changed[0].changes] == ["The code"]
    assert [(one.what, one.before, one.after) for one in diff.server] == [
        ("The hosts that Python tools reach", "", "a.test")
    ]


def test_a_request_that_became_python_is_told():
    as_python = a_python_tool().model_copy(update={"input_schema": a_tool().input_schema})
    diff = diff_specs(spec(a_tool("forecast")), spec(as_python))
    told = {change.what for change in diff.changed[0].changes}
    assert {"Whether it is a request or Python", "The code"} <= told
    assert diff.breaking_count == 0
