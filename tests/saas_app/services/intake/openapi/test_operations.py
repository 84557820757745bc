"""Operations become tools with readable names, words, hints and schemas; none gets lost."""

from typing import Any

import pytest

from core.http_request import FixedValue
from core.tool_spec import Annotations
from tests.saas_app.services.intake.openapi.building import only_tool, openapi, read, tool_with


def answering(responses: Any, **top: Any) -> Any:
    return only_tool(openapi({"/a": {"get": {"responses": responses}}}, **top))


def json_answer(schema: Any) -> dict[str, Any]:
    return {"description": "ok", "content": {"application/json": {"schema": schema}}}


THING = {"type": "object", "properties": {"a": {"type": "string"}}}


@pytest.mark.parametrize(
    ("method", "path", "operation_id", "expected"),
    [
        ("get", "/pets/{petId}", "showPetById", "showPetById"),
        ("get", "/pets", "pets.list-all", "pets_list-all"),
        ("get", "/pets", "repos/list for/org", "repos_list_for_org"),
        ("get", "/pets/{petId}", None, "get_pets_by_pet_id"),
        ("post", "/pets/{petId}/toys/{toy-id}", "", "post_pets_by_pet_id_toys_by_toy-id"),
        ("delete", "/v1/files/{name}.{ext}", None, "delete_v1_files_by_name_by_ext"),
        ("get", "/", None, "get"),
        ("get", "/日本", None, "get"),
        ("get", "/x", "日本", "get_x"),
        ("get", "/users/{id}", "получить", "get_users_by_id"),
        ("get", "/日本", "日本", "get"),
    ],
)
def test_tools_are_named_after_the_operation_or_its_path(method, path, operation_id, expected):
    operation = {} if operation_id is None else {"operationId": operation_id}
    assert only_tool(openapi({path: {method: operation}})).name == expected


def test_names_are_unique_and_short_enough_for_every_client():
    paths = {f"/{number}": {"get": {"operationId": "x" * 100}} for number in range(3)}
    names = [tool.name for tool in read(openapi(paths)).tools]
    assert len(set(names)) == 3
    assert all(len(name) <= 64 for name in names)


@pytest.mark.parametrize(
    ("operation", "title", "description"),
    [
        (
            {"summary": "List pets", "description": "All of them."},
            "List pets",
            "List pets.\n\nAll of them.",
        ),
        ({"summary": "List pets."}, "List pets.", "List pets."),
        ({"summary": "List", "description": "List all."}, "List", "List all."),
        ({"description": "All."}, "", "All."),
        ({}, "", "GET /a."),
        ({"deprecated": True, "summary": "Old"}, "Old", "Deprecated.\n\nOld."),
        ({"summary": None, "description": 5}, "", "GET /a."),
    ],
)
def test_words_come_from_summary_and_description(operation, title, description):
    tool = only_tool(openapi({"/a": {"get": operation}}))
    assert (tool.title, tool.description) == (title, description)


def test_long_descriptions_end_with_a_sentence_or_a_word():
    sentences = only_tool(openapi({"/a": {"get": {"description": "It is so. " * 200}}}))
    assert len(sentences.description) <= 1000
    assert sentences.description.endswith("It is so.")
    words = only_tool(openapi({"/a": {"get": {"description": "word " * 400}}}))
    assert words.description.endswith("word…")


@pytest.mark.parametrize(
    ("method", "read_only", "destructive", "idempotent"),
    [
        ("get", True, False, True),
        ("head", True, False, True),
        ("options", True, False, True),
        ("trace", True, False, True),
        ("post", False, False, False),
        ("put", False, True, True),
        ("patch", False, True, False),
        ("delete", False, True, True),
    ],
)
def test_hints_follow_the_method(method, read_only, destructive, idempotent):
    tool = only_tool(openapi({"/a": {method: {}}}))
    assert tool.annotations == Annotations(
        read_only=read_only, destructive=destructive, idempotent=idempotent
    )


def test_tags_are_kept_each_once():
    assert tool_with(tags=["pets", "pets", 3, "store"]).tags == ("pets", "store")


def test_a_json_object_is_the_output_schema():
    assert answering({"200": json_answer(THING)}).output_schema == THING


@pytest.mark.parametrize(
    "responses",
    [
        {},
        {"404": json_answer(THING)},
        {"200": json_answer({"type": "array", "items": THING})},
        {"200": json_answer({"type": "string"})},
        {"200": json_answer({**THING, "nullable": True})},
        {"200": json_answer(THING), "201": json_answer({"type": "object"})},
        {"200": {"content": {"text/html": {"schema": THING}}}},
        {"200": {"$ref": "responses.yaml#/X"}},
        {"200": json_answer({})},
        None,
    ],
)
def test_other_answers_have_no_output_schema(responses):
    assert answering(responses).output_schema is None


@pytest.mark.parametrize(
    "responses",
    [
        {"2XX": json_answer(THING)},
        {"default": json_answer(THING)},
        {"200": json_answer(THING), "202": json_answer(THING), "404": json_answer({})},
        {"204": {"description": "nothing"}, "201": json_answer(THING)},
        {"200": {"content": {"application/hal+json": {"schema": THING}}}},
        {"200": {"$ref": "#/components/responses/Thing"}},
    ],
)
def test_every_way_to_say_success_is_understood(responses):
    tool = answering(responses, components={"responses": {"Thing": json_answer(THING)}})
    assert tool.output_schema == THING


def test_an_output_schema_by_reference_stands_at_the_root():
    schemas = {
        "Page": {
            "allOf": [{"$ref": "#/components/schemas/Base"}],
            "properties": {"next": {"$ref": "#/components/schemas/Page"}},
        },
        "Base": THING,
    }
    answer = {"200": json_answer({"$ref": "#/components/schemas/Page"})}
    schema = answering(answer, components={"schemas": schemas}).output_schema
    assert schema["type"] == "object"
    assert set(schema["$defs"]) == {"Page", "Base"}


def test_a_huge_output_schema_is_left_out():
    properties = {f"property_{number}": {"type": "string"} for number in range(2000)}
    assert (
        answering({"200": json_answer({"type": "object", "properties": properties})}).output_schema
        is None
    )


@pytest.mark.parametrize(
    ("types", "accept"),
    [
        (["application/json"], "application/json"),
        (["text/html", "application/json", "application/xml"], "application/json"),
        (["application/vnd.api+json", "text/xml"], "application/vnd.api+json"),
        (["text/csv", "text/html"], "text/csv, text/html"),
    ],
)
def test_the_answer_is_asked_for_as_json_where_there_is_some(types, accept):
    content = {name: {} for name in types}
    tool = answering({"200": {"content": content}})
    assert tool.request.fixed == (FixedValue(location="header", name="Accept", value=accept),)


def test_a_query_in_the_path_is_sent_and_a_fragment_is_not():
    tool = only_tool(openapi({"/do?action=list&empty=#first": {"get": {}}}))
    assert tool.request.path == "/do"
    assert tool.request.fixed == (
        FixedValue(location="query", name="action", value="list"),
        FixedValue(location="query", name="empty", value=""),
    )


def test_a_path_without_its_slash_gets_one():
    assert only_tool(openapi({"pets": {"get": {}}})).request.path == "/pets"


def test_path_items_by_reference_are_followed():
    document = openapi(
        {"/a": {"$ref": "#/x-items/a~1b"}, "/c": {"$ref": "#/components/pathItems/C"}},
        version="3.1.0",
        components={"pathItems": {"C": {"get": {"operationId": "c"}}}},
        **{"x-items": {"a/b": {"get": {"operationId": "a"}, "post": {"operationId": "b"}}}},
    )
    assert [tool.name for tool in read(document).tools] == ["a", "b", "c"]


def test_whatever_is_no_tool_is_listed_with_its_reason():
    document = openapi(
        {
            "/ok": {"get": {"callbacks": {"done": {"{$request.body#/url}": {"post": {}}}}}},
            "/far": {"$ref": "paths.yaml#/far"},
            "/circle": {"$ref": "#/paths/~1circle"},
            "/empty": {"get": None},
            "/new": {"query": {"operationId": "search"}},
            "/more": {"additionalOperations": {"LINK": {}}},
            "x-not-a-path": {"get": {}},
        },
        version="3.2.0",
        webhooks={"newPet": {"post": {}}},
    )
    proposal = read(document)
    assert [tool.name for tool in proposal.tools] == ["get_ok"]
    assert {skipped.what: skipped.reason for skipped in proposal.skipped} == {
        "callback done of GET /ok": "The service calls it; a tool cannot.",
        "/far": "paths.yaml#/far is in another file, which is not read.",
        "/circle": "The reference #/paths/~1circle goes round in a circle.",
        "GET /empty": "It is empty in the document.",
        "QUERY /new": "Tools do not send the method QUERY yet.",
        "LINK /more": "Tools do not send the method LINK.",
        "webhook newPet": "The service calls it; a tool cannot.",
    }


def test_the_proposal_is_named_after_the_api():
    document = openapi({"/a": {"get": {}}}, info={"title": " My\n API ", "description": "Does it."})
    proposal = read(document)
    assert (proposal.kind, proposal.name, proposal.description) == ("openapi", "My API", "Does it.")


def test_an_api_without_a_name_is_named_after_its_source():
    document = openapi({"/a": {"get": {}}}, info=None)
    assert read(document, source_url="https://api.example.com/x.json").name == "api.example.com"
    assert read(document).name == "API"
