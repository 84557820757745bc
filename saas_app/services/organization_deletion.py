"""The end of an organization: asked for, waited for, taken back, and done by the clean-up."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from core.audit import record_act
from core.errors import Conflict, Invalid
from core.generation import announce_changes
from core.logs import log
from core.models import AuditEntry, Organization, StoredFile
from core.organization_access import (
    hold_organization,
    hold_organization_by_id,
    hold_servers,
    organization_of,
    owners_of,
)
from core.permissions import Actor, Permission
from saas_app.services.letters import Letters, as_day
from saas_app.services.organizations import require_another

GRACE = timedelta(days=14)


class BeingDeleted(Conflict):
    """The organization waits for its end, and takes nobody in meanwhile."""

    code = "organization_being_deleted"


def require_staying(organization: Organization) -> None:
    """Refuse what makes no sense for an organization that is about to go.

    Raises:
        BeingDeleted: it is.
    """
    if organization.delete_at is not None:
        raise BeingDeleted(f"{organization.name} is about to be deleted and takes nobody in.")


async def schedule_deletion(
    session: AsyncSession, actor: Actor, *, typed_name: str, letters: Letters, now: datetime
) -> datetime:
    """Have the organization deleted after the grace period, and return when.

    Its servers refuse their clients from now on: the runtime asks for this moment.

    Raises:
        Invalid: the name was not typed exactly.
        NotFresh: the actor has not proved lately who they are.
        Conflict: it is about to be deleted already.
        OnlyOrganization: the actor would be in none.
    """
    actor.require(Permission.ORGANIZATION_DELETE)
    name = (await organization_of(session, actor)).name
    if typed_name.strip() != name:
        raise Invalid(f"Type {name} to delete it.", field="confirmation")
    actor.require_fresh()
    organization, actor = await hold_organization(session, actor)
    actor.require(Permission.ORGANIZATION_DELETE)
    if organization.delete_at is not None:
        raise Conflict("It is about to be deleted already.")
    await require_another(session, actor.user_id, but=organization.id)
    await set_end(session, organization, now + GRACE)
    record_act(
        session, actor, "organization.deletion_scheduled", subject=organization.id, now=now,
        name=name, after=(now + GRACE).isoformat(),
    )  # fmt: skip
    await tell_owners(session, organization, letters, now=now)
    log.info("organization.deletion_scheduled", organization_id=str(organization.id))
    return now + GRACE


async def cancel_deletion(session: AsyncSession, actor: Actor, *, now: datetime) -> None:
    """Keep the organization after all; its servers serve again.

    Raises:
        Conflict: it is not about to be deleted.
    """
    actor.require(Permission.ORGANIZATION_DELETE)
    organization, actor = await hold_organization(session, actor)
    actor.require(Permission.ORGANIZATION_DELETE)
    before = organization.delete_at
    if before is None:
        raise Conflict("It is not about to be deleted.")
    await set_end(session, organization, None)
    record_act(
        session, actor, "organization.deletion_canceled", subject=organization.id, now=now,
        before=before.isoformat(),
    )  # fmt: skip
    log.info("organization.deletion_canceled", organization_id=str(organization.id))


async def set_end(
    session: AsyncSession, organization: Organization, delete_at: datetime | None
) -> None:
    """Set when a held organization ends, and let the runtime know at once."""
    organization.delete_at = delete_at
    session.add(organization)
    await announce_changes(session, await hold_servers(session, organization.id))


async def delete_next_organization(session: AsyncSession, *, now: datetime) -> bool:
    """Delete one organization whose time has come, with all that is its own; or return False.

    Its log stays. Its files outlive their owner until the clean-up has taken them from the store.
    """
    due = select(Organization.id).where(col(Organization.delete_at) <= now).limit(1)
    organization_id = (await session.exec(due)).first()
    if organization_id is None:
        return False
    organization = await hold_organization_by_id(session, organization_id)
    if organization.delete_at is not None and organization.delete_at <= now:
        await _delete(session, organization, now=now)
    return True


async def _delete(session: AsyncSession, organization: Organization, *, now: datetime) -> None:
    await drop_files(session, col(StoredFile.organization_id) == organization.id, now=now)
    session.add(
        AuditEntry(
            organization_id=organization.id,
            action="organization.deleted",
            subject=str(organization.id),
            details={"name": organization.name, "slug": organization.slug},
            created_at=now,
        )
    )
    await session.delete(organization)
    log.info("organization.deleted", organization_id=str(organization.id))


async def drop_files(session: AsyncSession, theirs: ColumnElement[bool], *, now: datetime) -> None:
    """Let the clean-up take the files that fit a condition."""
    await session.exec(update(StoredFile).where(theirs).values(delete_at=now))


async def tell_owners(
    session: AsyncSession, organization: Organization, letters: Letters, *, now: datetime
) -> None:
    """Write to all owners that a held organization is about to end, and how to keep it."""
    link = letters.link(f"/o/{organization.slug}/settings")
    for owner in await owners_of(session, organization.id):
        await letters.send(
            session, "deletion_scheduled", owner, now=now,
            organization=organization.name, link=link, expires=as_day(now + GRACE),
        )  # fmt: skip
