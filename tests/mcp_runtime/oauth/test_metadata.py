"""The discovery documents, each where clients look for it."""

from uuid import uuid4

import pytest
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata

from core.models import AccessPolicy
from tests.mcp_runtime.oauth.world import World

SERVER_DOCUMENTS = [
    "/.well-known/oauth-authorization-server/mcp/{id}",
    "/mcp/{id}/.well-known/oauth-authorization-server",
    "/.well-known/openid-configuration/mcp/{id}",
    "/mcp/{id}/.well-known/openid-configuration",
]
RESOURCE_DOCUMENTS = [
    "/.well-known/oauth-protected-resource/mcp/{id}/mcp",
    "/mcp/{id}/.well-known/oauth-protected-resource",
]


@pytest.fixture(params=["sqlite"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """Nothing here depends on the database."""
    return request.param


@pytest.mark.parametrize("path", SERVER_DOCUMENTS)
async def test_the_authorization_server_describes_itself(world: World, path: str) -> None:
    issuer = world.issuer().url

    answer = await world.http.get(path.format(id=world.server.id))

    document = answer.json()
    assert document["issuer"] == issuer
    assert document["authorization_endpoint"] == f"{issuer}/oauth/authorize"
    assert document["token_endpoint"] == f"{issuer}/oauth/token"
    assert document["registration_endpoint"] == f"{issuer}/oauth/register"
    assert document["revocation_endpoint"] == f"{issuer}/oauth/revoke"
    assert document["jwks_uri"] == f"{issuer}/oauth/jwks"
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert document["response_types_supported"] == ["code"]
    assert set(document["token_endpoint_auth_methods_supported"]) == {
        "none",
        "client_secret_basic",
        "client_secret_post",
    }
    assert document["authorization_response_iss_parameter_supported"] is True
    assert "client_id_metadata_document_supported" not in document


@pytest.mark.parametrize("path", RESOURCE_DOCUMENTS)
async def test_the_resource_names_its_authorization_server(world: World, path: str) -> None:
    document = (await world.http.get(path.format(id=world.server.id))).json()

    assert document["resource"] == f"{world.issuer().url}/mcp"
    assert document["authorization_servers"] == [world.issuer().url]
    assert document["scopes_supported"] == ["tools"]
    assert document["bearer_methods_supported"] == ["header"]
    assert world.server.name not in str(document)


async def test_the_metadata_is_valid_to_another_implementation(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    document = (await world.http.get(SERVER_DOCUMENTS[0].format(id=world.server.id))).json()

    AuthorizationServerMetadata(document).validate()


@pytest.mark.parametrize("path", SERVER_DOCUMENTS + RESOURCE_DOCUMENTS)
async def test_an_unknown_or_deleted_server_has_no_documents(world: World, path: str) -> None:
    await world.change(world.server, deleted_at=world.clock())

    for name in (
        uuid4(),
        world.server.id,
        "no-uuid",
        world.other.id.hex,
        str(world.other.id).upper(),
    ):
        assert (await world.http.get(path.format(id=name))).status_code == 404


@pytest.mark.parametrize("policy", list(AccessPolicy))
async def test_the_documents_are_there_under_every_policy(world: World, policy) -> None:
    await world.change(world.server, access_policy=policy)

    for path in SERVER_DOCUMENTS + RESOURCE_DOCUMENTS:
        assert (await world.http.get(path.format(id=world.server.id))).status_code == 200


async def test_the_published_keys_hold_nothing_private(world: World) -> None:
    document = (await world.http.get(world.issuer().endpoint("jwks"))).json()

    assert [set(key) for key in document["keys"]] == [{"kty", "use", "alg", "kid", "n", "e"}]
    assert document["keys"][0]["alg"] == "RS256"


async def test_pages_of_any_origin_read_the_documents_without_cookies(world: World) -> None:
    path = SERVER_DOCUMENTS[0].format(id=world.server.id)

    answer = await world.http.get(path, headers={"Origin": "https://inspector.example"})

    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize("name", ["token", "register", "revoke"])
async def test_pages_of_any_origin_may_post(world: World, name: str) -> None:
    asked = {
        "Origin": "https://inspector.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization, content-type, mcp-protocol-version",
    }

    answer = await world.http.options(world.issuer().endpoint(name), headers=asked)

    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers


async def test_no_page_reads_where_a_person_is_asked(world: World, client) -> None:
    answer = await world.http.get(
        world.issuer().endpoint("authorize"), headers={"Origin": "https://evil.example"}
    )

    assert "access-control-allow-origin" not in answer.headers
