"""What a browser has begun and must finish: the row behind the token in its cookie or its tab."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from core.errors import DomainError
from core.models import SignInChallenge
from core.tokens import digest_of, new_token

CHALLENGE_PREFIX = "tkc_"


class Purpose(StrEnum):
    """What the browser has begun; each may be finished as what it was begun for alone."""

    APPROVED = "approved"
    SECOND_FACTOR = "second_factor"
    INBOX = "inbox"
    BANNED = "banned"
    PASSKEY_REGISTER = "passkey_register"
    PASSKEY_SIGN_IN = "passkey_sign_in"
    PASSKEY_VERIFY = "passkey_verify"
    PASSKEY_CONFIRM = "passkey_confirm"
    GOOGLE = "google"
    LOCAL_CODE = "local_identity_code"


LIFETIMES = {
    Purpose.APPROVED: timedelta(seconds=60),
    Purpose.SECOND_FACTOR: timedelta(minutes=10),
    Purpose.INBOX: timedelta(days=14),
    Purpose.BANNED: timedelta(minutes=10),
    Purpose.PASSKEY_REGISTER: timedelta(minutes=10),
    Purpose.PASSKEY_SIGN_IN: timedelta(minutes=10),
    Purpose.PASSKEY_VERIFY: timedelta(minutes=10),
    Purpose.PASSKEY_CONFIRM: timedelta(minutes=10),
    Purpose.GOOGLE: timedelta(minutes=10),
    Purpose.LOCAL_CODE: timedelta(seconds=60),
}


class ChallengeOver(DomainError):
    """What the browser had begun is finished, took too long, or was never begun."""

    code = "challenge_over"
    status = 401


async def begin(
    session: AsyncSession,
    purpose: Purpose,
    *,
    user_id: UUID | None = None,
    now: datetime,
    **details: Any,
) -> str:
    """Write down what a browser has begun and return its token."""
    token = new_token(CHALLENGE_PREFIX)
    session.add(
        SignInChallenge(
            purpose=purpose,
            user_id=user_id,
            token_digest=digest_of(token),
            details=details,
            created_at=now,
            expires_at=now + LIFETIMES[purpose],
        )
    )
    return token


async def look(
    session: AsyncSession, token: str | None, purpose: Purpose, *, now: datetime
) -> SignInChallenge | None:
    """Return what the token's browser has begun and not finished, without finishing it."""
    begun = select(SignInChallenge).where(
        SignInChallenge.token_digest == digest_of(token or ""),
        SignInChallenge.purpose == purpose,
        col(SignInChallenge.used_at).is_(None),
        SignInChallenge.expires_at > now,
    )
    return (await session.exec(begun)).first()


async def take(
    session: AsyncSession, token: str | None, purpose: Purpose, *, now: datetime
) -> SignInChallenge:
    """Finish what was begun; of two at once with the same token, one gets it.

    Raises:
        ChallengeOver: there is nothing to finish.
    """
    taken = (
        update(SignInChallenge)
        .where(
            col(SignInChallenge.token_digest) == digest_of(token or ""),
            col(SignInChallenge.purpose) == purpose,
            col(SignInChallenge.used_at).is_(None),
            col(SignInChallenge.expires_at) > now,
        )
        .values(used_at=now)
        .returning(col(SignInChallenge.id))
    )
    found = (await session.exec(taken)).first()
    if found is None:
        raise ChallengeOver("That took too long. Start again.")
    return await session.get_one(SignInChallenge, found[0])


async def end_half_way(session: AsyncSession, user_id: UUID, *, now: datetime) -> None:
    """End what was begun with a password that has just been replaced."""
    begun = (
        update(SignInChallenge)
        .where(
            col(SignInChallenge.user_id) == user_id,
            col(SignInChallenge.purpose).in_((Purpose.APPROVED, Purpose.SECOND_FACTOR)),
            col(SignInChallenge.used_at).is_(None),
        )
        .values(used_at=now)
    )
    await session.exec(begun)
