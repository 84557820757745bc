"""Files in the store: whose they are and what they are for, so that old ones can be found."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlmodel import Field

from core.models.base import Row, words


class FilePurpose(StrEnum):
    """What a file is for."""

    AVATAR = "avatar"
    LOGO = "logo"
    EXPORT = "export"


class StoredFile(Row, table=True):
    """An object of the store under a key that the server chose; nobody can name another's.

    A file past `delete_at` is deleted by the clean-up, the object first and the row after it.
    """

    __tablename__ = "stored_file"

    key: str = Field(max_length=200, unique=True)
    purpose: FilePurpose = Field(sa_type=words(FilePurpose))  # pyright: ignore[reportArgumentType]
    user_id: UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL", index=True
    )
    organization_id: UUID | None = Field(
        default=None, foreign_key="organization.id", ondelete="SET NULL", index=True
    )
    content_type: str = Field(max_length=100)
    size_bytes: int
    delete_at: datetime | None = Field(default=None, index=True)
