"""People, and the browser sessions they hold."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON
from sqlmodel import Field

from core.models.base import Row


class User(Row, table=True):
    """A person who can sign in.

    `password_hash` is None for one who signs in with Google or a passkey only. A ban without an end
    lasts. An account whose `delete_at` has come is deleted by the clean-up. `access_version` counts
    the changes of what the user may do; open tabs begin anew when it moves.
    """

    __tablename__ = "user_account"

    email: str = Field(max_length=255)
    email_normalized: str = Field(max_length=255, unique=True)
    email_verified_at: datetime | None = None
    name: str = Field(max_length=64)
    avatar_key: str = Field(default="", max_length=200)
    password_hash: str | None = Field(default=None, max_length=255)
    is_admin: bool = False
    access_version: int = 0
    onboarded_at: datetime | None = None
    muted_mail: list[str] = Field(default_factory=list, sa_type=JSON)
    banned_at: datetime | None = None
    ban_reason: str = Field(default="", max_length=1000)
    ban_ends_at: datetime | None = None
    delete_at: datetime | None = Field(default=None, index=True)

    def is_banned(self, now: datetime) -> bool:
        """Whether a ban holds at the moment."""
        return self.banned_at is not None and (self.ban_ends_at is None or self.ban_ends_at > now)


class WebSession(Row, table=True):
    """A signed-in browser; the cookie's token is kept as a digest.

    A rotation keeps the row and the digest before: that one opens nothing, but tells a tab with the
    old cookie to load itself again. `authenticated_at` is when the person last proved who they are.
    """

    __tablename__ = "web_session"

    user_id: UUID = Field(foreign_key="user_account.id", ondelete="CASCADE", index=True)
    token_digest: str = Field(max_length=64, unique=True)
    previous_digest: str | None = Field(default=None, max_length=64, index=True)
    expires_at: datetime = Field(index=True)
    ends_at: datetime
    last_used_at: datetime
    authenticated_at: datetime
    user_agent: str = Field(default="", max_length=255)
    ip_address: str = Field(default="", max_length=45)
    impersonator_id: UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="CASCADE", index=True
    )


class OneTimeToken(Row, table=True):
    """A link that was mailed: good once, for one purpose, for one address.

    `purpose` is one of `saas_app.services.one_time_tokens`.
    """

    __tablename__ = "one_time_token"

    user_id: UUID = Field(foreign_key="user_account.id", ondelete="CASCADE", index=True)
    purpose: str = Field(max_length=32)
    email: str = Field(max_length=255)
    token_digest: str = Field(max_length=64, unique=True)
    expires_at: datetime = Field(index=True)
    used_at: datetime | None = None


class EmailChange(Row, table=True):
    """A wish for another address; it is granted when both addresses have confirmed it."""

    __tablename__ = "email_change"

    user_id: UUID = Field(foreign_key="user_account.id", ondelete="CASCADE", unique=True)
    new_email: str = Field(max_length=255)
    new_email_normalized: str = Field(max_length=255)
    old_confirmed_at: datetime | None = None
    new_confirmed_at: datetime | None = None
    expires_at: datetime = Field(index=True)


class SignInChallenge(Row, table=True):
    """What a browser has begun and must finish: a second factor, a passkey, a visit to Google.

    The browser holds the token in a cookie; `details` holds what the answer is checked against.
    """

    __tablename__ = "sign_in_challenge"

    purpose: str = Field(max_length=32)
    user_id: UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="CASCADE", index=True
    )
    token_digest: str = Field(max_length=64, unique=True)
    details: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    expires_at: datetime = Field(index=True)
    used_at: datetime | None = None
