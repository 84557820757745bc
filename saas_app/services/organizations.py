"""Organizations: made, named, given an address; what each is, and what its plan allows."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel.ext.asyncio.session import AsyncSession

from core.access import organizations_of
from core.audit import record_act
from core.errors import Conflict, Invalid, LimitReached
from core.invitation_access import open_invitations_of
from core.logs import log
from core.models import Membership, Organization
from core.organization_access import (
    count_members,
    count_owned,
    count_servers,
    hold_organization,
    hold_user,
    organization_of,
    slug_is_taken,
)
from core.permissions import Actor, Origin, Permission, Role
from core.plans import PLANS
from saas_app.services.limits import Limit
from saas_app.services.slugs import SlugTaken, parse_slug

LONGEST_NAME = 64
MOST_OWNED = 25
NEW_ORGANIZATIONS = Limit("new organizations", 10, timedelta(days=1))


class OnlyOrganization(Conflict):
    """Everybody stays in one organization at least."""

    code = "only_organization"


@dataclass(frozen=True, slots=True)
class OrganizationForm:
    """What a person decided about an organization to be made."""

    name: str
    slug: str

    @classmethod
    def parse(cls, name: str, slug: str) -> "OrganizationForm":
        """Read a form.

        Raises:
            Invalid: on the first field that cannot be accepted.
        """
        return cls(parse_name(name), parse_slug(slug))


@dataclass(frozen=True, slots=True)
class OrganizationView:
    """An organization as its settings show it; a limit of None is none."""

    name: str
    slug: str
    is_personal: bool
    plan: str
    members: int
    open_invitations: int
    member_limit: int | None
    servers: int
    delete_at: datetime | None


def parse_name(text: str) -> str:
    """Return a name as it is stored: on one line, without what cannot be seen.

    Raises:
        Invalid: nothing is left of it, or it is too long.
    """
    words = "".join(character if character.isprintable() else " " for character in text).split()
    name = " ".join(words)
    if not name:
        raise Invalid("Give the organization a name.", field="name")
    if len(name) > LONGEST_NAME:
        raise Invalid(f"A name has at most {LONGEST_NAME} characters.", field="name")
    return name


async def create_organization(
    session: AsyncSession,
    user_id: UUID,
    form: OrganizationForm,
    *,
    origin: Origin,
    now: datetime,
) -> Organization:
    """Make an organization that the user owns.

    Raises:
        SlugTaken: another has the address.
        LimitReached: the user owns as many as one may.
    """
    if await count_owned(session, user_id) >= MOST_OWNED:
        raise LimitReached(f"One person owns at most {MOST_OWNED} organizations.")
    organization = Organization(slug=form.slug, name=form.name, created_at=now)
    session.add(organization)
    await _flush_slug(session, form.slug)
    session.add(
        Membership(
            organization_id=organization.id, user_id=user_id, role=Role.OWNER, created_at=now
        )
    )
    actor = Actor(user_id, organization.id, Role.OWNER, origin)
    record_act(
        session, actor, "organization.created", subject=organization.id, now=now,
        name=form.name, slug=form.slug,
    )  # fmt: skip
    log.info("organization.created", organization_id=str(organization.id))
    return organization


async def require_free_slug(session: AsyncSession, slug: str) -> None:
    """Say early that an address is taken; storing it decides.

    Raises:
        SlugTaken: another organization has it.
    """
    if await slug_is_taken(session, slug):
        raise _taken(slug)


async def read_organization(
    session: AsyncSession, actor: Actor, *, now: datetime
) -> OrganizationView:
    """Return what everybody in the organization may see of it."""
    actor.require(Permission.MEMBER_VIEW)
    organization = await organization_of(session, actor)
    plan = PLANS[organization.plan]
    return OrganizationView(
        name=organization.name,
        slug=organization.slug,
        is_personal=organization.is_personal,
        plan=plan.title,
        members=await count_members(session, organization.id),
        open_invitations=len(await open_invitations_of(session, organization.id, now=now)),
        member_limit=plan.members,
        servers=await count_servers(session, organization.id),
        delete_at=organization.delete_at,
    )


async def rename_organization(
    session: AsyncSession, actor: Actor, *, name: str, now: datetime
) -> None:
    """Give the organization another name.

    Raises:
        Invalid: it cannot be one.
    """
    actor.require(Permission.ORGANIZATION_EDIT)
    wanted = parse_name(name)
    organization, actor = await hold_organization(session, actor)
    actor.require(Permission.ORGANIZATION_EDIT)
    before, organization.name = organization.name, wanted
    if before != wanted:
        session.add(organization)
        record_act(
            session, actor, "organization.renamed", subject=organization.id, now=now,
            before=before, after=wanted,
        )  # fmt: skip


async def change_slug(session: AsyncSession, actor: Actor, *, slug: str, now: datetime) -> None:
    """Give the organization's pages another address; the old one leads nowhere from then on.

    Raises:
        Invalid: it cannot be one.
        SlugTaken: another organization has it.
    """
    actor.require(Permission.ORGANIZATION_EDIT)
    wanted = parse_slug(slug)
    organization, actor = await hold_organization(session, actor)
    actor.require(Permission.ORGANIZATION_EDIT)
    if organization.slug == wanted:
        return
    before, organization.slug = organization.slug, wanted
    session.add(organization)
    await _flush_slug(session, wanted)
    record_act(
        session, actor, "organization.slug_changed", subject=organization.id, now=now,
        before=before, after=wanted,
    )  # fmt: skip
    log.info("organization.slug_changed", organization_id=str(organization.id))


async def require_another(session: AsyncSession, user_id: UUID, *, but: UUID) -> None:
    """Refuse to take a user's last organization away.

    Raises:
        OnlyOrganization: there is no other that stays.
    """
    await hold_user(session, user_id)  # who leaves two at once keeps one
    others = [
        one
        for one in await organizations_of(session, user_id)
        if one.id != but and one.delete_at is None
    ]
    if not others:
        raise OnlyOrganization("It is the only organization you have. Make another one first.")


async def _flush_slug(session: AsyncSession, slug: str) -> None:
    try:
        await session.flush()  # of two that want an address at once, the constraint decides
    except IntegrityError:
        raise _taken(slug) from None


def _taken(slug: str) -> SlugTaken:
    return SlugTaken(f"{slug} is taken. Choose another.", field="slug")
