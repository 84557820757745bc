"""Writes the record of acts that matter to security, in the transaction of the act itself."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from core.models import AuditEntry
from core.permissions import Actor


def record_act(
    session: AsyncSession,
    actor: Actor,
    action: str,
    *,
    subject: UUID | str,
    now: datetime,
    **details: Any,
) -> None:
    """Add an entry; `details` never holds a secret, a token or what a tool was called with."""
    session.add(
        AuditEntry(
            organization_id=actor.organization_id,
            user_id=actor.user_id,
            action=action,
            subject=str(subject),
            details=details,
            created_at=now,
        )
    )
