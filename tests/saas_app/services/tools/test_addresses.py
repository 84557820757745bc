"""An address is read from one line and written back the same."""

import pytest

from core.errors import Invalid
from core.http_request import HttpRequest
from saas_app.services.tools.addresses import address_text, read_address


@pytest.mark.parametrize(
    "text",
    [
        "https://api.example.com",
        "https://api.example.com/cities/{id}",
        "http://localhost:8080/v1/a/{a}/b/{b}?format=json&q={{TOKEN}}",
        "{{BASE_URL}}/cities",
        "{{BASE_URL}}",
        "https://api.example.com/a?empty=",
    ],
)
def test_an_address_survives_reading_and_writing(text):
    address = read_address(text)
    parameters = [
        {"argument": name, "name": name, "location": "path"} for name in address.placeholders
    ]
    request = HttpRequest.model_validate(
        {
            "method": "GET",
            "base": address.base,
            "path": address.path,
            "fixed": address.fixed,
            "parameters": parameters,
        }
    )
    assert address_text(request) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "api.example.com/cities",
        "ftp://example.com",
        "file:///etc/passwd",
        "https://user:secret@example.com/",
        "https://example.com/a b",
        "https://example.com/{a",
        "https://example.com/{a}}",
        "https://example.com/{{TOKEN}}/a",
        "https://{host}/a",
        "https://example.com/" + "a" * 5_000,
    ],
)
def test_what_is_no_address_is_refused_on_its_field(text):
    with pytest.raises(Invalid) as refusal:
        read_address(text)
    assert refusal.value.field == "url"


def test_a_base_with_a_path_stays_the_base():
    base = "https://api.example.com/v1"
    assert read_address(f"{base}/cities", base_url=base).path == "/cities"
    assert read_address(f"{base}", base_url=base).path == ""
    assert read_address(f"{base}2/cities", base_url=base).path == "/v12/cities"
    assert read_address("https://other.example/a", base_url=base).base["url"] != base


def test_a_fragment_is_dropped_and_a_slash_is_added():
    address = read_address("{{BASE_URL}}cities#top")
    assert address.path == "/cities"
