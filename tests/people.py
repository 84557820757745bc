"""More people than the cast, and what they need to act: a fresh proof of who they are."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from core.models import Grant, Membership, OAuthClient, Organization, Server, User
from core.permissions import Actor, Origin, Role
from core.plans import PlanName
from core.sessions import SignedIn
from tests.cast import NOW

FRESH = Origin(ip_address="203.0.113.7", user_agent="Test", is_fresh=True)


def fresh(actor: Actor) -> Actor:
    """The actor, a moment after proving who they are."""
    return replace(actor, origin=FRESH)


async def make_user(
    session: AsyncSession, name: str, *, email: str = "", verified_at: datetime | None = NOW
) -> User:
    """Write a user who is in no organization."""
    email = email or f"{name.lower()}@example.com"
    user = User(
        email=email,
        email_normalized=email.casefold(),
        email_verified_at=verified_at,
        name=name,
        onboarded_at=NOW,
        created_at=NOW,
    )
    session.add(user)
    await session.flush()
    return user


async def join(
    session: AsyncSession, organization: Organization, user: User, role: Role = Role.MEMBER
) -> Actor:
    """Put a user into an organization, past all limits."""
    session.add(
        Membership(organization_id=organization.id, user_id=user.id, role=role, created_at=NOW)
    )
    await session.flush()
    return Actor(user.id, organization.id, role)


async def add_person(
    session: AsyncSession, organization: Organization, name: str, role: Role
) -> Actor:
    """Write a user who is in an organization, and in one of their own beside it."""
    user = await make_user(session, name)
    await make_organization(session, user, slug=f"{name.lower()}-own", is_personal=True)
    return await join(session, organization, user, role)


async def make_organization(
    session: AsyncSession, owner: User, *, slug: str, is_personal: bool = False
) -> Organization:
    """Write an organization with its owner."""
    organization = Organization(
        slug=slug, name=slug.title(), is_personal=is_personal, created_at=NOW
    )
    session.add(organization)
    await session.flush()
    await join(session, organization, owner, Role.OWNER)
    return organization


async def lift_limit(session: AsyncSession, organization: Organization) -> None:
    """Put an organization on the plan without a member limit."""
    organization.plan = PlanName.PRO
    session.add(organization)
    await session.flush()


async def user_of(session: AsyncSession, actor: Actor) -> User:
    """The actor's row, as it is now."""
    user = await session.get_one(User, actor.user_id)
    await session.refresh(user)
    return user


async def let_in(session: AsyncSession, server: Server, user_id: UUID) -> None:
    """Write a client that a user has let into a server."""
    client = OAuthClient(server_id=server.id, client_id="c1", details={}, created_at=NOW)
    session.add(client)
    await session.flush()
    session.add(
        Grant(
            server_id=server.id,
            client_row_id=client.id,
            user_id=user_id,
            scope="tools",
            created_at=NOW,
        )
    )
    await session.flush()


def holding(user: User) -> SignedIn:
    """The user as the holder of a browser session."""
    return SignedIn(
        session_id=user.id,
        user_id=user.id,
        email=user.email,
        name=user.name,
        avatar_key="",
        is_email_verified=user.email_verified_at is not None,
        is_onboarded=True,
        is_admin=False,
        authenticated_at=NOW,
        last_used_at=NOW,
        expires_at=NOW,
        access_version=user.access_version,
        impersonator_id=None,
    )
