"""Organizations, who belongs to them, who is asked to, and the keys of programs."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field

from core.models.base import Row, words
from core.permissions import Role
from core.plans import PlanName


class Organization(Row, table=True):
    """The owner of servers; every user has a personal one from the start.

    One whose `delete_at` has come is deleted by the clean-up.
    """

    __tablename__ = "organization"

    slug: str = Field(max_length=48, unique=True)
    name: str = Field(max_length=64)
    is_personal: bool = False
    logo_key: str = Field(default="", max_length=200)
    plan: PlanName = Field(
        default=PlanName.FREE,
        sa_type=words(PlanName),  # pyright: ignore[reportArgumentType]
    )
    delete_at: datetime | None = Field(default=None, index=True)


class Membership(Row, table=True):
    """A user's role in an organization."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("organization_id", "user_id"),)

    organization_id: UUID = Field(foreign_key="organization.id", ondelete="CASCADE")
    user_id: UUID = Field(foreign_key="user_account.id", ondelete="CASCADE", index=True)
    role: Role = Field(sa_type=words(Role))  # pyright: ignore[reportArgumentType]


class Invitation(Row, table=True):
    """An offer to join: to one address by mail, or to whoever holds the link (no address).

    It is open until it expires or one of the moments below is set.
    """

    __tablename__ = "invitation"
    __table_args__ = (
        Index("ix_invitation_organization_id_created_at", "organization_id", "created_at"),
    )

    organization_id: UUID = Field(foreign_key="organization.id", ondelete="CASCADE")
    email: str = Field(default="", max_length=255)
    email_normalized: str = Field(default="", max_length=255, index=True)
    role: Role = Field(sa_type=words(Role))  # pyright: ignore[reportArgumentType]
    token_digest: str = Field(max_length=64, unique=True)
    invited_by: UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL", index=True
    )
    sent_at: datetime
    expires_at: datetime = Field(index=True)
    accepted_at: datetime | None = None
    declined_at: datetime | None = None
    revoked_at: datetime | None = None


class OrganizationKey(Row, table=True):
    """A bearer key of the REST API for one organization, shown once and kept as a digest.

    After a rotation the key before stays good for the overlap, until its `expires_at`.
    """

    __tablename__ = "organization_key"

    organization_id: UUID = Field(foreign_key="organization.id", ondelete="CASCADE", index=True)
    name: str = Field(max_length=80)
    scopes: list[str] = Field(sa_type=JSON)
    shown_part: str = Field(max_length=16)
    token_digest: str = Field(max_length=64, unique=True)
    created_by: UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL", index=True
    )
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None
    replaced_by: UUID | None = None


class IdempotentRequest(Row, table=True):
    """A REST request that must not happen twice, and the answer to give when it is sent again."""

    __tablename__ = "idempotent_request"
    __table_args__ = (UniqueConstraint("organization_key_id", "idempotency_key"),)

    organization_key_id: UUID = Field(foreign_key="organization_key.id", ondelete="CASCADE")
    idempotency_key: str = Field(max_length=255)
    request_digest: str = Field(max_length=64)
    answer: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    expires_at: datetime = Field(index=True)
