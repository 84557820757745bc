"""By what else than a password people prove who they are."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, BigInteger, LargeBinary, UniqueConstraint
from sqlmodel import Field

from core.models.base import Row


class Identity(Row, table=True):
    """An account elsewhere that signs a user in; known by issuer and subject, never by address."""

    __tablename__ = "identity"
    __table_args__ = (UniqueConstraint("issuer", "subject"), UniqueConstraint("issuer", "user_id"))

    user_id: UUID = Field(foreign_key="user_account.id", ondelete="CASCADE", index=True)
    issuer: str = Field(max_length=255)
    subject: str = Field(max_length=255)
    email: str = Field(max_length=255)
    last_used_at: datetime | None = None


class Passkey(Row, table=True):
    """A WebAuthn credential of a user."""

    __tablename__ = "passkey"

    user_id: UUID = Field(foreign_key="user_account.id", ondelete="CASCADE", index=True)
    name: str = Field(max_length=64)
    credential_id: str = Field(max_length=1400, unique=True)
    public_key: bytes = Field(sa_type=LargeBinary)
    sign_count: int = Field(default=0, sa_type=BigInteger)
    transports: list[str] = Field(default_factory=list, sa_type=JSON)
    is_backed_up: bool = False
    last_used_at: datetime | None = None


class TotpFactor(Row, table=True):
    """An authenticator app; `last_timecode` keeps a code from being used twice."""

    __tablename__ = "totp_factor"

    user_id: UUID = Field(foreign_key="user_account.id", ondelete="CASCADE", unique=True)
    sealed_secret: bytes = Field(sa_type=LargeBinary)
    confirmed_at: datetime | None = None
    last_timecode: int = Field(default=0, sa_type=BigInteger)

    @property
    def seal_binding(self) -> str:
        """What the sealed secret is bound to."""
        return f"totp_factor/sealed_secret/{self.id}"


class BackupCode(Row, table=True):
    """A code for the day the second factor is lost.

    `selector` is its start, by which it is found; the whole is hashed slowly, since it is short
    enough to be guessed from a fast digest (ASVS 6.5.2).
    """

    __tablename__ = "backup_code"
    __table_args__ = (UniqueConstraint("user_id", "selector"),)

    user_id: UUID = Field(foreign_key="user_account.id", ondelete="CASCADE")
    selector: str = Field(max_length=8)
    code_hash: str = Field(max_length=255)
    used_at: datetime | None = None


class TrustedDevice(Row, table=True):
    """A browser that need not show the second factor for a while."""

    __tablename__ = "trusted_device"

    user_id: UUID = Field(foreign_key="user_account.id", ondelete="CASCADE", index=True)
    token_digest: str = Field(max_length=64, unique=True)
    user_agent: str = Field(default="", max_length=255)
    expires_at: datetime = Field(index=True)
    last_used_at: datetime
