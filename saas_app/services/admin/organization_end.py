"""Ending an organization as an admin of the product: with its grace period, as its owners do."""

from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from core.admin_access import Admin
from core.errors import Conflict, Invalid
from core.logs import log
from core.models import Organization
from core.organization_access import hold_organization_by_id
from saas_app.services.admin.record import record_admin_act
from saas_app.services.letters import Letters
from saas_app.services.organization_deletion import GRACE, set_end, tell_owners


async def schedule_end(
    session: AsyncSession,
    admin: Admin,
    organization_id: UUID,
    *,
    typed_name: str,
    letters: Letters,
    now: datetime,
) -> Organization:
    """Have an organization deleted after the grace period; its owners are told, and may keep it.

    Raises:
        NotFresh: the admin has not proved lately who they are.
        Invalid: the name was not typed exactly.
        Conflict: it is about to be deleted already.
    """
    admin.require_fresh()
    organization = await hold_organization_by_id(session, organization_id)
    if typed_name.strip() != organization.name:
        raise Invalid(f"Type {organization.name} to delete it.", field="confirmation")
    if organization.delete_at is not None:
        raise Conflict("It is about to be deleted already.")
    await set_end(session, organization, now + GRACE)
    record_admin_act(
        session, admin, "organization_deletion_scheduled", subject=organization.id, now=now,
        organization_id=organization.id, name=organization.name, after=(now + GRACE).isoformat(),
    )  # fmt: skip
    await tell_owners(session, organization, letters, now=now)
    log.info("admin.organization_deletion_scheduled", organization_id=str(organization.id))
    return organization


async def cancel_end(
    session: AsyncSession, admin: Admin, organization_id: UUID, *, now: datetime
) -> Organization:
    """Keep an organization after all; its servers serve again.

    Raises:
        NotFresh: the admin has not proved lately who they are.
        Conflict: it is not about to be deleted.
    """
    admin.require_fresh()
    organization = await hold_organization_by_id(session, organization_id)
    before = organization.delete_at
    if before is None:
        raise Conflict("It is not about to be deleted.")
    await set_end(session, organization, None)
    record_admin_act(
        session, admin, "organization_deletion_canceled", subject=organization.id, now=now,
        organization_id=organization.id, before=before.isoformat(),
    )  # fmt: skip
    log.info("admin.organization_deletion_canceled", organization_id=str(organization.id))
    return organization
