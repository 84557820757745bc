"""Writes down what admins do, outside any organization, in the transaction of the act."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from core.admin_access import Admin
from core.models import AuditEntry


def record_admin_act(
    session: AsyncSession,
    admin: Admin,
    action: str,
    *,
    subject: UUID | str,
    now: datetime,
    organization_id: UUID | None = None,
    **details: Any,
) -> None:
    """Add an entry under `admin.…`; an act on an organization stands in its own log as well."""
    for where in {None, organization_id}:
        session.add(
            AuditEntry(
                organization_id=where,
                user_id=admin.user_id,
                action=f"admin.{action}",
                subject=str(subject),
                details=details,
                ip_address=admin.origin.ip_address[:45],
                user_agent=admin.origin.user_agent[:255],
                created_at=now,
            )
        )
