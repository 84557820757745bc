"""The documents from which clients learn everything else (RFC 9728, RFC 8414, OpenID discovery)."""

from typing import Any

from starlette.responses import JSONResponse, Response

from mcp_runtime.oauth.addresses import SCOPE, Issuer
from mcp_runtime.oauth.front import OAuthRequest

AUTH_METHODS = ["none", "client_secret_basic", "client_secret_post"]
GRANT_TYPES = ["authorization_code", "refresh_token"]
FRESH = {"Cache-Control": "public, max-age=300"}


async def protected_resource(asked: OAuthRequest) -> Response:
    """Serve the metadata of the MCP server as a resource; its name is for those it lets in."""
    document = {
        "resource": asked.issuer.resource,
        "authorization_servers": [asked.issuer.url],
        "scopes_supported": [SCOPE],
        "bearer_methods_supported": ["header"],
    }
    return JSONResponse(document, headers=FRESH)


async def authorization_server(asked: OAuthRequest) -> Response:
    """Serve the metadata of its authorization server."""
    return JSONResponse(server_metadata(asked.issuer), headers=FRESH)


async def openid_configuration(asked: OAuthRequest) -> Response:
    """Serve the same for clients that look for it where OpenID Connect has it.

    OpenID discovery demands two more members. They promise nothing: no ID token is ever issued,
    since `openid` is not among the scopes.
    """
    demanded = {
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    }
    return JSONResponse(server_metadata(asked.issuer) | demanded, headers=FRESH)


def server_metadata(issuer: Issuer) -> dict[str, Any]:
    """Return the authorization server metadata of one issuer."""
    return {
        "issuer": issuer.url,
        "authorization_endpoint": issuer.endpoint("authorize"),
        "token_endpoint": issuer.endpoint("token"),
        "registration_endpoint": issuer.endpoint("register"),
        "revocation_endpoint": issuer.endpoint("revoke"),
        "jwks_uri": issuer.endpoint("jwks"),
        "scopes_supported": [SCOPE],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": GRANT_TYPES,
        "token_endpoint_auth_methods_supported": AUTH_METHODS,
        "revocation_endpoint_auth_methods_supported": AUTH_METHODS,
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
    }
