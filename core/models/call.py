"""Calls of tools: who called what, how it went and how long it took. Never arguments or answers."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from core.models.base import words


class CallStatus(StrEnum):
    """How a call ended."""

    OK = "ok"
    TOOL_ERROR = "tool_error"
    REFUSED = "refused"
    CRASHED = "crashed"


class CallerKind(StrEnum):
    """By which right the caller came in."""

    OAUTH = "oauth"
    KEY = "key"
    PUBLIC = "public"
    DRAFT = "draft"


class Call(SQLModel, table=True):
    """One `tools/call`, written in batches by the runtime."""

    __tablename__ = "tool_call"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (Index("ix_tool_call_server_id_started_at", "server_id", "started_at"),)

    id: UUID = Field(primary_key=True)
    server_id: UUID = Field(foreign_key="server.id", ondelete="CASCADE")
    version_number: int | None = None
    tool_name: str = Field(max_length=64)
    caller_kind: CallerKind = Field(sa_type=words(CallerKind))  # pyright: ignore[reportArgumentType]
    caller: str = Field(default="", max_length=80)
    client: str = Field(default="", max_length=80)
    status: CallStatus = Field(sa_type=words(CallStatus))  # pyright: ignore[reportArgumentType]
    error_code: str = Field(default="", max_length=40)
    upstream_status: int | None = None
    duration_ms: float
    started_at: datetime = Field(index=True)
