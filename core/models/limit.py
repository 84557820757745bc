"""Counters of what may happen only so often, where no Redis counts."""

from datetime import datetime

from sqlmodel import Field, SQLModel


class LimitCounter(SQLModel, table=True):
    """How often something happened in a window of time; `key` is a digest and names nobody."""

    __tablename__ = "limit_counter"  # pyright: ignore[reportAssignmentType]

    key: str = Field(primary_key=True, max_length=64)
    count: int
    ends_at: datetime = Field(index=True)
