"""Security schemes become credentials and secret variables; what cannot be presented is told."""

from typing import Any

import pytest

from core.http_request import BasicCredential, ValueCredential
from saas_app.services.intake.proposal import Proposal
from tests.saas_app.services.intake.openapi.building import openapi, read, swagger

KEY = {"type": "apiKey", "in": "header", "name": "X-Api-Key"}
OTHER_KEY = {"type": "apiKey", "in": "query", "name": "app"}
BEARER = {"type": "http", "scheme": "bearer"}
MUTUAL = {"type": "mutualTLS"}


def secured(top: Any, schemes: dict[str, Any], **operation: Any) -> Proposal:
    document = openapi({"/a": {"get": operation}}, components={"securitySchemes": schemes})
    document["security"] = top
    return read(document)


def credentials(proposal: Proposal) -> Any:
    return proposal.tools[0].request.credentials


@pytest.mark.parametrize(
    ("scheme", "expected", "names"),
    [
        (
            KEY,
            ValueCredential(location="header", name="X-Api-Key", value="{{SHOP_API_KEY}}"),
            ["SHOP_API_KEY"],
        ),
        (
            OTHER_KEY,
            ValueCredential(location="query", name="app", value="{{SHOP_API_KEY}}"),
            ["SHOP_API_KEY"],
        ),
        (
            {"type": "apiKey", "in": "cookie", "name": "session"},
            ValueCredential(location="cookie", name="session", value="{{SHOP_API_KEY}}"),
            ["SHOP_API_KEY"],
        ),
        (
            {"type": "http", "scheme": "Basic"},
            BasicCredential(username="{{SHOP_USERNAME}}", password="{{SHOP_PASSWORD}}"),
            ["SHOP_USERNAME", "SHOP_PASSWORD"],
        ),
        (
            BEARER,
            ValueCredential(location="header", name="Authorization", value="Bearer {{SHOP_TOKEN}}"),
            ["SHOP_TOKEN"],
        ),
        (
            {"type": "http", "scheme": "ApiToken"},
            ValueCredential(
                location="header", name="Authorization", value="ApiToken {{SHOP_TOKEN}}"
            ),
            ["SHOP_TOKEN"],
        ),
        (
            {
                "type": "oauth2",
                "flows": {"clientCredentials": {"tokenUrl": "https://t", "scopes": {}}},
            },
            ValueCredential(
                location="header", name="Authorization", value="Bearer {{SHOP_ACCESS_TOKEN}}"
            ),
            ["SHOP_ACCESS_TOKEN"],
        ),
        (
            {"type": "openIdConnect", "openIdConnectUrl": "https://id.example.com"},
            ValueCredential(
                location="header", name="Authorization", value="Bearer {{SHOP_ACCESS_TOKEN}}"
            ),
            ["SHOP_ACCESS_TOKEN"],
        ),
    ],
)
def test_every_scheme_becomes_its_credential(scheme, expected, names):
    proposal = secured([{"main": []}], {"main": scheme})
    assert credentials(proposal) == ((expected,),)
    assert [variable.name for variable in proposal.variables] == names
    assert all(variable.is_secret and variable.is_required for variable in proposal.variables)
    assert all(variable.description for variable in proposal.variables)


def test_an_oauth_variable_says_what_it_holds_and_where_it_comes_from():
    flow = {"tokenUrl": "https://id.example.com/token", "scopes": {"read": "", "write": ""}}
    proposal = secured([{"o": ["read"]}], {"o": {"type": "oauth2", "flows": {"password": flow}}})
    description = proposal.variables[0].description
    assert "OAuth 2 access token, sent as a bearer token." in description
    assert "https://id.example.com/token" in description
    assert "Scopes: read, write." in description


def test_sets_are_sent_together_and_alternatives_stay_alternatives():
    proposal = secured(
        [{"key": [], "app": []}, {"bearer": []}], {"key": KEY, "app": OTHER_KEY, "bearer": BEARER}
    )
    first, second = credentials(proposal)
    assert [c.name for c in first] == ["X-Api-Key", "app"]
    assert [c.value for c in second] == ["Bearer {{SHOP_TOKEN}}"]
    assert not any(variable.is_required for variable in proposal.variables)


def test_two_keys_are_named_after_their_schemes():
    proposal = secured(
        [{"apiKeyAuth": [], "appSecret": []}], {"apiKeyAuth": KEY, "appSecret": OTHER_KEY}
    )
    assert [v.name for v in proposal.variables] == ["SHOP_API_KEY_AUTH", "SHOP_APP_SECRET"]
    assert all(variable.is_required for variable in proposal.variables)


def test_no_credentials_at_all_is_the_last_resort_wherever_it_stands():
    proposal = secured([{}, {"key": []}], {"key": KEY})
    assert [len(option) for option in credentials(proposal)] == [1, 0]
    assert not proposal.variables[0].is_required


@pytest.mark.parametrize("security", [[], [{}]])
def test_an_operation_can_refuse_the_documents_security(security):
    proposal = secured([{"key": []}], {"key": KEY}, security=security)
    assert credentials(proposal) == ()
    assert proposal.variables == ()


def test_an_operation_can_ask_for_another_scheme():
    proposal = secured([{"key": []}], {"key": KEY, "bearer": BEARER}, security=[{"bearer": []}])
    assert [v.name for v in proposal.variables] == ["SHOP_TOKEN"]


def test_a_key_that_few_operations_want_is_not_required():
    paths = {f"/{number}": {"get": {"security": [{"key": []}]}} for number in range(5)}
    paths["/admin"] = {"get": {"security": [{"bearer": []}]}}
    paths["/open"] = {"get": {"security": [{}]}}
    proposal = read(openapi(paths, components={"securitySchemes": {"key": KEY, "bearer": BEARER}}))
    assert {v.name: v.is_required for v in proposal.variables} == {
        "SHOP_API_KEY": True,
        "SHOP_TOKEN": False,
    }


def test_a_variable_is_required_when_operations_cannot_do_without():
    paths = {
        "/a": {"get": {"security": [{"key": []}, {"bearer": []}]}},
        "/b": {"get": {"security": [{"bearer": []}]}},
    }
    proposal = read(openapi(paths, components={"securitySchemes": {"key": KEY, "bearer": BEARER}}))
    assert {v.name: v.is_required for v in proposal.variables} == {
        "SHOP_API_KEY": False,
        "SHOP_TOKEN": True,
    }


@pytest.mark.parametrize(
    ("scheme", "words"),
    [
        (MUTUAL, "client certificate"),
        ({"type": "http", "scheme": "digest"}, "HTTP digest"),
        ({"type": "http"}, "without a scheme"),
        ({"type": "apiKey", "in": "header"}, "does not say where"),
        ({"type": "hmac"}, "unknown type"),
    ],
)
def test_what_cannot_be_presented_is_told_and_left_out(scheme, words):
    proposal = secured([{"main": []}], {"main": scheme})
    assert credentials(proposal) == ()
    assert proposal.variables == ()
    assert proposal.skipped[0].what == "GET /a"
    assert words in proposal.skipped[0].reason


def test_an_alternative_that_cannot_be_presented_leaves_the_others():
    proposal = secured(
        [{"tls": []}, {"tls": [], "key": []}, {"key": []}], {"tls": MUTUAL, "key": KEY}
    )
    assert len(credentials(proposal)) == 1
    assert proposal.skipped == ()


def test_two_secrets_for_one_place_cannot_be_sent_together():
    proposal = secured(
        [{"key": [], "bearer": []}], {"key": {**KEY, "name": "authorization"}, "bearer": BEARER}
    )
    assert proposal.skipped[0].reason == (
        "It is sent without credentials. "
        "“key” and “bearer” are to be sent together, but in the same place."
    )


def test_a_scheme_that_is_not_defined_is_noted_and_left_out():
    proposal = secured([{"ghost": []}], {})
    assert credentials(proposal) == ()
    assert proposal.notes == (
        "Operations ask for the security scheme ghost: it is not defined; "
        "they are sent without it.",
    )


def test_schemes_by_reference_are_followed_and_foreign_ones_noted():
    schemes = {
        "key": {"$ref": "#/components/securitySchemes/real"},
        "real": KEY,
        "far": {"$ref": "auth.yaml#/Key"},
    }
    proposal = secured([{"key": []}, {"far": []}], schemes)
    assert credentials(proposal)[0][0].name == "X-Api-Key"
    assert "auth.yaml#/Key is in another file" in proposal.notes[0]


@pytest.mark.parametrize(
    ("definition", "value"),
    [
        (KEY, "{{SHOP_API_KEY}}"),
        (
            {
                "type": "oauth2",
                "flow": "implicit",
                "authorizationUrl": "https://a",
                "scopes": {"r": ""},
            },
            "Bearer {{SHOP_ACCESS_TOKEN}}",
        ),
    ],
)
def test_definitions_of_swagger_two_mean_the_same(definition, value):
    document = swagger(
        {"/a": {"get": {}}}, securityDefinitions={"s": definition}, security=[{"s": []}]
    )
    assert credentials(read(document))[0][0].value == value


def test_basic_of_swagger_two_is_http_basic():
    document = swagger(
        {"/a": {"get": {"security": [{"b": []}]}}}, securityDefinitions={"b": {"type": "basic"}}
    )
    assert isinstance(credentials(read(document))[0][0], BasicCredential)


def test_an_authorization_key_says_that_the_whole_value_is_wanted():
    scheme = {"type": "apiKey", "in": "header", "name": "Authorization", "description": "Mine."}
    description = secured([{"k": []}], {"k": scheme}).variables[0].description
    assert "Give the whole value" in description
    assert description.endswith("Mine.")


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("GitHub's official OpenAPI spec", "GITHUB_API_KEY"),
        ("Swagger Petstore - OpenAPI 3.0", "PETSTORE_API_KEY"),
        ("The Very Long Name of an Interface That Nobody Can Remember", "VERY_LONG_NAME_API_KEY"),
        ("API", "API_API_KEY"),
        ("3Scale", "VALUE_3SCALE_API_KEY"),
        ("日本語", "API_API_KEY"),
    ],
)
def test_variables_begin_with_the_name_of_the_api(title, name):
    document = openapi(
        {"/a": {"get": {"security": [{"k": []}]}}}, components={"securitySchemes": {"k": KEY}}
    )
    document["info"]["title"] = title
    assert read(document).variables[0].name == name
