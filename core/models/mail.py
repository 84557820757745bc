"""Mail: a row written with the change that sends it; a provider or the outbox takes it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, LargeBinary
from sqlmodel import Field

from core.models.base import Row, words


class MailStatus(StrEnum):
    """Where a message is."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


class Mail(Row, table=True):
    """One message to one address; its id is the idempotency key of the provider.

    What is filled into the template holds links that sign people in, so it is sealed, and dropped
    once a provider has the message.
    """

    __tablename__ = "mail"
    __table_args__ = (Index("ix_mail_status_created_at", "status", "created_at"),)

    user_id: UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL", index=True
    )
    template: str = Field(max_length=64)
    to_address: str = Field(max_length=255)
    reply_to: str = Field(default="", max_length=255)
    subject: str = Field(default="", max_length=255)
    sealed_values: bytes | None = Field(default=None, sa_type=LargeBinary)
    status: MailStatus = Field(
        default=MailStatus.WAITING,
        sa_type=words(MailStatus),  # pyright: ignore[reportArgumentType]
    )
    attempts: int = 0
    problem: str = Field(default="", max_length=500)
    provider: str = Field(default="", max_length=32)
    provider_id: str = Field(default="", max_length=120)
    sent_at: datetime | None = None

    @property
    def seal_binding(self) -> str:
        """What the sealed body is bound to."""
        return f"mail/sealed_values/{self.id}"
