"""OAuth refusals that Authlib has no class for; its own are used for all others."""

from authlib.oauth2.rfc6749.errors import OAuth2Error


class InvalidTarget(OAuth2Error):
    """The `resource` is not this server (RFC 8707 section 2)."""

    error = "invalid_target"
    description = "The resource parameter does not name this server."


class UnsupportedResponseType(OAuth2Error):
    """Authlib's own would repeat what was sent in its description, where not all of it may be."""

    error = "unsupported_response_type"
    description = "The response_type is always code."


class UnsupportedGrantType(OAuth2Error):
    """The same for the token endpoint."""

    error = "unsupported_grant_type"
    description = "The grant_type is authorization_code or refresh_token."


class TemporarilyUnavailable(OAuth2Error):
    """The server is paused; the same request may succeed later."""

    error = "temporarily_unavailable"
    description = "This server is paused by its owner."
    status_code = 503


class TooManyRegistrations(OAuth2Error):
    """More clients registered with one server than anybody needs."""

    error = "temporarily_unavailable"
    description = "Too many clients were registered with this server in the last hour."
    status_code = 429


class PageError(Exception):
    """A refusal shown to the person in the browser, since no redirect can be trusted yet.

    Args:
        message: what happened and what to do, in the person's words.
        way_back: the client's address with the error, for the person to follow or not.
    """

    def __init__(self, message: str, *, status: int = 400, way_back: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.way_back = way_back
