"""Servers: the draft that is edited, the versions that are published, the pointer between them."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from core.models.base import Row, words


class AccessPolicy(StrEnum):
    """Who may connect to a server, enforced by the runtime for list and call alike."""

    PRIVATE = "private"
    LISTED = "listed"
    SIGNED_IN = "signed_in"
    PUBLIC = "public"


class Evidence(StrEnum):
    """How much is known of a tool, weakest first."""

    UNCHECKED = "unchecked"
    CHECKED = "checked"
    PROVEN = "proven"


class Server(Row, table=True):
    """An MCP server of an organization.

    `generation` is taken from the one counter of `Generation` whenever something that the runtime
    serves changes. A deleted server keeps its row until the clean-up, so that the runtime notices.
    `python_settings` is a `core.tool_spec.PythonSettings` of the draft.
    `live_version_id` has no foreign key: versions already refer to servers, and never go alone.
    """

    __tablename__ = "server"
    __table_args__ = (
        Index("ix_server_organization_id_created_at", "organization_id", "created_at"),
    )

    organization_id: UUID = Field(foreign_key="organization.id", ondelete="CASCADE")
    name: str = Field(max_length=64)
    description: str = Field(default="", max_length=500)
    instructions: str = Field(default="", max_length=4000)
    access_policy: AccessPolicy = Field(
        default=AccessPolicy.PRIVATE,
        sa_type=words(AccessPolicy),  # pyright: ignore[reportArgumentType]
    )
    evidence_bar: Evidence = Field(
        default=Evidence.CHECKED,
        sa_type=words(Evidence),  # pyright: ignore[reportArgumentType]
    )
    python_settings: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    live_version_id: UUID | None = Field(default=None)
    live_since: datetime | None = None
    is_paused: bool = False
    generation: int = Field(default=0, sa_type=BigInteger, index=True)
    updated_at: datetime
    deleted_at: datetime | None = Field(default=None, index=True)


class Guest(Row, table=True):
    """An address that may connect to a server whose policy is `listed`."""

    __tablename__ = "server_guest"
    __table_args__ = (UniqueConstraint("server_id", "email_normalized"),)

    server_id: UUID = Field(foreign_key="server.id", ondelete="CASCADE")
    email_normalized: str = Field(max_length=255)


class DraftTool(Row, table=True):
    """A tool as it is being edited; `spec` is a `Tool` of `core.tool_spec`."""

    __tablename__ = "draft_tool"
    __table_args__ = (UniqueConstraint("server_id", "name"),)

    server_id: UUID = Field(foreign_key="server.id", ondelete="CASCADE")
    name: str = Field(max_length=64)
    spec: dict[str, Any] = Field(sa_type=JSON)
    is_enabled: bool = True
    position: int = 0
    evidence: Evidence = Field(
        default=Evidence.UNCHECKED,
        sa_type=words(Evidence),  # pyright: ignore[reportArgumentType]
    )
    updated_at: datetime


class TestCase(Row, table=True):
    """A recorded call of a draft tool: what was asked, what was answered, and how it last went.

    `recorded` is the shape of the answer that a later run is compared with.
    """

    __test__ = False  # not a test class of pytest's
    __tablename__ = "test_case"
    __table_args__ = (UniqueConstraint("tool_id", "name"),)

    tool_id: UUID = Field(foreign_key="draft_tool.id", ondelete="CASCADE")
    name: str = Field(max_length=80)
    arguments: dict[str, Any] = Field(sa_type=JSON)
    recorded: dict[str, Any] = Field(sa_type=JSON)
    last_run_at: datetime | None = None
    last_passed: bool | None = None
    last_message: str = Field(default="", max_length=1000)


class EnvironmentVariable(Row, table=True):
    """A variable of a server. The value is sealed, bound to this row, and never read by the UI."""

    __tablename__ = "environment_variable"
    __table_args__ = (UniqueConstraint("server_id", "name"),)

    server_id: UUID = Field(foreign_key="server.id", ondelete="CASCADE")
    name: str = Field(max_length=64)
    definition: dict[str, Any] = Field(sa_type=JSON)
    sealed_value: bytes | None = Field(default=None, sa_type=LargeBinary)
    position: int = 0
    updated_at: datetime

    @property
    def seal_binding(self) -> str:
        """What the sealed value is bound to."""
        return f"environment_variable/sealed_value/{self.id}"


class Version(Row, table=True):
    """A published, immutable snapshot of a server; `spec` is a `ServerSpec`."""

    __tablename__ = "server_version"
    __table_args__ = (UniqueConstraint("server_id", "number"),)

    server_id: UUID = Field(foreign_key="server.id", ondelete="CASCADE")
    number: int
    note: str = Field(default="", max_length=500)
    spec: dict[str, Any] = Field(sa_type=JSON)
    content_hash: str = Field(max_length=64)
    contract_hash: str = Field(max_length=64)
    created_by: UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL", index=True
    )


class Generation(SQLModel, table=True):
    """One row, one counter: the runtime polls it to notice any change of any server."""

    __tablename__ = "generation"  # pyright: ignore[reportAssignmentType]

    id: int = Field(default=1, primary_key=True)
    value: int = Field(default=0, sa_type=BigInteger)
