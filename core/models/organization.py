"""Organizations, and who belongs to them."""

from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from core.models.base import Row, words
from core.permissions import Role


class Organization(Row, table=True):
    """The owner of servers; every user has a personal one from the start."""

    __tablename__ = "organization"

    slug: str = Field(max_length=48, unique=True)
    name: str = Field(max_length=64)
    is_personal: bool = False


class Membership(Row, table=True):
    """A user's role in an organization."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("organization_id", "user_id"),)

    organization_id: UUID = Field(foreign_key="organization.id", ondelete="CASCADE")
    user_id: UUID = Field(foreign_key="user_account.id", ondelete="CASCADE", index=True)
    role: Role = Field(sa_type=words(Role))  # pyright: ignore[reportArgumentType]
