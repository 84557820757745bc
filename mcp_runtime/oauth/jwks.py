"""The public keys with which a server's tokens are checked (RFC 7517)."""

from starlette.responses import JSONResponse, Response

from mcp_runtime.oauth.front import OAuthRequest
from mcp_runtime.oauth.metadata import FRESH


async def jwks(asked: OAuthRequest) -> Response:
    """Serve the keys that sign, and those whose tokens have not all ended."""
    return JSONResponse({"keys": await asked.keys.published()}, headers=FRESH)
