"""What a person pastes is recognised and read."""

import pytest

from core.errors import Invalid
from saas_app.services.intake.recognise import read_source, recognise

YAML = """openapi: 3.0.3
info:
  title: Pets
  version: "1"
  description: |
    Try it:
    curl https://pets.test/pets
servers: [{url: https://pets.test}]
paths:
  /pets:
    get:
      operationId: listPets
      responses: {"200": {description: ok}}
"""


@pytest.mark.parametrize(
    "text",
    [
        "curl https://a.test",
        "  $ curl -X POST https://a.test",
        "# List users\ncurl https://a.test",
        "curl.exe 'https://a.test'",
        'curl ^"https://a.test^"',
        "curl \\\n  https://a.test",
        "TOKEN=1 curl https://a.test",
        "echo 1 | curl -d @- https://a.test",
        "C:\\> curl https://a.test",
        "```sh\ncurl https://a.test\n```",
        "sudo /usr/bin/curl -v a.test",
        "curl --json '{\"openapi\": 1}' https://a.test",
    ],
)
def test_curl_commands_are_recognised(text):
    assert recognise(text) == "curl"


@pytest.mark.parametrize(
    "text", [YAML, '{"openapi": "3.1.0"}', '\n {"info": {}, "swagger": "2.0"}', "swagger: '2.0'"]
)
def test_openapi_documents_are_recognised_even_when_they_quote_curl(text):
    assert recognise(text) == "openapi"


@pytest.mark.parametrize("text", ["", "hello", "I use curly braces", "the curls of a wave", "{}"])
def test_other_texts_are_neither(text):
    assert recognise(text) is None
    with pytest.raises(Invalid) as refusal:
        read_source(text)
    assert refusal.value.field == "source"


def test_either_kind_is_read():
    assert read_source(YAML, source_url="https://pets.test/x.yaml").kind == "openapi"
    assert read_source("curl https://pets.test/pets").tools[0].name == "list_pets"
