"""Work for later: written with the change that asks for it, carried to a durable workflow."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Index
from sqlmodel import Field

from core.models.base import Row, words


class JobStatus(StrEnum):
    """Where a job is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Job(Row, table=True):
    """A piece of work; its id is the workflow's id, so starting it twice runs it once."""

    __tablename__ = "job"
    __table_args__ = (
        Index("ix_job_status_created_at", "status", "created_at"),
        Index("ix_job_kind_created_at", "kind", "created_at"),
    )

    kind: str = Field(max_length=64)
    payload: dict[str, Any] = Field(sa_type=JSON)
    status: JobStatus = Field(
        default=JobStatus.WAITING,
        sa_type=words(JobStatus),  # pyright: ignore[reportArgumentType]
    )
    progress: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    message: str = Field(default="", max_length=500)
    finished_at: datetime | None = None
