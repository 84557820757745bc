"""The table of all OAuth routes: each once, for every server."""

from collections.abc import Callable
from datetime import datetime

from starlette.routing import Route

from core.clock import now_utc
from mcp_runtime.oauth.authorize import authorize
from mcp_runtime.oauth.callback import callback
from mcp_runtime.oauth.front import Front
from mcp_runtime.oauth.jwks import jwks
from mcp_runtime.oauth.metadata import (
    authorization_server,
    openid_configuration,
    protected_resource,
)
from mcp_runtime.oauth.registration import register
from mcp_runtime.oauth.revocation import revoke
from mcp_runtime.oauth.signing_keys import KeyRing
from mcp_runtime.oauth.token import token
from mcp_runtime.resources import Resources

SERVER = "/mcp/{server_id}"
DOCUMENTS = {
    f"/.well-known/oauth-protected-resource{SERVER}/mcp": protected_resource,
    f"{SERVER}/.well-known/oauth-protected-resource": protected_resource,
    f"/.well-known/oauth-authorization-server{SERVER}": authorization_server,
    f"{SERVER}/.well-known/oauth-authorization-server": authorization_server,
    f"/.well-known/openid-configuration{SERVER}": openid_configuration,
    f"{SERVER}/.well-known/openid-configuration": openid_configuration,
    f"{SERVER}/oauth/jwks": jwks,
}
ACTIONS = {
    f"{SERVER}/oauth/register": register,
    f"{SERVER}/oauth/token": token,
    f"{SERVER}/oauth/revoke": revoke,
}


def oauth_routes(
    resources: Resources,
    *,
    keys: KeyRing | None = None,
    clock: Callable[[], datetime] = now_utc,
) -> list[Route]:
    """Return the routes of the authorization servers of all MCP servers."""
    ring = keys or KeyRing(resources.database, resources.sealer, clock=clock)
    front = Front(resources, ring, clock)
    return [
        *(front.for_programs(path, serve, method="GET") for path, serve in DOCUMENTS.items()),
        *(front.for_programs(path, act, method="POST") for path, act in ACTIONS.items()),
        front.for_browsers(f"{SERVER}/oauth/authorize", authorize, methods=["GET", "POST"]),
        front.for_browsers(f"{SERVER}/oauth/callback", callback, methods=["GET"]),
    ]
