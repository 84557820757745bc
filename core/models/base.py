"""What all tables share: constraint names, identifiers, moments, and types both databases know."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID, uuid4

from sqlalchemy import Enum
from sqlmodel import Field, SQLModel

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Row(SQLModel):
    """A row with a random identifier and the moment it came to be."""

    if TYPE_CHECKING:  # SQLModel declares it as a declared_attr, which a plain name is not
        __tablename__: ClassVar[Any]

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    created_at: datetime


def words(kind: type[StrEnum]) -> Enum:
    """Return a column type for an enum: its values as text.

    Native PostgreSQL enums survive their table and break going down and up again.
    """
    return Enum(
        kind,
        native_enum=False,
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )
