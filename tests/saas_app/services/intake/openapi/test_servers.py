"""Base addresses: fixed where there is one, a variable where there is a choice."""

from typing import Any

import pytest

from core.http_request import BaseUrl
from saas_app.services.intake.proposal import Proposal
from tests.saas_app.services.intake.openapi.building import openapi, read, swagger

SOURCE = "https://docs.example.com/specs/v2/openapi.json"


def served(servers: Any, **options: Any) -> Proposal:
    return read(openapi({"/a": {"get": {}}}, servers=servers), **options)


def base(proposal: Proposal) -> BaseUrl:
    return proposal.tools[0].request.base


def test_one_server_is_a_fixed_address():
    proposal = served([{"url": "https://api.example.com/v1/"}])
    assert base(proposal) == BaseUrl(url="https://api.example.com/v1")
    assert proposal.variables == ()


def test_several_servers_are_a_choice_with_the_first_as_default():
    proposal = served(
        [
            {"url": "https://api.example.com", "description": "Production"},
            {"url": "https://sandbox.example.com"},
        ]
    )
    assert base(proposal) == BaseUrl(url="https://api.example.com", variable="SHOP_BASE_URL")
    (variable,) = proposal.variables
    assert not variable.is_secret
    assert not variable.is_required
    assert variable.default == "https://api.example.com"
    assert variable.choices == ("https://api.example.com", "https://sandbox.example.com")
    assert "Production" in variable.description


def test_enumerated_variables_make_every_address_a_choice():
    variables = {
        "region": {"default": "eu", "enum": ["us", "eu"]},
        "stage": {"default": "live", "enum": ["live", "test"]},
    }
    proposal = served([{"url": "https://{region}.example.com/{stage}", "variables": variables}])
    (variable,) = proposal.variables
    assert variable.default == "https://eu.example.com/live"
    assert set(variable.choices) == {
        f"https://{region}.example.com/{stage}"
        for region in ("us", "eu")
        for stage in ("live", "test")
    }


def test_free_variables_leave_the_choice_open():
    variables = {"tenant": {"default": "demo", "description": "Your tenant."}}
    proposal = served([{"url": "https://{tenant}.example.com", "variables": variables}])
    (variable,) = proposal.variables
    assert variable.default == "https://demo.example.com"
    assert variable.choices == ()
    assert "tenant: Your tenant." in variable.description


@pytest.mark.parametrize(
    "url", ["https://{tenant}.example.com", "{base}/v1", "ftp://x.com", "https://[x]", ""]
)
def test_an_address_the_document_does_not_tell_must_be_given(url):
    proposal = served([{"url": url}])
    (variable,) = proposal.variables
    assert variable.is_required
    assert variable.default is None
    assert base(proposal) == BaseUrl(variable=variable.name)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("/v1", "https://docs.example.com/v1"),
        ("v1", "https://docs.example.com/specs/v2/v1"),
        ("./", "https://docs.example.com/specs/v2"),
        ("../api", "https://docs.example.com/specs/api"),
        ("/", "https://docs.example.com"),
        ("//other.example.com/x", "https://other.example.com/x"),
        ("api.example.com/v1", "https://api.example.com/v1"),
    ],
)
def test_relative_addresses_start_at_the_source(url, expected):
    proposal = served([{"url": url}], source_url=SOURCE)
    assert base(proposal) == BaseUrl(url=expected)


@pytest.mark.parametrize("servers", [None, [], [{"url": "/v1"}], [{"url": "/"}]])
def test_relative_addresses_without_a_source_must_be_given(servers):
    proposal = served(servers)
    (variable,) = proposal.variables
    assert (variable.name, variable.is_required) == ("SHOP_BASE_URL", True)


def test_a_source_that_is_no_web_address_resolves_nothing():
    assert served([{"url": "/v1"}], source_url="file:///tmp/x.json").variables[0].is_required


def test_operations_and_paths_may_have_servers_of_their_own():
    paths = {
        "/a": {"get": {}},
        "/b": {"servers": [{"url": "https://uploads.example.com"}], "get": {}, "put": {}},
        "/c": {
            "servers": [{"url": "https://uploads.example.com"}],
            "get": {
                "servers": [{"url": "https://one.example.com"}, {"url": "https://two.example.com"}]
            },
        },
    }
    proposal = read(openapi(paths))
    assert [(tool.name, tool.request.base.url) for tool in proposal.tools] == [
        ("get_a", "https://api.example.com/v1"),
        ("get_b", "https://uploads.example.com"),
        ("put_b", "https://uploads.example.com"),
        ("get_c", "https://one.example.com"),
    ]
    assert proposal.tools[3].request.base.variable == "SHOP_BASE_URL"


def test_a_second_choice_of_servers_is_named_after_its_host():
    pair = [{"url": "https://up.example.com"}, {"url": "https://up2.example.com"}]
    document = openapi(
        {"/a": {"get": {}}, "/b": {"get": {"servers": pair}}},
        servers=[{"url": "https://one.example.com"}, {"url": "https://two.example.com"}],
    )
    names = [variable.name for variable in read(document).variables]
    assert names == ["SHOP_BASE_URL", "UP_EXAMPLE_COM_BASE_URL"]


@pytest.mark.parametrize(
    ("top", "source", "expected"),
    [
        ({}, None, "https://api.example.com/v1"),
        ({"schemes": ["http", "https"]}, None, "https://api.example.com/v1"),
        ({"schemes": ["http"]}, None, "http://api.example.com/v1"),
        ({"schemes": ["ws"]}, None, "https://api.example.com/v1"),
        ({"schemes": None}, None, "https://api.example.com/v1"),
        ({"schemes": None}, "http://x.example.com/s.json", "http://api.example.com/v1"),
        ({"host": None}, SOURCE, "https://docs.example.com/v1"),
        ({"host": None, "basePath": None}, SOURCE, "https://docs.example.com"),
        ({"host": "api.example.com:8443", "basePath": "/"}, None, "https://api.example.com:8443"),
        ({"basePath": "v3"}, None, "https://api.example.com/v3"),
    ],
)
def test_host_base_path_and_schemes_make_one_address(top, source, expected):
    document = {k: v for k, v in swagger({"/a": {"get": {}}}, **top).items() if v is not None}
    assert base(read(document, source_url=source)) == BaseUrl(url=expected)


def test_a_swagger_document_without_a_host_or_source_asks_for_the_address():
    document = swagger({"/a": {"get": {}}})
    del document["host"]
    (variable,) = read(document).variables
    assert variable.is_required
