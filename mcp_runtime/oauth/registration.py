"""Dynamic client registration (RFC 7591): open to anyone, so validated, limited and forgotten."""

from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from authlib.oauth2.rfc6749.errors import OAuth2Error
from authlib.oauth2.rfc7591.errors import InvalidClientMetadataError, InvalidRedirectURIError
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from sqlmodel import col, delete, func, select
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.responses import JSONResponse, Response

from core.logs import log
from core.models import OAuthClient
from core.tokens import digest_of, new_token
from mcp_runtime.oauth.addresses import SCOPE
from mcp_runtime.oauth.clients import UNUSED_LIFETIME
from mcp_runtime.oauth.errors import TooManyRegistrations
from mcp_runtime.oauth.front import NO_STORE, OAuthRequest
from mcp_runtime.oauth.metadata import GRANT_TYPES
from mcp_runtime.oauth.parameters import limited_body
from mcp_runtime.oauth.redirects import redirect_problem

CLIENT_PREFIX = "mcp_"
SECRET_PREFIX = "tkx_"  # noqa: S105 - a prefix
MAX_BODY_BYTES = 16 * 1024
# Of all addresses together; `registration_limits` has what one of them may take of it.
MAX_PER_HOUR = 300
HOUR = timedelta(hours=1)
PAGE = r"^https?://[!-~]+$"


class ClientMetadata(BaseModel):
    """What a client may say of itself; members we have no use for are left out, as is allowed."""

    model_config = ConfigDict(strict=True, extra="ignore")

    redirect_uris: list[str] = Field(min_length=1, max_length=20)
    token_endpoint_auth_method: Literal["none", "client_secret_basic", "client_secret_post"] = (
        "client_secret_basic"  # noqa: S105 - the default of RFC 7591
    )
    grant_types: list[str] = Field(default=["authorization_code"], max_length=10)
    response_types: list[str] = Field(default=["code"], max_length=10)
    application_type: Literal["web", "native"] = "web"
    client_name: str | None = Field(default=None, max_length=120)
    client_uri: str | None = Field(default=None, max_length=500, pattern=PAGE)
    logo_uri: str | None = Field(default=None, max_length=500, pattern=PAGE)
    tos_uri: str | None = Field(default=None, max_length=500, pattern=PAGE)
    policy_uri: str | None = Field(default=None, max_length=500, pattern=PAGE)
    software_id: str | None = Field(default=None, max_length=120)
    software_version: str | None = Field(default=None, max_length=120)

    @field_validator("*", mode="before")
    @classmethod
    def _empty_is_absent(cls, value: Any) -> Any:
        return None if value == "" else value

    @field_validator("client_name")
    @classmethod
    def _only_what_shows(cls, value: str | None) -> str | None:
        """Leave out characters that could turn the text on the consent page around."""
        return value and "".join(character for character in value if character.isprintable())


async def register(asked: OAuthRequest) -> Response:
    """Register a client with this server alone and tell it its id, and its secret if it has one."""
    details = accepted_details(await limited_body(asked.request, MAX_BODY_BYTES))
    secret = None
    if details["token_endpoint_auth_method"] != "none":  # noqa: S105 - a method
        secret = new_token(SECRET_PREFIX)
    client = OAuthClient(
        server_id=asked.server.id,
        client_id=new_token(CLIENT_PREFIX),
        secret_digest=None if secret is None else digest_of(secret),
        details=details,
        created_at=asked.now,
        expires_at=asked.now + UNUSED_LIFETIME,
    )
    if not asked.registrations.take(asked.server.id, asked.address, now=asked.now):
        log.warning("oauth.too_many_registrations_of_one")
        raise TooManyRegistrations
    async with asked.resources.database.write() as session:
        await _make_room(session, asked.server.id, now=asked.now)
        session.add(client)
    log.info("oauth.client_registered", client_id=client.client_id)
    return JSONResponse(_answer(client, secret), status_code=201, headers=NO_STORE)


def accepted_details(body: bytes) -> dict[str, Any]:
    """Return the metadata that is registered, which may be less than what was sent.

    Raises:
        InvalidRedirectURIError: a redirect address is not allowed.
        InvalidClientMetadataError: anything else is not.
    """
    try:
        metadata = ClientMetadata.model_validate_json(body)
    except ValidationError as error:
        raise _refusal(error) from None
    for uri in metadata.redirect_uris:
        problem = redirect_problem(uri)
        if problem is not None:
            raise InvalidRedirectURIError(f"A redirect address was refused: {problem}.")
    # Some clients list every grant type they know; what counts is that ours is among them.
    grant_types = [kind for kind in GRANT_TYPES if kind in metadata.grant_types]
    if "authorization_code" not in grant_types:
        raise InvalidClientMetadataError("grant_types must hold authorization_code.")
    if "code" not in metadata.response_types:
        raise InvalidClientMetadataError("response_types must hold code.")
    given = metadata.model_dump(exclude_none=True)
    return given | {"grant_types": grant_types, "response_types": ["code"], "scope": SCOPE}


async def _make_room(session: AsyncSession, server_id: UUID, *, now: datetime) -> None:
    """Forget registrations that ended, and refuse more of them than a server can need."""
    mine = OAuthClient.server_id == server_id
    await session.exec(delete(OAuthClient).where(mine, col(OAuthClient.expires_at) <= now))  # pyright: ignore[reportArgumentType]
    recent = select(func.count()).where(mine, col(OAuthClient.created_at) > now - HOUR)
    if (await session.exec(recent)).one() >= MAX_PER_HOUR:
        log.warning("oauth.too_many_registrations")
        raise TooManyRegistrations


def _answer(client: OAuthClient, secret: str | None) -> dict[str, Any]:
    issued_at = int(client.created_at.timestamp())
    answer = {"client_id": client.client_id, "client_id_issued_at": issued_at, **client.details}
    if secret is not None:
        # The secret has no end of its own: it goes with the registration, which use keeps alive.
        answer |= {"client_secret": secret, "client_secret_expires_at": 0}
    return answer


def _refusal(error: ValidationError) -> OAuth2Error:
    names = sorted({str(problem["loc"][0]) for problem in error.errors() if problem["loc"]})
    if names == ["redirect_uris"]:
        return InvalidRedirectURIError("redirect_uris must be a list of 1 to 20 addresses.")
    if not names:
        return InvalidClientMetadataError("The body must be one JSON object.")
    return InvalidClientMetadataError(f"These members are not accepted: {', '.join(names)}.")
