"""Writes the record of acts that matter to security, in the transaction of the act itself."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from core.models import AuditEntry
from core.permissions import Actor, Origin


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
            action=action,
            subject=str(subject),
            details=details,
            created_at=now,
            **who_acted(actor.user_id, actor.origin),
        )
    )


def record_own_act(
    session: AsyncSession,
    user_id: UUID,
    action: str,
    *,
    now: datetime,
    origin: Origin | None = None,
    **details: Any,
) -> None:
    """Add an entry of a user's act on their own account, outside any organization."""
    session.add(
        AuditEntry(
            action=action,
            subject=str(user_id),
            details=details,
            created_at=now,
            **who_acted(user_id, origin or Origin()),
        )
    )


def who_acted(user_id: UUID | None, origin: Origin) -> dict[str, Any]:
    """Return the columns that say who acted: an admin in another's name counts as the admin."""
    is_impersonated = origin.impersonator_id is not None
    return {
        "user_id": origin.impersonator_id if is_impersonated else user_id,
        "acting_as_id": user_id if is_impersonated else None,
        "key_id": origin.key_id,
        "ip_address": origin.ip_address[:45],
        "user_agent": origin.user_agent[:255],
    }
