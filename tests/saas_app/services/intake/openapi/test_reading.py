"""Text becomes a document, or a refusal that says what is wrong and in which line."""

import re

import orjson
import pytest

from core.errors import Invalid
from saas_app.services.intake.openapi import from_parsed, looks_like_openapi, read_openapi
from saas_app.services.intake.openapi.reading import MAX_BYTES, parse
from saas_app.services.intake.openapi.yaml_events import load_yaml
from tests.saas_app.services.intake.openapi.building import openapi

PETS = """\
openapi: 3.0.3
info: {title: Pets, version: 1.0}
servers: [{url: https://pets.example.com}]
paths:
  /pets:
    get:
      operationId: listPets
      responses:
        200: {description: ok}
"""


def refusal(text: str) -> str:
    with pytest.raises(Invalid) as caught:
        read_openapi(text)
    assert caught.value.field == "source"
    return caught.value.message


def test_yaml_and_json_of_the_same_document_make_the_same_proposal():
    from_yaml = read_openapi(PETS)
    from_json = read_openapi(orjson.dumps(load_yaml(PETS)).decode())
    assert from_yaml == from_json
    assert [tool.name for tool in from_yaml.tools] == ["listPets"]


def test_names_and_descriptions_hold_no_character_that_cannot_be_stored():
    proposal = read_openapi(PETS.replace("title: Pets", 'title: "P\\0ets", description: "A\\0"'))
    assert (proposal.name, proposal.description) == ("Pets", "A")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("on: yes", {"on": "yes"}),
        ("a: no", {"a": "no"}),
        ("a: 2024-01-31", {"a": "2024-01-31"}),
        ("a: 2024-01-31T10:00:00Z", {"a": "2024-01-31T10:00:00Z"}),
        ("a: 12:30:45", {"a": "12:30:45"}),
        ("a: 1_000", {"a": "1_000"}),
        ("a: 0123", {"a": "0123"}),
        ("a: 0x1F", {"a": 31}),
        ("a: [1, -2, +3, 1.5, .5, 1e3]", {"a": [1, -2, 3, 1.5, 0.5, 1000.0]}),
        ("a: [true, False, TRUE, ~, null, ]", {"a": [True, False, True, None, None]}),
        ("a: ['1', \"true\", !!str 5]", {"a": ["1", "true", "5"]}),
        (
            "200: ok\n404.5: no\nnull: x\ntrue: y",
            {"200": "ok", "404.5": "no", "null": "x", "true": "y"},
        ),
        ("a: .inf", {"a": ".inf"}),
        ("a: .nan", {"a": ".nan"}),
        ("a: 99999999999999999999", {"a": 1e20}),
        ("a: -9223372036854775809", {"a": -9223372036854775809.0}),
        ("a: &x {b: 1}\nc: *x", {"a": {"b": 1}, "c": {"b": 1}}),
        (
            "a: &x {b: 1, c: 2}\nd:\n  <<: *x\n  c: 3",
            {"a": {"b": 1, "c": 2}, "d": {"b": 1, "c": 3}},
        ),
        ("d:\n  <<: [{a: 1}, {a: 2, b: 2}]", {"d": {"a": 1, "b": 2}}),
        ("<<: text", {"<<": "text"}),
        ("a: |\n  two\n  lines\n", {"a": "two\nlines\n"}),
        ("a: !custom {b: 1}", {"a": {"b": 1}}),
        ("&k key: 1\nother: *k", {"key": 1, "other": "key"}),
        ("--- {a: 1}\n--- {b: 2}", {"a": 1}),
        ("# only a comment", None),
    ],
)
def test_yaml_means_what_an_author_of_json_means(text, expected):
    assert load_yaml(text) == expected


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("openapi: 3.0.0\npaths:\n  /a: {\n", 4, "not valid YAML"),
        ("a: 1\nb: 2\na: 3\n", 3, "“a” appears twice"),
        ("a:\n  ? [x]\n  : 1\n", 2, "a key must be plain text"),
        ("a: &x [*x]\n", 1, "contains itself"),
        ("a: *nothing\n", 1, "has no anchor"),
        ("k: &k x\n? *k\n: 1\n", 2, "not an alias"),
        ('{"openapi": "3.0.0",\n "paths": }', 2, "not valid JSON"),
        ('{"a": "b"\n', 2, "not valid JSON"),
        ('{"a": 1,\n "b": {"c": 1,\n "c": 2}}', 3, "“c” appears twice"),
        ("a:\n\t- b\n", 2, "not valid YAML"),
        ("a:\n  b: \x07\n", 2, "U+0007 is not allowed"),
        ("a: " + "[" * 300 + "]" * 300, 1, "nested more than 200 deep"),
        ("[" * 3000 + "]" * 3000, 1, "nested more than 200 deep"),
        ("a: " * 10, 1, "not valid YAML"),
    ],
)
def test_what_is_malformed_is_refused_with_its_line(text, line, words):
    message = refusal(text)
    assert re.match(rf"Line {line}(, column \d+)?: ", message)
    assert words in message


def test_yaml_in_braces_is_read_as_yaml():
    assert parse("{openapi: 3.0.0, # of course\n paths: {}}")["openapi"] == "3.0.0"


def test_a_byte_order_mark_is_no_obstacle():
    assert parse("\ufeff" + PETS)["openapi"] == "3.0.3"


@pytest.mark.parametrize(
    "text",
    [
        f"```yaml\n{PETS}\n```",
        f"Here it is:\n\n~~~\n{PETS}\n~~~\nDone.",
        f"```yaml\n{PETS}",
        '```bash\nls\n```\n  ```json\n  {"openapi": "3.0.3", "paths": {}}\n  ```\n',
    ],
)
def test_a_document_in_a_fence_is_taken_out_of_it(text):
    assert looks_like_openapi(text)
    assert parse(text)["openapi"] == "3.0.3"


def test_a_mistake_inside_of_a_fence_is_told_with_its_own_line():
    assert refusal("Here:\n```yaml\nopenapi: 3.0.0\npaths:\n  /a: {\n```").startswith("Line 6")


def test_a_fence_inside_of_a_description_stays():
    text = (
        "openapi: 3.0.0\ninfo:\n  description: |\n    ```\n    openapi: 3.1.0\n    ```\npaths: {}\n"
    )
    assert parse(text)["info"]["description"] == "```\nopenapi: 3.1.0\n```\n"


def test_aliases_that_unfold_to_billions_are_refused_at_once():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for level in range(1, 12):
        aliases = ", ".join([f"*a{level - 1}"] * 10)
        lines.append(f"a{level}: &a{level} [{aliases}]")
    assert "unfold to more than" in refusal("\n".join(lines))


def test_more_than_the_limit_is_refused_before_it_is_parsed():
    assert "larger than 20 MB" in refusal("x" * (MAX_BYTES + 1))
    assert "larger than 20 MB" in refusal("ü" * (MAX_BYTES // 2 + 1))


@pytest.mark.parametrize("text", ["", "  \n\t", "\ufeff"])
def test_an_empty_text_is_refused_kindly(text):
    assert refusal(text).startswith("There is nothing here yet")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("just some words", "not an OpenAPI document"),
        ("[1, 2]", "not an OpenAPI document"),
        ('{"name": "package", "version": "1"}', "neither a key “openapi” nor “swagger”"),
        ('{"swaggerVersion": "1.2", "apis": []}', "Version 1.2 of OpenAPI is not supported"),
        ("openapi: 4.0.0\npaths: {}", "Version 4.0.0 of OpenAPI is not supported"),
        ("swagger: 3\npaths: {}", "Version 3 of OpenAPI is not supported"),
        ("openapi: 3.0.0\npaths: {}", "has no operation"),
        ("openapi: 3.1.0", "has no operation"),
        ("openapi: 3.0.0\npaths: [1]", "has no operation"),
    ],
)
def test_what_is_no_openapi_document_is_refused_by_what_it_lacks(text, words):
    assert words in refusal(text)


@pytest.mark.parametrize("version", ["3", 3, 3.0, "3.0", "3.0.4", 3.1, "3.1.1", "3.2.0"])
def test_versions_are_read_however_they_are_written(version):
    document = openapi({"/a": {"get": {}}}, version=version)
    assert len(from_parsed(document).tools) == 1


@pytest.mark.parametrize("version", ["2.0", 2.0, 2])
def test_swagger_two_is_read_however_it_is_written(version):
    assert from_parsed({"swagger": version, "paths": {"/a": {"get": {}}}}).tools


@pytest.mark.parametrize(
    "text",
    [
        PETS,
        '{"openapi":"3.1.0"}',
        '{"info":{"title":"x"},"openapi" : "3.0.0"}',
        "swagger: '2.0'\n",
        "# comment\nswagger: 2.0\n",
        "{openapi: 3.0.0}",
        '{"swaggerVersion": "1.2"}',
        'openapi: "3.0.0"\npaths: {broken',
    ],
)
def test_documents_are_recognised_even_broken_ones(text):
    assert looks_like_openapi(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "curl https://api.example.com/openapi.json",
        """curl -d '{"openapi": "3.0.0"}' https://api.example.com""",
        "  $ curl -X POST https://example.com -d 'openapi: 3'",
        "I have a service with an openapi: see the docs",
        "CREATE TABLE openapi (id int)",
        '{"name": "swagger"}',
    ],
)
def test_other_things_are_not_taken_for_documents(text):
    assert not looks_like_openapi(text)


def test_a_document_nested_beyond_reason_is_refused_not_a_crash():
    schema: dict[str, object] = {}
    for _ in range(5000):
        schema = {"type": "array", "items": schema}
    body = {"content": {"application/json": {"schema": schema}}}
    with pytest.raises(Invalid, match="nested too deeply"):
        from_parsed(openapi({"/a": {"post": {"requestBody": body}}}))
