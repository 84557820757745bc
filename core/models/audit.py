"""The record of acts that matter to security: who did what to what, from where."""

from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Index
from sqlmodel import Field

from core.models.base import Row


class AuditEntry(Row, table=True):
    """One act. Entries outlive what they speak of, so they refer to it without foreign keys."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_organization_id_created_at", "organization_id", "created_at"),
    )

    organization_id: UUID | None = None
    user_id: UUID | None = Field(default=None, index=True)
    action: str = Field(max_length=64)
    subject: str = Field(default="", max_length=120)
    details: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
