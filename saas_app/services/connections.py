"""Who may connect to a server, and which clients did."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from email_validator import EmailNotValidError, validate_email
from sqlmodel.ext.asyncio.session import AsyncSession

from core.access import row_for, server_for
from core.audit import record_act
from core.connection_access import grants_of, guests_of
from core.errors import Conflict, Invalid, LimitReached, NotFound
from core.generation import announce_change
from core.grants import revoke_grant
from core.logs import log
from core.models import AccessPolicy, Grant, Guest, OAuthClient
from core.permissions import Actor, Permission

MAX_GUESTS = 500

CONSEQUENCES: dict[AccessPolicy, str] = {
    AccessPolicy.PRIVATE: "Only members of this organization can connect, after they sign in.",
    AccessPolicy.LISTED: (
        "Members, and whoever has confirmed an address on the list by mail, can connect after they "
        "sign in."
    ),
    AccessPolicy.SIGNED_IN: (
        "Anybody with an account here can connect and call every tool with your credentials."
    ),
    AccessPolicy.PUBLIC: (
        "Anybody who knows the address can call every tool with your credentials, "
        "without signing in."
    ),
}


@dataclass(frozen=True, slots=True)
class Connected:
    """A client that somebody let in, and that may still come."""

    id: UUID
    client: str
    user: str
    email: str
    scope: str
    since: datetime


async def set_access_policy(
    session: AsyncSession, actor: Actor, server_id: UUID, *, policy: str, now: datetime
) -> None:
    """Change who may connect; it holds for the next call of those who are connected already.

    Raises:
        Invalid: there is no such policy.
    """
    server = await server_for(session, actor, server_id, to=Permission.ACCESS_MANAGE)
    try:
        wanted = AccessPolicy(policy)
    except ValueError:
        raise Invalid("Choose who may connect.", field="access_policy") from None
    if wanted is server.access_policy:
        return
    before, server.access_policy = server.access_policy, wanted
    await announce_change(session, server)
    record_act(
        session, actor, "access.policy_set", subject=server.id, now=now,
        before=before.value, after=wanted.value,
    )  # fmt: skip
    log.info("access.policy_set", server_id=str(server.id), policy=wanted.value)


async def list_guests(session: AsyncSession, actor: Actor, server_id: UUID) -> Sequence[Guest]:
    """Return the listed addresses, in alphabetical order."""
    server = await server_for(session, actor, server_id, to=Permission.SERVER_VIEW)
    return await guests_of(session, server)


async def add_guest(
    session: AsyncSession, actor: Actor, server_id: UUID, *, email: str, now: datetime
) -> Guest:
    """Put an address on the list; it need not have an account yet.

    Raises:
        Invalid: it is no e-mail address.
        Conflict: it is on the list already.
        LimitReached: the list is full.
    """
    server = await server_for(session, actor, server_id, to=Permission.ACCESS_MANAGE)
    normalized = _normalized(email)
    guests = await guests_of(session, server)
    if normalized in {guest.email_normalized for guest in guests}:
        raise Conflict(f"{normalized} is on the list already.", field="email")
    if len(guests) >= MAX_GUESTS:
        raise LimitReached(f"The list holds at most {MAX_GUESTS} addresses.", field="email")
    guest = Guest(server_id=server.id, email_normalized=normalized, created_at=now)
    session.add(guest)
    await announce_change(session, server)
    record_act(session, actor, "access.guest_added", subject=server.id, now=now, email=normalized)
    return guest


async def remove_guest(
    session: AsyncSession, actor: Actor, server_id: UUID, *, email: str, now: datetime
) -> None:
    """Take an address off the list; its next call is refused unless its owner is a member.

    Raises:
        NotFound: it is not on the list.
    """
    server = await server_for(session, actor, server_id, to=Permission.ACCESS_MANAGE)
    for guest in await guests_of(session, server):
        if guest.email_normalized == email.strip().lower():
            await session.delete(guest)
            break
    else:
        raise NotFound("That address is not on the list any more.")
    await announce_change(session, server)
    record_act(
        session, actor, "access.guest_removed", subject=server.id, now=now,
        email=guest.email_normalized,
    )  # fmt: skip


async def list_connected(
    session: AsyncSession, actor: Actor, server_id: UUID
) -> Sequence[Connected]:
    """Return the clients that hold a permission to this server, newest first."""
    server = await server_for(session, actor, server_id, to=Permission.ACCESS_MANAGE)
    return [
        Connected(
            grant.id, _client_name(client), user.name, user.email, grant.scope, grant.created_at
        )
        for grant, client, user in await grants_of(session, server)
    ]


async def disconnect(
    session: AsyncSession, actor: Actor, server_id: UUID, grant_id: UUID, *, now: datetime
) -> None:
    """Take a client's permission away; all its tokens end with it.

    Raises:
        Conflict: it was taken away already.
    """
    server = await server_for(session, actor, server_id, to=Permission.ACCESS_MANAGE)
    grant = await row_for(session, server, Grant, grant_id)
    if grant.revoked_at is not None:
        raise Conflict("That client is disconnected already.")
    await revoke_grant(session, server, grant, now=now)
    record_act(
        session, actor, "access.client_disconnected", subject=server.id, now=now,
        grant=str(grant.id),
    )  # fmt: skip


def _normalized(email: str) -> str:
    try:
        return validate_email(email.strip(), check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        raise Invalid("That is not an e-mail address.", field="email") from None


def _client_name(client: OAuthClient) -> str:
    name = client.details.get("client_name")
    return name if isinstance(name, str) and name else client.client_id
