"""The record of acts that matter to security: who did what to what, from where."""

from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Index
from sqlmodel import Field

from core.models.base import Row


class AuditEntry(Row, table=True):
    """One act. Entries outlive what they speak of, so they refer to it without foreign keys.

    `user_id` is the person who acted, `acting_as_id` the one whose account an admin used for it,
    `key_id` the key of a program. `details` has `before` and `after` where something changed, and
    never a secret.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_organization_id_created_at", "organization_id", "created_at"),
    )

    organization_id: UUID | None = None
    user_id: UUID | None = Field(default=None, index=True)
    acting_as_id: UUID | None = Field(default=None, index=True)
    key_id: UUID | None = None
    action: str = Field(max_length=64)
    subject: str = Field(default="", max_length=120, index=True)
    details: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    ip_address: str = Field(default="", max_length=45)
    user_agent: str = Field(default="", max_length=255)
