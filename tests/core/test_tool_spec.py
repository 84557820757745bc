"""The seam: what a published server may look like, and how versions are told apart."""

import pytest
from pydantic import ValidationError

from core.http_request import BaseUrl, Body, BodyProperty, HttpRequest, Parameter, ValueCredential
from core.tool_spec import HttpTool, ResponsePolicy, ServerSpec, Variable
from tests.cast import a_tool


def with_request(**changes):
    tool = a_tool().model_dump()
    tool["request"].update(changes)
    return HttpTool.model_validate(tool)


@pytest.mark.parametrize("name", ["", "a b", "a" * 65, "naïve", "a.b", "a/b"])
def test_a_tool_name_that_some_client_refuses_is_refused(name):
    with pytest.raises(ValidationError, match="1 to 64"):
        a_tool(name)


def test_path_placeholders_and_parameters_agree():
    with pytest.raises(ValidationError, match="do not agree on: other"):
        with_request(path="/cities/{cityId}/{other}")


def test_a_request_uses_only_declared_arguments():
    body = Body(media_type="application/json", argument="payload")
    with pytest.raises(ValidationError, match="does not declare: payload"):
        with_request(method="POST", body=body)


def test_a_body_is_one_argument_or_several_properties():
    with pytest.raises(ValidationError, match="not both"):
        Body(
            media_type="application/json",
            argument="whole",
            properties=(BodyProperty(argument="part", path=("part",)),),
        )


@pytest.mark.parametrize("url", ["ftp://a.example", "a.example", "//a.example", "http://"])
def test_a_base_address_is_absolute_http(url):
    with pytest.raises(ValidationError, match="http"):
        BaseUrl(url=url)


def test_a_base_needs_an_address_or_a_variable():
    with pytest.raises(ValidationError, match="needs a base address"):
        BaseUrl()
    assert BaseUrl(variable="BASE_URL").url == ""


def test_secrets_have_no_readable_default():
    with pytest.raises(ValidationError, match="readable"):
        Variable(name="TOKEN", is_secret=True, default="abc")


def test_two_tools_do_not_share_a_name():
    with pytest.raises(ValidationError, match="Two tools share a name: get_city"):
        ServerSpec(name="S", tools=(a_tool(), a_tool()))


def test_a_request_names_its_variables_wherever_they_hide():
    request = HttpRequest(
        method="GET",
        base=BaseUrl(variable="BASE_URL"),
        path="/x/{id}",
        parameters=(Parameter(argument="id", name="id", location="path"),),
        credentials=(
            (ValueCredential(location="header", name="Authorization", value="Bearer {{TOKEN}}"),),
        ),
    )
    assert request.variables() == {"BASE_URL", "TOKEN"}


def test_a_spec_survives_storage_unchanged():
    spec = ServerSpec(name="S", tools=(a_tool(),), variables=(Variable(name="TOKEN"),))
    again = ServerSpec.model_validate_json(spec.model_dump_json())
    assert again == spec
    assert again.content_hash() == spec.content_hash()


def test_the_contract_is_names_and_schemas_alone():
    one = ServerSpec(name="S", tools=(a_tool("a"), a_tool("b")))
    reworded = a_tool("a").model_copy(update={"description": "Other words."})
    other = ServerSpec(name="T", tools=(a_tool("b"), reworded))
    assert one.contract_hash() == other.contract_hash()
    assert one.content_hash() != other.content_hash()


def with_default(*, sends_defaults: bool):
    tool = a_tool().model_dump()
    tool["input_schema"]["properties"]["city_id"]["default"] = "berlin"
    tool["request"]["sends_defaults"] = sends_defaults
    return HttpTool.model_validate(tool)


def test_defaults_travel_only_where_the_request_sends_them():
    assert with_default(sends_defaults=True).with_defaults({}) == {"city_id": "berlin"}
    assert with_default(sends_defaults=False).with_defaults({}) == {}
    chosen = {"city_id": "paris"}
    assert with_default(sends_defaults=True).with_defaults(chosen) == chosen


def test_a_selection_has_an_end():
    assert ResponsePolicy(select="a" * 2_000).select
    with pytest.raises(ValidationError, match="2000 characters"):
        ResponsePolicy(select="a" * 2_001)
