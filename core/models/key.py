"""Static keys of servers: an alternative to OAuth for clients that cannot do it."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field

from core.models.base import Row


class ServerKey(Row, table=True):
    """A bearer key for one server, shown once and kept as a digest."""

    __tablename__ = "server_key"

    server_id: UUID = Field(foreign_key="server.id", ondelete="CASCADE", index=True)
    name: str = Field(max_length=80)
    shown_part: str = Field(max_length=16)
    token_digest: str = Field(max_length=64, unique=True)
    created_by: UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL", index=True
    )
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None
