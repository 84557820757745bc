"""The step between the two programs: the web app shows a request, and records what was decided.

The runtime writes the request and takes the decision; neither trusts an identifier from a browser
that does not also hold the cookie the request was started with.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from core.access_policy import may_connect
from core.errors import Conflict, Forbidden, NotFound
from core.logs import log
from core.models import AuthorizationRequest, Consent, OAuthClient, Organization, Server
from core.tokens import digest_of, new_token

REQUEST_LIFETIME = timedelta(minutes=10)
CONSENT_LIFETIME = timedelta(seconds=60)
LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


class RequestGone(NotFound):
    """The request is unknown or older than ten minutes."""

    code = "request_gone"


class AlreadyDecided(Conflict):
    """Somebody has allowed or refused the request before."""

    code = "already_decided"


class WrongBrowser(Forbidden):
    """The request was started in another browser."""

    code = "wrong_browser"


class MayNotConnect(Forbidden):
    """The server's access policy does not let the user in."""

    code = "may_not_connect"


@dataclass(frozen=True, slots=True)
class PendingRequest:
    """What a person needs to know to decide.

    `client_name` and `client_uri` are the client's own words, unchecked; `redirect_host` is where
    the answer really goes: a host, or the scheme of an application. `is_loopback`: to a program on
    the person's own machine, of which nobody can tell which it is.
    """

    client_name: str
    client_uri: str
    redirect_host: str
    is_loopback: bool
    scopes: tuple[str, ...]
    server_id: UUID
    server_name: str
    organization_name: str
    expires_at: datetime


def browser_cookie_name(*, is_secure: bool) -> str:
    """Return the name of the cookie that ties a request to its browser.

    It has no path or port of its own, since the runtime sets it and the web app reads it.
    """
    return "__Host-toolkiln_oauth" if is_secure else "toolkiln_oauth"


async def pending_request(
    session: AsyncSession, token: str, *, user_id: UUID, now: datetime
) -> PendingRequest:
    """Return an undecided request by the token in the address of the consent page.

    Raises:
        RequestGone: there is none, its time is over, or its server is deleted.
        AlreadyDecided: it has its answer.
        MayNotConnect: the user has no access to the server, and so is not even told its name.
    """
    request, server = await _undecided(session, token, now=now)
    if not await may_connect(session, server, user_id, now=now):
        raise _may_not_connect()
    client = await session.get_one(OAuthClient, request.client_row_id)
    organization = await session.get_one(Organization, server.organization_id)
    redirect = urlsplit(request.parameters["redirect_uri"])
    is_web = redirect.scheme in ("http", "https")
    return PendingRequest(
        client_name=client.details.get("client_name") or "An unnamed client",
        client_uri=client.details.get("client_uri") or "",
        redirect_host=redirect.netloc if is_web else f"{redirect.scheme}:",
        is_loopback=is_web and redirect.hostname in LOOPBACK_HOSTS,
        scopes=tuple(request.parameters["scope"].split()),
        server_id=server.id,
        server_name=server.name,
        organization_name=organization.name,
        expires_at=request.expires_at,
    )


async def decide(
    session: AsyncSession,
    token: str,
    *,
    user_id: UUID,
    browser_cookie: str | None,
    approve: bool,
    now: datetime,
) -> str:
    """Record a signed-in user's decision; return the address of the runtime that takes it.

    Raises:
        RequestGone: there is no such request, or its time is over.
        AlreadyDecided: it has its answer.
        WrongBrowser: the request was started in another browser.
        MayNotConnect: the user would allow what the server's policy does not allow them.
    """
    request, server = await _undecided(session, token, now=now)
    if not is_same_browser(request, browser_cookie):
        raise WrongBrowser(
            "This request was started in another browser. Start again from your MCP client."
        )
    if approve and not await may_connect(session, server, user_id, now=now):
        raise _may_not_connect()
    consent_token = new_token()
    session.add(
        Consent(
            request_id=request.id,
            user_id=user_id,
            token_digest=digest_of(consent_token),
            is_approved=approve,
            created_at=now,
            expires_at=now + CONSENT_LIFETIME,
        )
    )
    try:
        await session.flush()  # of two decisions at once the second meets the unique constraint
    except IntegrityError:
        raise _already_decided() from None
    log.info("oauth.decided", server_id=str(server.id), user_id=str(user_id), approved=approve)
    return f"{request.parameters['issuer']}/oauth/callback?consent={consent_token}"


def is_same_browser(request: AuthorizationRequest, browser_cookie: str | None) -> bool:
    """Whether a cookie is the one that the request was started with."""
    given = digest_of(browser_cookie) if browser_cookie else ""
    return hmac.compare_digest(given, request.browser_digest)


async def _undecided(
    session: AsyncSession, token: str, *, now: datetime
) -> tuple[AuthorizationRequest, Server]:
    found = (
        select(AuthorizationRequest, Server, Consent.id)
        .join(Server, col(Server.id) == AuthorizationRequest.server_id)
        .outerjoin(Consent, col(Consent.request_id) == AuthorizationRequest.id)
        .where(
            AuthorizationRequest.token_digest == digest_of(token),
            col(AuthorizationRequest.expires_at) > now,
            col(Server.deleted_at).is_(None),
        )
    )
    row = (await session.exec(found)).first()
    if row is None:
        raise RequestGone("This request has ended. Start again from your MCP client.")
    request, server, consent_id = row
    if consent_id is not None:
        raise _already_decided()
    return request, server


def _may_not_connect() -> MayNotConnect:
    return MayNotConnect("The owner of this server has not given you access. Ask them to add you.")


def _already_decided() -> AlreadyDecided:
    return AlreadyDecided(
        "This request has been answered already. Start again from your MCP client."
    )
