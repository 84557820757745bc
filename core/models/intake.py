"""What a person pasted, and the tools that were proposed for it, until they are picked."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, LargeBinary
from sqlmodel import Field

from core.models.base import Row


class Intake(Row, table=True):
    """A read source; `proposal` is a `Proposal` without its values, which are sealed beside it."""

    __tablename__ = "intake"

    organization_id: UUID = Field(foreign_key="organization.id", ondelete="CASCADE", index=True)
    created_by: UUID = Field(foreign_key="user_account.id", ondelete="CASCADE", index=True)
    source_url: str = Field(default="", max_length=2048)
    proposal: dict[str, Any] = Field(sa_type=JSON)
    sealed_values: bytes | None = Field(default=None, sa_type=LargeBinary)
    expires_at: datetime = Field(index=True)

    @property
    def seal_binding(self) -> str:
        """What the sealed values are bound to."""
        return f"intake/sealed_values/{self.id}"
