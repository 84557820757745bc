"""What Python tools remember between calls."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel


class StoreEntry(SQLModel, table=True):
    """One key of a server's key-value store.

    `owner` is the end user whose part of the store it is in, empty where all share one; what tries
    of the draft keep is apart. `value` is JSON.
    """

    __tablename__ = "store_entry"  # pyright: ignore[reportAssignmentType]

    server_id: UUID = Field(foreign_key="server.id", ondelete="CASCADE", primary_key=True)
    owner: str = Field(max_length=80, primary_key=True)
    is_draft: bool = Field(primary_key=True)
    key: str = Field(max_length=200, primary_key=True)
    value: bytes
    updated_at: datetime


class StoreUsage(SQLModel, table=True):
    """How much a server's key-value store holds, all parts together; changed with its entries."""

    __tablename__ = "store_usage"  # pyright: ignore[reportAssignmentType]

    server_id: UUID = Field(foreign_key="server.id", ondelete="CASCADE", primary_key=True)
    keys: int = 0
    value_bytes: int = Field(default=0, sa_type=BigInteger)
