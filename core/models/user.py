"""People, and the browser sessions they hold."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field

from core.models.base import Row


class User(Row, table=True):
    """A person who can sign in."""

    __tablename__ = "user_account"

    email: str = Field(max_length=255)
    email_normalized: str = Field(max_length=255, unique=True)
    name: str = Field(max_length=64)
    password_hash: str = Field(max_length=255)


class WebSession(Row, table=True):
    """A signed-in browser; the cookie's token is kept as a digest."""

    __tablename__ = "web_session"

    user_id: UUID = Field(foreign_key="user_account.id", ondelete="CASCADE", index=True)
    token_digest: str = Field(max_length=64, unique=True)
    expires_at: datetime = Field(index=True)
    user_agent: str = Field(default="", max_length=255)
    ip_address: str = Field(default="", max_length=45)
