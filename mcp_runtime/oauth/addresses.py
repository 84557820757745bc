"""Where a server's issuer, resource and endpoints are; clients key what they hold by these."""

from dataclasses import dataclass
from uuid import UUID

from core.settings import Settings

# The one scope: to list and call the server's tools. Which tools there are is the server's own
# business, so a second scope enters only when a part of a server can be withheld from a client.
SCOPE = "tools"


@dataclass(frozen=True, slots=True)
class Issuer:
    """The addresses of one server, derived from the runtime's address and never changed."""

    base: str
    server_id: UUID

    @property
    def url(self) -> str:
        """The issuer identifier."""
        return f"{self.base}/mcp/{self.server_id}"

    @property
    def resource(self) -> str:
        """The canonical address of the MCP server, which is the audience of its tokens."""
        return f"{self.url}/mcp"

    @property
    def resource_metadata(self) -> str:
        """Where the protected resource metadata is (RFC 9728 section 3.1)."""
        return f"{self.base}/.well-known/oauth-protected-resource/mcp/{self.server_id}/mcp"

    def endpoint(self, name: str) -> str:
        """Return the address of one of the endpoints under `/oauth/`."""
        return f"{self.url}/oauth/{name}"


def issuer_of(settings: Settings, server_id: UUID) -> Issuer:
    """Return the addresses of a server."""
    return Issuer(settings.runtime_url, server_id)
